"""The inventory as code: YAML in a Git repository becomes the devices to back up.

source        the files, at a revision or on disk
strict_yaml   text → nodes with places; nothing but plain data
values        scalars → checked values
tables        defaults, groups, schedules, credentials
known_hosts   pinned host keys
devices       devices, with all of that applied
load          all of it; every problem at once
"""

from pipeline.inventory.load import Inventory, load, read
from pipeline.inventory.source import Source, head, in_git, open_source, relation, uncommitted_changes
from pipeline.inventory.tables import Group

__all__ = [
    "Group",
    "Inventory",
    "Source",
    "head",
    "in_git",
    "load",
    "open_source",
    "read",
    "relation",
    "uncommitted_changes",
]
