"""`devicevault up`: everything on one machine, started together, kept running, and gone together."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.simulator import Fleet
from pipeline.system import embedded
from pipeline.system.spawn import is_alive
from tests.journey.deployment import Deployment, lab_fleet
from tests.journey.machine import child, is_up, make_machine, succeeded, up
from tests.servers.processes import descendants
from tests.support.waiting import until

INVENTORY = {
    "devicevault": "version: 1\ndefaults: {credential: lab, timeout: 15, schedule: yearly}\n",
    "schedules": 'yearly: {cron: "0 0 1 1 *"}\n',
}


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet("core-ios", "edge-frr") as fleet:
        yield fleet


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: each start takes over what the one before left, however that ended."""
    return tmp_path_factory.mktemp("up") / "state"


@pytest.fixture
def machine(tmp_path: Path, state: Path) -> Deployment:
    """A machine with an inventory, a state directory and nothing that runs."""
    return make_machine(tmp_path, state)


def test_up_backs_up_by_schedule_and_heals_itself(machine: Deployment, state: Path, fleet: Fleet) -> None:
    machine.write_fleet([fleet["core-ios"]], **INVENTORY)
    with up(machine) as process:
        until(lambda: is_up(process, state))
        until(lambda: succeeded(state, "core-ios"))

        # A second one is refused in one line, and says before it nothing of what it would do.
        [refusal] = machine.cli("up", "--inventory", str(machine.inventory), expect=1).splitlines()
        assert refusal.startswith(f"error: state directory {state} is in use by process {process.pid}")

        # A child that is killed comes back, and a queue that is new gets its worker.
        consumer = child(process, "consume")
        assert consumer is not None
        os.kill(consumer, signal.SIGKILL)
        groups = "core: {queue_id: core}\nedge: {queue_id: branch}\n"
        machine.write_fleet(list(fleet), **INVENTORY, groups=groups)
        until(lambda: succeeded(state, "core-ios", "edge-frr"))
        assert child(process, "consume") not in (None, consumer)
        assert "worker-branch started" in machine.said()

        # So does a service that is killed, with everything that hung on it.
        valkey = next(p for p in descendants(process.pid) if "valkey" in Path(f"/proc/{p}/comm").read_text())
        os.kill(valkey, signal.SIGKILL)
        until(lambda: "starting all of it again" in machine.said())
        until(lambda: is_up(process, state))
        row = machine.collect("--device", "edge-frr")["edge-frr"]
        assert (row["status"], row["changed"]) == ("success", False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "Traceback" not in machine.said()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_up_leaves_nothing_behind(
    machine: Deployment, state: Path, fleet: Fleet, how: signal.Signals
) -> None:
    machine.write_fleet(list(fleet))
    with up(machine) as process:
        until(lambda: is_up(process, state))
        machine.collect("--all")  # by now every process does its work
        everything = descendants(process.pid)
        services = embedded.running(state)
        process.send_signal(how)
        assert process.wait(60) == (0 if how != signal.SIGKILL else -signal.SIGKILL)
        until(lambda: not any(map(is_alive, everything)))
    assert len(everything) > 8
    assert services is not None
    assert embedded.running(state) is None
    if how != signal.SIGKILL:
        assert not any(Path(socket).exists() for socket in services.sockets)
        assert "Traceback" not in machine.said()


def test_a_stop_while_the_services_start_is_a_stop(machine: Deployment, state: Path, fleet: Fleet) -> None:
    machine.write_fleet(list(fleet))
    with up(machine) as process:
        until(lambda: len(descendants(process.pid)) > 0)
        started = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        until(lambda: not any(map(is_alive, started)))
    assert embedded.running(state) is None
    assert "Traceback" not in machine.said()
