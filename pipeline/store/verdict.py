"""The verdict on a configuration that a worker collected: commit it, refuse it, or keep it aside. Pure.

The consumer asks for the verdict and acts on it. `Verdict` is closed: whoever matches it handles all four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.store.git.reader import quarantine_ref
from pipeline.store.ledger.table import Row
from pipeline.store.shrink import line_count, shrunk
from pipeline.values.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Commit:
    """Commit the configuration. If the branch holds exactly that, no commit is made and the row says so."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """A commit of this backup is on the branch since before a crash. Only its row is missing."""

    commit: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Store nothing. The backup fails with this reason, and `words` say why."""

    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Keep the configuration out of the branch until a person accepts it. The backup fails meanwhile.

    `loss` says how much shorter the configuration has become, and `words` also what to do about it.
    """

    reason: str
    loss: str
    words: str


Verdict = Commit | Adopt | Refuse | Quarantine


def judge(
    outcome: Outcome,
    last: Row | None,
    *,
    listed: bool,
    commit: str | None,
    branch_text: Callable[[], str | None],
) -> Verdict:
    """The verdict on a success.

    `last` is the row of the device's last success, and `listed` says whether the inventory in force has the
    device. `commit` is a commit of this backup that has no row yet. `branch_text` gives the configuration
    that the branch holds now. Each call of it reads Git, so it is called only if the configuration may have
    shrunk.
    """
    if commit is not None:
        return Adopt(commit)
    if not listed:
        # HEAD is the live network. A configs repo is not made for a device that is gone either.
        return Refuse("unlisted", "it is not in the inventory in force, so that nothing was stored")
    if last is not None and outcome.job.run_seq < last.run_seq:
        # A slow worker must not put yesterday's configuration over today's.
        words = f"{last.task_identifier}, which was asked for later, was stored first"
        return Refuse("superseded", words)
    if outcome.accepted or not _is_smaller(outcome, last):
        return Commit()
    return _judge_shrinking(outcome, branch_text())


def _is_smaller(outcome: Outcome, last: Row | None) -> bool:
    """Whether the configuration has fewer bytes than the last one, or that one's size is unknown.

    Only what is smaller can have shrunk.
    """
    if last is None or last.size is None:
        return True
    return len((outcome.device_config or "").encode()) < last.size


def _judge_shrinking(outcome: Outcome, before: str | None) -> Commit | Quarantine:
    text, device = outcome.device_config or "", outcome.job.device
    if before is None or not shrunk(before, text, device.max_shrink):
        return Commit()
    loss = f"{line_count(before)} lines became {line_count(text)}"
    ref = quarantine_ref(device.path).decode()
    words = (
        f"{loss}: compare {ref} with the branch in the configs repo; "
        f"`devicevault accept {device.name}` stores it"
    )
    return Quarantine("shrunk", loss, words)
