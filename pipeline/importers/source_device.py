"""A device and its login as the source of another tool knows them.

A secret has no repr: it must reach neither a report nor a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeline.importers.rhythm import Rhythm


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret of the source.

    A secret that the source encrypts or computes is not `readable`. Its `text` then only tells it from
    others.
    """

    text: str
    readable: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """How a tool logs in; None for what its source does not say. `key_file` is an absolute path.

    The credential is named after `label`, which does not count when two logins are compared.
    """

    username: str | None = None
    password: Secret | None = None
    enable: Secret | None = None
    key_file: str | None = None
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SourceDevice:
    """A device as the source knows it, in the source's words.

    key       its identity in the source, the same from one import to the next
    where     file:line of the source, for messages
    inactive  why the source does not want the device collected; empty if it does
    problem   why the importer cannot read the device; empty if it can
    hint      what a person can do about the problem
    unsure    the importer guessed the columns: `platform` may be a password, and no report shows it
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
class SourceContents:
    """All devices of a source.

    `label` names the source at the head of our files. It holds no path of this machine and no login.
    `rhythm` is how often the source collects; None if it does not say.
    """

    label: str
    devices: tuple[SourceDevice, ...]
    rhythm: Rhythm | None = None
