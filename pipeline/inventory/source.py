"""Reads an inventory's files, from a Git revision or from the disk.

Git is read through dulwich, which runs no hooks and no filters and does not ask who owns the files. A bare
repository and a subdirectory work alike. Files are read whole, up to a limit, and never through
symbolic links.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from dulwich.errors import FileFormatException, NotGitRepository
from dulwich.graph import can_fast_forward
from dulwich.objects import Commit, ObjectID, ShaFile, Tree
from dulwich.objectspec import AmbiguousShortId, parse_commit, parse_object
from dulwich.refs import HEADREF
from dulwich.repo import InvalidWorktreeConfiguration, Repo, UnsupportedExtension, UnsupportedVersion

from pipeline.errors import InventoryError, Problem, StateError, UsageError
from pipeline.inventory.problems import MAX_PROBLEMS, printable

MAX_FILE_BYTES = 8 * 2**20
# Host keys are all in one file, and 100,000 devices have three each, of up to 700 bytes.
MAX_KNOWN_HOSTS_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 128 * 2**20
MAX_ENTRIES = 10_000
MAX_DEPTH = 20
MAX_NAME = 500
"""The longest path of a file within the inventory, in characters."""

MAIN, GROUPS, SCHEDULES, CREDENTIALS = "devicevault.yaml", "groups.yaml", "schedules.yaml", "credentials.yaml"
JUMP_HOSTS, KNOWN_HOSTS = "jump_hosts.yaml", "known_hosts"
TOP_FILES = (MAIN, GROUPS, SCHEDULES, CREDENTIALS, JUMP_HOSTS, KNOWN_HOSTS)
DEVICES = "devices"
"""The folder of the devices' files."""

_YAML = (".yaml", ".yml")
_UNREADABLE = (KeyError, ValueError, OSError, FileFormatException, AssertionError, zlib.error)


@dataclass(frozen=True, slots=True)
class Source:
    """The contents of an inventory's files, by their POSIX paths within its directory.

    `label` tells people where the files come from. `commit` is the hex id of the commit; None for files on
    disk.
    """

    label: str
    commit: str | None
    files: Mapping[str, bytes]


class _RefusedError(Exception):
    """The reason why a file is not read."""


class _Item(NamedTuple):
    """A directory's item before it is read. `size` is None where only reading it tells its size."""

    name: str
    kind: Literal["file", "folder", "other"]
    size: int | None
    read: Callable[[], bytes]


def open_source(path: Path, ref: str | None = "HEAD") -> Source:
    """The inventory's files in directory `path` at revision `ref`; with None, those on disk.

    `ref` is a branch, tag, commit id or HEAD, also with `~n`. In a bare repository, `path` leads on into the
    repository: `/srv/network.git/inventory`. Raises UsageError if the directory, repository or revision does
    not exist, StateError if the repository cannot be read, InventoryError if a file breaks a limit.
    """
    if ref is None:
        check_directory(path)
        return Source(f"{path} as it lies on disk", None, _read(_on_disk(path)))
    with repository(path) as repo:
        commit = commit_of(repo, path, ref)
        tree = _tree(repo, commit, path, ref)
        label = f"{path} at {commit.id.decode()[:12]}"
        return Source(label, commit.id.decode(), _read(_in_tree(repo, tree)))


def check_directory(path: Path) -> None:
    """Raise UsageError, which says what to do, if there is no directory `path` on disk."""
    if not path.is_dir():
        raise UsageError(f"there is no directory '{path}': give --inventory, or change to where it is")


def head(path: Path, ref: str = "HEAD") -> str:
    """The hex id of the commit that `ref` names now, in about a millisecond. Raises as `open_source` does."""
    with repository(path) as repo:
        return commit_of(repo, path, ref).id.decode()


def relation(path: Path, commit: str, other: str) -> Literal["newer", "older", "apart", "unknown"]:
    """How `commit` relates to `other` in the history of the repository of `path`; both are hex ids.

    "newer": it comes after the other. "older": it comes before the other. "apart": neither, as after a
    rewritten history. "unknown": the repository does not have the other. Raises as `open_source` does.
    """
    with repository(path) as repo:
        mine, theirs = ObjectID(commit.encode()), ObjectID(other.encode())
        if theirs not in repo.object_store:
            return "unknown"
        if can_fast_forward(repo, theirs, mine):
            return "newer"
        return "older" if can_fast_forward(repo, mine, theirs) else "apart"


def in_git(path: Path, ref: str = "HEAD") -> bool:
    """Whether the directory is committed at `ref` of a Git repository."""
    try:
        with repository(path) as repo:
            _tree(repo, commit_of(repo, path, ref), path, ref)
    except UsageError:
        return False
    return True


def uncommitted_changes(path: Path) -> bool:
    """Whether the inventory's files on disk differ from those of HEAD; False if there are none on disk."""
    if not path.is_dir() or not in_git(path):
        return False
    try:
        with repository(path) as repo:
            if repo.bare:
                return False
        return open_source(path, None).files != open_source(path).files
    except InventoryError:
        return True


@contextmanager
def repository(path: Path) -> Iterator[Repo]:
    """Open the repository that contains `path`. The last parts of `path` need not exist on disk."""
    try:
        repo = Repo.discover(path)
    except NotGitRepository:
        check_directory(path)
        problem = "is not in a Git repository; commit it, or read the files as they are with --worktree"
        raise UsageError(f"the inventory '{path}' {problem}") from None
    except (UnsupportedVersion, UnsupportedExtension, InvalidWorktreeConfiguration, *_UNREADABLE) as error:
        raise StateError(f"the Git repository of '{path}' cannot be opened: {_reason(error)}") from error
    try:
        with repo:
            yield repo
    except _UNREADABLE as error:
        raise StateError(f"the Git repository {repo.path} cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__} {error}".splitlines()[0]


def commit_of(repo: Repo, path: Path, ref: str) -> Commit:
    """The commit that `ref` names. Raises UsageError or StateError if there is none."""
    # dulwich would also accept paths (`HEAD:file`) and times (`@{yesterday}`).
    found: ShaFile | None = None
    if ref.isprintable() and ref and ":" not in ref and "@{" not in ref:
        try:
            found = parse_object(repo, ref) if "~" in ref or "^" in ref else parse_commit(repo, ref)
        except AmbiguousShortId as error:
            raise UsageError(f"revision '{ref}' is ambiguous: give more of the commit id") from error
        except (KeyError, ValueError):
            found = None
    if isinstance(found, Commit):
        return found
    if ref == "HEAD" and repo.refs.follow(HEADREF)[1] is not None:
        raise StateError(f"the Git repository of '{path}' lacks the commit of its HEAD; clone it again")
    if ref == "HEAD":
        problem = "has no commits yet; commit the inventory, or read the files as they are with --worktree"
        raise UsageError(f"the Git repository of '{path}' {problem}")
    raise UsageError(f"there is no revision {ref!r} in the Git repository of '{path}'")


def _tree(repo: Repo, commit: Commit, path: Path, ref: str) -> Tree:
    """The tree of directory `path` in `commit`."""
    found: ShaFile = repo[commit.tree]
    for part in path_in(repo, path).parts:
        if not isinstance(found, Tree) or os.fsencode(part) not in found:
            problem = "is not committed" if path.is_dir() else "does not exist"
            hint = "; commit it, or read the files as they are with --worktree" if path.is_dir() else ""
            raise UsageError(f"the inventory directory '{path}' {problem} at {ref}{hint}")
        mode, sha = found[os.fsencode(part)]
        if not stat.S_ISDIR(mode):
            raise UsageError(f"'{path}' is not a directory at {ref}")
        found = repo[sha]
    assert isinstance(found, Tree)
    return found


def path_in(repo: Repo, path: Path) -> PurePosixPath:
    """The directory `path` as seen from the repository's root."""
    return PurePosixPath(os.path.relpath(os.path.realpath(path), os.path.realpath(repo.path)))


def _in_tree(repo: Repo, tree: Tree, folder: str = "") -> Iterator[_Item]:
    """The items of the tree and of the folders in it, depth first, in the order of their names."""
    for raw, mode, sha in tree.items():
        name = folder + os.fsdecode(raw)
        if not stat.S_ISDIR(mode):
            kind: Literal["file", "other"] = "file" if stat.S_ISREG(mode) else "other"
            yield _Item(name, kind, None, partial(_blob, repo, sha))
        elif _is_searched(name):
            below = repo[sha]
            assert isinstance(below, Tree)
            yield _Item(name, "folder", 0, bytes)
            yield from _in_tree(repo, below, name + "/")


def _blob(repo: Repo, sha: ObjectID) -> bytes:
    return repo[sha].as_raw_string()


def _on_disk(root: Path, folder: str = "") -> Iterator[_Item]:
    try:
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InventoryError([Problem(folder or ".", 0, 0, f"cannot be read: {error.strerror}")]) from error
    for entry in entries:
        name = folder + entry.name
        if not entry.is_dir(follow_symlinks=False):
            kind: Literal["file", "other"] = "file" if entry.is_file(follow_symlinks=False) else "other"
            size = entry.stat(follow_symlinks=False).st_size
            yield _Item(name, kind, size, Path(entry.path).read_bytes)
        elif _is_searched(name):
            yield _Item(name, "folder", 0, bytes)
            yield from _on_disk(root, name + "/")


def _is_searched(folder: str) -> bool:
    """Whether files in the folder may belong to the inventory: it is `devices` or below, and not hidden."""
    parts = folder.split("/")
    return parts[0] == DEVICES and not parts[-1].startswith(".")


def _holds_inventory(entry: _Item) -> bool:
    """Whether the item belongs to the inventory. A README or an editor's hidden file does not.

    A link or a submodule below `devices` does, so that it is refused and not passed over.
    """
    _, _, last = entry.name.rpartition("/")
    if last.startswith("."):
        return False
    if entry.kind != "folder" and entry.name == DEVICES:
        return True
    if entry.kind == "other" and entry.name.split("/")[0] == DEVICES:
        return True
    return entry.kind != "folder" and (entry.name in TOP_FILES or last.endswith(_YAML))


def _read(entries: Iterable[_Item]) -> dict[str, bytes]:
    """Read the files of the inventory. Raises InventoryError for all that break a limit."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    total = 0
    for count, entry in enumerate(entries):
        # Folders count too: in Git, one tree can stand for any number of folders.
        if count >= MAX_ENTRIES or entry.name.count("/") > MAX_DEPTH:
            limit = f"{MAX_ENTRIES} files and folders, {MAX_DEPTH} levels deep"
            problems.append(Problem(_printable_name(entry.name), 0, 0, f"an inventory has at most {limit}"))
            break
        if not _holds_inventory(entry):
            continue
        try:
            content = _content(entry)
        except _RefusedError as refused:
            problems.append(Problem(_printable_name(entry.name), 0, 0, str(refused)))
            if entry.kind == "file" and entry.size is None:
                break  # only reading tells a size in Git, which may hold thousands of files of 100 MB each
            if len(problems) >= MAX_PROBLEMS:
                break
            continue
        total += len(content)
        if total > MAX_TOTAL_BYTES:
            problems.append(Problem(entry.name, 0, 0, f"more than {MAX_TOTAL_BYTES >> 20} MiB in all files"))
            break
        files[entry.name] = content
    if problems:
        raise InventoryError(problems)
    return files


def _printable_name(name: str) -> str:
    return printable(name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}...")


def _content(entry: _Item) -> bytes:
    # Every problem of a file repeats its name, and Git accepts names of a megabyte.
    if len(entry.name) > MAX_NAME:
        raise _RefusedError(f"a file's path is at most {MAX_NAME} characters long")
    if not entry.name.isprintable():
        raise _RefusedError("a file's name must be one line of UTF-8 without control characters")
    if entry.kind == "file" and entry.name == DEVICES:
        raise _RefusedError(
            f"a file, and not the directory of the devices' files; move it to {DEVICES}/all.yaml"
        )
    if entry.kind != "file":
        raise _RefusedError("not a plain file; links and submodules are not followed")
    limit = MAX_KNOWN_HOSTS_BYTES if entry.name == KNOWN_HOSTS else MAX_FILE_BYTES
    too_large = f"larger than {limit >> 20} MiB; split the file"
    if entry.size is not None and entry.size > limit:
        raise _RefusedError(too_large)
    try:
        content = entry.read()
    except OSError as error:
        raise _RefusedError(f"cannot be read: {error.strerror}") from error
    if len(content) > limit:
        raise _RefusedError(too_large)
    return content
