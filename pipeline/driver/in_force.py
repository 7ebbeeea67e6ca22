"""A driver puts its inventory in force: from then on the configs repos follow it.

The inventory in force only moves forward. A clone that nobody has fetched, or another repository's inventory,
must not take devices out of the configs repos; it is told so and collects nevertheless.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.inventory import Inventory, relation
from pipeline.store.ledger.results import Results


def adopt(results: Results, inventory: Inventory, path: Path, *, whatever: bool = False) -> str | None:
    """Put `inventory`, read from `path`, in force, unless it is; what stands against it, in one line.

    An inventory that was read from files on disk is never in force. `whatever`: a person says that this one
    is to be, though it does not follow the last one. Raises ServiceError if Postgres is away.
    """
    if inventory.commit is None:
        return None
    newest = results.rosters.newest()
    if newest is not None and newest.commit != inventory.commit and not whatever:
        ours, theirs = inventory.commit[:10], newest.commit[:10]
        match relation(path, inventory.commit, newest.commit):
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
                pass
    if newest is None or newest.commit != inventory.commit:
        results.rosters.adopt(inventory.commit, inventory.devices, None if newest is None else newest.commit)
    return None
