"""Questions that a group's own worker answers beside the backups, and whose answers nobody stores.

probe             would a backup of this device work?
host_keys         which keys do the devices show; are they the pinned ones?
ways              open the way by which keys are looked at: from here, or by workers
scan              look, and add what is new to known_hosts
pins              keys as lines of known_hosts; which shown keys contradict the pinned ones
known_hosts_file  add keys to the known_hosts of the work tree, for review
asking            put questions on the queues, wait for answers

`pipeline.worker` answers the questions; the answers come through `pipeline.transit.answers`.
"""
