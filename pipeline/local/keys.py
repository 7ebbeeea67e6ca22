"""This machine's signing keys: made, shown and replaced.

Private keys lie below the state directory, one for each role that processes of this machine have. The file
of signers beside them says whom these processes believe. `devicevault up` makes both by itself; elsewhere
the public halves are collected in one file, which is kept in Git and put onto each machine.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import StateError, UsageError
from pipeline.settings import PREFIX, Settings
from pipeline.system.private_files import write_whole
from pipeline.transit.signers import (
    ANY_QUEUE,
    Role,
    Signer,
    read_private_key,
    read_signers,
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
    if settings.signers is not None:
        return False
    text = "# Whose messages the processes of this machine believe; see `devicevault keys --help`.\n"
    roles: tuple[Role, ...] = get_args(Role)
    if signers.exists():
        # An older version made the keys of all roles but the store's.
        missing = [role for role in roles if not key_path(settings, role).exists()]
        if missing != ["store"]:
            return False
        text, roles = signers.read_text(encoding="utf-8"), ("store",)
    for role in roles:
        path = key_path(settings, role)
        key = read_private_key(path, _SETTING) if path.exists() else _written(path)
        text += _signer(role, _HERE, key, [ANY_QUEUE] if role == "worker" else []).line() + "\n"
    write_whole(signers, text)
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


def make_fingerprint_key(settings: Settings) -> Path:
    """Make a key for fingerprints of secrets, 32 random bytes as text; returns where it lies.

    UsageError if there is one already: with another key every fingerprint would change.
    """
    path = settings.keys_dir / "fingerprint.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists; with another key every fingerprint would change") from error
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error
    with os.fdopen(fd, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    return path


def allowed_signers(settings: Settings) -> list[str]:
    """The stores that are believed here, as lines of the file with which Git checks signatures.

    Source: ssh-keygen(1), ALLOWED SIGNERS.
    """
    path = settings.signers_path
    signers = local_signers(settings) if path is None else read_signers(path, f"{PREFIX}SIGNERS")
    lines = []
    for signer in signers:
        if signer.role == "store":
            # A key is good on its last day, too.
            day = None if signer.until is None else signer.until + timedelta(days=1)
            until = "" if day is None else f',valid-before="{day:%Y%m%d}Z"'
            lines.append(f'{settings.author_email} namespaces="git"{until} {signer.public_text()}')
    return lines


def _signer(role: Role, name: str, key: Ed25519PrivateKey, queues: Collection[str]) -> Signer:
    return Signer(role, name, key.public_key().public_bytes_raw(), frozenset(queues))


def _written(path: Path) -> Ed25519PrivateKey:
    try:
        return write_private_key(path)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error
