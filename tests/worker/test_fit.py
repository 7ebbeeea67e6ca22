"""Whatever a plugin returns: the outcome that its worker publishes is one that the consumer takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import registry
from collectors.contract import CollectorResult, LogEntry, utc_now
from pipeline import logs
from pipeline.settings import Settings
from pipeline.transit.protocol import Entry, UnreadableEntry, publish_call, read_entry
from pipeline.values.limits import (
    MAX_ARTEFACT_BYTES,
    MAX_ARTEFACTS,
    MAX_CONFIG,
    MAX_ENVELOPE,
    MAX_FACTS,
    MAX_LOG,
)
from pipeline.values.outcome import Outcome
from pipeline.worker import attempt
from pipeline.worker.backup import Worker
from pipeline.worker.connections import Connections
from tests.support.values import make_job

JOB = make_job()
AT = "2026-03-01T02:17:00Z"


@pytest.fixture(scope="module")
def worker() -> Worker:
    return Worker(Settings(), cast("Connections", None))


def travelled(worker: Worker, raw: dict[str, Any]) -> Entry | UnreadableEntry:
    """What the consumer reads of a plugin's answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "collector_for", lambda _: lambda *_: {"task_id": JOB.task_id, **raw})
        result = attempt.call(JOB, {}, 1.0)
    outcome = worker._outcome(JOB, result, datetime.now(UTC), 1)
    fields = publish_call("s", outcome, None).arguments[3:]
    encoded = [part if isinstance(part, bytes) else str(part).encode() for part in fields]
    return read_entry(b"1-0", dict(zip(encoded[::2], encoded[1::2], strict=True)))


def outcome_of(worker: Worker, raw: dict[str, Any]) -> Outcome:
    entry = travelled(worker, raw)
    assert isinstance(entry, Entry), entry
    return entry.outcome


def answer(**changes: Any) -> dict[str, Any]:
    return {"status": "success", "timestamp": AT, "log": [], "device_config": "hostname a\n", **changes}


def lines(count: int, message: str) -> list[dict[str, str]]:
    return [LogEntry(AT, "info", "\u202e" * 200, message).to_dict()] * count


_any = st.text() | st.sampled_from(
    ["\0" * 5000, "\ud800", "base64:", "base64:?", "a\nb", "", "\U0001f600" * 3000]
)
_texts = st.dictionaries(_any, _any, max_size=3)
_moment = st.sampled_from(
    [AT, "0001-01-01T00:00:00+14:00", "2026-03-01T02:17:00+23:59", "9999-12-31T23:59:59Z"]
)
_entries = st.lists(
    st.fixed_dictionaries({"timestamp": _any, "severity": _any, "source": _any, "message": _any}), max_size=3
)


@given(st.fixed_dictionaries(
    {"status": st.sampled_from(["success", "failure"]), "timestamp": _moment, "log": _entries},
    optional={"device_config": st.none() | _any, "facts": _texts, "artefacts": _texts, "reason": _any},
))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_any_answer_of_a_plugin_is_an_outcome_that_the_consumer_takes(
    worker: Worker, raw: dict[str, Any]
) -> None:
    outcome_of(worker, {"device_config": None, **raw})


@pytest.mark.parametrize("char", ["a", "\0", "\U0001f600"])
def test_the_largest_log_facts_and_artefacts_keep_to_the_envelope(worker: Worker, char: str) -> None:
    raw = answer(
        log=lines(MAX_LOG * 3, char * 5000),
        facts={f"fact{n}" + "\U0001f600" * 200: char * 5000 for n in range(MAX_FACTS * 2)},
        artefacts={f"a{n}": char * 2600 for n in range(MAX_ARTEFACTS)},
    )
    outcome = outcome_of(worker, raw)
    assert outcome.status == "success"
    assert (len(outcome.log), len(outcome.facts)) == (MAX_LOG, MAX_FACTS)
    assert outcome.log[MAX_LOG // 2 - 1]["message"] == f"{2 * MAX_LOG + 1} entries are left out"
    assert len(outcome.to_json().encode()) <= MAX_ENVELOPE


def test_a_configuration_of_the_largest_size_is_stored_and_a_larger_one_fails(worker: Worker) -> None:
    assert outcome_of(worker, answer(device_config="é" * (MAX_CONFIG // 2))).status == "success"
    outcome = outcome_of(worker, answer(device_config="é" * (MAX_CONFIG // 2) + "\n"))
    assert (outcome.status, outcome.reason) == ("failure", "too_large")
    assert "32 MB can be stored" in outcome.log[-1]["message"]


def test_large_artefacts_travel_beside_the_envelope_and_larger_ones_fail(worker: Worker) -> None:
    raw = answer(artefacts={"sealed.age": "é" * (MAX_ARTEFACT_BYTES // 2 - 1), "sealed.tag": "t\n"})
    assert outcome_of(worker, raw).artefacts == raw["artefacts"]
    outcome = outcome_of(worker, answer(artefacts={"sealed.age": "e" * (MAX_ARTEFACT_BYTES + 1)}))
    assert (outcome.status, outcome.reason) == ("failure", "too_large")
    assert "sealed.age" in outcome.log[-1]["message"]
    many = answer(artefacts={f"a{n}": "" for n in range(MAX_ARTEFACTS + 1)})
    assert outcome_of(worker, many).reason == "malformed"


@pytest.mark.parametrize("artefacts", [{"../x": ""}, {"x": "\ud800"}, {"x": "base64:?"}])
def test_an_artefact_that_no_store_can_hold_is_a_failure_with_a_reason(
    worker: Worker, artefacts: dict[str, str]
) -> None:
    assert outcome_of(worker, answer(artefacts=artefacts)).reason == "malformed"


def test_a_secret_is_masked_before_a_message_is_cut(worker: Worker) -> None:
    entry = LogEntry(utc_now(), "info", "x", "a" * 1995 + "canary-5f1e").to_dict()
    with logs.masking(["canary-5f1e"]):
        outcome = outcome_of(worker, answer(log=[entry]))
    assert "can" not in outcome.log[0]["message"]


def test_a_result_is_left_as_it_is_if_it_fits(worker: Worker) -> None:
    entry = LogEntry(AT, "error", "session", "a\nb").to_dict()
    raw = answer(log=[entry], facts={"os_version": "15.2"}, artefacts={"version": "15.2\n"})
    outcome = outcome_of(worker, raw)
    result = CollectorResult.from_dict({"task_id": JOB.task_id, **raw})
    assert (outcome.log, outcome.facts, outcome.artefacts) == ((entry,), result.facts, result.artefacts)
