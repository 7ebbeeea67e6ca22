"""How often a tool collected, as an entry of schedules.yaml."""

from __future__ import annotations

from dataclasses import dataclass

_DAY_M, _HOUR_M = 24 * 60, 60
_MINUTE = 17
"""Not the full hour, at which everybody's jobs begin."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A schedule's name and cron expression. `is_exact`: cron can say what the tool did."""

    name: str
    cron: str
    is_exact: bool = True


NIGHTLY = Rhythm("nightly", f"{_MINUTE} 2 * * *")


def rhythm_of(seconds: int) -> Rhythm:
    """The schedule for something that is done every `seconds` (at least one).

    Cron can say parts of an hour and of a day that come out even, and a day. The nearest of them that is not
    more often is taken, and at most a day.
    """
    minutes = min(-(-seconds // 60), _DAY_M)
    steps = [step for step in range(5, _HOUR_M) if _HOUR_M % step == 0]
    steps += [_HOUR_M * hours for hours in range(1, 24) if 24 % hours == 0]
    step = next((step for step in steps if step >= minutes), _DAY_M)
    is_exact = step * 60 == seconds
    if step == _DAY_M:
        return Rhythm(NIGHTLY.name, NIGHTLY.cron, is_exact)
    if step < _HOUR_M:
        return Rhythm(f"every-{step}-minutes", f"*/{step} * * * *", is_exact)
    if step == _HOUR_M:
        return Rhythm("hourly", f"{_MINUTE} * * * *", is_exact)
    hours = step // _HOUR_M
    return Rhythm(f"every-{hours}-hours", f"{_MINUTE} */{hours} * * *", is_exact)
