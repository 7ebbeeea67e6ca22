"""The directory trees of a branch while a batch changes them, kept as the bytes that Git hashes.

Replacing a file's id in a tree of ten thousand is then twenty bytes and a hash, not a parse and a sort.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.errors import StateError
from pipeline.pack import TREE, Object, make_object

FILE, FOLDER = b"100644", b"40000"
_ID = 20


@dataclass(slots=True)
class _Folder:
    """One tree's bytes, and where each entry's id stands in them."""

    data: bytearray
    at: dict[bytes, int]
    base: Object | None = None
    touched: set[int] = field(default_factory=set)

    @classmethod
    def parse(cls, data: bytes) -> _Folder:
        at, position = {}, 0
        while position < len(data):
            space = data.index(b" ", position)
            end = data.index(b"\0", space)
            at[data[space + 1 : end]] = end + 1
            position = end + 1 + _ID
        return cls(bytearray(data), at)

    def get(self, name: bytes) -> bytes | None:
        position = self.at.get(name)
        return None if position is None else bytes(self.data[position : position + _ID])

    def put(self, name: bytes, mode: bytes, sha: bytes) -> None:
        position = self.at.get(name)
        if position is not None:
            self.data[position : position + _ID] = sha
            self.touched.add(position)
            return
        # Git sorts a folder as if its name ended in a slash.
        key = name + (b"/" if mode == FOLDER else b"")
        entries = [(entry, self._mode(entry), self.get(entry)) for entry in self.at]
        entries.append((name, mode, sha))
        entries.sort(key=lambda e: key if e[0] is name else e[0] + (b"/" if e[1] == FOLDER else b""))
        rebuilt = _Folder.parse(b"".join(b"%s %s\0%s" % (m, n, s) for n, m, s in entries))
        # What came before is no base for a delta any more: every offset has moved.
        self.data, self.at, self.base, self.touched = rebuilt.data, rebuilt.at, None, set()

    def _mode(self, name: bytes) -> bytes:
        end = self.at[name] - len(name) - 2
        return bytes(self.data[end - (5 if self.data[end - 5 : end] == FOLDER else 6) : end])

    def as_object(self) -> Object:
        splices = tuple((position, _ID) for position in sorted(self.touched)) if self.base else ()
        made = make_object(TREE, bytes(self.data), self.base, splices)
        if self.base is None:
            self.base = made
            self.touched = set()
        # Changed back to the base: a delta against itself would send Git round in circles.
        return self.base if made.id == self.base.id else made


class Trees:
    """The trees below one root. `read` gets a tree's bytes by its id."""

    def __init__(self, root: bytes | None, read: Callable[[bytes], bytes]) -> None:
        self._read = read
        self._folders: dict[tuple[bytes, ...], _Folder] = {
            (): _Folder.parse(b"" if root is None else read(root))
        }

    def get(self, path: str) -> bytes | None:
        """The id of the file at `path`, or None."""
        *folders, name = path.encode().split(b"/")
        folder = self._folder(tuple(folders))
        return None if folder is None else folder.get(name)

    def put(self, files: Mapping[str, bytes]) -> list[Object]:
        """Place files by path and id, and return the trees that are new, the root last."""
        touched: set[tuple[bytes, ...]] = set()
        for path, sha in files.items():
            *folders, name = path.encode().split(b"/")
            touched.update(tuple(folders[:depth]) for depth in range(len(folders) + 1))
            self._made(tuple(folders)).put(name, FILE, sha)
        made: list[Object] = []
        for place in sorted(touched, key=len, reverse=True):
            made.append(self._made(place).as_object())
            if place:
                self._made(place[:-1]).put(place[-1], FOLDER, made[-1].id)
        return made

    def forget_bases(self) -> None:
        """After a batch: a delta may only lean on a tree of its own pack."""
        for folder in self._folders.values():
            folder.base, folder.touched = None, set()

    def _made(self, place: tuple[bytes, ...]) -> _Folder:
        folder = self._folder(place)
        if folder is None:
            folder = self._folders[place] = _Folder.parse(b"")
        return folder

    def _folder(self, place: tuple[bytes, ...]) -> _Folder | None:
        if place not in self._folders:
            parent = self._folder(place[:-1])
            sha = None if parent is None else parent.get(place[-1])
            if sha is None:
                return None
            try:
                self._folders[place] = _Folder.parse(self._read(sha))
            except ValueError as error:
                path = b"/".join(place).decode(errors="replace")
                raise StateError(
                    f"the configs repo has a file '{path}' where a group's folder belongs"
                ) from error
        return self._folders[place]
