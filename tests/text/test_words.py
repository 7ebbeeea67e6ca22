"""How messages are worded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from pipeline.text.words import counted, utc


def test_one_is_singular() -> None:
    assert [counted(number, "device") for number in (0, 1, 2)] == ["0 devices", "1 device", "2 devices"]


def test_a_time_is_shown_in_utc_to_the_second() -> None:
    berlin = timezone(timedelta(hours=1))
    assert utc(datetime(2026, 3, 1, 3, 17, 5, 999, tzinfo=berlin)) == "2026-03-01 02:17:05Z"
    assert utc(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01 00:00:00Z"
    assert utc(None) == "-"
