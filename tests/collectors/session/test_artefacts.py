"""What is collected beside the configuration, and that it never costs the configuration."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.collect import collect_by
from collectors.define import Command, Platform, drop, fact, hide
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.threads import no_thread_is_left
from tests.collectors.waits import short_doubt

__all__ = ["no_thread_is_left", "short_doubt"]

CONFIG = "hostname r1\nsecret abc\nend\n"
SHELL = Platform(
    setup=("no page",),
    config=Command("show config", ends_with=r"^end$"),
    rejected=r"^% Invalid",
    volatile=(drop(r"^uptime "),),
    secrets=(hide(r"^secret (\S+)"),),
    facts=(fact("os_version", r"^release (\S+)"),),
    artefacts={
        "version": Command("show version"),
        "inventory": Command("show inventory", ends_with=r"^done$"),
        "silent": Command("show silence", idle_s=0.2),
    },
)
EXEC = Platform(
    transport="exec",
    config=Command("show config", ends_with=r"^end$"),
    rejected=r"^% Invalid",
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
)
ANSWERS = {
    "no page": "",
    "show config": CONFIG,
    "show version": "release 1.2\nuptime 5 days\nsecret def\n",
    "show inventory": "slot 1 empty\n",
}


def run(platform: Platform, *wanted: str, answers: dict[str, str] = ANSWERS) -> dict[str, Any]:
    with asyncssh_server(over_ssh(lambda: Shell(table(answers)))) as server:
        return collect_by(platform, config_for(server, options={"artefacts": list(wanted)}), 10)


def warnings(result: dict[str, Any]) -> list[str]:
    return [entry["message"] for entry in result["log"] if entry["severity"] == "warning"]


def test_an_artefact_is_collected_only_when_asked_for() -> None:
    assert run(SHELL)["artefacts"] == {}


def test_an_artefact_is_filtered_like_the_config_and_tells_facts() -> None:
    result = run(SHELL, "version")
    assert result["artefacts"] == {"version": "release 1.2\nsecret <hidden>\n"}
    assert result["facts"]["os_version"] == "1.2"
    assert result["device_config"] == CONFIG.replace("abc", "<hidden>")


def test_a_refused_artefact_is_a_warning_and_the_others_come() -> None:
    result = run(EXEC, "vlan", "version")
    assert result["status"] == "success"
    assert list(result["artefacts"]) == ["version"]
    assert "'vlan' is left out: rejected: r1: 'show vlan' was refused" in warnings(result)[0]


@pytest.mark.usefixtures("short_doubt")
def test_an_artefact_without_its_end_is_left_out() -> None:
    result = run(SHELL, "inventory", "version")
    assert list(result["artefacts"]) == ["version"]
    assert "'inventory' is left out: truncated" in warnings(result)[0]


def test_a_device_that_goes_silent_at_an_artefact_keeps_its_config() -> None:
    def say(shell: Shell, line: str) -> str:
        if line == "show silence":
            shell.prompt = ""
        return ANSWERS.get(line, "")

    with asyncssh_server(over_ssh(lambda: Shell(say))) as server:
        result = collect_by(SHELL, config_for(server, options={"artefacts": ["silent", "version"]}), 10)
    assert result["device_config"] == CONFIG.replace("abc", "<hidden>")
    assert result["artefacts"] == {}
    assert "'silent' is left out: timeout" in warnings(result)[0]
    assert "'version' was not asked for, because 'silent' failed" in warnings(result)[1]


def test_an_unknown_artefact_is_named_beside_those_that_the_platform_has() -> None:
    result = run(EXEC, "inventori")
    assert result["status"] == "success"
    assert "no artefact 'inventori'; known: version, vlan" in warnings(result)[0]


def test_artefacts_must_be_a_list() -> None:
    config = {"task_id": "t", "device": "r1", "address": "192.0.2.1", "platform": "test"}
    result = collect_by(SHELL, {**config, "options": {"artefacts": "version"}}, 1)
    assert result["reason"] == "bad_request"
    assert "r1: 'artefacts' must be a list of names" in result["log"][-1]["message"]
