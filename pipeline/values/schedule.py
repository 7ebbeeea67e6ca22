"""A schedule's slots: the instants at which it asks for backups. Pure.

Around a change of the clocks the rules are those of Debian's cron. A schedule at fixed times runs exactly
once a day: in the gap of spring at the first instant after it, in the repeated hour of autumn at the first
of the two. A schedule with a star for the minute or hour runs whenever the clock on the wall matches: not at
all in the gap, twice in the repeated hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MAX_CRON_LENGTH = 200

# No zone has set its clocks back by more since 2000: Antarctica/Casey went back 3 hours in 2010.
_LARGEST_OVERLAP = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When devices are backed up: five cron fields on the wall clock of `timezone`.

    `deadline` is the time allowed from the enqueueing to the recorded outcome.
    """

    name: str
    cron: str
    timezone: str = "UTC"
    deadline: timedelta = timedelta(hours=4)


def cron_problem(cron: str) -> str | None:
    """Why `cron` is not five fields that match some day, or None if it is."""
    if len(cron) > MAX_CRON_LENGTH:
        return f"longer than {MAX_CRON_LENGTH} characters"
    if len(cron.split()) != 5:
        return "a schedule has 5 fields: minute, hour, day of month, month, day of week"
    try:
        slots = CronSim(cron, datetime(2000, 1, 1))
        if next(slots, None) is None:
            return "no day ever matches"
    except CronSimError as error:
        return str(error)
    return None


def timezone_problem(timezone: str) -> str | None:
    """Why `timezone` is not an IANA time zone, or None if it is."""
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):  # a path, a folder of zones, an unknown name
        return "not an IANA time zone such as Europe/Berlin or UTC"
    return None


def latest_slot(schedule: Schedule, now: datetime) -> datetime | None:
    """The latest slot at or before `now` (aware), in UTC; None if there was none in 50 years."""
    zone = ZoneInfo(schedule.timezone)
    wall = now.astimezone(zone).replace(tzinfo=None, microsecond=0)
    best: datetime | None = None
    for instants in _slots(schedule.cron, zone, wall + _LARGEST_OVERLAP, reverse=True):
        passed = [instant for instant in instants if instant <= now]
        best = max(passed, default=None) if best is None else max([best, *passed])
        # While the second instant of a wall time is still to come, an earlier wall time may have a later
        # instant that has passed.
        if passed and len(passed) == len(instants):
            break
    return best


def next_slot(schedule: Schedule, after: datetime) -> datetime | None:
    """The first slot later than `after` (aware), in UTC; None if there is none in 50 years."""
    zone = ZoneInfo(schedule.timezone)
    wall = after.astimezone(zone).replace(tzinfo=None, microsecond=0)
    best: datetime | None = None
    for instants in _slots(schedule.cron, zone, wall - _LARGEST_OVERLAP, reverse=False):
        coming = [instant for instant in instants if instant > after]
        best = min(coming, default=None) if best is None else min([best, *coming])
        if coming and len(coming) == len(instants):
            break
    return best


def slots_between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots from `start` on and before `end` (both aware), in UTC, each once, in no certain order."""
    zone = ZoneInfo(schedule.timezone)
    wall = start.astimezone(zone).replace(tzinfo=None, microsecond=0)
    # A wall time that is this much later than the end cannot stand for an instant before the end.
    last = end.astimezone(zone).replace(tzinfo=None) + _LARGEST_OVERLAP
    seen: set[datetime] = set()
    for wall_time, instants in _walk(schedule.cron, zone, wall - _LARGEST_OVERLAP, reverse=False):
        if wall_time > last:
            return
        for instant in instants:
            if start <= instant < end and instant not in seen:
                seen.add(instant)
                yield instant


def _slots(cron: str, zone: ZoneInfo, start: datetime, *, reverse: bool) -> Iterator[tuple[datetime, ...]]:
    """The instants of each wall time that `_walk` finds, without the wall times that stand for no slot."""
    return (instants for _, instants in _walk(cron, zone, start, reverse=reverse) if instants)


def _walk(
    cron: str, zone: ZoneInfo, start: datetime, *, reverse: bool
) -> Iterator[tuple[datetime, tuple[datetime, ...]]]:
    """Each matching wall time from `start` on, with the instants (UTC) at which it stands for a slot.

    cronsim walks plain wall times, where it needs no rules for the clocks; ours are in `_instants`.
    """
    minute, hour, *_ = cron.split()
    at_fixed_times = not minute.startswith("*") and not hour.startswith("*")
    # cronsim leaves out its starting point.
    start += timedelta(seconds=1 if reverse else -1)
    for wall in CronSim(cron, start, reverse=reverse):
        yield wall, _instants(wall, zone, at_fixed_times)


def _instants(wall: datetime, zone: ZoneInfo, at_fixed_times: bool) -> tuple[datetime, ...]:
    """The instants (UTC) of a wall time: none, one or two. The module's docstring has the rules."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return (first,)
    if first < second:  # the clock shows this time twice
        return (first,) if at_fixed_times else (first, second)
    if not at_fixed_times:
        return ()
    while wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        wall += timedelta(minutes=1)
    return (wall.replace(tzinfo=zone).astimezone(UTC),)
