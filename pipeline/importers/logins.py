"""Logins of another tool → entries of credentials.yaml, and the variables that their secrets go to.

Devices with the same login share one entry. A name, once given, stays: the entry that holds the same
secrets is used again, else the one that most of a login's devices had at the last import.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.importers.names import Names, acceptable
from pipeline.importers.source_device import Login, Secret
from pipeline.inventory import values
from pipeline.inventory.strict_yaml import Text
from pipeline.inventory.values import BadValueError

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """An entry of credentials.yaml: references only. `variables` has the secrets, and has no repr.

    A variable with None is one that the source says nothing readable about.
    """

    name: str
    settings: Settings
    variables: Mapping[str, str | None]


def entry(name: str, login: Login) -> Entry:
    """How `login` looks in credentials.yaml under that name."""
    prefix = name.upper().replace("-", "_")
    settings: dict[str, str] = {}
    variables: dict[str, str | None] = {}

    def refer(setting: str, variable: str, value: str | None) -> None:
        settings[setting] = f"env:{variable}"
        variables[variable] = value

    if login.username is not None and _is_username(login.username):
        settings["username"] = login.username
    else:
        refer("username", f"{prefix}_USERNAME", None)
    if login.password is not None or login.key_file is None:
        refer("password", f"{prefix}_PASSWORD", _readable(login.password))
    if login.enable is not None:
        refer("enable_password", f"{prefix}_ENABLE", _readable(login.enable))
    if login.key_file is not None:
        settings["private_key"] = f"file:{login.key_file}"
    return Entry(name, settings, variables)


def named(
    kind: str,
    logins: Iterable[tuple[Login, str | None]],
    known: Mapping[str, Settings],
    environment: Mapping[str, str],
) -> dict[Login, Entry]:
    """Each login's entry. `logins` has one for each device, with the entry it had at the last import.

    `known` are the entries that there are, `environment` the secrets that an earlier import wrote.
    """
    found: dict[Login, Entry] = {}
    before: dict[Login, Counter[str]] = {}
    for login, last in logins:
        counts = before.setdefault(login, Counter())
        if last is not None:
            counts[last] += 1
    free = dict(known)
    held = {_resolved(settings, environment): name for name, settings in reversed(free.items())}
    for login in before:
        wanted = entry(kind, login)
        resolved = _resolved(wanted.settings, wanted.variables)
        name = held.get(resolved) if resolved is not None else None
        if name is None and login.password is login.enable is None and _fits(login, _base(kind, login), free):
            name = _base(kind, login)
        if name is not None and name in free:
            found[login] = entry(name, login)
            del free[name]
    claims = [(count, name, login) for login in before for name, count in before[login].items()]
    for _, name, login in sorted(claims, key=lambda claim: -claim[0]):
        if login not in found and _fits(login, name, free):
            found[login] = entry(name, login)
            del free[name]
    taken = Names([*known, *(one.name for one in found.values())])
    for login in before:
        if login not in found:
            found[login] = entry(taken.take(_base(kind, login)), login)
    return found


def _base(kind: str, login: Login) -> str:
    """Only `-` between words: no two names then have one variable's name."""
    words = f"{kind}-{acceptable(login.label)}" if login.label else kind
    name = re.sub(r"[^a-z0-9]+", "-", words)[:50].strip("-")
    return f"import-{name}" if name[0].isdigit() else name  # no variable begins with a digit


def _resolved(settings: Settings, environment: Mapping[str, str | None]) -> frozenset[tuple[str, str]] | None:
    """The entry with its variables' values in it; None if one of them is not known."""
    found: set[tuple[str, str]] = set()
    for setting, value in settings.items():
        secret = environment.get(value.removeprefix("env:")) if value.startswith("env:") else value
        if secret is None:
            return None
        found.add((setting, secret))
    return frozenset(found)


def _fits(login: Login, name: str, free: Mapping[str, Settings]) -> bool:
    """Whether the entry of that name, if it is free, was made for a login of this kind and user."""
    wanted, there = entry(name, login).settings, free.get(name, {})
    return wanted.keys() == there.keys() and wanted["username"] == there["username"]


def _readable(secret: Secret | None) -> str | None:
    """The secret, if it can stand in a variable."""
    if (
        secret is None
        or not secret.readable
        or any(ord(char) < 32 or ord(char) == 127 for char in secret.text)
    ):
        return None
    return secret.text


def _is_username(text: str) -> bool:
    try:
        return not text.startswith(("env:", "file:")) and bool(values.username(Text(text, False, 1, 1)))
    except BadValueError:
        return False
