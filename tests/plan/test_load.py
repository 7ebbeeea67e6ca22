"""Backups per group and hour, before and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.values.schedule import Schedule, slots_between
from tests.plan.inventories import device, inventory, planned

DAY = timedelta(days=1)


def at(hours: dict[int, int]) -> tuple[int, ...]:
    return tuple(hours.get(hour, 0) for hour in range(24))


def test_a_later_schedule_moves_the_load_of_its_groups() -> None:
    later = {"nightly": Schedule("nightly", "0 5 * * *"), "hourly": Schedule("hourly", "5 * * * *")}
    devices = [device("a"), device("b"), device("c", group=None, schedule="hourly")]
    [load] = planned(devices, inventory(*devices, schedules=later)).load or ()
    assert (load.group, load.before, load.after) == ("core", at({2: 2}), at({5: 2}))


def test_devices_that_come_add_to_their_group_on_the_clock_of_utc() -> None:
    berlin = {"nightly": Schedule("nightly", "30 2 * * *", "Europe/Berlin")}
    base = inventory(device("a"), schedules=berlin)
    [load] = planned(base, inventory(device("a"), device("b"), schedules=berlin)).load or ()
    assert (load.before, load.after) == (at({1: 1}), at({1: 2}))


def test_an_hour_counts_as_on_its_busiest_day_of_the_week() -> None:
    weekly = {"nightly": Schedule("nightly", "0 4 * * 0"), "hourly": Schedule("hourly", "*/30 4 * * *")}
    devices = [device("a"), device("b", schedule="hourly")]
    [load] = planned([], inventory(*devices, schedules=weekly)).load or ()
    assert load.after == at({4: 3})


def test_what_does_not_change_is_not_listed() -> None:
    plan = planned([device("a")], [device("a", platform="cisco_xr")])
    assert plan.load == ()


def test_schedules_that_run_all_the_time_are_not_counted_for_ever() -> None:
    busy = {f"s{n}": Schedule(f"s{n}", f"{n},{n + 1}-59,0-{n} * * * *") for n in range(1, 50)}
    devices = [device(f"sw{n}", schedule=f"s{n}") for n in range(1, 50)]
    assert planned([], inventory(*devices, schedules=busy)).load is None


class TestSlotsBetween:
    def test_each_slot_is_there_once_from_the_start_to_before_the_end(self) -> None:
        start = datetime(2026, 3, 2, tzinfo=UTC)
        found = sorted(slots_between(Schedule("s", "0 */6 * * *"), start, start + DAY))
        assert found == [start + timedelta(hours=hour) for hour in (0, 6, 12, 18)]

    def test_the_repeated_hour_counts_twice_for_a_schedule_of_every_hour(self) -> None:
        start = datetime(2025, 10, 25, 22, tzinfo=UTC)  # midnight in Berlin, before a day of 25 hours
        berlin = Schedule("s", "5 * * * *", "Europe/Berlin")
        assert len(list(slots_between(berlin, start, start + timedelta(hours=25)))) == 25

    def test_a_day_that_never_comes_within_the_time_has_none(self) -> None:
        start = datetime(2026, 3, 2, tzinfo=UTC)
        assert list(slots_between(Schedule("s", "0 0 29 2 *"), start, start + 7 * DAY)) == []
