"""The outcomes of a batch, put into the order in which they are stored. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from pipeline.values.outcome import Outcome


def open_outcomes(outcomes: Iterable[Outcome], ended: Collection[str]) -> list[Outcome]:
    """The first outcome of each backup, the oldest run first.

    `ended` are the task identifiers whose row is final already. Their outcomes are left out.
    """
    first: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.job.task_identifier not in ended:
            first.setdefault(outcome.job.task_identifier, outcome)
    return sorted(first.values(), key=lambda outcome: outcome.job.run_seq)


def rounds_of(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Split the outcomes into rounds in which each device occurs once. There is at least one round.

    A device's second outcome must be compared with what its first one stored.
    """
    rounds: list[list[Outcome]] = [[]]
    outcomes_of: Counter[str] = Counter()
    for outcome in outcomes:
        device = outcome.job.device.id
        if outcomes_of[device] == len(rounds):
            rounds.append([])
        rounds[outcomes_of[device]].append(outcome)
        outcomes_of[device] += 1
    return rounds
