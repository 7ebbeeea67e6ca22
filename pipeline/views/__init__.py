"""What people look at: tables, summaries and reports, made of the same facts for everybody.

status        the columns of `status`, and of every other list of backups
backup        one backup, for `show`
rows          a row of the table in words
job_summary   a collection, for the summary of a CI job
dry_run       what `collect --dry-run` would queue
drift         where the configs repos differ from the inventory
probe         how far each probed device came
host_keys     keys that devices show, and lines for known_hosts
platforms     the operating systems that can be backed up
validation    what is wrong with an inventory: for people, scripts, GitHub and code scanning
table         a table's columns as data

What a plan shows is in `pipeline.plan`.
"""
