"""Questions that a group's own worker answers beside the backups, and that store nothing.

probe             would a backup of this device work?
host_keys         which keys do the devices show; are they the pinned ones?
pins              which devices have no pinned key, and what else is wrong with known_hosts
known_hosts_file  keys that were seen → lines of known_hosts, for review
asking            sends questions, waits for answers

What a worker does for a question is in `pipeline.worker`; answers come through `pipeline.transit.answers`.
"""
