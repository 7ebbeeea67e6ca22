"""The one writer of the configs repo: configurations in, commits out.

A batch is one pack and one compare-and-swap of the branch. The pack, its index and their directory are
on disk before the branch moves, and the content is read back before anybody is told that it is stored.

The repo is bare: nobody's working tree goes stale under them, and a Git host serves it as it is.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from dulwich.file import FileLocked
from dulwich.objects import Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from pipeline.errors import StateError
from pipeline.store.git.bare_repo import clear_stale_locks, lock, open_or_create
from pipeline.store.git.diffstat import count_changes
from pipeline.store.git.pack import BLOB, COMMIT, Object, fsync_directory, make_object, write_pack
from pipeline.store.git.repack import MANY_PACKS, MOST_PACKS, pack_count, repack
from pipeline.store.git.trailers import message, read_trailers
from pipeline.store.git.trees import Trees
from pipeline.values.names import CONFIG

SEALED, SEALED_TAG = "/sealed.age", "/sealed.tag"
"""A sealed copy among the artefacts, and the keyed hash of what it holds."""

_QUARANTINE = b"refs/quarantine"


@dataclass(frozen=True, slots=True)
class Change:
    """A configuration to be stored. `trailers` say where it came from; empty values are left out.

    `artefacts` are stored in the same commit, by path. `deflated` is the text's zlib stream, if there is one
    already.
    """

    path: str
    text: str
    device: str
    collected_at: datetime
    trailers: Mapping[str, str | None]
    artefacts: Mapping[str, bytes] = field(default_factory=dict)
    deflated: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """Files that change their places in one commit, each a path with the id of its blob; `removed` ones go.

    `blobs` are the contents of those that come from elsewhere.
    """

    subject: str
    lines: Sequence[str]
    trailers: Mapping[str, str | None]
    placed: Mapping[str, bytes]
    removed: Collection[str]
    blobs: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a configuration is. `commit` holds exactly that content at `path`.

    `changed` is False where HEAD held it already; `commit` is then None until somebody looks it up.
    """

    path: str
    commit: str | None
    changed: bool


class BranchMoved(StateError):
    """Somebody else wrote to the branch. Nothing was stored; read the branch again."""


class ConfigsRepo:
    """An open configs repo, locked against other writers until it is closed."""

    def __init__(
        self, path: Path, branch: str = "main", author: str = "DeviceVault <devicevault@localhost>"
    ) -> None:
        self.path = path
        self._ref = Ref(f"refs/heads/{branch}".encode())
        self._author = author
        self._trees: tuple[ObjectID | None, Trees] | None = None  # the trees of the commit asked for last
        self._repo = open_or_create(path, branch)
        try:
            self._lock = lock(path)
        except StateError:
            self._repo.close()
            raise
        clear_stale_locks(path, branch, os.fsdecode(_QUARANTINE))
        self._quarantined = {name.decode() for name in self._repo.refs.subkeys(Ref(_QUARANTINE))}
        self._packs, self._left_packs = 0, 0
        self._count_pack(pack_count(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the repo and let the next writer in."""
        self._repo.close()
        os.close(self._lock)

    @property
    def head(self) -> str | None:
        """The branch's commit, or None while there is none."""
        sha = self._head()
        return None if sha is None else sha.decode()

    def store(self, changes: Sequence[Change]) -> list[Stored]:
        """Commit each change that differs from what is there, in order; all or nothing.

        Returns one Stored per change. Raises BranchMoved if the branch was not where it was read, and
        OSError if the disk refuses; in both cases the branch is untouched.
        """
        parent = self._head()
        trees = self._trees_of(parent)
        self._trees = None  # until the branch has moved: a failure must not leave them half changed
        objects: dict[bytes, Object] = {}
        stored: list[Stored] = []
        now = int(datetime.now(UTC).timestamp())
        tip = parent
        for change in changes:
            blobs = _new_blobs(change, trees)
            if not blobs:
                stored.append(Stored(change.path, None, False))
                continue
            subject = self._subject(change, blobs, trees.get(change.path), objects)
            made = trees.put({path: blob.id for path, blob in blobs.items()})
            commit = make_object(COMMIT, self._commit_of(change, subject, made[-1].id, tip, now))
            for obj in (*blobs.values(), *made, commit):
                objects.setdefault(obj.id, obj)
            tip = ObjectID(commit.id.hex().encode())
            stored.append(Stored(change.path, tip.decode(), True))
        if tip is None or tip == parent:
            self._trees = (parent, trees)
        else:
            self._advance(parent, tip, list(objects.values()), trees)
        return stored

    def rearrange(self, change: Rearrangement) -> str | None:
        """Commit what moves; the commit, or None where all of it is in its place. Raises as `store` does."""
        parent = self._head()
        trees = self._trees_of(parent)
        removed = [path for path in change.removed if trees.get(path) is not None]
        placed = {path: blob for path, blob in change.placed.items() if trees.get(path) != blob}
        if not removed and not placed:
            return None
        self._trees = None
        made = trees.put(placed, [path for path in removed if path not in change.placed])
        now = int(datetime.now(UTC).timestamp())
        text = message(change.subject, change.lines, change.trailers)
        commit = make_object(COMMIT, self._commit(text, made[-1].id, parent, now, now))
        blobs = [make_object(BLOB, data) for data in change.blobs]
        tip = ObjectID(commit.id.hex().encode())
        self._advance(parent, tip, [*blobs, *made, commit], trees)
        return tip.decode()

    def files_of(self, path: str, commit: str) -> dict[str, bytes]:
        """What `commit` holds of the device whose configuration is at `path`: paths and ids of blobs."""
        sha = ObjectID(commit.encode())
        trees = self._trees_of(sha)
        self._trees = (sha, trees)
        config = trees.get(path)
        return ({} if config is None else {path: config}) | trees.below(path.removesuffix(CONFIG))

    def content(self, blob: bytes) -> bytes:
        """The bytes of a blob by its id."""
        return self._raw(blob)

    def holds(self, commit: str, path: str) -> bool:
        """Whether there is a file at `path` in `commit`."""
        return read_text(self._repo, commit, path) is not None

    def quarantine(self, change: Change) -> str:
        """Keep a change out of the branch, where a person can look at it; returns its commit.

        It is the newest commit of `refs/quarantine/<path>`, on top of the branch, so that
        `git diff main refs/quarantine/<path>` shows what it would do. One that is there is replaced.
        """
        parent = self._head()
        trees = Trees(self._root_of(parent), self._raw)
        blobs = _new_blobs(change, trees)
        subject = self._subject(change, blobs, trees.get(change.path), {})
        made = trees.put({path: blob.id for path, blob in blobs.items()})
        now = int(datetime.now(UTC).timestamp())
        commit = make_object(
            COMMIT, self._commit_of(change, f"quarantined, {subject}", made[-1].id, parent, now)
        )
        write_pack(self.path / "objects" / "pack", [*blobs.values(), *made, commit])
        with _writing_refs(self.path):
            self._repo.refs[quarantine_ref(change.path)] = ObjectID(commit.id.hex().encode())
        self._quarantined.add(change.path)
        self._count_pack()
        return commit.id.hex()

    def release(self, path: str) -> None:
        """Forget what is quarantined for a path: something good has come, or it was accepted."""
        if path in self._quarantined:
            with _writing_refs(self.path):
                self._repo.refs.remove_if_equals(quarantine_ref(path), None)
            self._quarantined.discard(path)

    def tidy(self) -> None:
        """Put packs together that have become many: for when nothing waits to be stored."""
        self._put_together(MANY_PACKS)

    def current(self, path: str) -> str | None:
        """The text at `path` on the branch now, or None; cheap where there is none."""
        head = self._head()
        if head is None:
            return None
        trees = self._trees_of(head)
        self._trees = (head, trees)
        blob = trees.get(path)
        return None if blob is None else self._text(blob, {})

    def commits_after(self, checkpoint: str | None, trailer: str) -> Iterator[tuple[str, str]]:
        """Commits with that trailer that `checkpoint` does not reach, oldest first: (its value, commit).

        All of them, where the checkpoint is None or unknown here.
        """
        head = self._head()
        known = None if checkpoint is None else ObjectID(checkpoint.encode())
        if head is None or head == known:
            return
        exclude = [known] if known is not None and self._repo.object_store.__contains__(known) else None
        for entry in self._repo.get_walker(include=[head], exclude=exclude, reverse=True):
            value = read_trailers(entry.commit.message).get(trailer)
            if value:
                yield value, entry.commit.id.decode()

    def last_change(self, path: str) -> str | None:
        """The newest commit of the branch that changed `path`. Walks the history: for rare use."""
        head = self._head()
        if head is None:
            return None
        for entry in self._repo.get_walker(include=[head], paths=[path.encode()], max_entries=1):
            return entry.commit.id.decode()
        return None

    def _head(self) -> ObjectID | None:
        try:
            return ObjectID(self._repo.refs[self._ref])
        except KeyError:
            return None

    def _commit_of(
        self, change: Change, subject: str, tree: bytes, parent: ObjectID | None, now: int
    ) -> bytes:
        # When the device said so, and when it was stored: `git log --format=fuller` shows both.
        text = message(f"{change.device}: {subject}", (), change.trailers)
        return self._commit(text, tree, parent, int(change.collected_at.timestamp()), now)

    def _commit(self, text: str, tree: bytes, parent: ObjectID | None, written: int, now: int) -> bytes:
        head = [
            f"tree {tree.hex()}",
            *([] if parent is None else [f"parent {parent.decode()}"]),
            f"author {self._author} {written} +0000",
            f"committer {self._author} {now} +0000",
        ]
        return "\n".join([*head, "", text]).encode()

    def _subject(
        self, change: Change, blobs: Mapping[str, Object], before: bytes | None, new: Mapping[bytes, Object]
    ) -> str:
        """What changed, in a few words: lines of the configuration, or the artefacts by name."""
        if change.path in blobs:
            return str(count_changes(None if before is None else self._text(before, new), change.text))
        return ", ".join(sorted(path.rpartition("/")[2] for path in blobs))

    def _trees_of(self, commit: ObjectID | None) -> Trees:
        """The branch's trees: the last batch's, unless somebody else has moved the branch."""
        if self._trees is not None and self._trees[0] == commit:
            return self._trees[1]
        return Trees(self._root_of(commit), self._raw)

    def _root_of(self, commit: ObjectID | None) -> bytes | None:
        return None if commit is None else bytes.fromhex(_as_commit(self._repo, commit).tree.decode())

    def _raw(self, sha: bytes) -> bytes:
        return self._repo.object_store.get_raw(ObjectID(sha.hex().encode()))[1]

    def _text(self, blob: bytes, new: Mapping[bytes, Object]) -> str:
        data = new[blob].data if blob in new else self._raw(blob)
        return data.decode(errors="replace")

    def _count_pack(self, more: int = 1) -> None:
        self._packs += more
        self._put_together(MOST_PACKS)

    def _put_together(self, most: int) -> None:
        """Put the packs together if there are more than `most`."""
        # Where it did not help, not again at every batch.
        if self._packs <= max(most, self._left_packs + MANY_PACKS // 2):
            return
        repack(self.path)
        self._packs = self._left_packs = pack_count(self.path)
        self._repo.close()  # also the files of packs that are gone
        self._repo = Repo(str(self.path))

    def _advance(
        self, before: ObjectID | None, after: ObjectID, objects: Sequence[Object], trees: Trees
    ) -> None:
        """Move the branch to `after`, its `objects` on disk first; `trees` are its trees from then on."""
        write_pack(self.path / "objects" / "pack", objects)
        self._swap(before, after)
        self._count_pack()
        trees.forget_bases()
        self._trees = (after, trees)

    def _swap(self, before: ObjectID | None, after: ObjectID) -> None:
        refs = self._repo.refs
        # old_ref=None would be unconditional, so the first commit has its own call.
        with _writing_refs(self.path):
            moved = (
                refs.add_if_new(self._ref, after)
                if before is None
                else refs.set_if_equals(self._ref, before, after)
            )
        if not moved:
            raise BranchMoved(f"{self.path}: {self._ref.decode()} was moved by another writer")
        fsync_directory((self.path / os.fsdecode(self._ref)).parent)
        if self._head() != after:
            raise StateError(f"{self.path}: the branch is not where it was put")


@contextmanager
def _writing_refs(repo: Path) -> Iterator[None]:
    """BranchMoved where another process's git is writing to the same ref."""
    try:
        yield
    except FileLocked as error:
        raise BranchMoved(f"{repo}: {os.fsdecode(error.lockfilename)} is another writer's") from error


def quarantine_ref(path: str) -> Ref:
    """Where a quarantined configuration is kept; pushes leave it out."""
    return Ref(_QUARANTINE + b"/" + path.encode())


def _new_blobs(change: Change, trees: Trees) -> dict[str, Object]:
    """The files of a change that are not on the branch as they are, by path."""
    blobs = {change.path: make_object(BLOB, change.text.encode(), deflated=change.deflated)}
    blobs |= {path: make_object(BLOB, data) for path, data in change.artefacts.items()}
    new = {path: blob for path, blob in blobs.items() if trees.get(path) != blob.id}
    for path in [path for path in new if path.endswith(SEALED)]:
        # Encrypted anew each time: the tag beside it tells whether it holds anything new.
        tag = path.removesuffix(SEALED) + SEALED_TAG
        if tag in blobs and tag not in new and trees.get(path) is not None:
            del new[path]
    return new


def read_text(repo: Repo, commit: str, path: str) -> str | None:
    """The text at `path` in `commit`, or None if either is not there."""
    try:
        tree = repo.object_store[_as_commit(repo, ObjectID(commit.encode())).tree]
        assert isinstance(tree, Tree)
        _, blob = tree.lookup_path(repo.object_store.__getitem__, path.encode())
    except KeyError:
        return None
    return repo.object_store[blob].as_raw_string().decode(errors="replace")


def _as_commit(repo: Repo, sha: ObjectID) -> Commit:
    commit = repo.object_store[sha]
    assert isinstance(commit, Commit)
    return commit
