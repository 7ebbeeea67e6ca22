"""What an importer finds, and what it has to say about it.

A secret has no repr: it must reach neither a report nor a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

What = Literal["guessed", "skipped", "left out", "kept", "gone", "to do"]
"""guessed    taken over, in a way that a person should look at
skipped    not taken over, because the source itself says that it is not in service
left out   not taken over, because something is missing or not understood
kept       a person's change stays, although the source says otherwise
gone       imported once, and no longer in the source
to do      what the import cannot do"""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the report. `where` is file:line, or what the source has instead."""

    what: What
    where: str
    device: str
    message: str
    hint: str = ""


@dataclass(slots=True)
class Notes:
    """The report's lines so far."""

    _lines: dict[Note, None] = field(default_factory=dict)

    def add(self, what: What, where: str, device: str, message: str, hint: str = "") -> None:
        """Add a line; the same line is told once."""
        self._lines.setdefault(Note(what, where, device, message, hint))

    def listing(self) -> tuple[Note, ...]:
        """In the order in which they came."""
        return tuple(self._lines)


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret of the source. One that is encrypted or computed there is not `readable`; its text tells it
    from others."""

    text: str
    readable: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """How a tool logs in; None for what its source does not say. `key_file` is an absolute path.

    `label` is a word to name the credential by, and no part of what makes two logins the same.
    """

    username: str | None = None
    password: Secret | None = None
    enable: Secret | None = None
    key_file: str | None = None
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A device as the source knows it, in the source's words.

    `key` is its identity there: it stays the same from one import to the next. `inactive` says why the
    source does not want it collected, `problem` why the importer cannot take it over. `unsure`: columns
    were guessed, and what seems to be a platform may be a password, so that no report shows it.
    """

    key: str
    name: str
    where: str
    address: str | None
    platform: str | None
    login: Login
    group: str | None = None
    port: str | None = None
    transport: Literal["telnet"] | None = None
    inactive: str = ""
    problem: str = ""
    hint: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a source holds, and its name for the head of our files: no path of this machine, no login."""

    label: str
    found: tuple[Found, ...]
