"""A question in a worker: answered once to whoever asked, on a real Valkey, whatever happens to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.exceptions import TaskRevokedError, TimeLimitExceeded

from collectors import registry
from collectors.contract import CollectorResult, LogEntry, utc_now
from pipeline.errors import MessageError, ServiceError
from pipeline.transit import device_lock
from pipeline.transit.answers import Answers, new_list_id
from pipeline.transit.connect import connect
from pipeline.transit.device_lock import DeviceLocks
from pipeline.transit.results import ResultStream
from pipeline.values.job import Job
from pipeline.worker import probe
from pipeline.worker.answering import Answerer
from pipeline.worker.connections import Connections
from tests.support.settings import make_settings
from tests.support.values import make_job

CANARY = "canary-task"


class Bench:
    """A worker that probes, and somebody who asks it."""

    def __init__(self, folder: Path, client: redis.Redis, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        settings = make_settings(folder, url, "postgresql:///unused")
        self.answerer = Answerer(Connections(settings), probe.question(settings))
        self.answers = Answers(client, new_list_id(), 60)
        self.configs: list[dict[str, Any]] = []
        self._monkeypatch = monkeypatch
        self.stream = ResultStream(client, settings.stream)

    def collects(self, **result: Any) -> None:
        def collector(config: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
            self.configs.append(config)
            return CollectorResult(**{
                "task_id": config["task_id"], "status": "success", "timestamp": utc_now(),
                "device_config": f"hostname a\npassword {config['password']}\n", **result,
            }).to_dict()  # fmt: skip

        self._monkeypatch.setattr(registry, "collector_for", lambda _: collector)

    def deliver(self, job: Job) -> None:
        self.answerer.deliver(job.to_json(), self.answers.list_id)

    def answered(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.client.lrange(self.answers.key, 0, -1)]


@pytest.fixture
def bench(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("LAB_PASSWORD", CANARY)
    with closing(connect(redis_url)) as client:
        bench = Bench(tmp_path, client, redis_url, monkeypatch)
        bench.collects()
        yield bench
        assert bench.stream.waiting() == 0, "an answer never reaches the result stream"


def probe_job(**changes: Any) -> Job:
    return make_job(task_identifier="probe:core-sw1:now", **changes)


def test_a_question_is_answered_once_and_expires(bench: Bench) -> None:
    bench.deliver(probe_job())
    bench.deliver(probe_job())
    [answer] = bench.answered()
    assert (answer["ok"], answer["question"]) == (True, "probe:core-sw1:now")
    assert len(bench.configs) == 1
    assert 0 < bench.client.ttl(bench.answers.key) <= 600
    assert device_lock.holder_of(bench.client, "core-sw1") is None


def test_secrets_are_asked_to_be_hidden_whatever_the_job_says(bench: Bench) -> None:
    raw = probe_job().to_json()
    bench.answerer.deliver({**raw, "options": {"secrets": "keep"}}, bench.answers.list_id)
    assert bench.configs[0]["options"]["secrets"] == "hide"
    assert "password ********" in bench.answered()[0]["head"]
    assert CANARY not in json.dumps(bench.answered())


def test_a_third_partys_configuration_is_counted_and_not_shown(bench: Bench) -> None:
    bench.deliver(probe_job(platform="acme_plugin"))
    [answer] = bench.answered()
    assert (answer["ok"], answer["head"], answer["secrets_hidden"]) == (True, [], None)
    assert answer["lines"] == 2


def test_a_third_partys_log_and_facts_are_masked_and_kept_on_their_lines(bench: Bench) -> None:
    entry = LogEntry("yesterday", "error", "plugin", f"no way\nin with {CANARY}\x1b[2J")
    bench.collects(
        status="failure", reason="authentication", device_config=None, log=(entry,),
        facts={"banner": f"{CANARY}\nforged"},
    )  # fmt: skip
    bench.deliver(probe_job())
    [answer] = bench.answered()
    assert answer["reason"] == "authentication"
    assert answer["steps"] == [{"name": "login", "ok": False, "seconds": None, "details": []}]
    text = json.dumps(answer)
    assert CANARY not in text
    assert "\\n" not in text
    assert "\\u001b" not in text


def test_what_was_taken_and_never_answered_is_no_second_session(bench: Bench) -> None:
    """Its worker was killed in mid-session; the broker delivers it again."""
    assert bench.answers.take("probe:core-sw1:now")
    bench.deliver(probe_job())
    [answer] = bench.answered()
    assert answer["reason"] == "crashed"
    assert bench.configs == []


def test_a_second_delivery_meanwhile_leaves_the_answer_to_the_first(bench: Bench) -> None:
    bench.answers.take("probe:core-sw1:now")
    with DeviceLocks(bench.client).hold("core-sw1", "probe:core-sw1:now", 30):
        bench.deliver(probe_job())
    assert (bench.answered(), bench.configs) == ([], [])


def test_a_device_in_use_is_told_with_its_holder(bench: Bench) -> None:
    with DeviceLocks(bench.client).hold("core-sw1", "nightly:core-sw1:1", 30):
        bench.deliver(probe_job())
        bench.deliver(probe_job())
    [answer] = bench.answered()
    assert answer["reason"] == "contended"
    assert "nightly:core-sw1:1" in answer["message"]
    assert bench.configs == []


def test_a_question_that_was_withdrawn_or_has_expired_is_dropped(bench: Bench) -> None:
    assert bench.answers.withdraw("probe:core-sw1:now")
    bench.deliver(probe_job())
    bench.deliver(probe_job(deadline=datetime.now(UTC) - timedelta(seconds=1)))
    assert (bench.answered(), bench.configs) == ([], [])
    assert not bench.answers.take("probe:core-sw1:now")


def test_a_missing_secret_is_told_by_its_reference(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_PASSWORD")
    bench.deliver(probe_job())
    [answer] = bench.answered()
    assert answer["reason"] == "credential"
    assert "LAB_PASSWORD" in answer["message"]


@pytest.mark.parametrize(
    ("exception", "reason"),
    [(TimeLimitExceeded(50), "timeout"), (TaskRevokedError(), "revoked"), (KeyError("x"), "internal")],
)
def test_what_only_the_parent_sees_is_answered_once(
    bench: Bench, exception: BaseException, reason: str
) -> None:
    bench.answers.take("probe:core-sw1:now")
    for _ in range(2):
        bench.answerer.record_end(
            {"job": probe_job().to_json(), "answer_to": bench.answers.list_id}, exception
        )
    [answer] = bench.answered()
    assert answer["reason"] == reason


@pytest.mark.parametrize("raw", [None, "job", {}, {"device": "../x"}])
@pytest.mark.parametrize("answer_to", ["ab" * 16, "device:results", "", None, 7, "AB" * 16, "ab" * 17])
def test_a_question_that_cannot_be_read_is_dropped_and_told(
    bench: Bench, raw: object, answer_to: object, caplog: pytest.LogCaptureFixture
) -> None:
    bench.answerer.deliver(raw, answer_to)
    bench.answerer.record_end({"job": raw, "answer_to": answer_to}, ServiceError("away"))
    assert bench.client.keys() == []
    assert "dropped a question" in caplog.text


def test_an_answer_goes_to_no_key_but_a_list_of_answers(bench: Bench) -> None:
    bench.answerer.deliver(probe_job().to_json(), "device:results")
    assert (bench.client.keys(), bench.configs) == ([], [])


def test_an_answer_too_large_is_refused(bench: Bench) -> None:
    with pytest.raises(MessageError, match="larger than"):
        bench.answers.answer("q", {"x": "y" * 300_000})


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"question": 1}', b"[" * 100_000])
def test_what_is_no_answer_is_not_taken_for_one(bench: Bench, raw: bytes) -> None:
    bench.client.lpush(bench.answers.key, raw)
    with pytest.raises(MessageError):
        bench.answers.next(1)
