"""Two revisions of an inventory: where a branch left the other, and which files differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dulwich.graph import find_merge_base
from dulwich.repo import Repo

from pipeline.errors import InventoryError, UsageError
from pipeline.inventory.source import Source, commit_of, inside, open_source, repository

DEFAULT_BASES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""What a branch is merged into, the first of these that there is."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a branch is compared with: the commit where it left `ref`.

    `is_shared` is False where no common commit was found, as in a shallow clone: it is then `ref` itself.
    """

    ref: str
    commit: str
    is_shared: bool = True


def base_of(path: Path, head: str, ref: str | None = None) -> Base:
    """Where `head` left `ref`, by default the first of DEFAULT_BASES that there is.

    That is what a Git host compares a pull request with: commits that only `ref` has are no change of the
    branch. Raises UsageError if a revision is not there, or none of the defaults is.
    """
    with repository(path) as repo:
        tip = commit_of(repo, path, head).id
        name = ref if ref is not None else _default(repo, path)
        other = commit_of(repo, path, name).id
        shared = find_merge_base(repo, [tip, other])
        return Base(name, (shared[-1] if shared else other).decode(), bool(shared))


def _default(repo: Repo, path: Path) -> str:
    for ref in DEFAULT_BASES:
        try:
            commit_of(repo, path, ref)
        except UsageError:
            continue
        return ref
    raise UsageError(
        f"the Git repository of '{path}' has none of {', '.join(DEFAULT_BASES)}; "
        "say with --base what the branch will be merged into"
    )


def changed_files(base: Source | None, head: Source) -> frozenset[str]:
    """The files that `head` adds, changes or lacks; without a base, all of them."""
    old = base.files if base is not None else {}
    return frozenset(name for name in old.keys() | head.files.keys() if old.get(name) != head.files.get(name))


def source_at(path: Path, commit: str) -> Source | None:
    """The inventory's files at a commit; None where there is no inventory yet, or more than is ever read."""
    try:
        return open_source(path, commit)
    except (UsageError, InventoryError):
        return None


def folder(path: Path) -> PurePosixPath:
    """Where the inventory lies from its repository's root; outside of any repository, `path` itself."""
    try:
        with repository(path) as repo:
            return inside(repo, path)
    except UsageError:
        return PurePosixPath(path)
