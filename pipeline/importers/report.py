"""What an import has done, guessed and left out, for people and for scripts. Holds no secret."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from pipeline.importers.env_file import NAME
from pipeline.importers.merge import Imported
from pipeline.importers.source_device import Note, What
from pipeline.inventory.problems import shown
from pipeline.text.words import counted

MAX_LINES = 25
"""Lines of each kind that a person is shown; JSON lists them all."""


@dataclass(frozen=True, slots=True)
class Report:
    """One import. `changes` has each file's text before and after.

    `variables` are those that credentials.env lacked.
    """

    kind: str
    source: str
    into: Path
    is_new: bool
    written: bool
    devices: tuple[Imported, ...]
    notes: tuple[Note, ...]
    changes: Mapping[str, tuple[str, str]]
    variables: tuple[str, ...]

    @property
    def exit_status(self) -> int:
        """0 done, 1 nothing could be taken over, 3 something was left out."""
        if not self.devices:
            return 1
        return 3 if any(note.what == "left out" for note in self.notes) else 0

    def diff(self) -> Iterator[str]:
        """A unified diff of all files, without line ends."""
        for file, (before, after) in self.changes.items():
            names = (f"a/{file}" if before else "/dev/null", f"b/{file}")
            yield from difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")

    def lines(self) -> Iterator[str]:
        """What is to be looked at, by kind, and the counts."""
        for what in get_args(What):
            found = [note for note in self.notes if note.what == what]
            yield from (_line(note) for note in found[:MAX_LINES])
            if len(found) > MAX_LINES:
                yield f"{what}: {len(found) - MAX_LINES} more; --output json lists them"
        yield self._counts()
        yield from self._next()

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "kind": self.kind,
            "source": self.source,
            "into": str(self.into),
            "written": self.written,
            "devices": [asdict(device) for device in self.devices],
            "notes": [asdict(note) for note in self.notes],
            "files": list(self.changes),
            "variables": list(self.variables),
            "counts": {**self._changes(), **self._noted()},
            "diff": "" if self.is_new else "\n".join(self.diff()),
        }

    def _changes(self) -> dict[str, int]:
        counts = Counter(device.change for device in self.devices)
        return {"devices": len(self.devices), **{name: counts[name] for name in ("new", "changed", "same")}}

    def _noted(self) -> dict[str, int]:
        counts = Counter(note.what for note in self.notes)
        return {what.replace(" ", "_"): counts[what] for what in get_args(What)}

    def _counts(self) -> str:
        devices, *changes = self._changes().items()
        words = [f"{count} {name}" for name, count in changes if count]
        words += [f"{count} {name.replace('_', ' ')}" for name, count in self._noted().items() if count]
        return f"{counted(devices[1], 'device')} from {self.source}: {', '.join(words)}"

    def _next(self) -> Iterator[str]:
        """What there is to do now."""
        if not self.devices:
            yield "nothing was written"
        elif self.written:
            files = [*self.changes, *([NAME] if self.variables else [])]
            yield f"written into {self.into}: {', '.join(files) or 'nothing, all of it is there already'}"
            if self.variables:
                yield f"next: {NAME} holds the secrets; Git ignores it, the workers need them"
            if any(device.change == "new" for device in self.devices):
                yield (
                    "next: pin the host keys with devicevault hostkeys scan --missing --write, "
                    "compare them, and commit the inventory"
                )
        elif self.changes or self.variables:
            also = f", and {len(self.variables)} names would be added to {NAME}" if self.variables else ""
            yield f"nothing was written{also}; --write does it"
        else:
            yield "the inventory is up to date"


def _line(note: Note) -> str:
    place = ": ".join(_printable(text) for text in (note.where, note.device) if text)
    hint = f" ({_printable(note.hint)})" if note.hint else ""
    return f"{note.what}: {place}: {_printable(note.message)}{hint}"


def _printable(text: str) -> str:
    return text if text.isprintable() and len(text) <= 300 else shown(text)
