"""What people already have becomes an inventory: the sources of other tools, read into our YAML.

oxidized rancid ansible nornir netbox librenms
             one source each → Found, a device as that tool knows it
settle       Found → Settled: a platform, an address, a name and a group of ours; what cannot be is left out
logins       logins → entries of credentials.yaml and names of variables
merge        what was imported before, what a person changed, what the source says now → edits
run          all of it: checked in memory, then written, or shown as a diff

Passwords go from the source to `credentials.env` and nowhere else.
"""
