"""Reads the inventory at its Git revision, and again when the revision has moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline import inventory as inventories
from pipeline.errors import DeviceVaultError, InventoryError, Problem
from pipeline.inventory import Inventory
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest inventory that could be read. `problem` says why it is not the current one, if it is not."""

    inventory: Inventory
    problem: DeviceVaultError | None = None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A commit whose inventory cannot be used, and why."""

    commit: str
    problems: Sequence[Problem]


class InventoryReader:
    """Reads the inventory at its Git revision, and again only when the revision has moved.

    `platforms` are the names that devices may refer to. With `worktree` the files are read as they lie on
    disk, each time.
    """

    def __init__(self, settings: Settings, platforms: Collection[str], *, worktree: bool = False) -> None:
        self._path = settings.inventory
        self._ref = None if worktree else settings.inventory_ref
        self._platforms = platforms
        self._cache = settings.inventory_cache
        self._good: Inventory | None = None
        self._refusal: _Refusal | None = None

    def current(self) -> Inventory:
        """The inventory as of now. Raises InventoryError with every problem, or UsageError."""
        if self._ref is None:
            self._good = self._load(None)
            return self._good
        commit = inventories.head(self._path, self._ref)
        if self._refusal is not None and self._refusal.commit == commit:
            raise InventoryError(self._refusal.problems)
        if self._good is None or self._good.commit != commit:
            try:
                self._good = self._load(commit)
            except InventoryError as error:
                self._refusal = _Refusal(commit, error.problems)
                raise
        return self._good

    def last_good(self) -> LastGood:
        """The current inventory, or the last one that could be read if the current one cannot.

        Raises as `current` does while none could be read yet.
        """
        try:
            return LastGood(self.current())
        except DeviceVaultError as error:
            if self._good is None:
                raise
            return LastGood(self._good, error)

    def _load(self, ref: str | None) -> Inventory:
        return inventories.load(self._path, ref, platforms=self._platforms, cache=self._cache)
