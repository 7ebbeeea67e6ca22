"""A collection's log says how far it came: each step once, in order, and a failure under its step's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors.collect import collect_by
from collectors.define import Command, Platform
from tests.collectors.asyncssh_server import asyncssh_server, jump_host
from tests.collectors.contract import config_for, hop
from tests.collectors.httpsd import certificate, httpsd
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.telnetd import telnetd
from tests.collectors.threads import no_thread_is_left
from tests.collectors.transport.test_https import fortios
from tests.collectors.transport.test_https import run as run_https

__all__ = ["no_thread_is_left"]

STEPS = ("connect", "host_key", "login", "session", "collect")
CONFIG = "hostname r1\n!\nend\n"
SHELL = Platform(setup=("no page",), config=Command("show config", ends_with=r"^end$"), rejected=r"^% no")
ANSWERS = table({"no page": "", "show config": CONFIG})
device = over_ssh(lambda: Shell(ANSWERS))


def another_key() -> str:
    return " ".join(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2])


def done(result: dict[str, Any]) -> list[str]:
    """The steps of the log without its error, each once, in their order of first appearance."""
    sources = [entry["source"] for entry in result["log"] if entry["severity"] != "error"]
    return [source for source in dict.fromkeys(sources) if source in STEPS]


def failed_at(result: dict[str, Any]) -> tuple[str, str]:
    [error] = [entry for entry in result["log"] if entry["severity"] == "error"]
    return error["source"], result["reason"]


def test_over_ssh_every_step_is_told() -> None:
    with asyncssh_server(device) as server, jump_host() as outer:
        result = collect_by(SHELL, config_for(server, jump=[hop(outer)]), 10)
    assert done(result) == list(STEPS)
    connected = next(entry["message"] for entry in result["log"] if entry["source"] == "connect")
    assert f"port {server.port} through 127.0.0.1" in connected
    assert result["facts"]["ssh_server"].startswith("SSH-2.0-AsyncSSH")
    assert "host_key" not in result["facts"]


@pytest.mark.parametrize(
    ("changes", "failure", "before"),
    [
        ({"address": "no-such-host.invalid"}, ("connect", "unreachable"), []),
        ({"host_keys": []}, ("host_key", "host_key"), ["connect"]),
        ({"password": "wrong"}, ("login", "authentication"), ["connect", "host_key"]),
    ],
)
def test_over_ssh_a_failure_is_told_at_its_step(
    changes: dict[str, Any], failure: tuple[str, str], before: list[str]
) -> None:
    with asyncssh_server(device) as server:
        result = collect_by(SHELL, config_for(server, **changes), 10)
    assert (failed_at(result), done(result)) == (failure, before)


def test_a_refused_command_and_a_strange_prompt_are_told_apart() -> None:
    refusing = over_ssh(lambda: Shell(table({"no page": "", "show config": "% no\n"})))
    with asyncssh_server(refusing) as server:
        assert failed_at(collect_by(SHELL, config_for(server), 10)) == ("collect", "rejected")
        strange = Platform(prompt=r"never", setup=("no page",), config=SHELL.config)
        assert failed_at(collect_by(strange, config_for(server), 1))[0] == "session"


def test_a_refused_key_is_among_the_facts_and_a_jump_hosts_is_not() -> None:
    with asyncssh_server(device) as server, jump_host() as outer:
        shown = collect_by(SHELL, config_for(server, host_keys=[another_key()]), 10)
        strange = hop(outer, host_keys=[another_key()])
        behind = collect_by(SHELL, config_for(server, jump=[strange]), 10)
    assert shown["facts"]["host_key"] == " ".join(server.host_keys[0].split()[:2])
    assert failed_at(behind) == ("connect", "host_key")
    assert behind["facts"] == {}


def test_over_telnet_there_is_no_key_and_the_line_asks_for_the_login() -> None:
    telnet = {"options": {"transport": "telnet"}, "host_keys": []}
    base = {"task_id": "t", "device": "r1", "address": "127.0.0.1", "platform": "x", "username": "admin"}
    with telnetd(lambda: Shell(ANSWERS)) as server:
        good = collect_by(SHELL, {**base, **telnet, "port": server.port, "password": "right"}, 10)
        wrong = collect_by(SHELL, {**base, **telnet, "port": server.port, "password": "wrong"}, 10)
    assert done(good) == ["connect", "login", "session", "collect"]
    assert failed_at(wrong) == ("login", "authentication")


def test_over_https_the_first_answer_proves_the_login(tmp_path: Path) -> None:
    with httpsd(fortios, tmp_path) as server:
        good = run_https(server)
        wrong = run_https(server, password="wrong")
        strange = run_https(server, host_keys=[certificate("other").pin])
    assert done(good) == ["connect", "host_key", "login", "collect"]
    assert failed_at(wrong) == ("login", "authentication")
    assert failed_at(strange) == ("host_key", "host_key")
    assert strange["facts"] == {"host_key": certificate().pin}
