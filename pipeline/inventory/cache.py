"""Keeps on disk what was read of an inventory's files. A large inventory changes only a little at a time.

An entry of the cache holds what one file says by itself, and only if the file has no mistake. What depends
on other files is worked out at each reading. An entry is found by the hash of the file and the hash of the
code that read it, so it is never out of date.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

WORTH_BYTES = 2**20
"""A smaller inventory is read in a tenth of a second, and is not cached."""

_KEPT_S = 30 * 86_400
_CODE = Path(__file__).parent


@cache
def _code_hash() -> bytes:
    """A hash of the modules that read files: another version of them may understand a file otherwise."""
    digest = hashlib.sha256()
    for module in _modules():
        digest.update(module.read_bytes())
    return digest.digest()


def _modules() -> list[Path]:
    """More modules than are used today, so that nobody has to add one here when a reader begins to use it."""
    rooms = (_CODE, _CODE.parent, _CODE.parent / "text", _CODE.parent / "values")
    return sorted(module for room in rooms for module in room.glob("*.py"))


class Cache:
    """A cache in a folder that only its owner can write to; without a folder it stays empty.

    If the folder cannot be used or an entry cannot be read, the only harm is the time that it would have
    saved.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @classmethod
    def of(cls, files: Mapping[str, bytes], folder: Path | None) -> Self:
        """The cache for an inventory of these files: in `folder`, if they are large enough to be cached."""
        return cls(folder if sum(map(len, files.values())) >= WORTH_BYTES else None)

    def get(self, kind: str, content: bytes) -> Any:
        """The entry of this kind for a file of this content, as JSON has it; None if there is none."""
        if self._folder is None:
            return None
        path = self._path(kind, content)
        with suppress(OSError, ValueError, RecursionError):
            found = json.loads(path.read_bytes())
            if time.time() - path.stat().st_mtime > _KEPT_S / 2:
                os.utime(path)
            return found
        return None

    def put(self, kind: str, content: bytes, value: Any) -> None:
        """Keep `value`, which JSON must be able to hold, as the entry of this kind."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(kind, content)
            # The file gets its name once it is whole, because another process may read the same inventory.
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as file:
                # `json.dump` encodes in Python, which is several times slower.
                file.write(json.dumps(value, separators=(",", ":")))
            Path(file.name).replace(path)

    def forget_old(self) -> None:
        """Remove the entries that nobody has used for a month."""
        if self._folder is None:
            return
        with suppress(OSError):
            for entry in self._old():
                entry.unlink(missing_ok=True)

    def _old(self) -> Iterator[Path]:
        assert self._folder is not None
        limit = time.time() - _KEPT_S
        return (entry for entry in self._folder.iterdir() if entry.stat().st_mtime < limit)

    def _path(self, kind: str, content: bytes) -> Path:
        assert self._folder is not None
        digest = hashlib.sha256(_code_hash())
        digest.update(f"{kind}\0".encode())
        digest.update(content)
        return self._folder / f"{digest.hexdigest()}.json"
