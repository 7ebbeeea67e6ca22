"""The whole journey on both brokers: inventory in Git → queue → real SSH → stream → Git and table."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import zlib
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
import redis

from collectors.simulator import Fault, Fleet, SimulatedDevice
from collectors.simulator import personalities as os
from pipeline.local.keys import make_local_keys
from pipeline.transit.connect import connect
from tests.journey.deployment import ENABLE, PASSWORD, PATIENT, Deployment, lab_fleet
from tests.support.fleet import CONFIG_CANARIES, NAMES
from tests.support.waiting import until


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet() as fleet:
        yield fleet


def test_a_fleet_is_backed_up_and_every_diff_is_a_change(on_each_broker: Deployment, fleet: Fleet) -> None:
    deployment = on_each_broker
    commit = deployment.write_fleet(list(fleet))
    with deployment.running():
        first = deployment.collect("--all")
        assert {name: (row["status"], row["changed"]) for name, row in first.items()} == dict.fromkeys(
            NAMES, ("success", True)
        )
        for name, row in first.items():
            text = deployment.configs("show", f"{row['commit']}:{row['path']}")
            assert row["path"] == f"{name.split('-')[0]}/{name}.cfg"
            assert row["inventory_commit"] == commit
            assert len(text.encode()) == row["size"]

        # Clocks and counters have moved on at every device, and no configuration has.
        second = deployment.collect("--all")
        assert {row["changed"] for row in second.values()} == {False}
        assert {n: r["commit"] for n, r in second.items()} == {n: r["commit"] for n, r in first.items()}

        fleet["core-ios"].edit("hostname core-ios", "hostname core-ios\nvlan 42\n name cameras")
        fleet["core-eos"].fault = Fault.UNREACHABLE
        fleet["edge-frr"].fault = Fault.TRUNCATED
        third = deployment.collect("--all", expect=3)
    assert {name: row["reason"] for name, row in third.items() if row["status"] != "success"} == {
        "core-eos": "unreachable",
        "edge-frr": "disconnected",
    }
    assert [name for name, row in third.items() if row["changed"]] == ["core-ios"]
    before, after = first["core-ios"]["commit"], third["core-ios"]["commit"]
    diff = deployment.configs("diff", before, after, "--", "core/core-ios.cfg")
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["+vlan 42", "+ name cameras"]
    assert deployment.configs("log", "-1", "--format=%s").strip() == "core-ios: +2"
    deployment.configs("fsck", "--strict", "--full")
    assert deployment.waiting() == 0
    with deployment.results() as results, psycopg.connect(deployment.settings.database_url or "") as db:
        assert db.execute(
            "SELECT count(*), count(DISTINCT task_identifier) FROM device_backup_result"
        ).fetchone() == (
            18,
            18,
        )
        assert len(results.latest()) == 6


def test_a_failure_that_passes_is_tried_again(on_each_broker: Deployment, fleet: Fleet) -> None:
    deployment = on_each_broker
    deployment.write_fleet(list(fleet), devicevault=PATIENT)
    fleet["core-ios"].fault = Fault.HANG
    with deployment.running("consumer", "worker-core"):
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: fleet["core-ios"].sessions == 1)
        fleet["core-ios"].fault = None
        fleet.hang_up("core-ios")
        with deployment.results() as results:
            until(lambda: results.latest()[0].status == "success")
            assert results.latest()[0].attempts == 2


def test_a_group_is_collected_by_its_own_worker_and_the_rest_by_any(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    with deployment.running("consumer", "worker-core"):
        asked = deployment.collect("--all", "--timeout", "1", expect=3)
        assert {asked[name]["status"] for name in ("edge-routeros", "edge-frr")} == {"queued"}
        with deployment.results() as results:
            until(lambda: [row.status for row in results.latest()].count("success") == 4)
            waiting = {row.device for row in results.latest() if row.status == "queued"}
        assert waiting == {"edge-routeros", "edge-frr"}
    with deployment.running("consumer", "worker-default"), deployment.results() as results:
        until(lambda: all(row.status == "success" for row in results.latest()))


def test_no_credential_leaves_the_worker(deployment: Deployment, fleet: Fleet) -> None:
    """Canaries: the login's and the configurations' own secrets, in every place that outlives a session."""
    deployment.write_fleet(list(fleet))
    deployment.settings = deployment.settings.model_copy(update={"log_level": "DEBUG"})
    deployment.cli("collect", "--all", "--no-wait")
    client = connect(deployment.settings.redis_url or "")
    queued = _dump(client)
    assert b"core-ios" in queued
    with deployment.running("worker-core", "worker-default"):
        until(lambda: deployment.waiting() == 6)
        fleet["core-ios"].fault = Fault.REFUSES_LOGIN
        deployment.cli("collect", "--device", "core-ios", "--no-wait")
        until(lambda: deployment.waiting() == 7)
    from_stream = b"".join(_inflated(client))
    with deployment.running("consumer"):
        until(lambda: deployment.waiting() == 0)
    client.close()
    with psycopg.connect(deployment.settings.database_url or "") as db:
        table = str(db.execute("SELECT r::text FROM device_backup_result r").fetchall()).encode()
    history = deployment.configs("log", "-p", "--all").encode()
    places = {
        "queue": queued,
        "stream": from_stream,
        "table": table,
        "git": history,
        "logs": deployment.said().encode(),
    }
    assert b"hostname core-ios" in from_stream
    assert b"hostname core-ios" in history
    assert b"hostname core-ios" not in table
    assert b'"core-ios: failure (authentication)"' in places["logs"]
    for place, content in places.items():
        for canary in (PASSWORD, ENABLE, *CONFIG_CANARIES):
            assert canary.encode() not in content, f"{canary} in the {place}"


def test_the_command_line_shows_what_was_backed_up(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    with deployment.running():
        deployment.cli("collect", "--group", "core")
        fleet["core-ios"].edit("hostname core-ios", "hostname core-ios\nvlan 42")
        row = deployment.collect("--device", "core-ios")["core-ios"]
        make_local_keys(deployment.settings)
        assert "ok" in deployment.cli("doctor")
    status = deployment.cli("status").splitlines()
    assert [line.split()[:3] for line in status[1:]] == [
        [name, "core", "success"] for name in ("core-eos", "core-ios", "core-junos", "core-nxos")
    ]
    assert len(deployment.cli("log", "core-ios").splitlines()) == 3
    assert json.loads(deployment.cli("log", "core-ios", "--output", "json"))[0] == row
    shown = deployment.cli("show", row["task_identifier"])
    assert row["commit"] in shown
    assert "hostname core-ios\nvlan 42\n" in deployment.cli("show", "core-ios", "--config")
    assert "\n+vlan 42\n" in deployment.cli("diff", "core-ios")
    earlier = json.loads(deployment.cli("log", "core-ios", "--output", "json"))[1]["task_identifier"]
    assert "\n-vlan 42\n" in deployment.cli("diff", row["task_identifier"], earlier)


def test_a_device_with_an_unknown_or_changed_key_gets_no_password(deployment: Deployment) -> None:
    devices = [
        SimulatedDevice("core-a", os.CISCO_IOS, "hostname a\n", username="backup", password=PASSWORD),
        SimulatedDevice("core-b", os.CISCO_IOS, "hostname b\n", username="backup", password=PASSWORD),
    ]
    with Fleet(devices) as fleet, fleet_logins(fleet):
        deployment.write_fleet(devices, known_hosts=fleet["core-b"].known_hosts_line + "\n")
        fleet["core-b"].fault = Fault.WRONG_KEY
        with deployment.running("consumer", "worker-core"):
            rows = deployment.collect("--all", expect=3)
        assert {row["reason"] for row in rows.values()} == {"host_key"}


class fleet_logins:  # noqa: N801
    """Asserts at the end that nobody tried to log in."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        assert {device.name: device.login_attempts for device in self.fleet} == {
            d.name: 0 for d in self.fleet
        }


def _dump(client: redis.Redis) -> bytes:
    """Every value in Redis, whatever its type."""
    found = b""
    for key in client.keys("*"):
        kind = client.type(key)
        if kind == b"string":
            found += cast("bytes", client.get(key))
        elif kind == b"list":
            found += b"".join(cast("list[bytes]", client.lrange(key, 0, -1)))
        elif kind == b"hash":
            found += b"".join(cast("list[bytes]", client.hvals(key)))
    return found + _decoded_bodies(found)


def _decoded_bodies(found: bytes) -> bytes:
    """Message bodies are base64 inside JSON."""
    return b"".join(base64.b64decode(body) for body in re.findall(rb'"body": ?"([A-Za-z0-9+/=]+)"', found))


def _inflated(client: redis.Redis) -> list[bytes]:
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange("device:results"))
    return [
        zlib.decompress(fields[name])
        for _, fields in entries
        for name in (b"outcome", b"config")
        if name in fields
    ]


def test_git_is_all_that_is_needed_to_read_the_history(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    with deployment.running("consumer", "worker-core"):
        deployment.collect("--group", "core")
    clone = deployment.folder / "clone"
    subprocess.run(["git", "clone", "-q", str(deployment.settings.configs_path), str(clone)], check=True)
    assert sorted(path.name for path in (clone / "core").iterdir()) == [
        "core-eos.cfg", "core-ios.cfg", "core-junos.cfg", "core-nxos.cfg",
    ]  # fmt: skip
    for path in (clone / "core").iterdir():
        assert path.read_text().endswith("\n")
        assert "\r" not in path.read_text()
