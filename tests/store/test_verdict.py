"""What becomes of a success, case by case. No server and no repo: the verdict is a function of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest

from pipeline.store.ledger.table import Row
from pipeline.store.verdict import Adopt, Commit, Quarantine, Refuse, Verdict, judge
from tests.support.rows import make_row
from tests.support.values import make_job, success

WHOLE, HALF = "line\n" * 100, "line\n" * 30
COMMIT = "c" * 40


def unread() -> NoReturn:
    raise AssertionError("the branch was read")


@dataclass(frozen=True, slots=True)
class Case:
    """What the consumer knows of a success; `branch` is the text that the branch holds."""

    expected: Verdict
    text: str = WHOLE
    run_seq: int = 7
    last: Row | None = None
    branch: str | None = None
    listed: bool = True
    commit: str | None = None
    accepted: bool = False
    max_shrink: float = 0.5


UNLISTED = Refuse("unlisted", "it is not in the inventory in force, so that nothing was stored")
SUPERSEDED = Refuse("superseded", "nightly:later, which was asked for later, was stored first")
SHRUNK = Quarantine(
    "shrunk",
    "100 lines became 30",
    "100 lines became 30: compare refs/quarantine/core/core-sw1.cfg with the branch in the configs repo; "
    "`devicevault accept core-sw1` stores it",
)
LATER = make_row(run_seq=8, task_identifier="nightly:later", size=len(WHOLE))
EARLIER = make_row(run_seq=6, size=len(WHOLE))
SIZELESS = make_row(run_seq=6, size=None)


CASES = {
    "the first backup of a device": Case(Commit()),
    "as long as the last one": Case(Commit(), last=EARLIER, branch=WHOLE),
    "a little shorter": Case(Commit(), last=EARLIER, branch=WHOLE, text=WHOLE[:-5]),
    "much shorter": Case(SHRUNK, last=EARLIER, branch=WHOLE, text=HALF),
    "much shorter, in a table that is new": Case(SHRUNK, branch=WHOLE, text=HALF),
    "much shorter, the last size unknown": Case(SHRUNK, last=SIZELESS, branch=WHOLE, text=HALF),
    "much shorter, within its limit": Case(Commit(), last=EARLIER, branch=WHOLE, text=HALF, max_shrink=0.8),
    "much shorter, but the branch has no file": Case(Commit(), last=EARLIER, text=HALF),
    "much shorter and accepted": Case(Commit(), last=EARLIER, branch=WHOLE, text=HALF, accepted=True),
    "a later run was stored first": Case(SUPERSEDED, last=LATER, branch=WHOLE),
    "accepted, but a later run was stored": Case(SUPERSEDED, last=LATER, branch=WHOLE, accepted=True),
    "the same run again": Case(Commit(), last=make_row(run_seq=7)),
    "removed from the inventory": Case(UNLISTED, listed=False),
    "removed, and a later run was stored": Case(UNLISTED, listed=False, last=LATER),
    "removed, and accepted": Case(UNLISTED, listed=False, accepted=True),
    "committed before a crash": Case(Adopt(COMMIT), commit=COMMIT),
    "committed before a crash, then removed": Case(Adopt(COMMIT), commit=COMMIT, listed=False),
    "committed before a crash, much shorter than the branch": Case(
        Adopt(COMMIT), commit=COMMIT, last=LATER, branch=WHOLE, text=HALF
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_verdict_on_a_success(case: Case) -> None:
    outcome = success(
        make_job(run_seq=case.run_seq, max_shrink=case.max_shrink), case.text, accepted=case.accepted
    )
    verdict = judge(
        outcome, case.last, listed=case.listed, commit=case.commit, branch_text=lambda: case.branch
    )
    assert verdict == case.expected


@pytest.mark.parametrize(
    ("text", "last", "listed", "commit", "accepted"),
    [
        (WHOLE, EARLIER, True, None, False),  # what is not smaller cannot have shrunk
        (WHOLE + "more\n", EARLIER, True, None, False),
        (HALF, EARLIER, True, None, True),
        (HALF, LATER, True, None, False),
        (HALF, EARLIER, False, None, False),  # its repo need not even exist
        (HALF, EARLIER, True, COMMIT, False),
    ],
)
def test_git_is_read_only_for_a_configuration_that_may_have_shrunk(
    text: str, last: Row, listed: bool, commit: str | None, accepted: bool
) -> None:
    outcome = success(make_job(run_seq=7), text, accepted=accepted)
    judge(outcome, last, listed=listed, commit=commit, branch_text=unread)


def test_bytes_are_compared_and_not_characters() -> None:
    """The last size is in bytes: a text of as many characters may be smaller or larger than it."""
    last = make_row(run_seq=6, size=len("ü\n".encode()) * 100)
    judge(success(make_job(run_seq=7), "ü\n" * 100), last, listed=True, commit=None, branch_text=unread)
