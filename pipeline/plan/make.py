"""Makes the plan from two revisions of an inventory, even if the base cannot be read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pipeline.errors import InventoryError, UsageError
from pipeline.inventory import Inventory, Reader, open_source
from pipeline.inventory.revisions import base_of
from pipeline.plan.compare import compare
from pipeline.plan.exposures import watched_files
from pipeline.plan.values import Plan


def make_plan(
    path: Path,
    head: str | None,
    base: str | None,
    platforms: Collection[str],
    now: datetime,
    provided: Collection[str] | None = None,
    cache: Path | None = None,
) -> Plan:
    """What the merge of `head` (None: the files on disk) into `base` (None: the default branch) would change.

    A base that cannot be read must not keep anybody from mending it: the plan then says so, and all devices
    of `head` are new in it. Raises InventoryError with all problems of `head`, and UsageError if a revision
    does not exist or there is no inventory at `head`. `cache` is as for `load`.
    """
    reader = Reader(platforms, cache)
    after = reader.read(open_source(path, head))
    left = base_of(path, head or "HEAD", base)
    notes: list[str] = []
    if not left.is_shared:
        notes.append(
            f"no commit that {left.ref} and the branch share is known here, as in a shallow clone: "
            f"compared with {left.ref} itself"
        )
    if left.commit == after.commit:
        return replace(compare(after, after, now, provided), notes=tuple(notes))
    files = watched_files(path, left.commit, head or "HEAD")
    empty = Inventory((), {}, {}, left.commit, f"{path} at {left.commit[:12]}")
    try:
        before = reader.read(open_source(path, left.commit))
    except InventoryError as error:
        found = compare(empty, after, now, provided)
        return replace(found, base_problems=error.problems, notes=tuple(notes), risks=(*files, *found.risks))
    except UsageError:
        before = empty
        notes.append("there is no inventory at the base yet")
    found = compare(before, after, now, provided)
    return replace(found, notes=tuple(notes), risks=(*files, *found.risks))
