"""The directory trees of a branch while a batch changes them, kept as the bytes that Git hashes.

Replacing a file's id in a tree of ten thousand is then twenty bytes and a hash, not a parse and a sort.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
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

    def change(self, new: Mapping[bytes, bytes], mode: bytes, gone: Collection[bytes] = ()) -> None:
        """Give the names in `new` their ids, and forget those in `gone`."""
        if not gone and new.keys() <= self.at.keys():
            for name, sha in new.items():
                position = self.at[name]
                self.data[position : position + _ID] = sha
                self.touched.add(position)
            return
        entries = {name: (self._mode(name), self.get(name)) for name in self.at if name not in gone}
        entries |= {name: (mode, sha) for name, sha in new.items()}
        # Git sorts a folder as if its name ended in a slash.
        ordered = sorted(entries.items(), key=lambda e: e[0] + (b"/" if e[1][0] == FOLDER else b""))
        rebuilt = _Folder.parse(b"".join(b"%s %s\0%s" % (m, name, sha) for name, (m, sha) in ordered))
        # What came before is no base for a delta any more: every offset has moved.
        self.data, self.at, self.base, self.touched = rebuilt.data, rebuilt.at, None, set()

    def names(self, mode: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The entries of that mode, with their ids."""
        for name, position in self.at.items():
            if self._mode(name) == mode:
                yield name, bytes(self.data[position : position + _ID])

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

    def below(self, folder: str) -> dict[str, bytes]:
        """The files directly in `folder`, as path and id; none if there is no such folder."""
        found = self._folder(tuple(folder.encode().split(b"/")))
        names = () if found is None else found.names(FILE)
        return {f"{folder}/{name.decode(errors='replace')}": sha for name, sha in names}

    def put(self, files: Mapping[str, bytes], removed: Collection[str] = ()) -> list[Object]:
        """Place files by path and id, without those that are `removed`; the trees that are new, root last.

        A path may be in both: what was there goes before what comes.
        """
        changes: dict[tuple[bytes, ...], tuple[dict[bytes, bytes], set[bytes]]] = {(): ({}, set())}
        for path, sha in [*((path, None) for path in removed), *files.items()]:
            *folders, name = path.encode().split(b"/")
            for depth in range(len(folders) + 1):
                new, gone = changes.setdefault(tuple(folders[:depth]), ({}, set()))
            if sha is None:
                gone.add(name)
            else:
                new[name] = sha
        made: list[Object] = []
        for place in sorted(changes, key=len, reverse=True):
            new, gone = changes[place]
            folder = self._made(place)
            folder.change(new, FILE, gone & folder.at.keys())
            if place and not folder.at:  # Git knows no empty folders
                parent = self._made(place[:-1])
                parent.change({}, FOLDER, {place[-1]} & parent.at.keys())
                del self._folders[place]
                continue
            made.append(folder.as_object())
            if place:
                self._made(place[:-1]).change({place[-1]: made[-1].id}, FOLDER)
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
