"""The values that travel between the rooms. None of them does any input or output.

device        a device of the inventory, and how to log in there
options       how a device is collected
schedule      when backups are due: the slots of a cron line
identifier    the names of tasks
job           a backup that should exist, and its job for a worker
outcome       how a backup ended
failure       why a task has no result
reasons       the words for that, and what they mean
names         what devices, groups and configs repos may be called, and where files lie
urls          addresses of services, shown without their passwords
wire          dataclasses as the dicts that travel, and back
checks        checks of what comes from a queue, a stream or a row
compression   zlib streams
times         times as text
"""
