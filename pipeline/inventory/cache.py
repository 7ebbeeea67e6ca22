"""What was read of an inventory's files before, by their content: a large inventory changes a little at a
time.

Only what one file says by itself is kept, and only of files without a mistake; what depends on other files
is worked out anew. An entry is known by the file's hash and by the code that read it, so it is never out of
date.
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
"""An inventory of less is read in a tenth of a second; nothing is written for it."""

_KEPT_S = 30 * 86_400
_CODE = Path(__file__).parent


@cache
def _reader() -> bytes:
    """A hash of the modules that read files: what another version of them made of a file is not ours."""
    digest = hashlib.sha256()
    for module in _modules():
        digest.update(module.read_bytes())
    return digest.digest()


def _modules() -> list[Path]:
    """Ours, the values', and those above the rooms: one that a reader comes to use must not be forgotten."""
    rooms = (_CODE, _CODE.parent, _CODE.parent / "text", _CODE.parent / "values")
    return sorted(module for room in rooms for module in room.glob("*.py"))


class Cache:
    """Readings in a folder that only we can write to; without a folder nothing is kept.

    A folder that cannot be used, or an entry that cannot be read, costs the time that it would have saved.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @classmethod
    def of(cls, files: Mapping[str, bytes], folder: Path | None) -> Self:
        """For an inventory of these files: in `folder`, if it is large enough to be worth it."""
        return cls(folder if sum(map(len, files.values())) >= WORTH_BYTES else None)

    def get(self, kind: str, content: bytes) -> Any:
        """What was kept as `kind` for a file of this content, as JSON has it; None if nothing was."""
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
        """Keep what JSON can hold."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._path(kind, content)
            # Under its own name only once it is whole: several processes may read the same inventory.
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as file:
                # `dump` would do it in Python, several times slower.
                file.write(json.dumps(value, separators=(",", ":")))
            Path(file.name).replace(path)

    def forget_old(self) -> None:
        """Remove what nobody has used for a month."""
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
        digest = hashlib.sha256(_reader())
        digest.update(f"{kind}\0".encode())
        digest.update(content)
        return self._folder / f"{digest.hexdigest()}.json"
