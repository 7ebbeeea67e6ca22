"""Show an import to people and to scripts: what it did, guessed and left out. A report holds no secret."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from pipeline.importers.env_file import NAME
from pipeline.importers.merge import DeviceChange
from pipeline.importers.notes import Note, NoteKind
from pipeline.inventory.problems import shown
from pipeline.text.words import counted

MAX_LINES = 25
"""How many notes of each kind a person is shown; JSON lists them all."""


@dataclass(frozen=True, slots=True)
class Report:
    """One import.

    is_new     there was no inventory before
    written    the files were written; else the change is only shown
    changes    each file's text before and after, by file
    variables  names that credentials.env lacked
    """

    kind: str
    source: str
    into: Path
    is_new: bool
    written: bool
    devices: tuple[DeviceChange, ...]
    notes: tuple[Note, ...]
    changes: Mapping[str, tuple[str, str]]
    variables: tuple[str, ...]

    @property
    def exit_status(self) -> int:
        """0: done. 1: no device could be imported. 3: a device was left out."""
        if not self.devices:
            return 1
        return 3 if any(note.what == "left out" for note in self.notes) else 0

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff of all files, without line ends."""
        for file, (before, after) in self.changes.items():
            names = (f"a/{file}" if before else "/dev/null", f"b/{file}")
            yield from difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")

    def lines(self) -> Iterator[str]:
        """The lines for a person: notes by kind, counts, and what to do next."""
        for what in get_args(NoteKind):
            notes = [note for note in self.notes if note.what == what]
            yield from (_line(note) for note in notes[:MAX_LINES])
            if len(notes) > MAX_LINES:
                yield f"{what}: {len(notes) - MAX_LINES} more; --output json lists them"
        yield self._summary()
        yield from self._next_steps()

    def to_json(self) -> dict[str, Any]:
        """The report as scripts read it."""
        return {
            "kind": self.kind,
            "source": self.source,
            "into": str(self.into),
            "written": self.written,
            "devices": [asdict(device) for device in self.devices],
            "notes": [asdict(note) for note in self.notes],
            "files": list(self.changes),
            "variables": list(self.variables),
            "counts": {**self._device_counts(), **self._note_counts()},
            "diff": "" if self.is_new else "\n".join(self.diff()),
        }

    def _device_counts(self) -> dict[str, int]:
        counts = Counter(device.change for device in self.devices)
        return {"devices": len(self.devices), **{name: counts[name] for name in ("new", "changed", "same")}}

    def _note_counts(self) -> dict[str, int]:
        counts = Counter(note.what for note in self.notes)
        return {what.replace(" ", "_"): counts[what] for what in get_args(NoteKind)}

    def _summary(self) -> str:
        """One line with all counts that are not zero."""
        devices, *changes = self._device_counts().items()
        words = [f"{count} {name}" for name, count in changes if count]
        words += [f"{count} {name.replace('_', ' ')}" for name, count in self._note_counts().items() if count]
        return f"{counted(devices[1], 'device')} from {self.source}: {', '.join(words)}"

    def _next_steps(self) -> Iterator[str]:
        """What was written, and what the person does next."""
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
