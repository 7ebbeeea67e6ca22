"""The order in which the outcomes of a batch are stored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.batch import open_outcomes, rounds_of
from pipeline.values.outcome import Outcome
from tests.support.values import make_job, success


def outcome(device: str, run_seq: int, text: str = "a\n") -> Outcome:
    job = make_job(device, run_seq=run_seq, task_identifier=f"{device}:{run_seq}")
    return success(job, text)


def test_the_first_outcome_of_each_backup_that_has_none_is_left_the_oldest_run_first() -> None:
    newer, older, again, ended = outcome("a", 2), outcome("b", 1), outcome("a", 2, "b\n"), outcome("c", 0)
    assert open_outcomes([newer, older, again, ended], {"c:0"}) == [older, newer]


def test_there_is_a_round_even_of_nothing() -> None:
    assert rounds_of([]) == [[]]


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_each_device_occurs_once_in_a_round_and_its_outcomes_stay_in_order(devices: list[str]) -> None:
    outcomes = [outcome(device, number) for number, device in enumerate(devices)]
    rounds = rounds_of(outcomes)
    for outcomes_of_round in rounds:
        names = [each.job.device.name for each in outcomes_of_round]
        assert len(names) == len(set(names))
    flat = [each for outcomes_of_round in rounds for each in outcomes_of_round]
    for device in set(devices):
        runs = [each.job.run_seq for each in flat if each.job.device.name == device]
        assert runs == sorted(runs)
    assert sorted(each.job.run_seq for each in flat) == list(range(len(devices)))
    assert len(rounds) == max([1, *(devices.count(device) for device in devices)])
