"""The inventory as code: YAML in a Git repository becomes the devices to back up.

source          the files, at a revision or on disk
revisions       two revisions: where a branch began, and which files differ
strict_yaml     text → nodes that know their position; plain data only
setting         what a setting is
settings_table  all settings, one row each: the place to add one
value_types     the types of their values: parser and JSON Schema of each
values          scalars → checked values
entries         entries of a file → checked settings
definitions     defaults, groups, schedules, credentials, and jump_hosts
known_hosts     pinned host keys
devices         devices, with groups, defaults and host keys applied, file by file
roster          all devices; what must be unique among them
cache           entries that were read before, on disk
reuse           devices that the last revision has in common with the next
load            all of it; every problem at once
problems        what is wrong, with position and hint; annotations and sarif show it in GitHub
plain_secrets   secrets that were written where everybody reads them
schema          what editors know of it: JSON Schemas, made of the table of settings
"""

from pipeline.inventory.definitions import Group
from pipeline.inventory.load import Inventory, Reader, load, read
from pipeline.inventory.memory import without_gc
from pipeline.inventory.source import Source, head, in_git, open_source, relation, uncommitted_changes

__all__ = [
    "Group",
    "Inventory",
    "Reader",
    "Source",
    "head",
    "in_git",
    "load",
    "open_source",
    "read",
    "relation",
    "uncommitted_changes",
    "without_gc",
]
