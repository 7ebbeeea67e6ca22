"""Give each login an entry of credentials.yaml, and its secrets the names of environment variables.

Devices with the same login share one entry. A name stays from one import to the next: a login gets the entry
that holds the same secrets, else the entry that most of its devices had at the last import.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.importers.names import NamePool, valid_name
from pipeline.importers.source_device import Login, Secret
from pipeline.inventory import values
from pipeline.inventory.strict_yaml import Text
from pipeline.inventory.values import BadValueError

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class CredentialEntry:
    """An entry of credentials.yaml, which holds references only.

    `variables` holds the secrets, so the entry has no repr. A variable is None where the source has no secret
    that can be read.
    """

    name: str
    settings: Settings
    variables: Mapping[str, str | None]


def credential_entry(name: str, login: Login) -> CredentialEntry:
    """The entry `name` for `login`."""
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
        refer("password", f"{prefix}_PASSWORD", _readable_text(login.password))
    if login.enable is not None:
        refer("enable_password", f"{prefix}_ENABLE", _readable_text(login.enable))
    if login.key_file is not None:
        settings["private_key"] = f"file:{login.key_file}"
    return CredentialEntry(name, settings, variables)


def entries_for(
    kind: str,
    logins: Iterable[tuple[Login, str | None]],
    known: Mapping[str, Settings],
    environment: Mapping[str, str],
) -> dict[Login, CredentialEntry]:
    """The entry of each login. New names begin with `kind`.

    logins       for each device its login, and the name of the entry that it had at the last import
    known        the entries of the inventory and of the last import
    environment  the secrets that earlier imports wrote
    """
    entries: dict[Login, CredentialEntry] = {}
    last_names: dict[Login, Counter[str]] = {}
    for login, last in logins:
        counts = last_names.setdefault(login, Counter())
        if last is not None:
            counts[last] += 1
    free = dict(known)
    name_of = {_resolve(settings, environment): name for name, settings in reversed(free.items())}
    for login in last_names:
        wanted = credential_entry(kind, login)
        resolved = _resolve(wanted.settings, wanted.variables)
        name = name_of.get(resolved) if resolved is not None else None
        if name is None and login.password is login.enable is None:
            wish = _base_name(kind, login)
            name = wish if _fits(login, wish, free) else None
        if name is not None and name in free:
            entries[login] = credential_entry(name, login)
            del free[name]
    claims = [(count, name, login) for login in last_names for name, count in last_names[login].items()]
    for _, name, login in sorted(claims, key=lambda claim: -claim[0]):
        if login not in entries and _fits(login, name, free):
            entries[login] = credential_entry(name, login)
            del free[name]
    names = NamePool([*known, *(entry.name for entry in entries.values())])
    for login in last_names:
        if login not in entries:
            entries[login] = credential_entry(names.take(_base_name(kind, login)), login)
    return entries


def _base_name(kind: str, login: Login) -> str:
    """The name that a new entry for `login` should have.

    Words are joined by `-` alone. If `a-b` and `a_b` were both names, their variables would have one name.
    """
    words = f"{kind}-{valid_name(login.label)}" if login.label else kind
    name = re.sub(r"[^a-z0-9]+", "-", words)[:50].strip("-")
    return f"import-{name}" if name[0].isdigit() else name  # a variable cannot begin with a digit


def _resolve(settings: Settings, environment: Mapping[str, str | None]) -> frozenset[tuple[str, str]] | None:
    """The settings with the variables' values in place of references; None if a value is not known."""
    resolved: set[tuple[str, str]] = set()
    for setting, value in settings.items():
        secret = environment.get(value.removeprefix("env:")) if value.startswith("env:") else value
        if secret is None:
            return None
        resolved.add((setting, secret))
    return frozenset(resolved)


def _fits(login: Login, name: str, free: Mapping[str, Settings]) -> bool:
    """Whether the entry `name` is free, and was made for a login with the same kinds of secrets and user."""
    wanted, current = credential_entry(name, login).settings, free.get(name, {})
    return wanted.keys() == current.keys() and wanted["username"] == current["username"]


def _readable_text(secret: Secret | None) -> str | None:
    """The secret, if it is readable and a variable can hold it."""
    if secret is None or not secret.readable:
        return None
    has_control = any(ord(char) < 32 or ord(char) == 127 for char in secret.text)
    return None if has_control else secret.text


def _is_username(text: str) -> bool:
    try:
        return not text.startswith(("env:", "file:")) and bool(values.username(Text(text, False, 1, 1)))
    except BadValueError:
        return False
