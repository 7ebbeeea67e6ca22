"""What a process writes is for its own user: configurations hold what a network looks like from inside."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOTDIR
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import StateError

PRIVATE = 0o077
"""The umask of processes that store configurations. Also the bits of a mode that open a file to others."""

_PUBLIC = 0o022


def keep_files_private() -> None:
    """From now on only our user can read what this process and its children make, whoever started it."""
    os.umask(PRIVATE)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever is made within is for our user alone. All threads of the process have the same umask."""
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


def open_log(path: Path) -> BinaryIO:
    """A file to write more into, made for our user alone if it is not there. OSError if it cannot be had."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")


def write_whole(path: Path, text: str) -> None:
    """Write a file that its owner alone may read and write, under its name only once it is whole.

    StateError if it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error


def make_parents(path: Path) -> None:
    """Make the directories above `path` that are missing, as everybody's: others may have something there."""
    before = os.umask(_PUBLIC)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(path.parent)) from error
    finally:
        os.umask(before)


def open_to_others(folder: Path) -> Iterator[Path]:
    """The folder itself and what is below it, as far as others than its owner have any right there."""
    paths = [folder]
    while paths:
        path = paths.pop()
        try:
            if path.lstat().st_mode & PRIVATE and not path.is_symlink():
                yield path
            if path.is_dir() and not path.is_symlink():
                paths += path.iterdir()
        except OSError:  # gone, such as a pack that was put together with others; or not open to us either
            continue
