"""Counts the backups that start, per group and hour of the day. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

from pipeline.plan.kinds import Kinds
from pipeline.plan.values import GroupLoad
from pipeline.values.schedule import Schedule, slots_between

DAYS = 7
"""As many days as are counted, so that a weekly schedule is among them."""

MAX_SLOTS = 60_000
"""As many slots as are counted. That takes two seconds; six schedules that run every minute have more."""

_Demand = Mapping[str | None, Counter[str]]
"""Group → schedule → devices."""
_Schedules = Mapping[str, Schedule]
_Hours = Mapping[int, int]
"""Hour of the week → slots."""


class _TooManyError(Exception):
    """There are more slots than are counted."""


class _SlotCounter:
    """Counts the slots of schedules by hour, and those of each schedule once only."""

    def __init__(self, now: datetime) -> None:
        self._start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._left = MAX_SLOTS
        self._known: dict[tuple[str, str], _Hours] = {}

    def of(self, schedule: Schedule) -> _Hours:
        key = (schedule.cron, schedule.timezone)
        if key not in self._known:
            end = self._start + timedelta(days=DAYS)
            slots = list(islice(slots_between(schedule, self._start, end), self._left + 1))
            self._left -= len(slots)
            if self._left < 0:
                raise _TooManyError
            self._known[key] = Counter(int((slot - self._start).total_seconds()) // 3600 for slot in slots)
        return self._known[key]


def load_changes(
    base: tuple[Kinds, _Schedules], head: tuple[Kinds, _Schedules], now: datetime
) -> tuple[GroupLoad, ...] | None:
    """The groups whose load changes, sorted by name; None if there are more than MAX_SLOTS slots to count."""
    old, new = _demand(base[0]), _demand(head[0])
    hourly = _SlotCounter(now)
    changed: list[GroupLoad] = []
    try:
        for group in sorted(old.keys() | new.keys(), key=lambda name: name or ""):
            used = (old.get(group, Counter()), new.get(group, Counter()))
            if used[0] == used[1] and all(base[1][name] == head[1][name] for name in used[0]):
                continue
            before = _busiest(used[0].items(), base[1], hourly)
            after = _busiest(used[1].items(), head[1], hourly)
            if before != after:
                changed.append(GroupLoad(group, before, after))
    except _TooManyError:
        return None
    return tuple(changed)


def _demand(devices: Kinds) -> _Demand:
    demand: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for device, number in devices:
        if device.schedule is not None:
            demand[device.group][device.schedule] += number
    return demand


def _busiest(used: Iterable[tuple[str, int]], schedules: _Schedules, hourly: _SlotCounter) -> tuple[int, ...]:
    """For each hour of the day, how many backups start in it on the day on which most do."""
    total: Counter[int] = Counter()
    for name, devices in used:
        for hour, slots in hourly.of(schedules[name]).items():
            total[hour] += devices * slots
    busiest = [0] * 24
    for hour, backups in total.items():
        busiest[hour % 24] = max(busiest[hour % 24], backups)
    return tuple(busiest)
