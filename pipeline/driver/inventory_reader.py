"""Reads the inventory at its Git revision, and anew whenever that has moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline import inventory as inventories
from pipeline.errors import DeviceVaultError, InventoryError, Problem
from pipeline.inventory import Inventory
from pipeline.settings import Settings


class InventoryReader:
    """Reads the inventory at its Git revision, and again only when the revision has moved.

    `platforms` are the names that devices may refer to. A `ref` of None reads the files as they lie.
    """

    def __init__(self, settings: Settings, platforms: Collection[str], *, worktree: bool = False) -> None:
        self._path = settings.inventory
        self._ref = None if worktree else settings.inventory_ref
        self._platforms = platforms
        self._cache = settings.inventory_cache
        self._good: Inventory | None = None
        self._refused: tuple[str, Sequence[Problem]] | None = None  # the commit, and what is wrong with it

    def current(self) -> Inventory:
        """The inventory as of now. Raises InventoryError with every problem, or UsageError."""
        if self._ref is None:
            self._good = self._load(None)
            return self._good
        commit = inventories.head(self._path, self._ref)
        if self._refused is not None and self._refused[0] == commit:
            raise InventoryError(self._refused[1])
        if self._good is None or self._good.commit != commit:
            try:
                self._good = self._load(commit)
            except InventoryError as error:
                self._refused = (commit, error.problems)
                raise
        return self._good

    def _load(self, ref: str | None) -> Inventory:
        return inventories.load(self._path, ref, platforms=self._platforms, cache=self._cache)

    def in_force(self) -> tuple[Inventory, DeviceVaultError | None]:
        """The newest inventory that could be read, and why that is not the current one, if it is not.

        Raises as `current` does while none could be read yet.
        """
        try:
            return self.current(), None
        except DeviceVaultError as error:
            if self._good is None:
                raise
            return self._good, error
