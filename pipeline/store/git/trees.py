"""The directory trees of a branch while a batch changes them, kept as the bytes that Git hashes.

Replacing a file's id in a tree of ten thousand, or adding a file, is then a few bytes and a hash, not a
parse and a sort.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.errors import StateError
from pipeline.store.git.pack import TREE, Object, Splice, make_object

FILE, FOLDER = b"100644", b"40000"
_ID = 20
_MOST_SPLICES = 8  # in a delta; the next one leans on it, and not on what it leans on


@dataclass(slots=True)
class _Folder:
    """One tree's bytes, its entries' keys in Git's order, and where each entry ends.

    Git sorts a folder as if its name ended in a slash, so that is its key. `touched` are the keys whose
    entries differ from `base`, a tree of the same pack; `base_keys` and `base_ends` are its own.
    """

    data: bytearray
    keys: list[bytes]
    ends: list[int]
    base: Object | None = None
    base_keys: list[bytes] = field(default_factory=list)
    base_ends: list[int] = field(default_factory=list)
    touched: set[bytes] = field(default_factory=set)

    @classmethod
    def parse(cls, data: bytes) -> _Folder:
        keys, ends, position = [], [], 0
        while position < len(data):
            space = data.index(b" ", position)
            end = data.index(b"\0", space)
            is_folder = data[position:space] == FOLDER
            keys.append(data[space + 1 : end] + (b"/" if is_folder else b""))
            position = end + 1 + _ID
            ends.append(position)
        return cls(bytearray(data), keys, ends)

    def get(self, name: bytes) -> bytes | None:
        for key in (name, name + b"/"):
            if (place := self._place(key)) is not None:
                return self._id(place)
        return None

    def change(self, new: Mapping[bytes, bytes], mode: bytes, gone: Collection[bytes] = ()) -> None:
        """Give the names in `new` their ids, and forget those in `gone`."""
        forgotten = {key for name in gone for key in (name, name + b"/")}
        if forgotten & set(self.keys):
            left = b"".join(self._entry(place) for place, key in enumerate(self.keys) if key not in forgotten)
            rebuilt = _Folder.parse(left)
            self.data, self.keys, self.ends = rebuilt.data, rebuilt.keys, rebuilt.ends
            self.base, self.touched = None, set()
        for name, sha in new.items():
            key = name + (b"/" if mode == FOLDER else b"")
            place = self._place(key)
            if place is not None:
                self.data[self.ends[place] - _ID : self.ends[place]] = sha
            else:
                self._insert(key, b"%s %s\0%s" % (mode, name, sha))
            self.touched.add(key)

    def names(self, mode: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The entries of that mode, with their ids."""
        for place, key in enumerate(self.keys):
            if self._entry(place).startswith(mode + b" "):
                yield key.rstrip(b"/"), self._id(place)

    def as_object(self) -> Object:
        splices = tuple(map(self._splice, sorted(self.touched))) if self.base else ()
        made = make_object(TREE, bytes(self.data), self.base, splices)
        if self.base is not None and made.id == self.base.id:
            return self.base  # changed back to it: a delta against itself would send Git round in circles
        if self.base is None or len(splices) >= _MOST_SPLICES:
            self.base, self.touched = made, set()
            self.base_keys, self.base_ends = self.keys.copy(), self.ends.copy()
        return made

    def _splice(self, key: bytes) -> Splice:
        """Where a touched entry stands here, and where it stood, or would have stood, in the base."""
        place, before = bisect_left(self.keys, key), bisect_left(self.base_keys, key)
        start = self.base_ends[before - 1] if before else 0
        known = before < len(self.base_keys) and self.base_keys[before] == key
        return Splice(start, self.base_ends[before] if known else start, self._start(place), self.ends[place])

    def _insert(self, key: bytes, entry: bytes) -> None:
        place = bisect_left(self.keys, key)
        start, length = self._start(place), len(entry)
        self.data[start:start] = entry
        self.keys.insert(place, key)
        self.ends[place:] = [start + length, *[end + length for end in self.ends[place:]]]

    def _place(self, key: bytes) -> int | None:
        place = bisect_left(self.keys, key)
        return place if place < len(self.keys) and self.keys[place] == key else None

    def _start(self, place: int) -> int:
        return self.ends[place - 1] if place else 0

    def _entry(self, place: int) -> bytes:
        return bytes(self.data[self._start(place) : self.ends[place]])

    def _id(self, place: int) -> bytes:
        return bytes(self.data[self.ends[place] - _ID : self.ends[place]])


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
            folder.change(new, FILE, gone)
            if place and not folder.keys:  # Git knows no empty folders
                self._made(place[:-1]).change({}, FOLDER, {place[-1]})
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
