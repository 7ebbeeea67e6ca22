"""The shrink guard and artefacts: what is not believed is kept aside, what belongs together is one commit."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from pipeline.store.consumer import Consumer
from pipeline.store.shrink import line_count, shrunk
from tests.support.store import Store
from tests.support.values import NOW, make_job, success

WHOLE = "".join(f"line {number}\n" for number in range(100))
HALF = "".join(f"line {number}\n" for number in range(30))


@pytest.mark.parametrize(
    ("before", "after", "max_shrink", "expected"),
    [
        (100, 50, 0.5, False), (100, 49, 0.5, True), (100, 200, 0.5, False), (100, 99, 0.0, True),
        (100, 0, 1.0, False), (9, 1, 0.5, False),
    ],
)  # fmt: skip
def test_only_the_loss_of_more_than_the_allowed_share_is_shrunk(
    before: int, after: int, max_shrink: float, expected: bool
) -> None:
    assert shrunk("x\n" * before, "x\n" * after, max_shrink) is expected


def test_a_config_that_lost_most_of_itself_is_quarantined_not_committed(store: Store) -> None:
    first, second = store.expect(make_job(), make_job(slot=NOW + timedelta(days=1)))
    store.stream.publish(success(first, WHOLE))
    store.consume()
    store.stream.publish(success(second, HALF))
    store.consume()
    row = store.row(second)
    assert (row.status, row.reason, row.commit) == ("failure", "shrunk", None)
    assert row.log[-1]["message"] == (
        f"core-sw1: {line_count(WHOLE)} lines became {line_count(HALF)}: compare "
        "refs/quarantine/core/core-sw1.cfg with the branch in the configs repo; "
        "`devicevault accept core-sw1` stores it"
    )
    assert store.git("show", "main:core/core-sw1.cfg") == WHOLE
    assert store.git("show", "refs/quarantine/core/core-sw1.cfg:core/core-sw1.cfg") == HALF
    assert store.git("diff", "--shortstat", "main", "refs/quarantine/core/core-sw1.cfg").split()[3] == "70"
    store.git("fsck", "--strict", "--full")


def test_what_a_person_accepts_is_committed_and_leaves_quarantine(store: Store) -> None:
    jobs = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    for job, text, accepted in zip(jobs, (WHOLE, HALF, HALF), (False, False, True), strict=True):
        store.stream.publish(success(job, text, accepted=accepted))
        store.consume()
    assert [store.row(job).status for job in jobs] == ["success", "failure", "success"]
    assert store.git("show", "main:core/core-sw1.cfg") == HALF
    assert store.git("for-each-ref", "refs/quarantine") == ""


def test_a_whole_config_ends_the_quarantine(store: Store) -> None:
    jobs = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    for job, text in zip(jobs, (WHOLE, HALF, WHOLE), strict=True):
        store.stream.publish(success(job, text))
        store.consume()
    assert store.row(jobs[2]).changed is False
    assert store.git("for-each-ref", "refs/quarantine") == ""


def test_the_inventory_says_how_much_may_be_lost(store: Store) -> None:
    first, second = store.expect(make_job(), make_job(slot=NOW + timedelta(days=1), max_shrink=0.8))
    for job, text in ((first, WHOLE), (second, HALF)):
        store.stream.publish(success(job, text))
        store.consume()
    assert store.row(second).status == "success"


def test_artefacts_lie_beside_the_config_in_the_same_commit(store: Store) -> None:
    first, second, third = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    backup = bytes(range(256))
    artefacts = {"version": "15.2\n", "device.backup": "base64:" + base64.b64encode(backup).decode()}
    store.stream.publish(success(first, WHOLE, artefacts=artefacts))
    store.stream.publish(success(second, WHOLE, artefacts={**artefacts, "version": "15.3\n"}))
    store.stream.publish(success(third, WHOLE, artefacts={**artefacts, "version": "15.3\n"}))
    store.consume()
    assert store.git("ls-tree", "-r", "--name-only", "main").split() == [
        "core/core-sw1.cfg", "core/core-sw1/device.backup", "core/core-sw1/version",
    ]  # fmt: skip
    assert store.git("log", "--format=%s").splitlines() == [
        "core-sw1: version",
        "core-sw1: first backup, 100 lines",
    ]
    assert store.git("show", "main:core/core-sw1/version") == "15.3\n"
    assert [store.row(job).changed for job in (first, second, third)] == [True, True, False]
    assert store.row(third).commit == store.row(second).commit


@pytest.mark.parametrize("artefacts", [{"../../x": "a"}, {"x": "base64:no!"}])
def test_an_artefact_with_a_bad_name_or_content_is_poison(store: Store, artefacts: dict[str, str]) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, WHOLE, artefacts=artefacts))
    store.consume()
    assert store.row(job).reason == "malformed"


def test_what_comes_in_one_batch_is_judged_by_the_run_before_it(store: Store) -> None:
    jobs = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    for job, text in zip(jobs, ("short\n" * 10, WHOLE, HALF), strict=True):
        store.stream.publish(success(job, text))
    store.consume()
    assert [store.row(job).status for job in jobs] == ["success", "success", "failure"]
    assert store.git("show", "main:core/core-sw1.cfg") == WHOLE
    assert store.git("show", "refs/quarantine/core/core-sw1.cfg:core/core-sw1.cfg") == HALF


def test_a_kill_between_commit_and_row_leaves_nothing_in_quarantine_that_has_passed(store: Store) -> None:
    jobs = store.expect(*(make_job(slot=NOW + timedelta(days=day)) for day in range(3)))
    for job, text in zip(jobs[:2], (WHOLE, HALF), strict=True):
        store.stream.publish(success(job, text))
        store.consume()
    store.stream.publish(success(jobs[2], WHOLE + "more\n"))
    quarantined = store.git("rev-parse", "refs/quarantine/core/core-sw1.cfg").strip()

    def stop(step: str) -> None:
        if step == "committed":
            raise InterruptedError

    with store.repos() as repos, pytest.raises(InterruptedError):
        Consumer(store.stream, repos, store.results, "consumer", on_step=stop).run_once(1)
    store.git("update-ref", "refs/quarantine/core/core-sw1.cfg", quarantined)  # killed before that, too
    store.consume()
    assert store.row(jobs[2]).status == "success"
    assert store.git("for-each-ref", "refs/quarantine") == ""
