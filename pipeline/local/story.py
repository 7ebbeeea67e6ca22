"""What the demo shows of itself, step by step: a network, its first backup, a week, its second backup."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ServiceError
from pipeline.inventory import uncommitted_changes
from pipeline.local.demo import Stage
from pipeline.store.git.program import git_output
from pipeline.store.git.reader import open_reader
from pipeline.store.ledger.table import Row
from pipeline.text.words import counted
from pipeline.views.rows import summary, why


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a part of the story."""

    text: str


@dataclass(frozen=True, slots=True)
class Backups:
    """Backups, to be shown as a table."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class GitOutput:
    """What git prints about the configs repo, with its line ends."""

    text: str


Part = str | Heading | Backups | GitOutput
"""A line, or one of the other parts of the story."""


def story(demo: Stage, collect: Callable[[], list[Row]], colour: str) -> Iterator[Part]:
    """Run the demo; each part comes when it has happened.

    `collect` backs every device up once. `colour` is a value of Git's `color.ui`. Raises ServiceError if the
    first backup of a device fails, StateError if git does.
    """
    began = time.monotonic()
    yield from _network(demo)

    yield Heading("First backup of every device")
    first = collect()
    yield summary(first)
    if failed := [row for row in first if row.status != "success"]:
        raise ServiceError(
            f"the demo's first backup failed for {counted(len(failed), 'device')}, "
            f"such as {failed[0].device}: {why(failed[0])}"
        )

    yield Heading("A week passes")
    for change in demo.let_a_week_pass():
        yield f"  {change.device}: {change.summary}" + (f" ({change.author})" if change.author else "")
    yield "  and every device's clocks and counters move on"

    yield Heading("Second backup of every device")
    second = collect()
    yield summary(second)

    yield from _history(demo.settings.configs_path, first, [row for row in second if row.changed], colour)
    yield from _status(demo.results.latest())
    yield f"\n{len(first) + len(second)} backups in {time.monotonic() - began:.0f} s."


def _network(demo: Stage) -> Iterator[Part]:
    yield Heading("The network")
    devices, where = len(demo.inventory.devices), demo.inventory.source
    yield f"{devices} simulated devices speak SSH on loopback; the inventory is {where}."
    if demo.inventory.commit is None:
        yield "It is not committed to Git: worktree mode, so that commits can name no revision of it."
    elif uncommitted_changes(demo.settings.inventory):
        yield "Its changes that are not committed yet are not used."
    workers = len(demo.supervisor.pids()) - 1  # the consumer runs beside them
    yield f"Valkey, Postgres, {workers} workers and a consumer run in {demo.settings.state_dir}."
    policy = demo.settings.local_policy_path.name
    yield f"{policy} there says which secret may be sent where; no pull request changes it."


def _history(repo: Path, first: Sequence[Row], changed: Sequence[Row], colour: str) -> Iterator[Part]:
    def git(*arguments: str) -> GitOutput:
        return GitOutput(git_output(repo, *arguments, colour=colour).decode(errors="replace"))

    yield Heading("What Git holds: one commit for each change, none for a clock or a counter")
    by = "%(trailers:key=Changed-By,separator=%x2C )"
    with open_reader(repo) as reader:
        head = str(reader.head)
    newest = f"-{len(changed)}"
    yield git("log", "--stat", f"--format=%C(auto)%h %s  %C(dim)%aI  {by}%Creset", newest, head)

    before = {row.device: row for row in first}
    for row in changed[:1]:
        yield Heading(f"What changed on {row.device} between the two backups")
        yield git("diff", str(before[row.device].commit), str(row.commit), "--", str(row.path))


def _status(rows: Sequence[Row]) -> Iterator[Part]:
    yield Heading("Every device's newest backup")
    yield Backups(rows)
    yield "\nThe last good configuration of a device that fails stays in Git. These need a look:"
    for row in rows:
        if row.status != "success":
            yield f"  {row.device}: {row.reason}: {why(row)}"
