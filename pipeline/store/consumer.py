"""Stream → commit → row → acknowledge. The store side, which never sees a credential.

The order of effects for a batch, and what a crash after each leaves:

    read         entries stay pending for this consumer's name; the next start reads them again
    follow       files of devices that the inventory renamed or removed are moved; see pipeline.store.moves
    commit       the branch holds commits without rows: exactly those after the checkpoint. The next start
                 finds them by their Task-Identifier trailer and does not commit them a second time
    row          outcomes and checkpoint in one transaction, first writer wins; entries come once more
                 and find their rows final
    acknowledge  acknowledged and deleted in one step; the push follows by itself, apart

What becomes of a success is decided in pipeline.store.verdict. The consumer reads what the verdict needs,
and acts on it.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, assert_never

import psycopg

from pipeline import logs
from pipeline.errors import ServiceError, StateError
from pipeline.store.batch import open_outcomes, rounds_of
from pipeline.store.commits import change_of
from pipeline.store.expected import check_expected, may_end
from pipeline.store.git.commit_message import TASK_IDENTIFIER
from pipeline.store.git.repo import ConfigsRepo
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.results import Expectation, Results
from pipeline.store.ledger.table import FinalRow, Row
from pipeline.store.moves import follow
from pipeline.store.rows import failure_row, log_fields, log_line, refusal_row, success_row
from pipeline.store.verdict import Adopt, Commit, Quarantine, Refuse, Verdict, judge
from pipeline.transit.protocol import Entry, StreamEntry, UnreadableEntry, described
from pipeline.transit.results import ResultStream
from pipeline.values.job import Job
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.outcome import Outcome

log = logging.getLogger("devicevault.consumer")

Step = Literal["read", "moved", "followed", "committed", "recorded", "acknowledged"]

_RECLAIM_IDLE_MS = 60_000
_OF_SERVICES = (ServiceError, StateError, OSError)
"""Raised if a service is away or a disk refuses: no entry is to blame, and the batch is read again."""


@dataclass(frozen=True, slots=True)
class _Placement:
    """An outcome whose job has the place that its device has now, and whether the device is still listed."""

    outcome: Outcome
    listed: bool


class Consumer:
    """Takes batches from the stream to Git and the table. There is only one: the repos' locks see to that.

    A batch waits `gather_s` seconds for more results. `on_step` is called after each effect; tests kill
    the process there. Methods raise ServiceError when Redis or Postgres is away and StateError or OSError
    when a configs repo cannot be written; the batch then stays on the stream and `recover` starts over.
    """

    def __init__(
        self,
        stream: ResultStream,
        repos: ConfigsRepos,
        results: Results,
        name: str,
        batch_size: int = 100,
        gather_s: float = 0.0,
        on_step: Callable[[Step], None] = lambda _: None,
    ) -> None:
        self._stream = stream
        self._repos = repos
        self._results = results
        self._name = name
        self._batch_size = batch_size
        self._gather_s = gather_s
        self._on_step = on_step
        self._without_row: dict[str, dict[str, str]] = {}  # configs repo → task identifier → commit
        self._move_commits: dict[tuple[str, str], str] = {}  # configs repo and path → commit
        self._anew: set[str] = set()  # configs repos whose history was begun anew
        self._version: int | None = None  # of the inventory in force

    def recover(self) -> int:
        """Finish what an earlier run left; returns how many entries that were. Call before `run_once`."""
        self._stream.ensure_group()
        self._anew = self._results.actions.subjects("new-history")
        for name in {DEFAULT_REPO, *self._results.rosters.repos()}:
            self._repo(name)
        if count := sum(map(len, self._without_row.values())):
            log.warning("%d commits had no row yet; their entries will get them", count)
        finished = 0
        while entries := self._stream.unacknowledged(self._name, self._batch_size):
            self._process(entries, is_whole=False)
            finished += len(entries)
        if finished:
            self._finish([], is_last=True)
        return finished

    def run_once(self, block_ms: int = 1000) -> int:
        """Process one batch, waiting up to `block_ms` for it; returns the number of entries."""
        entries = self._gather(block_ms)
        if not entries:
            entries = self._stream.reclaim(self._name, _RECLAIM_IDLE_MS, self._batch_size)
        if entries:
            self._process(entries)
        else:
            self._follow()
            for repo in self._repos.opened.values():
                repo.tidy()
        return len(entries)

    def _gather(self, block_ms: int) -> list[StreamEntry]:
        """The first entries, and those that follow closely: they share a pack and its fsyncs."""
        entries = self._stream.read(self._name, self._batch_size, block_ms)
        missing = self._batch_size - len(entries)
        if entries and missing and self._gather_s:
            time.sleep(self._gather_s)  # reading each entry as it comes would cost more than sharing saves
            entries += self._stream.read(self._name, missing, None)
        return entries

    # -- the effects, in their order -------------------------------------------------------------

    def _process(self, entries: Sequence[StreamEntry], *, is_whole: bool = True) -> None:
        """Store the entries together, and if that fails, each half by itself, down to the one to blame.

        `is_whole`: with them every commit gets its row, so that checkpoints may move.
        """
        self._on_step("read")
        self._follow()
        if self._problem_of(entries, is_whole=is_whole) is not None:
            self._isolate(entries)
            if is_whole:
                # Only now has every commit its row. Until then a crash must find those that have none.
                self._finish([], is_last=True)

    def _isolate(self, entries: Sequence[StreamEntry]) -> None:
        """Store what can be stored of entries that failed together. What fails alone twice is buried."""
        if len(entries) > 1:
            log.warning("%d entries failed together; each half is tried by itself", len(entries))
            middle = len(entries) // 2
            for half in (entries[:middle], entries[middle:]):
                if self._problem_of(half, is_whole=False) is not None:
                    self._isolate(half)
            return
        [entry] = entries
        problem = self._problem_of(entries, is_whole=False)
        if problem is not None:
            poison = UnreadableEntry(entry.id, entry.task_identifier, f"it failed twice: {problem}")
            self._bury(poison, self._expected(entries), "internal")

    def _problem_of(self, entries: Sequence[StreamEntry], *, is_whole: bool) -> str | None:
        """Store the entries; if that raises what no service explains, this is what it says."""
        try:
            self._store_entries(entries, is_whole=is_whole)
        except _OF_SERVICES:
            raise
        except Exception as error:
            if len(entries) == 1:
                log.exception("entry %s failed", entries[0].id)
            self._without_row.clear()  # commits may have been made; they are found again
            return described(error)
        return None

    def _expected(self, entries: Sequence[StreamEntry]) -> dict[str, Expectation]:
        """The rows of an entry that failed; none if it is their very names at which Postgres stumbles."""
        try:
            return self._results.expected([e.task_identifier for e in entries if e.task_identifier])
        except psycopg.Error:
            return {}

    def _store_entries(self, entries: Sequence[StreamEntry], *, is_whole: bool) -> None:
        expected = self._results.expected([e.task_identifier for e in entries if e.task_identifier])
        readable: list[Entry] = []
        for entry in entries:
            checked = check_expected(entry, expected)
            if isinstance(checked, UnreadableEntry):
                self._bury(checked, expected)
            else:
                readable.append(checked)
        outcomes = [entry.outcome for entry in readable]
        ended = {identifier for identifier, row in expected.items() if row.has_ended}
        finals: list[FinalRow] = []
        *earlier_rounds, last_round = rounds_of(open_outcomes(outcomes, ended))
        for outcomes_of_round in earlier_rounds:
            finals += self._finish(outcomes_of_round, is_last=False)
        finals += self._finish(last_round, is_last=is_whole)
        self._stream.acknowledge(readable)
        self._on_step("acknowledged")
        for final in finals:
            with logs.about(final.job.task_identifier):
                level = logging.INFO if final.status == "success" else logging.WARNING
                log.log(level, "%s", log_line(final), extra=log_fields(final))

    def _follow(self) -> None:
        """Bring the branches to the inventory in force. A version is in the table before any job of it."""
        rosters = self._results.rosters
        newest = rosters.newest()
        if newest is not None and newest.applied_at is None:
            all_recorded = not any(self._without_row.values())
            self._move_commits |= follow(
                newest,
                rosters,
                self._repos,
                all_recorded=all_recorded,
                on_move=lambda: self._on_step("moved"),
            )
            self._on_step("followed")
        self._version = None if newest is None else newest.version

    def _bury(
        self, entry: UnreadableEntry, expected: Mapping[str, Expectation], reason: str = "malformed"
    ) -> None:
        """Row first, then the dead-letter stream: a crash in between costs a second look, not an outcome.

        An entry ends no row unless its signer may speak for the row's queue.
        """
        what = "is forged" if entry.is_forged else "cannot be read"
        log.error("entry %s %s and goes to %s: %s", entry.id, what, self._stream.dead_key, entry.problem)
        if entry.task_identifier and may_end(entry, expected.get(entry.task_identifier)):
            self._results.fail(entry.task_identifier, reason, datetime.now(UTC))
        self._stream.bury(entry)

    def _finish(self, outcomes: Sequence[Outcome], *, is_last: bool) -> list[FinalRow]:
        """Commits, then rows. Checkpoints move with the last round: every commit before them has its row."""
        finals = self._store(outcomes)
        self._on_step("committed")
        heads = {name: repo.head for name, repo in self._repos.opened.items()} if is_last else {}
        self._results.record(finals, {name: head for name, head in heads.items() if head})
        if is_last:
            for commits in self._without_row.values():
                commits.clear()  # all of them lie before the checkpoint now
        self._on_step("recorded")
        return finals

    def _store(self, outcomes: Sequence[Outcome]) -> list[FinalRow]:
        """Act on the verdict on each outcome. The commits come last, as one pack for each repo."""
        last_successes = self._results.last_successes({outcome.job.device.id for outcome in outcomes})
        finals: list[FinalRow] = []
        successes: dict[str, list[tuple[Outcome, Commit | Adopt]]] = {}
        for placement in self._placements(outcomes):
            outcome = placement.outcome
            device = outcome.job.device
            if outcome.status == "failure":
                finals.append(failure_row(outcome))
                continue
            verdict = self._verdict(placement, last_successes.get(device.id))
            match verdict:
                case Refuse():
                    finals.append(refusal_row(outcome, verdict.reason, verdict.words, datetime.now(UTC)))
                case Quarantine():
                    commit = self._repo(device.repo).quarantine(change_of(outcome))
                    log.warning("%s: %s; quarantined as %s", device.name, verdict.loss, commit[:10])
                    finals.append(refusal_row(outcome, verdict.reason, verdict.words, datetime.now(UTC)))
                case Commit() | Adopt():
                    successes.setdefault(device.repo, []).append((outcome, verdict))
                case _:
                    assert_never(verdict)
        for name, of_repo in successes.items():
            finals += self._commit(self._repo(name), of_repo, last_successes)
        return finals

    def _commit(
        self,
        repo: ConfigsRepo,
        successes: Sequence[tuple[Outcome, Commit | Adopt]],
        last_successes: Mapping[str, Row],
    ) -> list[FinalRow]:
        """Successes that belong into one repo: committed if they differ from what the branch holds."""
        finals: list[FinalRow] = []
        stored = iter(
            repo.store([change_of(outcome) for outcome, verdict in successes if isinstance(verdict, Commit)])
        )
        for outcome, verdict in successes:
            device = outcome.job.device
            repo.release(device.path)
            content = (outcome.device_config or "").encode()
            digest = hashlib.sha256(content).hexdigest()
            match verdict:
                case Adopt(commit):
                    changed = True
                case Commit():
                    result = next(stored)
                    changed = result.changed
                    commit = result.commit or self._commit_of_content(
                        repo, last_successes.get(device.id), outcome.job, digest
                    )
            finals.append(
                success_row(outcome, changed=changed, commit=commit, size=len(content), sha256=digest)
            )
        return finals

    # -- what a verdict needs to know ------------------------------------------------------------

    def _repo(self, name: str) -> ConfigsRepo:
        """The configs repo of that name. With the first call its commits without a row become known."""
        repo = self._repos.get(name)
        if name not in self._without_row:
            checkpoint = self._results.checkpoints.of(name)
            self._without_row[name] = dict(repo.commits_after(checkpoint, TASK_IDENTIFIER))
        return repo

    def _placements(self, outcomes: Sequence[Outcome]) -> list[_Placement]:
        """Each outcome at the place that the inventory in force gives its device.

        A job may be older than the inventory: its device may have been renamed or removed meanwhile. An
        outcome whose commit waits for its row stays where the commit put it.
        """
        if self._version is None:
            return [_Placement(outcome, listed=True) for outcome in outcomes]
        places = self._results.rosters.places(self._version, {outcome.job.device.id for outcome in outcomes})
        placements = []
        for outcome in outcomes:
            place = places.get(outcome.job.device.id)
            if place is not None and not self._is_committed_at_its_place(outcome.job):
                device = replace(
                    outcome.job.device, name=place.device, group=place.collection_group, repo=place.repo
                )
                outcome = replace(outcome, job=replace(outcome.job, device=device))
            placements.append(_Placement(outcome, listed=place is not None))
        return placements

    def _is_committed_at_its_place(self, job: Job) -> bool:
        commit = self._commit_without_row(job)
        return commit is not None and self._repo(job.device.repo).holds(commit, job.device.path)

    def _commit_without_row(self, job: Job) -> str | None:
        return self._without_row.get(job.device.repo, {}).get(job.task_identifier)

    def _verdict(self, placement: _Placement, last: Row | None) -> Verdict:
        job = placement.outcome.job
        if placement.listed:
            self._repo(job.device.repo)  # only a listed device may bring a new repo into being
        commit = self._commit_without_row(job)
        if commit and not self._repo(job.device.repo).holds_all(commit, change_of(placement.outcome)):
            # The backup was collected twice, because its outcome was lost with the stream: the commit has
            # what the first session brought, and the outcome what the second did.
            commit = None
        return judge(
            placement.outcome,
            last,
            listed=placement.listed,
            commit=commit,
            branch_text=lambda: self._repo(job.device.repo).current(job.device.path),
        )

    def _commit_of_content(self, repo: ConfigsRepo, last: Row | None, job: Job, digest: str) -> str:
        """The commit that an unchanged configuration's row names: the one that brought its content."""
        device = job.device
        place = (device.repo, device.path)
        if last is not None and last.commit and last.sha256 == digest:
            if (last.repo, last.path) == place and not (
                device.repo in self._anew and not repo.holds(last.commit, device.path)
            ):
                return last.commit
            if commit := self._move_commits.get(place):
                return commit
        commit = repo.last_change(job.device.path)
        assert commit is not None, f"{job.device.path} is unchanged, so the branch holds it"
        return commit
