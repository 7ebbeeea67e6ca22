"""Find the private key that another tool names."""

from __future__ import annotations

from pathlib import Path

from pipeline.importers.notes import Notes


def key_path(given: str | None, folder: Path, where: str, notes: Notes) -> str | None:
    """The key's absolute path. None if no key is given, or if its path cannot be written as a reference.

    `~` is taken for the home of whoever imports, and a relative path begins in `folder`. Both are guesses,
    and a note says so.
    """
    if not given:
        return None
    if not given.isprintable() or len(given) > 1000:
        notes.add("to do", where, "", "the private key's path cannot be written as file:/path")
        return None
    path = Path(given)
    if path.is_absolute():
        return given
    try:
        path = path.expanduser()
    except RuntimeError:
        notes.add("to do", where, "", "the private key's path begins with the home of somebody unknown")
        return None
    path = (folder / path).resolve()
    notes.add("guessed", where, "", f"the private key is taken to be {path}")
    return str(path)
