"""What is wrong with an inventory, as a value: for those who report problems instead of ending at them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import InventoryError, Problem
from pipeline.inventory.load import Inventory, read
from pipeline.inventory.revisions import base_of, changed_files, source_at
from pipeline.inventory.source import Source, open_source


@dataclass(frozen=True, slots=True)
class Validation:
    """The inventory, or what is wrong with it.

    `inventory` is None if there are problems; `source` is None if its files could not even be listed.
    """

    inventory: Inventory | None
    source: Source | None = None
    problems: Sequence[Problem] = ()

    @property
    def warnings(self) -> Sequence[Problem]:
        """What a person should look at although the inventory can be used."""
        return self.inventory.warnings if self.inventory else ()

    def refused(self, problems: Sequence[Problem]) -> Validation:
        """The same with these problems, if there are any: the inventory is then not to be used."""
        return replace(self, inventory=None, problems=(*self.problems, *problems)) if problems else self


def validate(
    path: Path, ref: str | None, platforms: Collection[str], cache: Path | None = None
) -> Validation:
    """Check the inventory in directory `path` at revision `ref`; with None, as it lies on disk.

    `platforms` and `cache` are as for `load`. Raises UsageError if there is no such directory, repository or
    revision.
    """
    source: Source | None = None
    try:
        source = open_source(path, ref)
        return Validation(read(source, platforms, cache), source)
    except InventoryError as error:
        return Validation(None, source, error.problems)


def files_of_branch(path: Path, head: str, base: str, source: Source | None) -> frozenset[str]:
    """The files in `source`, which is the inventory at `head`, that differ since the branch left `base`.

    None without a source. Raises UsageError if a revision is not there.
    """
    commit = base_of(path, head, base).commit
    return changed_files(source_at(path, commit), source) if source else frozenset()
