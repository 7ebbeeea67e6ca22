"""The inventory as code: YAML in a Git repository becomes the devices to back up.

source        the files, at a revision or on disk
strict_yaml   text → nodes with places; nothing but plain data
values        scalars → checked values
tables        defaults, groups, schedules, credentials
known_hosts   pinned host keys
devices       devices, with all of that applied, file by file
roster        all devices; what must be unique among them
alike         what two revisions have in common, made once
load          all of it; every problem at once
schema        what editors know of it: JSON Schemas, made of the parsers' tables
"""

from pipeline.inventory.load import Inventory, Reader, load, read
from pipeline.inventory.memory import without_gc
from pipeline.inventory.source import Source, head, in_git, open_source, relation, uncommitted_changes
from pipeline.inventory.tables import Group

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
