"""Compares two revisions of an inventory: where a branch left the other, and which files differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dulwich.graph import find_merge_base
from dulwich.repo import Repo

from pipeline.errors import InventoryError, UsageError
from pipeline.inventory.source import Source, commit_of, open_source, path_in, repository

DEFAULT_BASES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""The branches that one may be merged into; the first of them that exists is the default."""


@dataclass(frozen=True, slots=True)
class Base:
    """The commit that a branch is compared with: where it left `ref`.

    If no common commit is known, as in a shallow clone, it is `ref` itself, and `is_shared` is False.
    """

    ref: str
    commit: str
    is_shared: bool = True


def base_of(path: Path, head: str, ref: str | None = None) -> Base:
    """The commit where `head` left `ref`, by default the first of DEFAULT_BASES that exists.

    A Git host compares a pull request with the same commit: a commit that only `ref` has is no change of the
    branch. Raises UsageError if a revision does not exist, or if none of the defaults does.
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
    """The files that `head` adds, changes or removes; without a base, all files."""
    old = base.files if base is not None else {}
    return frozenset(name for name in old.keys() | head.files.keys() if old.get(name) != head.files.get(name))


def source_at(path: Path, commit: str) -> Source | None:
    """The inventory's files at a commit; None if there is no inventory, or if it breaks a limit."""
    try:
        return open_source(path, commit)
    except (UsageError, InventoryError):
        return None


def folder(path: Path) -> PurePosixPath:
    """The inventory's folder as seen from the repository's root; outside of a repository, `path` itself."""
    try:
        with repository(path) as repo:
            return path_in(repo, path)
    except UsageError:
        return PurePosixPath(path)
