"""One configs repo, read. The consumer reads what it writes; everybody else reads beside the consumer.

A reader gives values: texts, paths and commits. For text that a person reads, such as a diff, see `program`.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.graph import can_fast_forward
from dulwich.objects import Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from pipeline.errors import MessageError, StateError
from pipeline.store.git.bare_repo import UNFIT, is_repository, unfit
from pipeline.store.git.commit_message import COLLECTED_AT, read_trailers
from pipeline.values.checks import as_moment
from pipeline.values.names import CONFIG

QUARANTINE = "refs/quarantine"
"""The folder of the refs that keep quarantined configurations."""


@dataclass(frozen=True, slots=True)
class QuarantinedConfig:
    """A configuration that waits for a person's decision: its text, when it was collected, and its commit."""

    text: str
    collected_at: datetime
    commit: str


@dataclass(frozen=True, slots=True)
class StoredCommit:
    """A commit with its hex id, when it was committed, and its bytes as Git hashes them."""

    id: str
    committed_at: datetime
    data: bytes


class NoRepository(StateError):
    """What lies at the path is no Git repository, or nothing lies there."""


class ConfigsReader:
    """An open configs repo. `branch` is the branch that backups are committed to."""

    def __init__(self, path: Path, repo: Repo, branch: str) -> None:
        self.path = path
        self._repo = repo
        self._ref = Ref(f"refs/heads/{branch}".encode())

    @property
    def head(self) -> str | None:
        """The branch's commit, or None while there is none."""
        sha = self._head()
        return None if sha is None else sha.decode()

    @property
    def is_bare(self) -> bool:
        """Whether the repository is bare, as a configs repo must be."""
        return bool(self._repo.bare)

    def reaches(self, commit: str) -> bool:
        """Whether the branch holds this commit: as its newest one, or in the history below."""
        head, sha = self._head(), ObjectID(commit.encode())
        if head is None or head == sha:
            return head == sha
        return sha in self._repo.object_store and can_fast_forward(self._repo, sha, head)

    def text(self, commit: str, path: str) -> str | None:
        """The text at `path` in `commit`; None if the repo has no such commit, or the commit no such path."""
        try:
            tree = self._read_tree(self._read_commit(ObjectID(commit.encode())).tree)
            _, blob = tree.lookup_path(self._repo.object_store.__getitem__, path.encode())
        except KeyError:
            return None
        return self._repo.object_store[blob].as_raw_string().decode(errors="replace")

    def holds(self, commit: str, path: str) -> bool:
        """Whether there is a file at `path` in `commit`."""
        return self.text(commit, path) is not None

    def quarantined(self, path: str) -> QuarantinedConfig | None:
        """What is quarantined for a path, or None."""
        try:
            sha = self._repo.refs[quarantine_ref(path)]
            message = self._read_commit(sha).message
        except KeyError:
            return None
        text = self.text(sha.decode(), path)
        collected_at = read_trailers(message).get(COLLECTED_AT)
        if text is None or collected_at is None:
            return None  # not a commit that the consumer made
        with suppress(MessageError):
            return QuarantinedConfig(text, as_moment(collected_at, COLLECTED_AT), sha.decode())
        return None

    def config_paths(self) -> set[str]:
        """The configurations on the branch, each as `<group>/<device>.cfg`.

        StateError if the branch cannot be read.
        """
        try:
            head = self._head()
            return set() if head is None else set(self._configs_below(self._read_commit(head).tree))
        except (OSError, KeyError) as error:
            raise StateError(_unreadable(self.path, error)) from error

    def commits_after(self, checkpoint: str | None, trailer: str) -> Iterator[tuple[str, str]]:
        """The commits with this trailer that `checkpoint` does not reach, as (trailer's value, commit).

        The oldest commit comes first. If the checkpoint is None or the repo does not have it, these are all
        commits with the trailer.
        """
        head = self._head()
        known = None if checkpoint is None else ObjectID(checkpoint.encode())
        if head is None or head == known:
            return
        exclude = [known] if known is not None and known in self._repo.object_store else None
        for entry in self._repo.get_walker(include=[head], exclude=exclude, reverse=True):
            value = read_trailers(entry.commit.message).get(trailer)
            if value:
                yield value, entry.commit.id.decode()

    def newest_commits(self) -> Iterator[StoredCommit]:
        """The commits of the branch, each before its parents. They are read as they are asked for."""
        head = self._head()
        for entry in () if head is None else self._repo.get_walker(include=[head]):
            commit = entry.commit
            committed_at = datetime.fromtimestamp(commit.commit_time, UTC)
            yield StoredCommit(commit.id.decode(), committed_at, commit.as_raw_string())

    def last_change(self, path: str) -> str | None:
        """The newest commit of the branch that changed `path`. Walks the history, so it is for rare use."""
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

    def _read_commit(self, sha: ObjectID) -> Commit:
        commit = self._repo.object_store[sha]
        assert isinstance(commit, Commit)
        return commit

    def _read_tree(self, sha: ObjectID) -> Tree:
        tree = self._repo.object_store[sha]
        assert isinstance(tree, Tree)
        return tree

    def _configs_below(self, root: ObjectID) -> Iterator[str]:
        for group, mode, folder in self._read_tree(root).items():
            if not stat.S_ISDIR(mode):
                continue
            for name, kind, _ in self._read_tree(folder).items():
                if stat.S_ISREG(kind) and name.endswith(CONFIG.encode()):
                    yield f"{group.decode(errors='replace')}/{name.decode(errors='replace')}"


@contextmanager
def open_reader(path: Path, branch: str = "main") -> Iterator[ConfigsReader]:
    """The configs repo at `path`, open for reading.

    Raises NoRepository if no Git repository is there, and StateError if it cannot be opened.
    """
    try:
        repo = Repo(str(path))
    except NotGitRepository as error:
        raise NoRepository(_unreadable(path, error)) from error
    except OSError as error:
        raise StateError(_unreadable(path, error)) from error
    except UNFIT as error:
        raise StateError(_unreadable(path, unfit(error))) from error
    with repo:
        yield ConfigsReader(path, repo, branch)


def history_problem(path: Path, branch: str, stored: str | None) -> str | None:
    """What a person has to know if the repo at `path` does not hold `stored`, the last commit put there.

    None if it does, or if nothing was ever stored. Raises as `open_reader` does.
    """
    if stored is None:
        return None
    if not is_repository(path):
        return history_lost(path, "there is no repository", stored)
    with open_reader(path, branch) as repo:
        if repo.reaches(stored):
            return None
    return history_lost(path, f"the branch {branch} does not hold what was stored there", stored)


def history_lost(path: Path, what: str, stored: str) -> str:
    """One line: what is wrong with the repo at `path`, and the commands that mend it."""
    return (
        f"DEVICEVAULT_CONFIGS_REPO: {path}: {what}; the last commit was {stored[:12]}. Bring it back from "
        f"the Git host (`git clone --bare URL {path}`) or from a copy, or begin anew with "
        f"`devicevault consume --new-history REASON`"
    )


def quarantine_ref(path: str) -> Ref:
    """The ref that keeps the quarantined configuration of a path. A push leaves these refs out."""
    return Ref(f"{QUARANTINE}/{path}".encode())


def _unreadable(path: Path, error: Exception | str) -> str:
    return f"DEVICEVAULT_CONFIGS_REPO: {path} cannot be read: {error}"
