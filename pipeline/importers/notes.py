"""What an import tells a person: its guesses, and what it left out, kept or cannot do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

NoteKind = Literal["guessed", "skipped", "left out", "kept", "gone", "ignored", "to do"]
"""guessed    the device is imported, in a way that a person should look at
skipped    the device is not imported, because the source itself says that it is not in service
left out   the device is not imported, because something is missing or not understood
kept       a person's change stays, although the source says otherwise
gone       the device was imported once, and is no longer in the source
ignored    the source has a setting that is not taken over
to do      the import cannot do this; a person has to"""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the report. `where` is file:line, or what the source has instead."""

    what: NoteKind
    where: str
    device: str
    message: str
    hint: str = ""


@dataclass(slots=True)
class Notes:
    """Collects the report's lines. A note that is added twice is one line."""

    _lines: dict[Note, None] = field(default_factory=dict)

    def add(self, what: NoteKind, where: str, device: str, message: str, hint: str = "") -> None:
        """Add a note, unless the very same one is there."""
        self._lines.setdefault(Note(what, where, device, message, hint))

    def listing(self) -> tuple[Note, ...]:
        """All notes, in the order in which they were added."""
        return tuple(self._lines)
