"""The configs repos follow the inventory: a renamed device's files move, a removed device's leave the branch.

One version of the inventory makes one commit in each configs repo. Which files move is read from where the
branches were when the version was begun, which the table remembers. However often this is interrupted, it
comes to the same commits, and a repo that has its commit already is left alone.
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

_MOST_LINES = 1000
"""Devices that a commit's message names one by one."""


def follow(
    version: Version,
    rosters: Rosters,
    repos: ConfigsRepos,
    *,
    all_recorded: bool,
    on_move: Callable[[], None] = lambda: None,
) -> dict[tuple[str, str], str]:
    """Make the branches agree with `version`, and mark it applied.

    Returns the commit that put each moved configuration into its place, by configs repo and path.
    `all_recorded` says that every commit has its row, so that checkpoints may move. `on_move` is called after
    each repo's commit. Raises as `rearrange` does; the version is then still to be applied.
    """
    moves = rosters.moves(version.version)
    names = sorted({place.repo for move in moves for place in (move.before, move.after) if place})
    began = rosters.note_heads(version.version, {name: repos.get(name).head or "" for name in names})
    device_moves = [_DeviceMove(move, _files(move.before, began, repos)) for move in moves]
    commits: dict[tuple[str, str], str] = {}
    for name in names:
        repo = repos.get(name)
        of_repo = [device_move for device_move in device_moves if device_move.concerns(name)]
        if not of_repo or _has_its_commit(repo, began[name], version):
            continue
        change = _rearrangement(name, version, of_repo, repos)
        commit = repo.rearrange(change)
        on_move()
        if commit is not None:
            log.info("%s: inventory commit %s: %s", name, version.commit[:10], change.subject)
            commits |= {(name, path): commit for path in change.placed if path.endswith(CONFIG)}
        for device_move in of_repo:
            if device_move.before.repo == name:
                repo.release(device_move.before.path)
    heads = {name: repo.head for name, repo in repos.opened.items()}
    checkpoints = {name: head for name, head in heads.items() if head} if all_recorded else {}
    rosters.mark_applied(version.version, checkpoints)
    return commits


@dataclass(frozen=True, slots=True)
class _DeviceMove:
    """A move of one device, and the device's files: path → id of the blob."""

    move: Move
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def before(self) -> Place:
        assert self.move.before is not None, "the device has files there"
        return self.move.before

    @property
    def after(self) -> Place | None:
        return self.move.after

    def concerns(self, repo: str) -> bool:
        """Whether files of the device leave this configs repo or come into it."""
        return bool(self.files) and repo in {p.repo for p in (self.move.before, self.move.after) if p}


def _files(before: Place | None, began: Mapping[str, str], repos: ConfigsRepos) -> Mapping[str, bytes]:
    if before is None or not began[before.repo]:
        return {}
    return repos.get(before.repo).files_of(before.path, began[before.repo])


def _has_its_commit(repo: ConfigsRepo, began: str, version: Version) -> bool:
    return any(value == str(version.version) for value, _ in repo.commits_after(began or None, ROSTER))


def _rearrangement(
    name: str, version: Version, device_moves: Sequence[_DeviceMove], repos: ConfigsRepos
) -> Rearrangement:
    placed: dict[str, bytes] = {}
    removed: set[str] = set()
    blobs: list[bytes] = []
    for device_move in device_moves:
        before, after, files = device_move.before, device_move.after, device_move.files
        if before.repo == name:
            removed |= files.keys()
        if after is not None and after.repo == name:
            placed |= {_new_path(path, before, after): blob for path, blob in files.items()}
            if before.repo != name:
                blobs += map(repos.get(before.repo).content, files.values())
    descriptions = [_description(name, device_move) for device_move in device_moves]
    lines = [line for _, line in descriptions[:_MOST_LINES]]
    if len(descriptions) > _MOST_LINES:
        lines.append(f"and {len(descriptions) - _MOST_LINES} more")
    counts = Counter(verb for verb, _ in descriptions)
    only = (device_moves[0].after or device_moves[0].before) if len(device_moves) == 1 else None
    summary = ", ".join(f"{counted(count, 'device')} {verb}" for verb, count in counts.items())
    return Rearrangement(
        subject=lines[0] if only else summary,
        lines=() if only else lines,
        trailers={
            "Device": only.device if only else None,
            "Inventory-Commit": version.commit,
            ROSTER: str(version.version),
        },
        placed=placed,
        removed=removed,
        blobs=blobs,
    )


def _new_path(path: str, before: Place, after: Place) -> str:
    """The new path of `core/a.cfg`, or of a file in `core/a/`."""
    return after.path.removesuffix(CONFIG) + path.removeprefix(before.path.removesuffix(CONFIG))


def _description(repo: str, device_move: _DeviceMove) -> tuple[str, str]:
    """What happens to a device, seen from one repo: a verb to count by, and a line."""
    before, after = device_move.before, device_move.after
    if after is None:
        return "removed", f"{before.device}: removed from the inventory"
    if before.repo != after.repo:
        if repo == after.repo:
            return "moved here", f"{after.device}: moved here from the configs repo '{before.repo}'"
        return "moved away", f"{before.device}: moved to the configs repo '{after.repo}'"
    old_group, new_group = (path.partition("/")[0] for path in (before.path, after.path))
    if old_group != new_group:
        return "moved", f"{after.device}: moved from {old_group} to {new_group}"
    return "renamed", f"{before.device}: renamed to {after.device}"
