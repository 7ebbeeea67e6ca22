"""Questions that a group's own worker answers beside the backups, and that store nothing.

probe            would a backup of this device work?
host_keys        which keys do the devices show; are they the pinned ones?
pin              keys that were seen → lines of known_hosts, for review
asking           sends questions, waits for answers
answering        takes one question in a worker, at most once
probe_task, host_key_tasks
                 what a worker does for each question
probe_report     the answer to a probe
answers          the lists in Redis that answers come through
"""
