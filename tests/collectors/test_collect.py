"""Whole collections against the shipped simulator: what is stored, and how each bad device is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from collectors.contract import CollectorResult
from collectors.registry import collector_for
from collectors.session import asker as asking
from collectors.session import reader
from collectors.simulator import Fault, Fleet, SimulatedDevice
from collectors.simulator.personalities import PERSONALITIES
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.configs import EXAMPLES, example
from tests.collectors.threads import no_thread_is_left
from tests.collectors.waits import short_doubt

__all__ = ["no_thread_is_left", "short_doubt"]

PLATFORMS = sorted(EXAMPLES)


def device(platform: str, **changes: Any) -> SimulatedDevice:
    return SimulatedDevice(
        "lab1",
        PERSONALITIES[platform],
        example(platform, "lab1"),
        **{"username": "netops", "password": "right", **changes},
    )


def collect(it: SimulatedDevice, timeout: float = 10, **changes: Any) -> CollectorResult:
    config = {
        "task_id": "t-1",
        "device": it.name,
        "address": it.address,
        "port": it.port,
        "platform": it.personality.platform,
        "host_keys": [it.host_key_line],
        "username": it.username,
        "password": it.password,
        "options": {"secrets": "hide"},
        **changes,
    }
    return CollectorResult.from_dict(collector_for(config["platform"])(config, timeout))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_config_is_stored_whole_without_secrets_and_with_one_newline_at_the_end(platform: str) -> None:
    with Fleet([device(platform)]) as fleet:
        result = collect(fleet["lab1"])
    assert result.status == "success", result.log
    text = result.device_config or ""
    missing = [
        line for line in example(platform, "lab1").splitlines() if line not in text and "SECRET" not in line
    ]
    assert missing == []
    assert "SECRET" not in text.replace("## SECRET-DATA", "")
    assert "<hidden>" in text
    assert text.endswith("\n")
    assert text == text.strip("\n") + "\n"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("juniper_junos", "it says: % Invalid input detected at '^' marker."),
        ("mikrotik_routeros", "it says: % Invalid input detected at '^' marker."),
        ("huawei_vrp", "the screen ends with 'Welcome. Core changes need a ticket # / lab1#'"),
    ],
)
def test_a_wrong_platform_is_told_by_what_the_device_says(wrong: str, says: str) -> None:
    with Fleet([device("cisco_ios")]) as fleet:
        result = collect(fleet["lab1"], 1, platform=wrong)
    assert result.status == "failure"
    assert says in result.log[-1].message
    assert "check its `platform`" in result.log[-1].message


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_unchanged_config_is_the_same_text_an_hour_later(platform: str) -> None:
    with Fleet([device(platform)]) as fleet:
        first = collect(fleet["lab1"])
        fleet.advance(timedelta(hours=1))
        second = collect(fleet["lab1"])
    assert first.sha256 == second.sha256 is not None


@pytest.mark.parametrize("platform", PLATFORMS)
def test_secrets_stay_where_the_inventory_says_so(platform: str) -> None:
    with Fleet([device(platform)]) as fleet:
        result = collect(fleet["lab1"], options={"secrets": "keep"})
    assert "SECRETsecret" in (result.device_config or "")


BAD = [
    (Fault.UNREACHABLE, {"unreachable"}, True),
    (Fault.WRONG_KEY, {"host_key"}, False),
    (Fault.REFUSES_LOGIN, {"authentication"}, False),
    (Fault.AUTHORIZATION_FAILED, {"authorization", "rejected"}, False),
    (Fault.EMPTY, {"empty"}, False),
    (Fault.TRUNCATED, {"disconnected", "truncated"}, True),
    (Fault.HANG, {"timeout"}, True),
    (Fault.SILENT, {"timeout"}, True),
    (Fault.GARBAGE, {"truncated", "timeout", "prompt", "rejected", "empty", "disconnected"}, None),
]


@pytest.mark.usefixtures("short_doubt")
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(("fault", "reasons", "transient"), BAD, ids=[fault.name for fault, _, _ in BAD])
def test_a_bad_device_is_a_failure_with_its_reason(
    platform: str, fault: Fault, reasons: set[str], transient: bool | None
) -> None:
    with Fleet([device(platform)]) as fleet:
        fleet["lab1"].fault = fault
        # One that hangs was logged in to first, which takes a while on a busy machine.
        limit_s = {Fault.SILENT: 0.4, Fault.HANG: 1, Fault.GARBAGE: 1}.get(fault, 30)
        result = collect(fleet["lab1"], timeout=limit_s)
        attempts = fleet["lab1"].login_attempts
    assert (result.status, result.device_config) == ("failure", None)
    assert result.reason in reasons
    assert transient is None or result.transient is transient
    assert attempts <= 1
    assert "lab1" in result.log[-1].message
    if fault is Fault.WRONG_KEY:
        assert attempts == 0


async def endless(process: Any) -> None:
    if process.command is None:
        process.stdout.write(b"lab1#")
        await process.stdin.read(1)
    while True:
        process.stdout.write(b" description for ever and ever\r\n" * 1000)
        await process.stdout.drain()


def set_cap(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in (asking, reader):
        monkeypatch.setattr(module, "MAX_BYTES", size)


@pytest.mark.parametrize("platform", ["cisco_nxos", "mikrotik_routeros"])
def test_an_endless_answer_stops_at_the_deadline_or_at_the_cap(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asyncssh_server(endless) as server:
        config = {
            "task_id": "t-1",
            "device": "lab1",
            "address": "127.0.0.1",
            "port": server.port,
            "platform": platform,
            "host_keys": list(server.host_keys),
            "username": "admin",
            "password": "right",
        }
        set_cap(monkeypatch, 1 << 40)
        late = collector_for(platform)(config, 0.3)
        set_cap(monkeypatch, 1_000_000)
        large = collector_for(platform)(config, 30)
    assert (late["reason"], late["transient"]) == ("timeout", True)
    assert (large["reason"], large["transient"]) == ("too_large", False)


@pytest.mark.usefixtures("short_doubt")
@pytest.mark.parametrize("platform", ["cisco_ios", "arista_eos", "linux_frr", "juniper_junos"])
def test_a_config_cut_short_before_the_prompt_is_truncated(platform: str) -> None:
    with Fleet([device(platform, fault=Fault.CUT_SHORT)]) as fleet:
        result = collect(fleet["lab1"])
    assert (result.status, result.reason, result.transient) == ("failure", "truncated", True)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_slow_device_gives_the_same_text_as_a_fast_one(platform: str) -> None:
    with Fleet([device(platform)]) as fleet:
        fast = collect(fleet["lab1"])
        fleet["lab1"].fault = Fault.SLOW_DRIP
        slow = collect(fleet["lab1"], timeout=60)
    assert fast.device_config == slow.device_config is not None


@pytest.mark.parametrize("platform", ["cisco_ios", "arista_eos"])
def test_privilege_is_raised_with_the_enable_password(platform: str) -> None:
    with Fleet([device(platform, enable_password="up")]) as fleet:
        result = collect(fleet["lab1"], enable_password="up")
    assert result.status == "success", result.log


def test_a_wrong_enable_password_is_an_authentication_failure() -> None:
    with Fleet([device("cisco_ios", enable_password="up")]) as fleet:
        result = collect(fleet["lab1"], enable_password="wrong")
    assert (result.reason, result.transient) == ("authentication", False)


def test_without_privilege_the_command_is_rejected() -> None:
    with Fleet([device("cisco_ios", enable_password="up")]) as fleet:
        result = collect(fleet["lab1"])
    assert (result.reason, result.transient) == ("rejected", False)


def test_the_log_says_what_was_done_and_holds_neither_output_nor_secrets() -> None:
    with Fleet([device("cisco_ios", enable_password="up-word")]) as fleet:
        result = collect(fleet["lab1"], enable_password="up-word")
    log = json.dumps([entry.message for entry in result.log])
    assert "show running-config" in log
    assert "is the pinned key" in log
    for secret in ("right", "up-word", "GigabitEthernet", "SECRET"):
        assert secret not in log


def test_facts_come_from_the_config_text() -> None:
    with Fleet([device("cisco_ios")]) as fleet:
        fleet["lab1"].edit("to > core #", "to the core", by="alice")
        result = collect(fleet["lab1"])
        device_says = fleet["lab1"].show_config()
    changed_at = result.facts["changed_at"]
    assert changed_at in device_says, changed_at
    assert result.facts == {
        "os_version": "17.9",
        "changed_by": "alice",
        "changed_at": changed_at,
        "ssh_server": "SSH-2.0-Cisco-1.25",
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"port": 0}, "'port' must be 1 to 65535"),
        ({"host_keys": ["nonsense"]}, "the pinned host key 'nonsense'"),
        ({"host_keys": "ssh-ed25519 AAAA"}, "'host_keys' must be a list"),
        ({"options": {"secrets": "some"}}, "'hide', 'keep' or 'fingerprint'"),
        ({"password": 7}, "'password' must be text, not int"),
        ({"password": None}, "neither a password nor a private key"),
    ],
)
def test_a_bad_request_is_one_clear_line(changes: dict[str, Any], says: str) -> None:
    with Fleet([device("cisco_ios")]) as fleet:
        result = collect(fleet["lab1"], **changes)
    assert result.reason == "bad_request"
    assert says in result.log[-1].message
    assert "lab1" in result.log[-1].message


def test_noop_gives_the_same_text_for_a_device_on_every_call() -> None:
    config = {"task_id": "t", "device": "r1", "address": "192.0.2.1", "platform": "noop"}
    first, second = (CollectorResult.from_dict(collector_for("noop")(config)) for _ in range(2))
    assert first.device_config == second.device_config is not None
