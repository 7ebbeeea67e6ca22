"""A driver puts its inventory in force: from then on the configs repos follow it.

The inventory in force only moves forward. A clone that nobody has fetched, or another repository's inventory,
must not take devices out of the configs repos. A driver that has such an inventory warns, and collects
nevertheless.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.inventory import Inventory, relation
from pipeline.store.ledger.results import Results


def adopt(results: Results, inventory: Inventory, path: Path, *, force: bool = False) -> str | None:
    """Put `inventory`, which was read from `path`, in force. Returns why it is not put in force, in one line.

    An inventory that was read from files on disk is never put in force, and no reason is returned for that.
    `force`: put this inventory in force although it does not follow the last one. Raises ServiceError if
    Postgres is away.
    """
    if inventory.commit is None:
        return None
    newest = results.rosters.newest()
    in_force = None if newest is None else newest.commit
    if in_force == inventory.commit:
        return None
    if in_force is not None and not force and (problem := _objection(path, inventory.commit, in_force)):
        return problem
    results.rosters.adopt(inventory.commit, inventory.devices, in_force)
    return None


def _objection(path: Path, commit: str, in_force: str) -> str | None:
    """Why the inventory of `commit` must not follow the one of the commit that is in force."""
    ours, theirs = commit[:10], in_force[:10]
    match relation(path, commit, in_force):
        case "unknown":
            return (
                f"the configs repos follow the inventory at {theirs}, which this clone does not have: "
                f"fetch it, or put {ours} in force with `devicevault collect --due --adopt`"
            )
        case "older":
            return (
                f"the configs repos follow the inventory at {theirs}, which is newer than {ours}: "
                f"merge it, or go back to {ours} with `devicevault collect --due --adopt`"
            )
        case "newer" | "apart":
            return None
