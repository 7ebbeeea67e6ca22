"""Configurations over a vendor's HTTPS API: what a platform says about it.

An API is the platform with another way in. What it changes is declared in `Platform.api`; everything else,
from the rules for secrets to the check that all of it came, stays that of the platform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from collectors.define.command import Command
from collectors.define.logins import Login
from collectors.define.rules import Drop, Fact, Hide


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """How a platform's configuration is fetched where its options say `transport: https`.

    login      see collectors.define.logins
    config     as in Platform; a command is a method, a path and perhaps a body: "POST /api/ type=export"
    rejected, artefacts
               as in Platform
    volatile, secrets, facts, tidy
               what the answer's format needs; None where the platform's own rules fit
    """

    login: Login
    config: Command | tuple[Command, ...]
    rejected: str | None = None
    artefacts: Mapping[str, Command] = field(default_factory=dict, hash=False)
    volatile: tuple[Drop, ...] | None = None
    secrets: tuple[Hide, ...] | None = None
    facts: tuple[Fact, ...] | None = None
    tidy: Callable[[str], str] | None = None
