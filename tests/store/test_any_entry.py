"""Whatever stands in an outcome: it is refused by its reader, or everything behind the reader can take it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import MessageError
from pipeline.store.commits import change_of
from pipeline.store.git.commit_message import backup_subject, change_summary, message
from pipeline.store.ledger.database import plain
from pipeline.store.ledger.table import FinalRow, Row, final_values
from pipeline.store.rows import failure_row, log_fields, log_line, refusal_row, success_row
from pipeline.store.verdict import judge
from pipeline.values.compression import deflate
from pipeline.values.outcome import Outcome
from pipeline.values.times import from_iso
from pipeline.views import backup
from pipeline.views.rows import as_json, summary, why
from pipeline.views.status import COLUMNS
from tests.support.store import Store
from tests.support.values import make_job, success

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MOMENTS = (
    "2026-03-01T02:17:00+23:59", "2026-03-01T02:17:00-23:59", "2026-03-01T02:17:00+24:00",
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z",
    "1970-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "2026-03-01T02:17:00", "2026-03-01", "20260301T021700Z",
    "2026-W09-7T00:00:00Z", "2026-03-01T02:17:00+00:00:59.999999", "2026-02-30T00:00:00Z", "infinity",
    "-infinity", "now", "today", "epoch", "2026-03-01T24:00:00Z", "2026-03-01T02:17:60Z", "24:00:00Z",
    "２０２６-03-01T02:17:00Z", "2026-03-01T02:17:00Z\0", " 2026-03-01T02:17:00Z", "4713-01-01T00:00:00Z BC",
)  # fmt: skip
HOSTILE: tuple[Any, ...] = (
    *MOMENTS, None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1e308, -0.0, "", " ", "\0", "\n",
    "a\nb", "\ud800", "\udfff\ud800", "é\u202e", "%s %(x)s {0} $1 \\", "x" * 5000, "base64:", "base64:%%%",
    [], [[]], [None], [{}], [[[[[[]]]]]], {}, {"": ""}, {"a": None}, {"\0": "a"}, {"a": "\0"},
    {"a": "\ud800"},
    {"a": {"a": {"a": {}}}}, {"x" * 5000: ""}, ["x"] * 2000, {f"k{n}": "v" for n in range(2000)},
    [{"timestamp": "", "severity": "", "source": "", "message": ""}],
)  # fmt: skip


def raw_outcome() -> dict[str, Any]:
    entry = {"timestamp": "2026-03-01T02:17:00Z", "severity": "error", "source": "test", "message": "odd"}
    outcome = success(
        make_job(), "x\n", facts={"changed_by": "alice"}, artefacts={"version": "15.2"}, log=(entry,)
    )
    raw: dict[str, Any] = json.loads(outcome.to_json())
    return raw


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, at any depth, as the keys and indices that lead there."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from places(part, (*path, index))


def changed(raw: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy of `raw` with `value` at that place."""
    copy = deepcopy(raw)
    part: Any = copy
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return copy


PLACES = list(places(raw_outcome()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def read(raw: dict[str, Any]) -> Outcome | None:
    """The outcome, or None if it was refused with one line."""
    try:
        return Outcome.from_json(json.dumps(raw), deflate("x\n") if raw.get("status") == "success" else None)
    except MessageError as error:
        refusal = str(error)
    assert len(refusal) < 2000
    assert refusal.isprintable()
    return None


def final_rows(outcome: Outcome) -> Iterator[FinalRow]:
    if outcome.status == "success":
        yield success_row(outcome, changed=True, commit="c" * 40, size=2, sha256="d" * 64)
        yield refusal_row(outcome, "shrunk", "words", NOW)
    else:
        yield failure_row(outcome)


def as_stored(final: FinalRow) -> Row:
    """The row as Postgres would give it back."""
    values = json.loads(json.dumps(final_values(final), ensure_ascii=False, default=plain).encode())
    for name in ("slot", "timestamp", "queued_at", "started_at", "finished_at", "deadline"):
        values[name] = None if values[name] is None else from_iso(values[name])
    return Row(run_seq=final.job.run_seq, **values)


def everything_works(outcome: Outcome) -> None:
    """All that the consumer and the views do with an outcome."""
    assert Outcome.from_json(outcome.to_json(), outcome.deflated) == outcome
    if outcome.status == "success":
        judge(outcome, None, listed=True, commit=None, branch_text=lambda: None)
        change = change_of(outcome)
        subject = backup_subject(change.device, change_summary(change, {change.path}, None))
        message(subject, (), change.trailers).encode()
        assert int(change.collected_at.timestamp()) > 0
    for final in final_rows(outcome):
        log_line(final).encode()
        json.dumps(log_fields(final))
        row = as_stored(final)
        "\n".join(backup.lines(row)).encode()
        "".join(column.text(row) + str(column.colour(row)) for column in COLUMNS).encode()
        (why(row) + summary([row])).encode()
        json.dumps(as_json(row), default=str).encode()


@given(st.sampled_from(PLACES), json_values)
@settings(max_examples=500, deadline=None)
@example(("log",), [{}])
@example(("job", "queued_at"), "2026-03-01T02:17:00+23:59")
@example(("job", "credential", "order"), [[]])
def test_any_value_at_any_place_is_refused_or_can_be_stored_and_shown(
    path: tuple[Any, ...], value: Any
) -> None:
    outcome = read(changed(raw_outcome(), path, value))
    if outcome is not None:
        everything_works(outcome)


def test_each_hostile_value_at_each_place_is_refused_or_can_be_stored_and_shown() -> None:
    raw = raw_outcome()
    failed = {**raw, "status": "failure", "reason": "timeout"}
    for path in PLACES:
        for value in HOSTILE:
            for base in (raw, failed):
                outcome = read(changed(base, path, value))
                if outcome is not None:
                    everything_works(outcome)


def test_a_nesting_that_python_cannot_spell_breaks_nothing() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    raw = raw_outcome()
    for path in PLACES:
        outcome = read(changed(raw, path, deep))
        if outcome is not None:  # nobody looks at that place
            everything_works(outcome)


def test_hostile_entries_end_no_consumer_and_hide_no_backup(store: Store) -> None:
    """Each entry names a row of its own, and says of it what no worker would."""
    raw, values = raw_outcome(), [value for value in HOSTILE if value not in ("x" * 5000,)]
    cases = [
        (path, value) for path in PLACES if path[0] != "job" or path[-1] in ("queued_at", "deadline", "slot")
        for value in values
    ]  # fmt: skip
    jobs = store.expect(*(make_job(f"sw{n}") for n in range(len(cases))))
    by_device = {job.device.name: job for job in jobs}
    for n, (path, value) in enumerate(cases):
        job = by_device[f"sw{n}"]
        text = json.dumps(changed({**raw, "job": job.to_json()}, path, value))
        store.client.xadd(
            store.stream.key,
            {"task_identifier": job.task_identifier, "outcome": deflate(text), "config": deflate("x\n")},
        )
    [good] = store.expect(make_job("good"))
    store.stream.publish(success(good, "hostname good\n"))
    store.consume()
    assert store.row(good).status == "success"
    assert store.stream.waiting() == 0
    rows = store.results.get([job.task_identifier for job in jobs]).values()
    for row in rows:
        "\n".join(backup.lines(row)).encode()
    assert {row.status for row in rows} <= {"success", "failure", "queued"}
