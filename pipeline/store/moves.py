"""The configs repos follow the inventory: a renamed device's files move, a removed device's leave the branch.

One commit in each repo for one version of the inventory. What moves is read from where the branches stood
when the version was begun, which the table remembers: however often this is interrupted, it comes to the
same commits, and a repo that has its commit already is left alone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.store.git.changes import Rearrangement
from pipeline.store.git.commit_message import ROSTER
from pipeline.store.git.repo import ConfigsRepo
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.rosters import Move, Place, Rosters, Version
from pipeline.text.words import counted
from pipeline.values.names import CONFIG

log = logging.getLogger("devicevault.consumer")

Moved = Mapping[tuple[str, str], str]
"""Repo and path of a configuration that was moved → the commit that put it there."""

_MOST_LINES = 1000
"""Devices that a commit's message names one by one."""


def follow(
    version: Version,
    rosters: Rosters,
    repos: ConfigsRepos,
    *,
    all_recorded: bool,
    on_move: Callable[[], None] = lambda: None,
) -> Moved:
    """Make the branches agree with `version`, and mark it applied.

    `all_recorded` says that every commit has its row, so that checkpoints may move. `on_move` is called after
    each repo's commit. Raises as `rearrange` does; the version is then still to be applied.
    """
    moves = rosters.moves(version.version)
    names = sorted({place.repo for move in moves for place in (move.before, move.after) if place})
    began = rosters.begin(version.version, {name: repos.get(name).head or "" for name in names})
    moved: dict[tuple[str, str], str] = {}
    found = [_Found(move, _files(move.before, began, repos)) for move in moves]
    for name in names:
        repo, concerned = repos.get(name), [one for one in found if one.concerns(name)]
        if not concerned or _is_done(repo, began[name], version):
            continue
        change = _rearrangement(name, version, concerned, repos)
        commit = repo.rearrange(change)
        on_move()
        if commit is not None:
            log.info("%s: inventory commit %s: %s", name, version.commit[:10], change.subject)
            moved |= {(name, path): commit for path in change.placed if path.endswith(CONFIG)}
        for one in concerned:
            if one.move.before and one.move.before.repo == name:
                repo.release(one.move.before.path)
    heads = {name: repo.head for name, repo in repos.opened.items()}
    rosters.applied(version.version, {n: head for n, head in heads.items() if head} if all_recorded else {})
    return moved


@dataclass(frozen=True, slots=True)
class _Found:
    """A move, and the files that it is about: path → id."""

    move: Move
    files: Mapping[str, bytes] = field(default_factory=dict)

    def concerns(self, repo: str) -> bool:
        return bool(self.files) and repo in {p.repo for p in (self.move.before, self.move.after) if p}


def _files(before: Place | None, began: Mapping[str, str], repos: ConfigsRepos) -> Mapping[str, bytes]:
    if before is None or not began[before.repo]:
        return {}
    return repos.get(before.repo).files_of(before.path, began[before.repo])


def _is_done(repo: ConfigsRepo, began: str, version: Version) -> bool:
    return any(value == str(version.version) for value, _ in repo.commits_after(began or None, ROSTER))


def _rearrangement(
    name: str, version: Version, found: Sequence[_Found], repos: ConfigsRepos
) -> Rearrangement:
    placed: dict[str, bytes] = {}
    removed: set[str] = set()
    blobs: list[bytes] = []
    for one in found:
        before, after = one.move.before, one.move.after
        assert before is not None, "files were found there"
        if before.repo == name:
            removed |= one.files.keys()
        if after is not None and after.repo == name:
            placed |= {_new_path(path, before, after): blob for path, blob in one.files.items()}
            if before.repo != name:
                blobs += map(repos.get(before.repo).content, one.files.values())
    told = [_told(name, one.move) for one in found]
    lines = [line for _, line in told[:_MOST_LINES]]
    if len(told) > _MOST_LINES:
        lines.append(f"and {len(told) - _MOST_LINES} more")
    counts = Counter(verb for verb, _ in told)
    device = found[0].move.after or found[0].move.before if len(found) == 1 else None
    return Rearrangement(
        subject=lines[0]
        if device
        else ", ".join(f"{counted(count, 'device')} {verb}" for verb, count in counts.items()),
        lines=() if device else lines,
        trailers={
            "Device": device.device if device else None,
            "Inventory-Commit": version.commit,
            ROSTER: str(version.version),
        },
        placed=placed,
        removed=removed,
        blobs=blobs,
    )


def _new_path(path: str, before: Place, after: Place) -> str:
    """`core/a.cfg` and what lies in `core/a/`, under the device's new path."""
    return after.path.removesuffix(CONFIG) + path.removeprefix(before.path.removesuffix(CONFIG))


def _told(repo: str, move: Move) -> tuple[str, str]:
    """What happens to a device, as a verb to count by and as a line."""
    before, after = move.before, move.after
    assert before is not None, "files were found there"
    if after is None:
        return "removed", f"{before.device}: removed from the inventory"
    if before.repo != after.repo:
        if repo == after.repo:
            return "moved here", f"{after.device}: moved here from the configs repo '{before.repo}'"
        return "moved away", f"{before.device}: moved to the configs repo '{after.repo}'"
    groups = [path.partition("/")[0] for path in (before.path, after.path)]
    if groups[0] != groups[1]:
        return "moved", f"{after.device}: moved from {groups[0]} to {groups[1]}"
    return "renamed", f"{before.device}: renamed to {after.device}"
