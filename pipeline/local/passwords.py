"""Passwords of a server's users, a file for each below one directory: made once, and read again."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import StateError

_BYTES = 32
_MAX_FILE = 4096


def passwords(folder: Path, names: Iterable[str]) -> tuple[dict[str, str], int]:
    """The password of each user of `names`, and how many of them were made just now.

    A file that is there is read, so that a password may also come from elsewhere. StateError if a file
    cannot be used, or if others than its owner can read it.
    """
    found, made = {}, 0
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            path = folder / name
            made += _make(path)
            found[name] = _read(path)
    except OSError as error:
        raise StateError(f"{error.filename or folder}: {error.strerror}") from error
    return found, made


def _make(path: Path) -> bool:
    """Write a new password under its name; False if there is one."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(fd, "w") as file:
        file.write(secrets.token_urlsafe(_BYTES) + "\n")
    return True


def _read(path: Path) -> str:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        content = file.read(_MAX_FILE)
    if mode & 0o077:
        raise StateError(f"{path}: others than its owner may use it; `chmod 600` it")
    password = content.decode("utf-8", "replace").partition("\n")[0].strip()
    if not password:
        raise StateError(f"{path}: it holds no password; remove it, and a new one is made")
    return password
