"""Every fault of a simulated device is recognised by a collector for what it is."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.registry import collector_for
from collectors.simulator import Fault, Fleet, Personality, SimulatedDevice
from collectors.simulator.personalities import CISCO_IOS, JUNIPER_JUNOS
from collectors.simulator.session import garbage
from tests.collectors.simulator.client import device, shell
from tests.collectors.waits import short_doubt

__all__ = ["short_doubt"]

REASONS = [
    (Fault.UNREACHABLE, {"unreachable"}),
    (Fault.SILENT, {"unreachable", "timeout"}),
    (Fault.WRONG_KEY, {"host_key"}),
    (Fault.REFUSES_LOGIN, {"authentication"}),
    (Fault.AUTHORIZATION_FAILED, {"authorization"}),
    (Fault.EMPTY, {"empty"}),
    (Fault.CUT_SHORT, {"truncated"}),
    (Fault.TRUNCATED, {"disconnected", "truncated"}),
    (Fault.HANG, {"timeout"}),
    (Fault.GARBAGE, {"truncated", "empty", "prompt"}),
    (Fault.ENDLESS, {"too_large", "timeout"}),
]
JUNOS_CONFIG = "system {\n    host-name mx1;\n    services {\n        ssh;\n    }\n}\n"


def collected(from_device: SimulatedDevice, timeout_s: float) -> dict[str, Any]:
    job = {
        "task_id": "1",
        "device": from_device.name,
        "address": from_device.address,
        "port": from_device.port,
        "platform": from_device.personality.platform,
        "host_keys": [from_device.host_key_line],
        "username": "backup",
        "password": "right",
        "options": {"secrets": "hide"},
    }
    return collector_for(from_device.personality.platform)(job, timeout=timeout_s)


@pytest.mark.usefixtures("short_doubt")
@pytest.mark.parametrize(("fault", "reasons"), REASONS, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize(
    ("personality", "config"),
    [(CISCO_IOS, "hostname sw1\n!\nvlan 10\n name STAFF\n!\nend\n"), (JUNIPER_JUNOS, JUNOS_CONFIG)],
    ids=["shell", "exec"],
)
def test_a_fault_is_a_failure_with_its_reason(
    personality: Personality, config: str, fault: Fault, reasons: set[str]
) -> None:
    with Fleet([device(personality=personality, config=config)]) as fleet:
        fleet["sw1"].fault = fault
        # One that hangs was logged in to first, which takes a while on a busy machine.
        limit_s = {Fault.SILENT: 0.4, Fault.HANG: 1.5}.get(fault, 30)
        result = collected(fleet["sw1"], timeout_s=limit_s)
        attempts = fleet["sw1"].login_attempts
    assert result["status"] == "failure"
    assert result["device_config"] is None
    assert result["reason"] in reasons
    offered_nothing = fault in (Fault.UNREACHABLE, Fault.SILENT, Fault.WRONG_KEY)
    assert attempts == (0 if offered_nothing else 1)


def test_a_slow_device_is_waited_for() -> None:
    with Fleet([device()]) as fleet:
        fleet["sw1"].fault = Fault.SLOW_DRIP
        result = collected(fleet["sw1"], timeout_s=60)
    assert result["status"] == "success"
    assert "name STAFF" in result["device_config"]


def test_a_session_keeps_the_fault_that_it_began_with() -> None:
    with Fleet([device()]) as fleet:
        fleet["sw1"].fault = Fault.EMPTY
        with shell(fleet["sw1"]) as session:
            fleet["sw1"].fault = None
            assert "name STAFF" not in session.until("sw1#") + session.ask("show running-config", "sw1#")
            with shell(fleet["sw1"]) as other:
                assert "name STAFF" in other.until("sw1#") + other.ask("show running-config", "sw1#")


def test_a_device_that_hangs_up_cuts_its_sessions_and_takes_new_ones() -> None:
    with Fleet([device(), device("sw2")]) as fleet:
        with shell(fleet["sw1"]) as cut, shell(fleet["sw2"]) as kept:
            cut.until("sw1#")
            kept.until("sw2#")
            fleet.hang_up("sw1")
            assert cut.to_the_end() == b""
            assert "name STAFF" in kept.ask("show running-config", "sw2#")
        assert collected(fleet["sw1"], timeout_s=30)["status"] == "success"


def test_every_fault_has_a_test() -> None:
    assert {fault for fault, _ in REASONS} | {Fault.SLOW_DRIP} == set(Fault)


def test_garbage_is_not_utf_8_and_the_same_every_time() -> None:
    with pytest.raises(UnicodeDecodeError):
        garbage(100).decode()
    assert garbage(100) == garbage(100)
