"""Which attempt is made, and when the next: by the count, the deadline and the failure alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.contract import CollectorResult, utc_now
from pipeline.values.failure import Failure
from pipeline.worker.retry import Begin, GiveUp, Retry, backoff, begin, retry, seconds_left
from tests.support.values import NOW, make_job

JOB = make_job(timeout_s=30.0)


def result(transient: bool = True) -> CollectorResult:
    return CollectorResult(JOB.task_id, "failure", utc_now(), reason="unreachable", transient=transient)


@pytest.mark.parametrize(("remaining_s", "timeout_s"), [(3600.0, 30.0), (30.0, 30.0), (5.0, 5.0), (0.1, 0.1)])
def test_a_session_gets_no_more_time_than_the_deadline_leaves(remaining_s: float, timeout_s: float) -> None:
    assert begin(JOB, 1, remaining_s, 3) == Begin(timeout_s)


def test_an_attempt_past_the_limit_is_not_made_and_not_counted() -> None:
    message = "core-sw1: 3 attempts ended without a result, the last with its worker"
    assert begin(JOB, 4, 3600, 3) == GiveUp(Failure("crashed", message), 3)
    assert begin(JOB, 4, -1, 3) == GiveUp(Failure("crashed", message), 3)


@pytest.mark.parametrize("remaining_s", [0.0, -1.0])
def test_nothing_begins_after_the_deadline(remaining_s: float) -> None:
    failure = Failure("expired", "core-sw1: its deadline has passed")
    assert begin(JOB, 2, remaining_s, 3) == GiveUp(failure, 2)


def test_a_failure_that_may_pass_is_tried_again_below_the_limit_and_before_the_deadline() -> None:
    assert retry(result(), 1, 60, 3, 5) == retry(result(), 2, 60, 3, 5) == Retry(5)
    assert retry(result(), 3, 60, 3, 5) is None
    assert retry(result(), 1, 5, 3, 5) is None


def test_a_failure_that_will_not_pass_and_a_success_are_final() -> None:
    success = CollectorResult(JOB.task_id, "success", utc_now(), device_config="hostname a\n")
    assert retry(result(transient=False), 1, 60, 3, 5) is None
    assert retry(success, 1, 60, 3, 5) is None


def test_the_time_left_is_that_to_the_deadline_and_may_be_negative() -> None:
    job = make_job(deadline=NOW)
    assert seconds_left(job, NOW - timedelta(minutes=1)) == 60
    assert seconds_left(job, NOW + timedelta(seconds=1)) == -1


def test_the_first_attempts_wait_grows_and_stays_within_bounds() -> None:
    for attempt, low, high in ((1, 2.5, 5), (2, 5, 10), (3, 10, 20), (9, 60, 120), (500, 60, 120)):
        waits = [backoff(attempt, 5.0) for _ in range(200)]
        assert low <= min(waits) <= max(waits) <= high
        assert len(set(waits)) > 100


@given(st.integers(1, 1100), st.floats(0.001, 1e6))
def test_a_wait_is_never_nothing_and_never_over_two_minutes(attempt: int, base_s: float) -> None:
    assert 0 < backoff(attempt, base_s) <= 120
