"""Probes through real workers: how far each came, one login, and nothing kept of it anywhere."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from collectors.simulator import Fault, Fleet, SimulatedDevice, personalities
from pipeline.system.supervisor import Child, Patience, Supervisor
from pipeline.transit.broker import PROBE_TASK, make_app
from pipeline.transit.connect import connect
from pipeline.transit.device_lock import DeviceLocks
from pipeline.transit.jobs import send
from pipeline.values.device import Credential
from pipeline.values.options import Options
from tests.journey.deployment import ENABLE, PASSWORD, Deployment, lab_fleet
from tests.support.fleet import CONFIG_CANARIES
from tests.support.values import make_job
from tests.support.waiting import until

CANARIES = (PASSWORD, ENABLE, *CONFIG_CANARIES)


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet() as fleet:
        yield fleet


def probe(deployment: Deployment, *arguments: str, expect: int = 0) -> dict[str, dict[str, Any]]:
    """`devicevault probe … --output json`, as reports by device."""
    said = deployment.cli("probe", *arguments, "--output", "json", expect=expect)
    assert not [canary for canary in CANARIES if canary in said]
    return {report["device"]: report for report in json.loads(said)["reports"]}


def nothing_is_kept(deployment: Deployment) -> None:
    """No row, no commit, nothing on the stream; and no secret in Redis or a log."""
    with psycopg.connect(deployment.settings.database_url or "") as db:
        if db.execute("SELECT to_regclass('device_backup_result')").fetchone() != (None,):
            assert db.execute("SELECT count(*) FROM device_backup_result").fetchone() == (0,)
    assert deployment.waiting() == 0
    assert not deployment.settings.configs_path.exists() or not deployment.configs("for-each-ref")
    with closing(connect(deployment.settings.redis_url or "")) as client:
        assert not client.keys("lock:*")
        assert not client.keys("answers:*")
    assert not [canary for canary in CANARIES if canary in deployment.said()]


def steps(report: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(step["name"], step["ok"]) for step in report["steps"]]


ALL_GOOD = [(name, True) for name in ("reached", "host key", "login", "platform", "configuration")]


def test_a_good_probe_tells_every_step_and_keeps_nothing(on_each_broker: Deployment, fleet: Fleet) -> None:
    """Secrets are hidden although the inventory would keep them."""
    deployment = on_each_broker
    deployment.write_fleet(
        list(fleet), devicevault="version: 1\ndefaults: {credential: lab, timeout: 15, secrets: keep}\n"
    )
    names = [device.name for device in fleet]
    with deployment.running("worker-core", "worker-default"):
        reports = probe(deployment, *names)
        assert list(reports) == sorted(names)
        for name, report in reports.items():
            assert report["ok"], report
            assert steps(report) == ALL_GOOD
            assert report["size"] > 0
            assert report["lines"] > 3
            assert report["secrets_hidden"] > 0
            assert fleet[name].login_attempts == 1
        ios = reports["core-ios"]
        assert ios["queue"] == "collector.group.core"
        assert "hostname core-ios" in ios["head"]
        assert "snmp-server community <hidden> RO" in ios["head"]
        assert "Last configuration change" not in "\n".join(ios["head"])
        assert ios["facts"]["ssh_server"].startswith("SSH-2.0-Cisco")
        told = [detail for step in ios["steps"] for detail in step["details"]]
        assert any("end marker /^end$/ seen" in detail for detail in told)
        assert any("is the pinned key" in detail for detail in told)
        nothing_is_kept(deployment)


FAULTS = {
    "core-eos": (Fault.UNREACHABLE, "unreachable", "reached"),
    "core-ios": (Fault.HANG, "timeout", "configuration"),
    "core-junos": (Fault.WRONG_KEY, "host_key", "host key"),
    "core-nxos": (Fault.REFUSES_LOGIN, "authentication", "login"),
    "edge-frr": (Fault.CUT_SHORT, "truncated", "configuration"),
    "edge-routeros": (Fault.AUTHORIZATION_FAILED, "authorization", "configuration"),
}


def test_a_failed_probe_says_where_and_is_tried_once(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet), devicevault="version: 1\ndefaults: {credential: lab, timeout: 5}\n")
    for name, (fault, _, _) in FAULTS.items():
        fleet[name].fault = fault
    with deployment.running("worker-core", "worker-default"):
        reports = probe(deployment, *FAULTS, expect=3)
        nothing_is_kept(deployment)
    for name, (_, reason, failed_at) in FAULTS.items():
        report = reports[name]
        assert (report["ok"], report["reason"]) == (False, reason)
        assert report["message"].startswith(f"{name}: ")
        assert steps(report)[-1] == (failed_at, False)
        assert all(ok for _, ok in steps(report)[:-1])
        assert fleet[name].connections <= 1
        assert fleet[name].login_attempts == (0 if failed_at in ("reached", "host key") else 1)
        assert (report["head"], report["size"]) == ([], None)


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_every_pool_of_a_worker_answers(deployment: Deployment, fleet: Fleet, pool: str) -> None:
    deployment.write_fleet(list(fleet))
    fleet["core-eos"].fault = Fault.REFUSES_LOGIN
    argv = deployment.command("worker", "--queue", "core", "--pool", pool)
    worker = Child("worker", tuple(argv), deployment.environment, deployment.logs / "worker.log")
    with Supervisor([worker], Patience(grace_s=15)):
        reports = probe(deployment, "core-ios", "core-eos", expect=3)
        scanned = deployment.cli("hostkeys", "verify", "core-ios", "--via-worker")
    assert {name: report["reason"] for name, report in reports.items()} == {
        "core-eos": "authentication", "core-ios": None,
    }  # fmt: skip
    assert scanned == "1 device: 1 ok\n"


def test_the_key_that_was_shown_is_told_as_known_hosts_would_pin_it(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet), known_hosts="# none yet\n")
    with deployment.running("worker-core"):
        report = probe(deployment, "core-ios", expect=3)["core-ios"]
        assert report["host_key"] == fleet["core-ios"].known_hosts_line
        assert fleet["core-ios"].login_attempts == 0
        # Pinned as it was told, it is good.
        deployment.write(known_hosts=report["host_key"] + "\n")
        assert probe(deployment, "core-ios")["core-ios"]["host_key"] is None


def test_a_wrong_platform_is_told_with_what_it_looks_like(deployment: Deployment, fleet: Fleet) -> None:
    device = fleet["core-ios"]
    deployment.write_fleet(
        list(fleet),
        devices__all=f"core-ios: {{address: {device.address}, port: {device.port}, platform: huawei_vrp, "
        "group: core, timeout: 5}\n",
    )
    with deployment.running("worker-core"):
        report = probe(deployment, "core-ios", expect=3)["core-ios"]
    assert report["reason"] in ("prompt", "rejected", "timeout")
    assert "looks like cisco_ios" in report["hint"]


def test_a_device_in_use_is_told_with_who_holds_it(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    with (
        deployment.running("worker-core"),
        closing(connect(deployment.settings.redis_url or "")) as client,
        DeviceLocks(client).hold("core-ios", "nightly:core-ios:2026-01-01T00:00:00Z", 60),
    ):
        report = probe(deployment, "core-ios", expect=3)["core-ios"]
    assert report["reason"] == "contended"
    assert "nightly:core-ios:2026-01-01T00:00:00Z" in report["message"]
    assert fleet["core-ios"].connections == 0


def test_what_lies_outside_of_the_allowed_networks_is_not_connected_to(
    deployment: Deployment, fleet: Fleet
) -> None:
    port = fleet["core-ios"].port
    deployment.write_fleet(
        list(fleet),
        groups="core: {queue_id: core, allowed_networks: [192.0.2.0/24]}\n",
        devices__all=f"core-ios: {{address: localhost, port: {port}, platform: cisco_ios, group: core}}\n",
    )
    with deployment.running("worker-core"):
        report = probe(deployment, "core-ios", expect=3)["core-ios"]
    assert (report["reason"], steps(report)) == ("forbidden", [("reached", False)])
    assert fleet["core-ios"].connections == 0


def test_without_a_worker_it_says_so_and_the_probe_never_runs_later(
    on_each_broker: Deployment, fleet: Fleet
) -> None:
    deployment = on_each_broker
    deployment.write_fleet(list(fleet))
    report = probe(deployment, "core-ios", "--timeout", "1", expect=3)["core-ios"]
    assert report["reason"] == "no_worker"
    assert "collector.group.core" in report["message"]
    assert "devicevault worker --queue core" in report["message"]
    assert fleet["core-ios"].connections == 0
    with deployment.running("worker-core"):
        # The worker drops what has expired, and does what comes after it.
        assert probe(deployment, "core-nxos")["core-nxos"]["ok"]
    assert fleet["core-ios"].connections == 0


def test_a_doubled_delivery_is_one_session(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    device = fleet["core-ios"]
    job = make_job(
        "core-ios", credential=Credential("lab", "backup", "env:LAB_PASSWORD", "env:LAB_ENABLE"),
        task_identifier="probe:core-ios:twice", address=device.address, port=device.port,
        host_keys=(device.host_key_line,), options=Options(secrets="keep"),
        deadline=datetime.now(UTC) + timedelta(minutes=5),
    )  # fmt: skip
    key = f"answers:{'ab' * 16}"
    with (
        deployment.running("worker-core"),
        closing(connect(deployment.settings.redis_url or "")) as client,
        closing(make_app(deployment.settings)) as app,
    ):
        for _ in range(3):
            for _sent in send(app, PROBE_TASK, [job], answer_to="ab" * 16):
                pass
        until(lambda: client.llen(key) == 1)
        assert 0 < client.ttl(key) <= 600
        [answer] = client.lrange(key, 0, -1)
        assert b"hostname core-ios" in answer
        assert not [canary for canary in CANARIES if canary.encode() in answer]
        # What comes after them on the queue is answered: they were looked at, and were no further sessions.
        assert probe(deployment, "core-nxos")["core-nxos"]["ok"]
        until(lambda: deployment.said().count("probe:core-ios:twice") >= 2)
        assert client.llen(key) == 1
    assert device.sessions == 1


def test_what_an_inventory_changes_is_probed(deployment: Deployment, fleet: Fleet) -> None:
    base = deployment.write_fleet(list(fleet))
    assert "nothing to probe" in deployment.cli("probe", "--changed-since", base)
    text = (deployment.inventory / "devices" / "all.yaml").read_text()
    spare = [line for line in text.splitlines() if "core-eos" in line]
    deployment.write(
        devices__all=text.replace("group: edge", "group: edge, ssh: legacy").replace(spare[0], ""),
    )
    removed = deployment.git("rev-parse", "HEAD").strip()
    deployment.write(
        devices__all=(deployment.inventory / "devices" / "all.yaml").read_text() + spare[0] + "\n"
    )
    with deployment.running("worker-core", "worker-default"):
        assert list(probe(deployment, "--changed-since", base)) == ["edge-frr", "edge-routeros"]
        assert list(probe(deployment, "--changed-since", removed)) == ["core-eos"]


def test_what_a_device_prints_becomes_no_markup(deployment: Deployment) -> None:
    config = "version 1\nhostname </details> **x** @all ` ```\nline vty 0 4\nend\n"
    device = SimulatedDevice(
        "core-odd", personalities.CISCO_IOS, config, username="backup", password=PASSWORD
    )
    with Fleet([device]) as fleet:
        deployment.write_fleet(list(fleet))
        with deployment.running("worker-core"):
            said = deployment.cli("probe", "core-odd", "--output", "markdown")
            text = deployment.cli("probe", "core-odd")
    assert "    hostname </details> **x** @all ` ```" in said.splitlines()
    assert "core-odd (cisco_ios, collector.group.core): good" in text
    assert "  | hostname </details>" in text


def test_an_interrupted_probe_is_withdrawn(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    asking = subprocess.Popen(
        deployment.command("probe", "core-ios"), env=deployment.environment, stderr=subprocess.PIPE, text=True
    )
    with closing(connect(deployment.settings.redis_url or "")) as client:
        until(lambda: client.llen("collector.group.core") == 1)
        asking.send_signal(signal.SIGINT)
        _, said = asking.communicate(timeout=30)
    assert (asking.returncode, said) == (130, "interrupted: what no worker has taken is withdrawn\n")
    with deployment.running("worker-core"):
        assert probe(deployment, "core-nxos")["core-nxos"]["ok"]
    assert fleet["core-ios"].connections == 0
