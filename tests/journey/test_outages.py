"""kill -9, restarts and outages in mid-journey: one row, one commit, one outcome for each backup."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from collectors.simulator import Fault, Fleet
from pipeline.driver.connect import open_driver
from pipeline.driver.wait import wait_for
from pipeline.store.git.commit_message import read_trailers
from pipeline.store.ledger.table import Row
from pipeline.system.embedded import Embedded
from pipeline.transit.broker import TASK, make_app, queue_name
from pipeline.transit.connect import connect
from pipeline.transit.device_lock import DeviceLocks
from pipeline.transit.jobs import send
from pipeline.transit.results import ResultStream
from pipeline.values.device import Credential, Device
from pipeline.values.job import Backup
from pipeline.values.times import iso
from tests.journey.deployment import PATIENT, Deployment, lab_fleet, prefork_children
from tests.support.settings import make_settings
from tests.support.values import success
from tests.support.waiting import until


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet() as fleet:
        yield fleet


def newest(deployment: Deployment) -> Row:
    with deployment.results() as results:
        return results.latest()[0]


def check_ledger(deployment: Deployment, backups: int) -> None:
    """One row per backup, each final; each commit by exactly one backup; nothing left on the stream."""
    with psycopg.connect(deployment.settings.database_url or "") as db:
        rows = db.execute("SELECT task_identifier, status, changed FROM device_backup_result").fetchall()
    assert len(rows) == len({row[0] for row in rows}) == backups
    assert "queued" not in {row[1] for row in rows}
    committed = Counter(
        read_trailers(deployment.configs("log", "-1", "--format=%B", commit).encode())["Task-Identifier"]
        for commit in deployment.configs("rev-list", "main").split()
    )
    assert set(committed) == {row[0] for row in rows if row[2]}
    assert set(committed.values()) == {1}
    assert deployment.waiting() == 0
    deployment.configs("fsck", "--strict", "--full")


def test_a_killed_pool_child_costs_an_attempt_and_nothing_else(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet), devicevault=PATIENT)
    fleet["core-ios"].fault = Fault.HANG
    with deployment.running("consumer", "worker-core") as processes:
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: fleet["core-ios"].sessions == 1)
        fleet["core-ios"].fault = None
        for pid in prefork_children(processes.pids()["worker-core"]):
            os.kill(pid, signal.SIGKILL)
        until(lambda: newest(deployment).status == "success")
    assert newest(deployment).attempts == 2
    check_ledger(deployment, 1)


def test_a_killed_worker_is_replaced_and_its_backup_queued_again(
    on_each_broker: Deployment, fleet: Fleet
) -> None:
    deployment = on_each_broker
    deployment.write_fleet(list(fleet), devicevault=PATIENT)
    fleet["core-ios"].fault = Fault.HANG
    with deployment.running("consumer", "worker-core") as processes:
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: fleet["core-ios"].sessions == 1)
        fleet["core-ios"].fault = None
        worker = processes.pids()["worker-core"]
        os.kill(worker, signal.SIGKILL)
        until(lambda: not processes.watch(0.2) or processes.pids().get("worker-core", worker) != worker)
        with open_driver(deployment.settings) as (driver, _):
            until(lambda: driver.sweep(0.5) and newest(deployment).status == "success")
    check_ledger(deployment, 1)


def test_a_task_that_kills_every_worker_ends_as_crashed(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet), devicevault=PATIENT)
    fleet["core-ios"].fault = Fault.HANG
    with deployment.running("consumer", "worker-core") as processes:
        deployment.cli("collect", "--device", "core-ios", "--no-wait")

        def has_been_asked(times: int) -> bool:
            return fleet["core-ios"].sessions == times

        for attempt in range(1, 4):
            until(partial(has_been_asked, attempt))
            for pid in prefork_children(processes.pids()["worker-core"]):
                os.kill(pid, signal.SIGKILL)
        until(lambda: newest(deployment).status == "failure")
    assert (newest(deployment).reason, newest(deployment).attempts) == ("crashed", 3)


def test_valkey_killed_and_restarted_in_mid_run_loses_nothing(
    database_url: str, tmp_path: Path, fleet: Fleet
) -> None:
    state = tmp_path / "valkey"
    embedded = Embedded(state, want_postgres=False)
    services = embedded.start()
    try:
        settings = make_settings(tmp_path, services.redis_url or "", database_url)
        deployment = Deployment(tmp_path, settings)
        deployment.write_fleet(list(fleet))
        for device in fleet:
            device.fault = Fault.HANG
        with deployment.running():
            deployment.cli("collect", "--all", "--no-wait")
            until(lambda: sum(device.sessions for device in fleet) >= 4)
            embedded.stop()
            for device in fleet:
                device.fault = None
            embedded = Embedded(state, want_postgres=False)
            embedded.start()
            with open_driver(settings) as (driver, results):
                until(
                    lambda: driver.sweep(2.0) and {row.status for row in results.latest()} == {"success"},
                    within_s=120,
                )
        check_ledger(deployment, 6)
    finally:
        embedded.stop()


def test_results_wait_for_a_consumer_that_is_down_and_are_not_called_lost(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    with deployment.running("worker-core", "worker-default"):
        deployment.cli("collect", "--all", "--no-wait")
        until(lambda: deployment.waiting() == 6)
    with open_driver(deployment.settings) as (driver, results):
        swept = driver.sweep(0, now=datetime.now(UTC) + timedelta(days=2))
        assert swept.lost == swept.requeued == ()
        deployment.cli("consume", "--until-empty")
        assert {row.status for row in results.latest()} == {"success"}
    check_ledger(deployment, 6)


def test_without_a_worker_a_backup_is_recorded_as_lost_at_its_deadline(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    deployment.cli("collect", "--device", "core-ios", "--no-wait")
    with open_driver(deployment.settings) as (driver, _):
        assert driver.sweep(0).lost == ()
        assert newest(deployment).status == "queued"
        assert len(driver.sweep(0, now=datetime.now(UTC) + timedelta(hours=5)).lost) == 1
        assert (newest(deployment).status, newest(deployment).reason) == ("lost", "lost")
        # A worker that comes back later finds the deadline passed or is simply second: one outcome.
    with deployment.running("worker-core"):
        until(lambda: deployment.waiting() == 1)
    deployment.cli("consume", "--until-empty")
    assert fleet["core-ios"].sessions == 1
    assert deployment.waiting() == 0
    assert newest(deployment).status == "lost"


def test_the_same_job_delivered_twice_is_one_session_and_one_outcome(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    deployment.cli("collect", "--device", "core-ios", "--no-wait")
    with (
        open_driver(deployment.settings) as (driver, results),
        closing(make_app(deployment.settings)) as app,
    ):
        [job] = results.silent_since(datetime.now(UTC), datetime.now(UTC))
        assert list(send(app, TASK, [job, job])) == [job, job]
        assert driver.queued("collector.group.core") == 3
        with deployment.running("worker-core", "consumer"):
            until(lambda: newest(deployment).status == "success")
            until(lambda: driver.queued("collector.group.core") == 0)
    assert fleet["core-ios"].sessions == 1
    check_ledger(deployment, 1)


def test_a_device_is_never_collected_by_two_tasks_at_once(deployment: Deployment, fleet: Fleet) -> None:
    """The second one says so, and neither masks the first nor makes the device one that fails."""
    deployment.write_fleet(list(fleet), devicevault=PATIENT)
    fleet["core-ios"].fault = Fault.HANG
    with deployment.running("consumer", "worker-core"):
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: fleet["core-ios"].sessions == 1)
        second = deployment.collect("--device", "core-ios", expect=3)["core-ios"]
        assert second["reason"] == "contended"
        first = next(r for r in _rows(deployment) if r.task_identifier != second["task_identifier"])
        message = second["log"][0]["message"]
        assert f"another backup of this device was running ({first.task_identifier} on " in message
        assert message.endswith("nothing is wrong with the device")
        assert fleet["core-ios"].sessions == 1
        assert newest(deployment).task_identifier == first.task_identifier
        assert deployment.cli("status", "--failed") == "no device failed\n"
        fleet.close()  # ends the hanging session, for which the worker would wait


def test_a_wrong_password_is_tried_exactly_once(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    fleet["core-ios"].fault = Fault.REFUSES_LOGIN
    with deployment.running("consumer", "worker-core"):
        row = deployment.collect("--device", "core-ios", expect=3)["core-ios"]
    assert (row["reason"], row["attempts"]) == ("authentication", 1)
    assert fleet["core-ios"].login_attempts == 1


def test_a_stopped_worker_finishes_what_it_has_begun(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    fleet["core-ios"].fault = Fault.SLOW_DRIP
    with deployment.running("worker-core"):
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: fleet["core-ios"].sessions == 1)
    deployment.cli("consume", "--until-empty")
    assert newest(deployment).status == "success"


def test_a_revoked_task_has_that_as_its_outcome(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet), devicevault=PATIENT)
    deployment.env = {"DEVICEVAULT_WORKER_REMOTE_CONTROL": "true"}
    fleet["core-ios"].fault = Fault.HANG
    with deployment.running("consumer", "worker-core"), open_driver(deployment.settings) as (driver, _):
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: fleet["core-ios"].sessions == 1)
        driver._app.control.revoke(newest(deployment).task_id, terminate=True, signal="SIGKILL")
        until(lambda: newest(deployment).status == "failure")
    assert newest(deployment).reason == "revoked"


def _rows(deployment: Deployment) -> list[Row]:
    with deployment.results() as results:
        return results.history("core-ios")


def test_a_job_that_never_reached_the_queue_does_not_wait_for_it_to_empty(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    deployment.cli("collect", "--device", "core-ios", "--no-wait")
    with open_driver(deployment.settings) as (driver, results):
        [other] = results.silent_since(datetime.now(UTC), datetime.now(UTC))
        identifier = f"manual:core-nxos:{iso(datetime.now(UTC))}"
        # As a driver leaves it that dies between the row and the queue.
        device = replace(other.device, id="core-nxos", name="core-nxos")
        results.expect([replace(other, task_identifier=identifier, device=device)])
        assert driver.queued("collector.group.core") == 1
        assert driver.sweep(0).requeued == (identifier,)
        assert driver.queued("collector.group.core") == 2


def test_a_job_that_a_worker_is_at_is_not_queued_again(deployment: Deployment) -> None:
    deployment.write(devicevault="version: 1\n")
    device = Device("core-sw1", "core-sw1", "127.0.0.1", "noop", Credential("lab", "backup"))
    backup = Backup("manual:core-sw1:1", device, datetime.now(UTC) + timedelta(hours=1))
    with (
        open_driver(deployment.settings) as (driver, _),
        closing(connect(deployment.settings.redis_url or "")) as client,
    ):
        [job] = driver.enqueue([backup], None)
        client.delete(queue_name(None))  # a worker has taken the message
        with DeviceLocks(client).hold(device.id, job.task_identifier, 30):
            assert driver.sweep(0).requeued == ()
        assert driver.sweep(0).requeued == (job.task_identifier,)


def test_whoever_waits_with_the_consumer_away_waits_until_the_deadline(deployment: Deployment) -> None:
    """The outcome is on the stream, so nobody may call it lost; it is written when the consumer is back."""
    deployment.write(devicevault="version: 1\n")
    device = Device("core-sw1", "core-sw1", "127.0.0.1", "noop", Credential("lab", "backup"))
    backup = Backup("manual:core-sw1:1", device, datetime.now(UTC) + timedelta(seconds=1))
    with open_driver(deployment.settings) as (driver, results):
        [job] = driver.enqueue([backup], None)
        with closing(connect(deployment.settings.redis_url or "")) as client:
            ResultStream(client, deployment.settings.stream).publish(success(job, "hostname core-sw1\n"))
        [row] = wait_for(driver, results, [job], 0.5, timeout_s=60)
        assert (row.status, datetime.now(UTC) < row.deadline) == ("queued", False)
    with deployment.running("consumer"):
        until(lambda: newest(deployment).status == "success")
