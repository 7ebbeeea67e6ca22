"""Read the files of another tool: each whole, and none that is larger than a cap."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceError, UsageError
from pipeline.inventory.problems import shown

MAX_BYTES = 16 * 2**20


def read_text(path: Path, hint: str = "") -> str:
    """The file's text. Lines end in a line feed.

    Raises UsageError with `hint` if there is no such file, and SourceError if it is too large or not UTF-8.
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
    """The paths in a folder, sorted by name and without hidden ones."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SourceError(f"{shown_path(folder)} cannot be read: {error.strerror}") from error


def shown_path(path: Path) -> str:
    """A path for a message. It is quoted if it holds characters that could forge a line of output."""
    text = str(path)
    return text if text.isprintable() else shown(text)
