"""A worker process with collectors that misbehave: every ending is an outcome, and no secret gets out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import pytest

from pipeline.local.up import environment
from pipeline.system.embedded import Embedded
from pipeline.system.supervisor import Child, Patience, Supervisor
from pipeline.transit.broker import TASK, make_app, make_queue, queue_name
from pipeline.transit.connect import connect
from pipeline.transit.protocol import Entry
from pipeline.transit.results import ResultStream
from pipeline.values.job import Job
from pipeline.values.outcome import Outcome
from tests.journey.deployment import Deployment
from tests.support.plugins import MISSING, NAMES, install
from tests.support.settings import make_settings
from tests.support.values import make_job
from tests.support.waiting import until

SECRETS = {f"SECRET_{n}": f'canary-{n}-"pw\\' for n in range(4)}
IN_PREFORK_ONLY = ("stubborn", "sleeps", "quits")


@dataclass(frozen=True)
class WorkerRun:
    """What a worker made of one job for each collector."""

    outcomes: dict[str, Outcome]
    log: str
    everything: bytes

    def failure(self, device: str) -> tuple[str | None, str]:
        outcome = self.outcomes[device]
        assert (outcome.status, outcome.device_config) == ("failure", None)
        return outcome.reason, outcome.log[-1]["message"] if outcome.log else ""


def make_jobs(pool: str) -> list[Job]:
    names = [name for name in (*NAMES, MISSING) if pool == "prefork" or name not in IN_PREFORK_ONLY]
    jobs = [make_job(name.replace("_", "-"), platform=name) for name in names]
    jobs += [make_job(f"busy-{n}", platform="talkative") for n in range(8)]
    jobs = [_with(job, password=f"env:SECRET_{number % 4}") for number, job in enumerate(jobs)]
    jobs.append(make_job("late", platform="good", deadline=datetime(2026, 1, 1, tzinfo=UTC)))
    jobs.append(_with(make_job("no-secret", platform="good"), password="env:NO_SUCH_SECRET"))
    jobs.append(make_job("unknown", platform="cisco_iso"))
    return jobs


def _with(job: Job, password: str) -> Job:
    raw = job.to_json()
    return Job.from_json({**raw, "credential": {**raw["credential"], "password": password}})


@pytest.fixture(scope="module", params=["prefork", "threads"])
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerRun]:
    folder = tmp_path_factory.mktemp("worker")
    with Embedded(folder / "state", want_postgres=False) as services:
        settings = make_settings(folder, services.redis_url or "", "postgresql:///unused")
        settings = settings.model_copy(
            update={
                "max_attempts": 1,
                "worker_concurrency": 4,
                "secret_variables": "SECRET_*,NO_SUCH_SECRET,LAB_*",
            }
        )
        jobs = make_jobs(request.param)
        secrets = {**SECRETS, "LAB_PASSWORD": "canary-lab", "TMPDIR": str(folder)}
        env = {**environment(settings), **secrets, "PYTHONPATH": str(install(folder))}
        argv = Deployment(folder, settings).command("worker", "--queue", "core", "--pool", request.param)
        worker = Child("worker", tuple(argv), env, folder / "worker.log")
        with Supervisor([worker], Patience(grace_s=15)), closing(connect(settings.redis_url or "")) as client:
            stream = ResultStream(client, settings.stream)
            with closing(make_app(settings)) as app:
                for job in jobs:
                    soft_s = 3 if job.device.platform in IN_PREFORK_ONLY else 60
                    app.send_task(
                        TASK, kwargs={"job": job.to_json()}, task_id=job.task_id, soft_time_limit=soft_s,
                        time_limit=2 * soft_s, queue=make_queue(app.conf.broker_url, queue_name("core")),
                    )  # fmt: skip
            until(lambda: stream.waiting() == len(jobs), within_s=120)
            stream.ensure_group()
            entries = stream.read("test", 1000, 1)
            found = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(stream.key))
            names = (b"outcome", b"config")
            packed = [fields[name] for _, fields in found for name in names if name in fields]
            raw = b"".join(zlib.decompress(each) for each in packed)
        outcomes = {e.outcome.job.device.name: e.outcome for e in entries if isinstance(e, Entry)}
        assert len(outcomes) == len(jobs)
        yield WorkerRun(outcomes, (folder / "worker.log").read_text(), raw)


prefork_only = pytest.mark.parametrize("ran", ["prefork"], indirect=True)
"""Celery limits tasks in prefork only; elsewhere a collector's own timeout is all there is."""


def test_a_collector_of_a_third_party_is_found_and_run(ran: WorkerRun) -> None:
    outcome = ran.outcomes["good"]
    assert (outcome.status, outcome.device_config, outcome.attempts) == ("success", "hostname good\n", 1)


@prefork_only
def test_a_collector_that_ignores_every_limit_is_killed_and_that_is_a_timeout(ran: WorkerRun) -> None:
    reason, message = ran.failure("stubborn")
    assert reason == "timeout"
    assert "killed at the limit" in message
    assert ran.outcomes["stubborn"].attempts == 1


@prefork_only
def test_a_collector_over_the_soft_limit_ends_as_a_timeout(ran: WorkerRun) -> None:
    assert ran.failure("sleeps") == ("timeout", "sleeps: stopped at the soft limit")


@prefork_only
def test_a_collector_that_ends_its_worker_is_not_run_for_ever(ran: WorkerRun) -> None:
    assert ran.failure("quits")[0] == "crashed"


def test_a_bug_in_a_collector_is_told_with_its_traceback_in_the_log(ran: WorkerRun) -> None:
    reason, message = ran.failure("raises")
    assert reason == "internal"
    assert message.startswith("raises: KeyError: ")
    assert "\n" not in message
    [line] = [line for line in ran.log.splitlines() if "collector 'raises' raised" in line]
    entry = json.loads(line)
    assert entry["task_identifier"] == ran.outcomes["raises"].job.task_identifier
    assert "misbehaving.py" in entry["exc_info"]
    assert "ValueError" in entry["exc_info"]


@pytest.mark.parametrize(
    ("device", "why"),
    [
        ("half", "no key 'timestamp'"),
        ("nothing", "must return a dict, not NoneType"),
        ("forever", "not ISO 8601"),
        ("another-task", "another task's"),
    ],
)
def test_a_result_that_is_none_is_malformed(ran: WorkerRun, device: str, why: str) -> None:
    reason, message = ran.failure(device)
    assert reason == "malformed"
    assert message.startswith(f"{device}: collector ")
    assert why in message


def test_a_collect_error_that_is_raised_keeps_its_reason(ran: WorkerRun) -> None:
    assert ran.failure("away") == ("unreachable", "away: collector 'away': away: nobody answers")


def test_a_collector_that_cannot_be_imported_is_one_line(ran: WorkerRun) -> None:
    assert ran.failure("not-there") == (
        "bad_request",
        "not-there: collector 'not_there': 'not_there' of misbehaving 1.0 (devicevault.collectors) cannot be "
        "loaded: ModuleNotFoundError: No module named 'misbehaving_elsewhere'",
    )
    assert "misbehaving_elsewhere" not in ran.log


def test_a_reason_is_one_short_word(ran: WorkerRun) -> None:
    reason, _ = ran.failure("odd-reason")
    assert reason is not None
    assert reason.startswith("no reason xxx")
    assert len(reason) <= 64


def test_a_job_after_its_deadline_is_not_collected(ran: WorkerRun) -> None:
    assert ran.failure("late") == ("expired", "late: its deadline has passed")


def test_a_missing_credential_names_the_variable(ran: WorkerRun) -> None:
    reason, message = ran.failure("no-secret")
    assert reason == "credential"
    assert message.startswith("no-secret: credential 'lab', password: ")
    assert "NO_SUCH_SECRET; set it and restart the worker" in message


def test_an_unknown_platform_is_told_with_the_nearest(ran: WorkerRun) -> None:
    reason, message = ran.failure("unknown")
    assert reason == "bad_request"
    assert "did you mean cisco_ios" in message


def test_no_secret_is_in_an_outcome_or_in_the_log_of_any_thread(ran: WorkerRun) -> None:
    assert ran.log.count("some.vendor.library") >= 16
    assert "canary" not in ran.log
    assert b"canary" not in ran.everything
    assert ran.outcomes["good"].facts["changed_by"].startswith("ada (****")
    assert "****" in ran.outcomes["good"].log[0]["message"]


def test_what_a_task_logs_carries_its_identifier(ran: WorkerRun) -> None:
    lines = [json.loads(line) for line in ran.log.splitlines() if line.startswith("{")]
    finished = [line for line in lines if line["message"] == "busy-3: success"]
    assert [line["task_identifier"] for line in finished] == [ran.outcomes["busy-3"].job.task_identifier]
