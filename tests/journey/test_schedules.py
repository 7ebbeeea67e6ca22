"""Schedules run by `collect --due` and by `beat`: one backup per slot, whoever asks, whenever, how often."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from collectors import registry
from collectors.simulator import Fleet
from pipeline.driver import enqueue
from pipeline.driver.backups import collect_due, on_demand
from pipeline.driver.connect import open_driver
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.store.ledger.table import Row
from pipeline.system.embedded import Embedded
from pipeline.system.spawn import is_alive
from pipeline.transit.broker import queue_name
from pipeline.values.device import Credential, Device
from pipeline.values.times import iso
from tests.journey.deployment import Deployment, lab_fleet
from tests.servers.processes import started
from tests.support.settings import make_settings
from tests.support.waiting import until

YEARLY = 'yearly: {cron: "0 0 1 1 *"}\n'
"""A slot that has passed and none that comes while a test runs."""

SCHEDULED = "version: 1\ndefaults: {credential: lab, timeout: 15, schedule: yearly}\n"


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet("core-ios", "edge-frr") as fleet:
        yield fleet


def write_scheduled(deployment: Deployment, fleet: Fleet, *names: str) -> str:
    """An inventory of these devices, or all, each on the yearly schedule."""
    devices = [device for device in fleet if not names or device.name in names]
    return deployment.write_fleet(devices, devicevault=SCHEDULED, schedules=YEARLY)


def write_paper_fleet(deployment: Deployment, count: int) -> None:
    """Devices that nobody ever connects to."""
    lines = [f"sw{n}: {{address: 127.0.0.{n + 1}, platform: cisco_ios}}\n" for n in range(count)]
    deployment.write(
        devicevault=SCHEDULED,
        schedules=YEARLY,
        credentials="lab: {username: backup, password: env:LAB_PASSWORD}\n",
        devices__all="".join(lines),
    )


def rows(deployment: Deployment) -> list[Row]:
    with deployment.results() as results:
        return results.latest()


def count_rows(deployment: Deployment) -> int:
    with psycopg.connect(deployment.settings.database_url or "") as db:
        [(count,)] = db.execute("SELECT count(*) FROM device_backup_result").fetchall()
        return int(count)


def this_year() -> datetime:
    return datetime.now(UTC).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def test_what_is_due_is_collected_once_however_often_it_is_asked_for(
    deployment: Deployment, fleet: Fleet
) -> None:
    write_scheduled(deployment, fleet, "core-ios")
    with deployment.running("consumer", "worker-core"):
        assert deployment.collect("--due")["core-ios"]["status"] == "success"
        assert deployment.cli("collect", "--due") == "nothing is due\n"
    assert fleet["core-ios"].sessions == 1
    assert count_rows(deployment) == 1


def test_a_late_trigger_costs_nothing(deployment: Deployment) -> None:
    """The slot is months ago: it is due all the same, with its whole deadline before it."""
    write_paper_fleet(deployment, 1)
    before = datetime.now(UTC)
    deployment.cli("collect", "--due", "--no-wait")
    [row] = rows(deployment)
    assert row.slot == this_year()
    assert row.task_identifier == f"yearly:sw0:{this_year():%Y-%m-%dT%H:%M:%SZ}"
    assert before + timedelta(hours=4) <= row.deadline <= datetime.now(UTC) + timedelta(hours=4)


def test_processes_that_ask_at_the_same_time_make_one_backup_per_slot(deployment: Deployment) -> None:
    write_paper_fleet(deployment, 200)
    env = deployment.environment
    command = deployment.command("collect", "--due", "--no-wait", "--output", "json")
    with ExitStack() as stack:
        asking = [stack.enter_context(started(command, env=env, stdout=subprocess.PIPE)) for _ in range(3)]
        said = [process.communicate(timeout=60)[0] for process in asking]
    assert [process.returncode for process in asking] == [0, 0, 0]
    queued = [identifier for text in said for identifier in json.loads(text)["queued"]]
    assert len(queued) == len(set(queued)) == count_rows(deployment) == 200
    with open_driver(deployment.settings) as (driver, _):
        assert driver.queued("collector.default") == 200


def test_missed_slots_collapse_into_the_latest(deployment: Deployment) -> None:
    write_paper_fleet(deployment, 1)
    deployment.write(schedules='yearly: {cron: "17 * * * *"}\n')
    inventory = InventoryReader(deployment.settings, registry.KnownNames()).current()
    noon = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    with open_driver(deployment.settings) as (driver, results):
        after = [timedelta(), timedelta(minutes=40), timedelta(days=3), timedelta(days=3, minutes=5)]
        slots = [
            [job.slot and iso(job.slot) for job in collect_due(driver, results, inventory, noon + late)]
            for late in after
        ]
    assert slots == [["2026-03-01T12:17:00Z"], [], ["2026-03-04T12:17:00Z"], []]


def test_many_backups_reach_the_queue_portion_by_portion(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that waits for long before its job is published looks to another driver as if it were lost."""
    monkeypatch.setattr(enqueue, "_PORTION", 2)
    devices = [
        Device(name, name, "127.0.0.1", "noop", Credential("lab", "backup"))
        for name in ("sw1", "sw2", "sw3", "sw4", "sw5")
    ]
    with open_driver(deployment.settings) as (driver, _):
        jobs = driver.enqueue(on_demand(devices, datetime.now(UTC)), None)
        assert [job.device.name for job in jobs] == [device.name for device in devices]
        assert driver.queued(queue_name(None)) == 5
    with psycopg.connect(deployment.settings.database_url or "") as db:
        rows = db.execute("SELECT queued_at, published_at FROM device_backup_result ORDER BY run_seq")
        _, (_, first_published), _, (_, second_published), (third_queued, _) = rows
    assert first_published <= third_queued <= second_published


def test_a_manual_backup_beside_a_scheduled_one_is_its_own(deployment: Deployment, fleet: Fleet) -> None:
    deployment.settings = deployment.settings.model_copy(update={"worker_concurrency": 1})
    write_scheduled(deployment, fleet, "core-ios")
    deployment.cli("collect", "--due", "--no-wait")
    deployment.cli("collect", "--device", "core-ios", "--no-wait")
    assert deployment.cli("collect", "--due") == "nothing is due\n"
    with deployment.running("consumer", "worker-core"), deployment.results() as results:
        until(lambda: [row.status for row in results.history("core-ios")] == ["success", "success"])
        manual, scheduled = results.history("core-ios")
    assert (manual.schedule, manual.slot, scheduled.schedule, scheduled.slot) == (
        None,
        None,
        "yearly",
        this_year(),
    )
    assert manual.commit == scheduled.commit
    assert fleet["core-ios"].sessions == 2


def test_a_new_device_is_due_at_once(deployment: Deployment, fleet: Fleet) -> None:
    write_scheduled(deployment, fleet, "core-ios")
    deployment.cli("collect", "--due", "--no-wait")
    write_scheduled(deployment, fleet)
    report = json.loads(deployment.cli("collect", "--due", "--no-wait", "--output", "json"))
    assert [identifier.split(":")[1] for identifier in report["queued"]] == ["edge-frr"]


def test_beat_follows_the_inventory_and_a_broken_commit_leaves_the_last_good_one_in_force(
    deployment: Deployment, fleet: Fleet
) -> None:
    first = write_scheduled(deployment, fleet, "core-ios")
    with deployment.running("beat", "consumer", "worker-core", "worker-default") as processes:
        beat = processes.pids()["beat"]
        until(lambda: [row.status for row in rows(deployment)] == ["success"])
        assert rows(deployment)[0].inventory_commit == first

        good = write_scheduled(deployment, fleet)
        until(lambda: [row.status for row in rows(deployment)] == ["success", "success"])
        assert rows(deployment)[1].inventory_commit == good

        deployment.write(devices__more="sw9:\n  platform: cisco_ios\n  adress: 127.0.0.1\n")
        until(lambda: "devices/more.yaml:" in deployment.said())
        # As if a slot had come: what was due before is due again.
        with psycopg.connect(deployment.settings.database_url or "") as db:
            db.execute("DELETE FROM device_backup_result")
        until(lambda: count_rows(deployment) == 2)
        assert {row.inventory_commit for row in rows(deployment)} == {good}

        (deployment.inventory / "devices" / "more.yaml").unlink()
        deployment.write()
        until(lambda: "inventory: fine again" in deployment.said())
        assert processes.pids()["beat"] == beat
        assert is_alive(beat)
    [told] = [line for line in deployment.said().splitlines() if "devices/more.yaml:" in line]
    assert f"at {good[:12]} stays in force" in told
    assert "Traceback" not in deployment.said()
    assert [device.sessions for device in fleet] == [1, 1]


@pytest.mark.parametrize("away", ["valkey", "postgres"])
def test_beat_goes_on_when_a_service_was_away(
    away: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    def service() -> Embedded:
        return Embedded(tmp_path / away, want_redis=away == "valkey", want_postgres=away == "postgres")

    embedded = service()
    urls = embedded.start()
    try:
        redis_url = urls.redis_url or request.getfixturevalue("redis_url")
        database_url = urls.database_url or request.getfixturevalue("database_url")
        settings = make_settings(tmp_path, redis_url, database_url)
        deployment = Deployment(tmp_path, settings.model_copy(update={"republish_after": 600.0}))
        write_paper_fleet(deployment, 1)
        with deployment.running("beat") as processes:
            beat = processes.pids()["beat"]
            with open_driver(deployment.settings) as (driver, _):
                # Said after the row is marked as queued: a row without the mark would be queued again.
                until(lambda: "enqueued 1 backup" in deployment.said())
                assert driver.queued("collector.default") == 1
                driver._app.control.purge()
            embedded.stop()
            write_paper_fleet(deployment, 2)
            until(lambda: "cannot use" in deployment.said())
            embedded = service()
            embedded.start()
            with open_driver(deployment.settings) as (driver, _):
                until(lambda: driver.queued("collector.default") == 1)
            assert count_rows(deployment) == 2
            # Said at the end of a tick: what was queued in it may be seen before.
            until(lambda: "service: fine again" in deployment.said())
            assert is_alive(beat)
        assert "Traceback" not in deployment.said()
    finally:
        embedded.stop()


def test_two_beats_make_no_double(deployment: Deployment) -> None:
    def enqueued() -> int:
        return sum(map(int, re.findall(r"enqueued (\d+) backups", deployment.said())))

    write_paper_fleet(deployment, 100)
    with deployment.running("beat"), deployment.running("beat"):
        until(lambda: enqueued() >= 100)
        write_paper_fleet(deployment, 200)
        until(lambda: enqueued() >= 200)
    assert enqueued() == count_rows(deployment) == 200


def test_sigterm_ends_beat_at_once(deployment: Deployment) -> None:
    write_paper_fleet(deployment, 1)
    env = deployment.environment
    with started(deployment.command("beat"), env=env, stderr=subprocess.PIPE) as beat:
        with deployment.results():
            until(lambda: rows(deployment))
        beat.send_signal(signal.SIGTERM)
        _, said = beat.communicate(timeout=2)
    assert beat.returncode == 0
    assert "Traceback" not in said
