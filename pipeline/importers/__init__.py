"""Turn the source of another tool into an inventory of ours, as YAML.

oxidized rancid ansible nornir netbox librenms
                each reads its source → SourceDevice, a device as that tool knows it
candidates      SourceDevice → Candidate, with a platform and an address of ours; others are left out
logins          logins → entries of credentials.yaml, and the names of variables for their secrets
merge           the last import, the target inventory and the source → edits of the target
run             all of it: the result is checked in memory, then written, or shown as a diff

Passwords go from the source to `credentials.env` and nowhere else.
"""
