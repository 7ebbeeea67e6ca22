"""Slots across months, leap years and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.values.schedule import (
    Schedule,
    cron_problem,
    latest_slot,
    next_slot,
    timezone_problem,
)

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """All slots in (start, end], walked forwards."""
    found = []
    slot = next_slot(schedule, start)
    while slot is not None and slot <= end:
        found.append(slot)
        slot = next_slot(schedule, slot)
    return found


def slots_backwards(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """The same slots, walked backwards."""
    found = []
    slot = latest_slot(schedule, end)
    while slot is not None and slot > start:
        found.append(slot)
        slot = latest_slot(schedule, slot - timedelta(microseconds=1))
    return found[::-1]


def both_ways(schedule: Schedule, start: str, end: str) -> list[str]:
    forwards = slots(schedule, utc(start), utc(end))
    assert forwards == slots_backwards(schedule, utc(start), utc(end))
    return [slot.strftime("%m-%d %H:%M") for slot in forwards]


class TestSlots:
    def test_a_slot_is_reached_at_its_very_second(self) -> None:
        nightly = Schedule("nightly", "17 2 * * *")
        assert latest_slot(nightly, utc("2025-01-31T02:17:00")) == utc("2025-01-31T02:17:00")
        assert latest_slot(nightly, utc("2025-01-31T02:16:59.999999")) == utc("2025-01-30T02:17:00")
        assert next_slot(nightly, utc("2025-01-31T02:17:00")) == utc("2025-02-01T02:17:00")

    def test_the_wall_clock_of_the_time_zone_decides(self) -> None:
        nightly = Schedule("nightly", "17 2 * * *", BERLIN)
        assert latest_slot(nightly, utc("2025-01-31T12:00:00")) == utc("2025-01-31T01:17:00")
        assert latest_slot(nightly, utc("2025-07-31T12:00:00")) == utc("2025-07-31T00:17:00")

    def test_now_may_be_given_in_any_zone(self) -> None:
        nightly = Schedule("nightly", "17 2 * * *", BERLIN)
        now = utc("2025-01-31T12:00:00").astimezone(ZoneInfo("Asia/Tokyo"))
        slot = latest_slot(nightly, now)
        assert slot == utc("2025-01-31T01:17:00")
        assert slot.tzinfo is UTC

    def test_the_last_day_of_each_month_has_one_slot(self) -> None:
        monthly = Schedule("monthly", "0 6 L * *")
        assert both_ways(monthly, "2024-01-15T00:00:00", "2024-05-15T00:00:00") == [
            "01-31 06:00",
            "02-29 06:00",
            "03-31 06:00",
            "04-30 06:00",
        ]

    def test_the_31st_skips_short_months(self) -> None:
        monthly = Schedule("monthly", "0 6 31 * *")
        assert both_ways(monthly, "2025-01-01T00:00:00", "2025-06-30T00:00:00") == [
            "01-31 06:00",
            "03-31 06:00",
            "05-31 06:00",
        ]

    def test_a_leap_day_is_found_years_back(self) -> None:
        leap = Schedule("leap", "0 0 29 2 *")
        assert latest_slot(leap, utc("2027-12-01T00:00:00")) == utc("2024-02-29T00:00:00")
        assert next_slot(leap, utc("2096-03-01T00:00:00")) == utc("2104-02-29T00:00:00")


class TestClockChanges:
    """Europe/Berlin 2025: 30 March 02:00→03:00 (01:00 UTC), 26 October 03:00→02:00 (01:00 UTC)."""

    def test_a_nightly_backup_inside_the_spring_gap_runs_once_right_after_it(self) -> None:
        nightly = Schedule("nightly", "30 2 * * *", BERLIN)
        assert both_ways(nightly, "2025-03-28T12:00:00", "2025-03-31T12:00:00") == [
            "03-29 01:30",
            "03-30 01:00",
            "03-31 00:30",
        ]

    def test_several_times_inside_the_gap_are_one_slot(self) -> None:
        often = Schedule("often", "0,30 1,2,3 * * *", BERLIN)
        assert both_ways(often, "2025-03-29T23:59:00", "2025-03-30T03:00:00") == [
            "03-30 00:00",
            "03-30 00:30",
            "03-30 01:00",
            "03-30 01:30",
        ]

    def test_a_nightly_backup_in_the_repeated_hour_runs_once(self) -> None:
        nightly = Schedule("nightly", "30 2 * * *", BERLIN)
        assert both_ways(nightly, "2025-10-25T12:00:00", "2025-10-27T12:00:00") == [
            "10-26 00:30",
            "10-27 01:30",
        ]

    def test_in_the_second_pass_of_the_repeated_hour_the_first_one_still_counts(self) -> None:
        nightly = Schedule("nightly", "30 2 * * *", BERLIN)
        second_pass = utc("2025-10-26T01:10:00")  # 02:10 for the second time
        assert latest_slot(nightly, second_pass) == utc("2025-10-26T00:30:00")
        assert next_slot(nightly, second_pass) == utc("2025-10-27T01:30:00")

    @pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26"])
    def test_an_hourly_backup_runs_every_hour_of_a_day_of_23_or_25_hours(self, day: str) -> None:
        hourly = Schedule("hourly", "17 * * * *", BERLIN)
        found = both_ways(hourly, f"{day}T00:00:00", f"{day}T06:00:00")
        assert [slot[-5:] for slot in found] == ["00:17", "01:17", "02:17", "03:17", "04:17", "05:17"]

    def test_quarter_hours_neither_stop_nor_double_in_autumn(self) -> None:
        quarters = Schedule("quarters", "*/15 * * * *", BERLIN)
        assert len(both_ways(quarters, "2025-10-25T23:00:00", "2025-10-26T03:00:00")) == 16

    def test_a_day_that_a_zone_left_out_has_its_slot_at_the_next_midnight(self) -> None:
        nightly = Schedule("nightly", "0 12 * * *", "Pacific/Apia")  # no 30 December 2011
        assert both_ways(nightly, "2011-12-29T00:00:00", "2012-01-01T00:00:00") == [
            "12-29 22:00",
            "12-30 10:00",
            "12-30 22:00",
            "12-31 22:00",
        ]


MOMENTS = (
    st.datetimes(datetime(2000, 1, 2), datetime(2090, 1, 1), timezones=st.just(UTC))
    | st.datetimes(datetime(2025, 3, 29), datetime(2025, 3, 31), timezones=st.just(UTC))
    | st.datetimes(datetime(2025, 10, 25), datetime(2025, 10, 27), timezones=st.just(UTC))
)
CRONS = st.sampled_from(
    ["* * * * *", "*/7 * * * *", "0 */2 * * *", "30 2 * * *", "5,35 1-3 * * *", "0 0 29 2 *", "*/15 2 * * 0"]
) | st.builds("{} {} * * *".format, st.integers(0, 59), st.integers(0, 23))
ZONES = st.sampled_from(
    [BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Antarctica/Troll"]
)


@given(now=MOMENTS, cron=CRONS, zone=ZONES)
def test_now_lies_between_the_latest_slot_and_the_next(now: datetime, cron: str, zone: str) -> None:
    schedule = Schedule("s", cron, zone)
    latest, coming = latest_slot(schedule, now), next_slot(schedule, now)
    assert latest is not None
    assert coming is not None
    assert latest <= now < coming
    assert next_slot(schedule, latest) == coming
    assert latest_slot(schedule, coming - timedelta(microseconds=1)) == latest
    assert latest_slot(schedule, coming) == coming


class TestWords:
    @pytest.mark.parametrize("cron", ["17 2 * * *", "*/5 * * * 1-5", "0 6 L * *", "0 6 * * MON#1"])
    def test_five_fields_are_accepted(self, cron: str) -> None:
        assert cron_problem(cron) is None

    @pytest.mark.parametrize(
        ("cron", "why"),
        [
            ("@daily", "5 fields"),
            ("0 17 2 * * *", "5 fields"),
            ("61 2 * * *", "minute"),
            ("0 24 * * *", "hour"),
            ("0 0 31 2 *", "day-of-month"),
            ("1," * 200 + "1 * * * *", "longer"),
            ("", "5 fields"),
        ],
    )
    def test_a_cron_that_means_nothing_is_explained(self, cron: str, why: str) -> None:
        assert why in (cron_problem(cron) or "")

    @given(st.text("0123456789*/,-L#WMONFEB ²", max_size=30))
    def test_no_text_breaks_the_check(self, cron: str) -> None:
        problem = cron_problem(cron)
        assert problem or latest_slot(Schedule("s", cron), utc("2025-01-01T00:00:00")) is not None

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
    def test_an_iana_zone_is_accepted(self, zone: str) -> None:
        assert timezone_problem(zone) is None

    @pytest.mark.parametrize(
        "zone", ["Europe", "Europe/Berlyn", "../etc/passwd", "/etc/localtime", "", "a\0b"]
    )
    def test_anything_else_is_not_a_zone(self, zone: str) -> None:
        assert "IANA" in (timezone_problem(zone) or "")
