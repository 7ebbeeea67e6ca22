"""The directory trees of a branch while a batch changes them, kept as the bytes that Git hashes.

To replace a file's id in a tree of ten thousand, or to add a file, is then a matter of a few bytes and a
hash. Nothing is parsed or sorted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.errors import StateError
from pipeline.store.git.pack import TREE, Object, Splice, make_object

FILE, FOLDER = b"100644", b"40000"
_Names = tuple[bytes, ...]
"""Where a folder is: the names that lead to it from the root."""
_ID = 20
_MOST_SPLICES = 8  # of a delta; a delta with so many becomes the base of the next ones


@dataclass(slots=True)
class _Folder:
    """One tree's bytes, its entries' keys in Git's order, and where each entry ends.

    Git sorts a folder as if its name ended in a slash, so the key of a folder has that slash. `touched` are
    the keys whose entries differ from `base`, a tree of the same pack; `base_keys` and `base_ends` are the
    base's own.
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
            if (index := self._index(key)) is not None:
                return self._id(index)
        return None

    def change(self, new: Mapping[bytes, bytes], mode: bytes, gone: Collection[bytes] = ()) -> None:
        """Give the names in `new` their ids, and remove the names in `gone`."""
        removed = {key for name in gone for key in (name, name + b"/")}
        if removed & set(self.keys):
            rest = b"".join(self._entry(index) for index, key in enumerate(self.keys) if key not in removed)
            rebuilt = _Folder.parse(rest)
            self.data, self.keys, self.ends = rebuilt.data, rebuilt.keys, rebuilt.ends
            self.base, self.touched = None, set()
        for name, sha in new.items():
            key = name + (b"/" if mode == FOLDER else b"")
            index = self._index(key)
            if index is not None:
                self.data[self.ends[index] - _ID : self.ends[index]] = sha
            else:
                self._insert(key, b"%s %s\0%s" % (mode, name, sha))
            self.touched.add(key)

    def names(self, mode: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The entries of that mode, with their ids."""
        for index, key in enumerate(self.keys):
            if self._entry(index).startswith(mode + b" "):
                yield key.rstrip(b"/"), self._id(index)

    def as_object(self) -> Object:
        splices = tuple(map(self._splice, sorted(self.touched))) if self.base else ()
        tree = make_object(TREE, bytes(self.data), self.base, splices)
        if self.base is not None and tree.id == self.base.id:
            return self.base  # changed back to it: a delta against itself would send Git round in circles
        if self.base is None or len(splices) >= _MOST_SPLICES:
            self.base, self.touched = tree, set()
            self.base_keys, self.base_ends = self.keys.copy(), self.ends.copy()
        return tree

    def _splice(self, key: bytes) -> Splice:
        """Where a touched entry is here, and where it is, or would be, in the base."""
        index, base_index = bisect_left(self.keys, key), bisect_left(self.base_keys, key)
        start = self.base_ends[base_index - 1] if base_index else 0
        in_base = base_index < len(self.base_keys) and self.base_keys[base_index] == key
        end = self.base_ends[base_index] if in_base else start
        return Splice(start, end, self._start(index), self.ends[index])

    def _insert(self, key: bytes, entry: bytes) -> None:
        index = bisect_left(self.keys, key)
        start, length = self._start(index), len(entry)
        self.data[start:start] = entry
        self.keys.insert(index, key)
        self.ends[index:] = [start + length, *[end + length for end in self.ends[index:]]]

    def _index(self, key: bytes) -> int | None:
        index = bisect_left(self.keys, key)
        return index if index < len(self.keys) and self.keys[index] == key else None

    def _start(self, index: int) -> int:
        return self.ends[index - 1] if index else 0

    def _entry(self, index: int) -> bytes:
        return bytes(self.data[self._start(index) : self.ends[index]])

    def _id(self, index: int) -> bytes:
        return bytes(self.data[self.ends[index] - _ID : self.ends[index]])


class Trees:
    """The trees below one root. `read` gives a tree's bytes by its id."""

    def __init__(self, root: bytes | None, read: Callable[[bytes], bytes]) -> None:
        self._read = read
        self._folders: dict[_Names, _Folder] = {(): _Folder.parse(b"" if root is None else read(root))}

    def get(self, path: str) -> bytes | None:
        """The id of the file at `path`, or None."""
        *folders, name = path.encode().split(b"/")
        folder = self._folder(tuple(folders))
        return None if folder is None else folder.get(name)

    def below(self, folder: str) -> dict[str, bytes]:
        """The files directly in `folder`, as path and id; none if there is no such folder."""
        tree = self._folder(tuple(folder.encode().split(b"/")))
        names = () if tree is None else tree.names(FILE)
        return {f"{folder}/{name.decode(errors='replace')}": sha for name, sha in names}

    def put(self, files: Mapping[str, bytes], removed: Collection[str] = ()) -> list[Object]:
        """Put files, given by path and id, in their places, and take the `removed` paths out.

        Returns the trees that are new, the root as the last one. A path may be in both: it is taken out
        before it is put in.
        """
        changes: dict[_Names, tuple[dict[bytes, bytes], set[bytes]]] = {(): ({}, set())}
        for path, sha in [*((path, None) for path in removed), *files.items()]:
            *folders, name = path.encode().split(b"/")
            for depth in range(len(folders) + 1):
                new, gone = changes.setdefault(tuple(folders[:depth]), ({}, set()))
            if sha is None:
                gone.add(name)
            else:
                new[name] = sha
        trees: list[Object] = []
        for names in sorted(changes, key=len, reverse=True):  # a folder comes before the one above it
            new, gone = changes[names]
            folder = self._folder_or_new(names)
            folder.change(new, FILE, gone)
            if names and not folder.keys:  # Git knows no empty folders
                self._folder_or_new(names[:-1]).change({}, FOLDER, {names[-1]})
                del self._folders[names]
                continue
            trees.append(folder.as_object())
            if names:
                self._folder_or_new(names[:-1]).change({names[-1]: trees[-1].id}, FOLDER)
        return trees

    def forget_bases(self) -> None:
        """Call this after a batch: the base of a delta must be a tree of the same pack."""
        for folder in self._folders.values():
            folder.base, folder.touched = None, set()

    def _folder_or_new(self, names: _Names) -> _Folder:
        folder = self._folder(names)
        if folder is None:
            folder = self._folders[names] = _Folder.parse(b"")
        return folder

    def _folder(self, names: _Names) -> _Folder | None:
        if names not in self._folders:
            parent = self._folder(names[:-1])
            sha = None if parent is None else parent.get(names[-1])
            if sha is None:
                return None
            try:
                self._folders[names] = _Folder.parse(self._read(sha))
            except ValueError as error:
                path = b"/".join(names).decode(errors="replace")
                raise StateError(
                    f"the configs repo has a file '{path}' where a group's folder belongs"
                ) from error
        return self._folders[names]
