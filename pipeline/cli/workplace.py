"""Where a command works: an inventory at a revision, and a state directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

from collectors import registry
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.inventory import Inventory, uncommitted_changes
from pipeline.plan.selection import Selection, select
from pipeline.settings import Settings, load_settings
from pipeline.values.device import Device


@dataclass(frozen=True, slots=True)
class Workplace:
    """The values of `--inventory`, `--ref`, `--worktree` and `--state-dir`. None: the environment decides."""

    inventory: Path | None
    ref: str | None
    worktree: bool
    state_dir: Path | None

    def settings(self, **more: object) -> Settings:
        """The settings of the environment, of these options and of `more`; SettingsError if one is wrong."""
        return load_settings(
            inventory=self.inventory, inventory_ref=self.ref, state_dir=self.state_dir, **more
        )

    def read(self, settings: Settings, *, worktree: bool = False) -> Inventory:
        """The inventory, checked. `worktree` reads the files on disk, whatever the options say.

        Raises InventoryError with every problem, or UsageError if there is no such inventory.
        """
        worktree = worktree or self.worktree
        return InventoryReader(settings, registry.KnownNames(), worktree=worktree).current()

    def select(self, selection: Selection, settings: Settings, inventory: Inventory) -> list[Device]:
        """The devices of `inventory` that a person asks for. Raises what `pipeline.plan.selection` raises."""
        return select(selection, inventory, settings, registry.KnownNames())


def with_workplace(command: Callable[..., None]) -> Callable[..., None]:
    """Add the four options, whose values the command gets as its argument `workplace`."""

    @wraps(command)
    def with_one(
        inventory: Path | None, ref: str | None, worktree: bool, state_dir: Path | None, **others: object
    ) -> None:
        options.one_inventory(ref, worktree)
        command(workplace=Workplace(inventory, ref, worktree, state_dir), **others)

    return options.inventory(options.state_dir(with_one))


def note_uncommitted(settings: Settings, *, worktree: bool) -> None:
    """Note on stderr that files differ from what is read, if a person may not know that HEAD is read."""
    if not worktree and settings.inventory_ref == "HEAD" and uncommitted_changes(settings.inventory):
        echo("note: there are changes that are not committed; --worktree reads them", err=True)
