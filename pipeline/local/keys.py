"""This machine's signing keys: made, shown and replaced.

Private keys lie below the state directory, one for each role that processes of this machine have. The file
of signers beside them says whom these processes believe. `devicevault up` makes both by itself; elsewhere
the public halves are collected in one file, which is kept in Git and put onto each machine.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import StateError, UsageError
from pipeline.settings import Settings
from pipeline.transit.signers import (
    ANY_QUEUE,
    Role,
    Signer,
    read_private_key,
    write_private_key,
)
from pipeline.values.names import name_problem

_SETTING = "the state directory"
_HERE = "here"
"""What the signers of one machine are called."""


def key_path(settings: Settings, role: Role) -> Path:
    """Where this machine's key for a role lies."""
    return settings.keys_dir / f"{role}.key"


def make_local_keys(settings: Settings) -> bool:
    """Give each role of this machine a key, and let them believe each other; False if that was so already.

    Nothing is done where the settings name a file of signers: then somebody else decides who is believed.
    """
    signers = settings.keys_dir / "signers"
    if settings.signers is not None or signers.exists():
        return False
    lines = []
    for role in get_args(Role):
        path = key_path(settings, role)
        key = read_private_key(path, _SETTING) if path.exists() else _written(path)
        lines.append(_signer(role, _HERE, key, [ANY_QUEUE] if role == "worker" else []).line())
    text = "# Whose messages the processes of this machine believe; see `devicevault keys --help`.\n"
    _write(signers, text + "".join(f"{line}\n" for line in lines))
    return True


def make_key(settings: Settings, role: Role, name: str, queues: Collection[str]) -> Signer:
    """Make this machine's key for a role; returns its public half. UsageError if there is one already."""
    if problem := name_problem(name):
        raise UsageError(f"bad name '{name}': {problem}")
    if queues and role != "worker":
        raise UsageError(f"--queue is for workers; a {role} speaks for no queue")
    path = key_path(settings, role)
    if path.exists():
        raise UsageError(f"{path} exists; `devicevault keys rotate {role} {name}` replaces it")
    return _signer(role, name, _written(path), queues)


def rotate_key(
    settings: Settings, role: Role, name: str, queues: Collection[str], until: date
) -> tuple[Signer, Signer]:
    """Replace this machine's key for a role; returns the public halves of the old and of the new one.

    The old one is good until the end of the day `until`, for what is on its way. UsageError if there is none.
    """
    path = key_path(settings, role)
    if not path.exists():
        raise UsageError(f"there is no {path}; `devicevault keys make {role} {name}` makes it")
    old = _signer(role, name, read_private_key(path, _SETTING), queues)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    new = _signer(role, name, _written(fresh), queues)
    fresh.replace(path)
    return replace(old, until=until), new


def local_signers(settings: Settings) -> list[Signer]:
    """The public halves of this machine's own keys, as far as it has any."""
    paths = {role: key_path(settings, role) for role in get_args(Role)}
    return [
        _signer(role, _HERE, read_private_key(path, _SETTING), [ANY_QUEUE] if role == "worker" else [])
        for role, path in paths.items()
        if path.exists()
    ]


def _signer(role: Role, name: str, key: Ed25519PrivateKey, queues: Collection[str]) -> Signer:
    return Signer(role, name, key.public_key().public_bytes_raw(), frozenset(queues))


def _written(path: Path) -> Ed25519PrivateKey:
    try:
        return write_private_key(path)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    """Under its own name only once it is whole: another process may look for it."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error
