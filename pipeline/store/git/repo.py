"""The one writer of a configs repo: configurations in, commits out.

A batch is one pack and one compare-and-swap of the branch. The pack, its index and their directory are on
disk before the branch moves, and the content is read back before anybody is told that it is stored.

The repo is bare. A working tree would go stale under whoever looks at it, and a Git host serves a bare repo
as it is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from dulwich.file import FileLocked
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from pipeline.errors import StateError
from pipeline.store.git.bare_repo import clear_stale_locks, is_repository, lock, open_or_create
from pipeline.store.git.changes import Change, Rearrangement, StoreResult, new_blobs
from pipeline.store.git.commit_message import backup_subject, change_summary, message
from pipeline.store.git.commit_signature import CommitSigner, signed_by
from pipeline.store.git.pack import BLOB, COMMIT, Object, fsync_directory, make_object, write_pack
from pipeline.store.git.reader import QUARANTINE, ConfigsReader, history_lost, quarantine_ref
from pipeline.store.git.repack import MANY_PACKS, MOST_PACKS, pack_count, repack
from pipeline.store.git.trees import Trees
from pipeline.system.private_files import private_files
from pipeline.values.names import CONFIG

log = logging.getLogger("devicevault.consumer")


class BranchMoved(StateError):
    """Another process wrote to the branch. Nothing was stored; read the branch again."""


class HistoryLost(StateError):
    """The branch does not hold the last commit that was stored there. Nothing is put on another history."""


class ConfigsRepo(ConfigsReader):
    """An open configs repo, locked against other writers until it is closed.

    `stored` is the last commit that the table knows of this repo. HistoryLost is raised here, or by whatever
    would write, if the branch does not hold it, or later what was stored since.
    With a `signer` every commit is signed, those of moves and of quarantined configurations, too.
    """

    def __init__(
        self,
        path: Path,
        branch: str = "main",
        author: str = "DeviceVault <devicevault@localhost>",
        stored: str | None = None,
        signer: CommitSigner | None = None,
    ) -> None:
        self._stored = None if stored is None else ObjectID(stored.encode())
        if self._stored is not None and not is_repository(path):
            raise HistoryLost(history_lost(path, "there is no repository", stored or ""))
        super().__init__(path, open_or_create(path, branch), branch)
        self._author = author
        self._signer = signer
        self._noted: ObjectID | None = None  # the foreign commit that was looked at last
        self._trees: tuple[ObjectID | None, Trees] | None = None  # the trees of the commit asked for last
        try:
            self._lock = lock(path)
        except StateError:
            self._repo.close()
            raise
        clear_stale_locks(path, branch, QUARANTINE)
        self._quarantined = {name.decode() for name in self._repo.refs.subkeys(Ref(QUARANTINE.encode()))}
        self._packs, self._packs_after_repack = 0, 0
        try:
            self._base()
        except StateError:
            self.close()
            raise
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

    def store(self, changes: Sequence[Change]) -> list[StoreResult]:
        """Commit each change that differs from what the branch holds, in order; all of them or none.

        Returns one StoreResult per change. Raises BranchMoved if another process moved the branch meanwhile,
        and OSError if the disk refuses; in both cases the branch is untouched.
        """
        parent = self._base()
        trees = self._trees_of(parent)
        self._trees = None  # until the branch has moved: a failure must not leave them half changed
        objects: dict[bytes, Object] = {}
        results: list[StoreResult] = []
        now = int(datetime.now(UTC).timestamp())
        tip = parent
        for change in changes:
            blobs = new_blobs(change, trees)
            if not blobs:
                results.append(StoreResult(change.path, None, False))
                continue
            summary = self._summary(change, blobs, trees.get(change.path), objects)
            new_trees = trees.put({path: blob.id for path, blob in blobs.items()})
            subject = backup_subject(change.device, summary)
            commit = make_object(COMMIT, self._backup_commit(change, subject, new_trees[-1].id, tip, now))
            for obj in (*blobs.values(), *new_trees, commit):
                objects.setdefault(obj.id, obj)
            tip = _hex_id(commit)
            results.append(StoreResult(change.path, tip.decode(), True))
        if tip is None or tip == parent:
            self._trees = (parent, trees)
        else:
            self._advance(parent, tip, list(objects.values()), trees)
        return results

    def rearrange(self, change: Rearrangement) -> str | None:
        """Commit files that change their places. Returns the commit, or None if all are in place already.

        Raises as `store` does.
        """
        parent = self._base()
        trees = self._trees_of(parent)
        removed = [path for path in change.removed if trees.get(path) is not None]
        placed = {path: blob for path, blob in change.placed.items() if trees.get(path) != blob}
        if not removed and not placed:
            return None
        self._trees = None
        new_trees = trees.put(placed, [path for path in removed if path not in change.placed])
        now = int(datetime.now(UTC).timestamp())
        text = message(change.subject, change.lines, change.trailers)
        commit = make_object(COMMIT, self._commit_data(text, new_trees[-1].id, parent, now, now))
        blobs = [make_object(BLOB, data) for data in change.blobs]
        tip = _hex_id(commit)
        self._advance(parent, tip, [*blobs, *new_trees, commit], trees)
        return tip.decode()

    def files_of(self, path: str, commit: str) -> dict[str, bytes]:
        """What `commit` holds of the device whose configuration is at `path`: paths and ids of blobs."""
        sha = ObjectID(commit.encode())
        trees = self._trees_of(sha)
        self._trees = (sha, trees)
        config = trees.get(path)
        return ({} if config is None else {path: config}) | trees.below(path.removesuffix(CONFIG))

    def holds_all(self, commit: str, change: Change) -> bool:
        """Whether `commit` has exactly the files of this change, not only files at their paths."""
        return not new_blobs(change, self._trees_of(ObjectID(commit.encode())))

    def content(self, blob: bytes) -> bytes:
        """The bytes of a blob by its id."""
        return self._repo.object_store.get_raw(ObjectID(blob.hex().encode()))[1]

    def current(self, path: str) -> str | None:
        """The text at `path` on the branch now, or None; cheap if there is none."""
        head = self._head()
        if head is None:
            return None
        trees = self._trees_of(head)
        self._trees = (head, trees)
        blob = trees.get(path)
        return None if blob is None else self._blob_text(blob, {})

    def quarantine(self, change: Change) -> str:
        """Keep a change out of the branch, at a place where a person can look at it; returns its commit.

        The commit is at `refs/quarantine/<path>`, on top of the branch, so that
        `git diff main refs/quarantine/<path>` shows what the change would do. It replaces one that is there.
        """
        parent = self._base()
        trees = Trees(self._root_of(parent), self.content)
        blobs = new_blobs(change, trees)
        summary = self._summary(change, blobs, trees.get(change.path), {})
        new_trees = trees.put({path: blob.id for path, blob in blobs.items()})
        now = int(datetime.now(UTC).timestamp())
        subject = backup_subject(change.device, summary, quarantined=True)
        commit = make_object(COMMIT, self._backup_commit(change, subject, new_trees[-1].id, parent, now))
        write_pack(self.path / "objects" / "pack", [*blobs.values(), *new_trees, commit])
        with _writing_refs(self.path):
            self._repo.refs[quarantine_ref(change.path)] = _hex_id(commit)
        self._quarantined.add(change.path)
        self._count_pack()
        return commit.id.hex()

    def release(self, path: str) -> None:
        """Forget what is quarantined for a path: a good configuration has come, or a person accepted it."""
        if path in self._quarantined:
            with _writing_refs(self.path):
                self._repo.refs.remove_if_equals(quarantine_ref(path), None)
            self._quarantined.discard(path)

    def tidy(self) -> None:
        """Put packs together that have become many. Call it when nothing waits to be stored."""
        self._repack_if_more_than(MANY_PACKS)

    def _base(self) -> ObjectID | None:
        """The commit on which the next one is put. HistoryLost if it is not what was stored, or above it."""
        head = self._head()
        if self._stored is not None and head != self._stored and not self.reaches(self._stored.decode()):
            branch = os.fsdecode(self._ref).removeprefix("refs/heads/")
            what = f"the branch {branch} does not hold what was stored there"
            raise HistoryLost(history_lost(self.path, what, self._stored.decode()))
        if self._signer is not None and head is not None and head not in (self._stored, self._noted):
            self._noted = head
            if signed_by(self._read_commit(head).as_raw_string()) != self._signer.public_key:
                log.warning(
                    "%s: the newest commit, %s, is not signed with our key: somebody else made it, or it is "
                    "older than the key; `devicevault doctor` looks further",
                    *(self.path, head.decode()[:10]),
                )
        return head

    def _backup_commit(
        self, change: Change, subject: str, tree: bytes, parent: ObjectID | None, now: int
    ) -> bytes:
        # Author date: when the device answered. Commit date: now. `git log --format=fuller` shows both.
        text = message(subject, (), change.trailers)
        return self._commit_data(text, tree, parent, int(change.collected_at.timestamp()), now)

    def _commit_data(self, text: str, tree: bytes, parent: ObjectID | None, written: int, now: int) -> bytes:
        head = [
            f"tree {tree.hex()}",
            *([] if parent is None else [f"parent {parent.decode()}"]),
            f"author {self._author} {written} +0000",
            f"committer {self._author} {now} +0000",
        ]
        commit = "\n".join([*head, "", text]).encode()
        return commit if self._signer is None else self._signer.signed(commit)

    def _summary(
        self, change: Change, blobs: Mapping[str, Object], before: bytes | None, batch: Mapping[bytes, Object]
    ) -> str:
        """What a change brings, in words. `before` is the id of its configuration on the branch."""
        text = None if before is None or change.path not in blobs else self._blob_text(before, batch)
        return change_summary(change, blobs.keys(), text)

    def _blob_text(self, blob: bytes, batch: Mapping[bytes, Object]) -> str:
        """The text of a blob that is in `batch`, whose objects are not on disk yet, or else in the repo."""
        data = batch[blob].data if blob in batch else self.content(blob)
        return data.decode(errors="replace")

    def _trees_of(self, commit: ObjectID | None) -> Trees:
        """A commit's trees: those in memory, or read anew if they are of another commit."""
        if self._trees is not None and self._trees[0] == commit:
            return self._trees[1]
        return Trees(self._root_of(commit), self.content)

    def _root_of(self, commit: ObjectID | None) -> bytes | None:
        return None if commit is None else bytes.fromhex(self._read_commit(commit).tree.decode())

    def _count_pack(self, more: int = 1) -> None:
        self._packs += more
        self._repack_if_more_than(MOST_PACKS)

    def _repack_if_more_than(self, most: int) -> None:
        # If the last repack did not help, the next one waits until more packs have come.
        if self._packs <= max(most, self._packs_after_repack + MANY_PACKS // 2):
            return
        repack(self.path)
        self._packs = self._packs_after_repack = pack_count(self.path)
        self._repo.close()  # also closes the files of packs that are gone
        self._repo = Repo(str(self.path))

    def _advance(
        self, before: ObjectID | None, after: ObjectID, objects: Sequence[Object], trees: Trees
    ) -> None:
        """Put `objects` on disk, then move the branch from `before` to `after`, whose trees are `trees`."""
        write_pack(self.path / "objects" / "pack", objects)
        self._swap(before, after)
        self._count_pack()
        trees.forget_bases()
        self._trees = (after, trees)
        self._stored = after

    def _swap(self, before: ObjectID | None, after: ObjectID) -> None:
        refs = self._repo.refs
        # old_ref=None would be unconditional, so the first commit has its own call.
        with _writing_refs(self.path):
            swapped = (
                refs.add_if_new(self._ref, after)
                if before is None
                else refs.set_if_equals(self._ref, before, after)
            )
        if not swapped:
            raise BranchMoved(f"{self.path}: {self._ref.decode()} was moved by another writer")
        fsync_directory((self.path / os.fsdecode(self._ref)).parent)
        if self._head() != after:
            raise StateError(f"{self.path}: the branch is not where it was put")


@contextmanager
def _writing_refs(repo: Path) -> Iterator[None]:
    """Raises BranchMoved if the git of another process is writing to the same ref."""
    try:
        with private_files():
            yield
    except FileLocked as error:
        raise BranchMoved(f"{repo}: {os.fsdecode(error.lockfilename)} is another writer's") from error


def _hex_id(obj: Object) -> ObjectID:
    return ObjectID(obj.id.hex().encode())
