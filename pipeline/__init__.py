"""The journey of a backup, a room for each step and for each question that a person asks.

From the inventory to Git:
    inventory  which devices there are, at one revision
    driver     which backups are due; each becomes a row and a job
    transit    how processes reach each other, and the only place where worker and store meet
    worker     one attempt at one device
    store      how results become commits and rows

What people ask:
    plan       what would a merge change?
    live       what do the devices show now?
    history    what was a device's configuration?
    audit      is everything as it should be?
    views      how does it read, for all of them the same

How people begin, and where it runs:
    scaffold   a new inventory repository
    importers  an inventory out of another tool's
    local      everything on one machine
    cli        the command line

What the rooms share:
    services   where the servers are
    settings   the environment, read once
    logs       what a process says
    system     child processes and signals of this machine
    values     what travels
    text       words for people
    errors     what can go wrong, and what happens next

Imports run one way. The contracts in pyproject.toml say which, and docs/design.md draws them.
"""
