"""Files whose rights count: a secret, read by its owner alone, and a rule, written by its owner alone.

The rights are those of the opened file, so that nobody can swap the file between the check and the reading.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pipeline.errors import SettingsError

MAX_BYTES = 1 << 20
"""A file of more bytes is refused."""


def read_secret(path: Path, setting: str) -> bytes:
    """The content of a file that nobody but its owner may use, such as a private key.

    SettingsError names the setting and the file, and says what to do.
    """
    return _read(path, setting, 0o077, "others than its owner may use it; `chmod 600` it")


def read_rule(path: Path, setting: str) -> bytes:
    """The content of a file that only its owner may write to, such as a policy. Raises as `read_secret`."""
    return _read(path, setting, 0o022, "others may write to it; `chmod go-w` it")


def _read(path: Path, setting: str, forbidden: int, problem: str) -> bytes:
    """`forbidden` are the bits of the mode that the file must not have."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{setting}: {path}: {error.strerror}") from error
    if mode & forbidden:
        raise SettingsError(f"{setting}: {path}: {problem}")
    if len(content) > MAX_BYTES:
        raise SettingsError(f"{setting}: {path}: larger than {MAX_BYTES >> 20} MiB")
    return content
