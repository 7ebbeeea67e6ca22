"""The command as a person runs it, in a Git repository of theirs."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collectors.registry import KnownNames
from pipeline.inventory import Inventory, load
from tests.support.commands import Answer, in_this_process


@dataclass
class Desk:
    """Where imports are run: `source` is read, `inventory` written."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory"

    @property
    def secrets(self) -> Path:
        return self.inventory / "credentials.env"

    def put(self, name: str, text: str | bytes) -> Path:
        """Write a file below the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        """What a person does in an editor."""
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def run(self, kind: str, source: str = "source", *options: str) -> Answer:
        """`devicevault import KIND SOURCE`, in this process."""
        arguments = ["import", kind, source, *options]
        return in_this_process(arguments, {}, self.monkeypatch, self.capsys, self.folder)

    def report(self, kind: str, source: str = "source", *options: str) -> dict[str, Any]:
        """The same, as a script reads it."""
        answer = self.run(kind, source, *options, "--output", "json")
        found: dict[str, Any] = json.loads(answer.out)
        return found

    def loaded(self) -> Inventory:
        """The inventory, as `validate --worktree` reads it."""
        return load(self.inventory, None, platforms=KnownNames())

    def written(self) -> dict[str, bytes]:
        """All that lies in the inventory."""
        return {str(path): path.read_bytes() for path in self.inventory.rglob("*") if path.is_file()}

    def mode(self) -> int:
        return stat.S_IMODE(self.secrets.stat().st_mode)
