"""Read a file of another tool: whole, within a cap, and told in one line if that cannot be."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceError, UsageError
from pipeline.inventory.problems import shown

MAX_BYTES = 16 * 2**20


def text_of(path: Path, hint: str = "") -> str:
    """The file's text with plain line ends.

    Raises UsageError if there is no such file, with `hint`, SourceError if it is too large or no text.
    """
    try:
        if not path.exists():
            raise UsageError(f"there is no file {shown_path(path)}{hint}")
        if not path.is_file():
            raise SourceError(f"{shown_path(path)} is not a plain file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{shown_path(path)} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise SourceError(f"{shown_path(path)} is larger than {MAX_BYTES >> 20} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{shown_path(path)}:{line}: not UTF-8 text; save it as UTF-8, or decrypt it, and import again"
        ) from error
    return text.replace("\r\n", "\n")


def listing(folder: Path) -> list[Path]:
    """What lies in a folder, sorted by name; hidden entries are not listed."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SourceError(f"{shown_path(folder)} cannot be read: {error.strerror}") from error


def shown_path(path: Path) -> str:
    """A path for a message: as it is, unless it holds what could forge one."""
    text = str(path)
    return text if text.isprintable() else shown(text)
