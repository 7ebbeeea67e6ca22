"""Stream → commit → row → acknowledge. The store side, which never sees a credential.

Order of effects for a batch, and what a crash after each leaves:

    read         entries stay pending for this consumer's name; the next start reads them again
    follow       what the inventory renamed or removed is moved; see pipeline.store.moves
    commit       the branch holds commits without rows: exactly those after the checkpoint, found again
                 by their Task-Identifier trailer, and not committed a second time
    row          outcomes and checkpoint in one transaction, first writer wins; entries come once more
                 and find their rows final
    acknowledge  acknowledged and deleted in one step; the push follows by itself, apart
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from pipeline import logs
from pipeline.store.git.changes import Change
from pipeline.store.git.commit_message import TASK_IDENTIFIER
from pipeline.store.git.reader import quarantine_ref
from pipeline.store.git.repo import ConfigsRepo
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Final, Row
from pipeline.store.moves import follow
from pipeline.store.shrink import line_count, shrunk
from pipeline.transit.results import Entry, ResultStream
from pipeline.values.checks import from_iso, iso
from pipeline.values.job import Job
from pipeline.values.names import DEFAULT_REPO, artefact_path
from pipeline.values.outcome import Outcome

log = logging.getLogger("devicevault.consumer")

Step = Literal["read", "moved", "followed", "committed", "recorded", "acknowledged"]

_RECLAIM_IDLE_MS = 60_000


class Consumer:
    """Takes batches from the stream to Git and the table. There is one: the configs repos' locks see to it.

    A batch waits `gather_s` seconds for what trickles in. `on_step` is told after each effect; tests kill
    the process there. Methods raise ServiceError when Redis or Postgres is away and StateError or OSError
    when the repo cannot be written; the batch then stays on the stream and `recover` starts over.
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
        self._unrecorded: dict[str, dict[str, str]] = {}  # configs repo → task identifier → commit
        self._moved: dict[tuple[str, str], str] = {}
        self._version: int | None = None

    def recover(self) -> int:
        """Finish what an earlier run left; returns how many entries that were. Call before `run_once`."""
        self._stream.ensure_group()
        for name in {DEFAULT_REPO, *self._results.rosters.repos()}:
            self._repo(name)
        if count := sum(map(len, self._unrecorded.values())):
            log.warning("%d commits had no row yet; their entries will get them", count)
        finished = 0
        while entries := self._stream.unacknowledged(self._name, self._batch_size):
            self._process(entries)
            finished += len(entries)
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

    def _repo(self, name: str) -> ConfigsRepo:
        repo = self._repos.get(name)
        if name not in self._unrecorded:
            checkpoint = self._results.checkpoint(name)
            self._unrecorded[name] = dict(repo.commits_after(checkpoint, TASK_IDENTIFIER))
        return repo

    def _follow(self) -> None:
        """Bring the branches to the inventory in force. Its version is there before any job of it."""
        rosters = self._results.rosters
        newest = rosters.newest()
        if newest is not None and newest.applied_at is None:
            settled = not any(self._unrecorded.values())
            self._moved |= follow(
                newest, rosters, self._repos, settled=settled, on_move=lambda: self._on_step("moved")
            )
            self._on_step("followed")
        self._version = None if newest is None else newest.version

    def _gather(self, block_ms: int) -> list[Entry]:
        """The first entries, and what follows so closely that it may share their pack and their fsyncs."""
        entries = self._stream.read(self._name, self._batch_size, block_ms)
        missing = self._batch_size - len(entries)
        if entries and missing and self._gather_s:
            time.sleep(self._gather_s)  # to read each as it comes would cost more than all that is saved
            entries += self._stream.read(self._name, missing, None)
        return entries

    def _process(self, entries: Sequence[Entry]) -> None:
        self._on_step("read")
        self._follow()
        for entry in entries:
            if entry.outcome is None:
                self._bury(entry)
        outcomes = self._still_open([entry.outcome for entry in entries if entry.outcome is not None])
        finals: list[Final] = []
        *earlier, last = _rounds(outcomes)
        for some in earlier:
            finals += self._finish(some, last=False)
        finals += self._finish(last, last=True)
        self._stream.acknowledge([entry for entry in entries if entry.outcome is not None])
        self._on_step("acknowledged")
        for final in finals:
            with logs.about(final.job.task_identifier):
                level = logging.INFO if final.status == "success" else logging.WARNING
                log.log(level, "%s", _told(final), extra=_log_fields(final))

    def _finish(self, outcomes: Sequence[Outcome], *, last: bool) -> list[Final]:
        """Commits, then rows. Checkpoints move with the last part: every commit before them has its row."""
        finals = self._store(outcomes)
        self._on_step("committed")
        heads = {name: repo.head for name, repo in self._repos.opened.items()} if last else {}
        self._results.record(finals, {name: head for name, head in heads.items() if head})
        if last:
            for commits in self._unrecorded.values():
                commits.clear()  # all of them lie before the checkpoint now
        self._on_step("recorded")
        return finals

    def _bury(self, entry: Entry) -> None:
        """Row first, then the dead-letter stream: in between, a crash costs a second look, not an outcome."""
        log.error(
            "entry %s cannot be read and goes to %s: %s", entry.id, self._stream.dead_key, entry.problem
        )
        if entry.task_identifier:
            self._results.fail(entry.task_identifier, "malformed", datetime.now(UTC))
        self._stream.bury(entry)

    def _still_open(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """One outcome per backup, oldest run first, without those whose row is final."""
        ended = self._results.ended([outcome.job.task_identifier for outcome in outcomes])
        first: dict[str, Outcome] = {}
        for outcome in outcomes:
            if outcome.job.task_identifier not in ended:
                first.setdefault(outcome.job.task_identifier, outcome)
        return sorted(first.values(), key=lambda outcome: outcome.job.run_seq)

    def _store(self, outcomes: Sequence[Outcome]) -> list[Final]:
        newest = self._results.last_successes({outcome.job.device.id for outcome in outcomes})
        finals: list[Final] = []
        current: dict[str, list[Outcome]] = {}
        for outcome, listed in self._placed(outcomes):
            if outcome.status == "failure":
                finals.append(_final(outcome, "failure", outcome.reason))
            elif refused := self._refusal(outcome, newest.get(outcome.job.device.id), listed=listed):
                finals.append(_refused(outcome, *refused))
            else:
                current.setdefault(outcome.job.device.repo, []).append(outcome)
        for name, some in current.items():
            finals += self._commit(self._repo(name), self._unrecorded[name], some, newest)
        return finals

    def _commit(
        self,
        repo: ConfigsRepo,
        unrecorded: Mapping[str, str],
        outcomes: Sequence[Outcome],
        newest: Mapping[str, Row],
    ) -> list[Final]:
        """Successes that belong into one repo: committed where they differ from what is there."""
        finals: list[Final] = []
        to_commit = [outcome for outcome in outcomes if outcome.job.task_identifier not in unrecorded]
        done_now = repo.store([_change(outcome) for outcome in to_commit])
        stored = dict(zip((o.job.task_identifier for o in to_commit), done_now, strict=True))
        for outcome in outcomes:
            repo.release(outcome.job.device.path)
            job, text = outcome.job, outcome.device_config or ""
            digest = hashlib.sha256(text.encode()).hexdigest()
            done = stored.get(job.task_identifier)
            commit = unrecorded[job.task_identifier] if done is None else done.commit
            if commit is None:
                commit = self._holding(repo, newest.get(job.device.id), job, digest)
            finals.append(
                _final(outcome, "success", None, changed=done is None or done.changed, commit=commit,
                       size=len(text.encode()), sha256=digest)
            )  # fmt: skip
        return finals

    def _placed(self, outcomes: Sequence[Outcome]) -> list[tuple[Outcome, bool]]:
        """Each outcome with the place that the inventory in force gives its device, and whether it is live.

        Its job may be older: the device may have been renamed or removed while it was collected.
        """
        if self._version is None:
            return [(outcome, True) for outcome in outcomes]
        places = self._results.rosters.places(self._version, {o.job.device.id for o in outcomes})
        placed = []
        for outcome in outcomes:
            place = places.get(outcome.job.device.id)
            if place is not None and not self._is_committed(outcome.job):
                device = replace(outcome.job.device, name=place.device, group=place.group, repo=place.repo)
                outcome = replace(outcome, job=replace(outcome.job, device=device))
            placed.append((outcome, place is not None))
        return placed

    def _is_committed(self, job: Job) -> bool:
        """Whether a commit at the job's own place waits for its row."""
        commit = self._unrecorded.get(job.device.repo, {}).get(job.task_identifier)
        return commit is not None and self._repo(job.device.repo).holds(commit, job.device.path)

    def _refusal(self, outcome: Outcome, last: Row | None, *, listed: bool) -> tuple[str, str] | None:
        """Why a success is not committed, as a reason and in words; None if it is."""
        name, identifier = outcome.job.device.repo, outcome.job.task_identifier
        if not listed and identifier not in self._unrecorded.get(name, ()):
            # HEAD is the live network; nor is a repo made for what is gone.
            return "unlisted", "it is not in the inventory in force, so that nothing was stored"
        repo = self._repo(name)
        if identifier in self._unrecorded[name]:
            return None  # it is on the branch: only its row is missing
        if last is not None and outcome.job.run_seq < last.run_seq:
            # A slow worker must not put yesterday's configuration over today's.
            return "superseded", f"{last.task_identifier}, which was asked for later, was stored first"
        if outcome.accepted:
            return None
        text = outcome.device_config or ""
        # Only what is smaller than the last can have shrunk, and seldom is: Git is seldom asked.
        if last is not None and last.size is not None and len(text.encode()) >= last.size:
            return None
        before = repo.current(outcome.job.device.path)
        if before is None or not shrunk(before, text, outcome.job.device.max_shrink):
            return None
        commit = repo.quarantine(_change(outcome))
        lines = f"{line_count(before)} lines became {line_count(text)}"
        log.warning("%s: %s; quarantined as %s", outcome.job.device.name, lines, commit[:10])
        kept = quarantine_ref(outcome.job.device.path).decode()
        return "shrunk", (
            f"{lines}: compare {kept} with the branch in the configs repo; "
            f"`devicevault accept {outcome.job.device.name}` stores it"
        )

    def _holding(self, repo: ConfigsRepo, last: Row | None, job: Job, digest: str) -> str:
        """The commit that an unchanged configuration's row points at: the one that brought its content."""
        if last is not None and last.commit and last.sha256 == digest:
            if (last.repo, last.path) == (job.device.repo, job.device.path):
                return last.commit
            if moved := self._moved.get((job.device.repo, job.device.path)):
                return moved
        commit = repo.last_change(job.device.path)
        assert commit is not None, f"{job.device.path} is unchanged, so the branch holds it"
        return commit


def _rounds(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """In parts, at least one, with each device once: a run is compared with what the one before stored."""
    rounds: list[list[Outcome]] = [[]]
    runs: Counter[str] = Counter()
    for outcome in outcomes:
        device = outcome.job.device.id
        if runs[device] == len(rounds):
            rounds.append([])
        rounds[runs[device]].append(outcome)
        runs[device] += 1
    return rounds


def _change(outcome: Outcome) -> Change:
    job, device = outcome.job, outcome.job.device
    return Change(
        path=device.path,
        text=outcome.device_config or "",
        deflated=outcome.deflated,
        device=device.name,
        collected_at=from_iso(outcome.collected_at),
        trailers={
            TASK_IDENTIFIER: job.task_identifier,
            "Task-Id": job.task_id,
            "Device": device.name,
            "Collection-Group": device.group,
            "Schedule": job.schedule,
            "Collected-At": outcome.collected_at,
            "Inventory-Commit": job.inventory_commit,
            "Changed-By": outcome.facts.get("changed_by"),
            "Worker": outcome.worker,
            "Run-URL": job.run_url,
        },
        artefacts={
            artefact_path(device.group, device.name, name): content
            for name, content in outcome.artefact_bytes().items()
        },
    )


def _refused(outcome: Outcome, reason: str, words: str) -> Final:
    """A failure of which the worker's log knows nothing."""
    entry = {
        "timestamp": iso(datetime.now(UTC)),
        "severity": "error",
        "source": "consumer",
        "message": f"{outcome.job.device.name}: {words}",
    }
    return _final(replace(outcome, log=(*outcome.log, entry)), "failure", reason)


def _final(
    outcome: Outcome,
    status: Literal["success", "failure"],
    reason: str | None,
    *,
    changed: bool | None = None,
    commit: str | None = None,
    size: int | None = None,
    sha256: str | None = None,
) -> Final:
    return Final(
        job=outcome.job,
        status=status,
        reason=reason,
        timestamp=outcome.collected_at,
        log=outcome.log,
        changed=changed,
        commit=commit,
        size=size,
        sha256=sha256,
        worker=outcome.worker,
        attempts=outcome.attempts,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        facts=outcome.facts,
    )


def _told(final: Final) -> str:
    if final.status != "success":
        return f"{final.job.device.name}: {final.status} ({final.reason})"
    commit = (final.commit or "")[:10]
    return f"{final.job.device.name}: " + (
        f"committed as {commit}" if final.changed else f"unchanged since {commit}"
    )


def _log_fields(final: Final) -> dict[str, object]:
    return {
        "device": final.job.device.name,
        "status": final.status,
        "reason": final.reason,
        "changed": final.changed,
        "commit": final.commit,
    }
