"""Devices behind jump hosts: each hop pinned, each tried once, each named when it fails."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors.collect import collect_by
from collectors.define import Command, Platform
from tests.collectors.asyncssh_server import AsyncsshServer, asyncssh_server, jump_host
from tests.collectors.contract import config_for, hop, message
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.threads import no_thread_is_left
from tests.servers.sshd import Sshd

__all__ = ["no_thread_is_left"]

CONFIG = "hostname r1\n!\nend\n"
SHELL = Platform(setup=("no page",), config=Command("show config", ends_with=r"^end$"))
device = over_ssh(lambda: Shell(table({"no page": "", "show config": CONFIG})))


def run(target: AsyncsshServer, *hops: dict[str, Any], timeout: float = 10, **changes: Any) -> dict[str, Any]:
    return collect_by(SHELL, config_for(target, jump=list(hops), **changes), timeout)


def test_a_device_behind_two_jump_hosts_is_collected() -> None:
    with asyncssh_server(device) as target, jump_host() as outer, jump_host() as inner:
        result = run(target, hop(outer), hop(inner))
    assert result["device_config"] == CONFIG, result["log"]
    assert (outer.forwarded, inner.forwarded) == ([inner.port], [target.port])
    assert outer.passwords == inner.passwords == ["hop-word"]
    assert target.passwords == ["right"]


def test_a_real_sshd_is_a_jump_host(tmp_path: Path) -> None:
    with asyncssh_server(device) as target, Sshd(tmp_path) as bastion:
        way = {
            "address": "localhost",
            "port": bastion.port,
            "username": bastion.user,
            "private_key": bastion.client_key.read_text(),
            "host_keys": [bastion.host_key],
        }
        result = run(target, way)
    assert result["device_config"] == CONFIG, result["log"]


def test_a_jump_host_with_another_key_gets_no_password_and_the_device_nothing() -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with asyncssh_server(device) as target, jump_host() as outer:
        result = run(target, hop(outer, host_keys=[other]))
    assert result["reason"] == "host_key"
    assert f"r1: jump host 127.0.0.1 port {outer.port}: the host key is" in message(result)
    assert outer.methods == target.methods == []


def test_the_devices_own_key_is_pinned_behind_a_jump_host_too() -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with asyncssh_server(device) as target, jump_host() as outer:
        result = run(target, hop(outer), host_keys=[other])
    assert result["reason"] == "host_key"
    assert "jump host" not in message(result)
    assert target.methods == []


def test_a_wrong_password_is_offered_to_a_jump_host_once_and_names_it() -> None:
    with asyncssh_server(device) as target, jump_host() as outer, jump_host() as inner:
        result = run(target, hop(outer), hop(inner, password="wrong"))
    assert (result["reason"], result["transient"]) == ("authentication", False)
    assert f"r1: jump host 127.0.0.1 port {inner.port}: user 'admin'" in message(result)
    assert inner.passwords == ["wrong"]
    assert target.methods == []
    assert "wrong" not in message(result)


def test_a_jump_host_that_may_not_forward_is_named() -> None:
    with asyncssh_server(device) as target, jump_host(forwards=False) as outer:
        result = run(target, hop(outer))
    assert (result["reason"], result["transient"]) == ("unreachable", True)
    assert (
        f"r1: jump host 127.0.0.1 port {outer.port}: it cannot reach 127.0.0.1 port {target.port}"
        in message(result)
    )


def test_a_device_that_is_down_behind_a_jump_host_is_unreachable(tmp_path: Path) -> None:
    with asyncssh_server(device) as target:
        pass
    with jump_host() as outer:
        result = run(target, hop(outer))
    assert result["reason"] == "unreachable"
    assert f"cannot reach 127.0.0.1 port {target.port}" in message(result)


def test_a_jump_host_that_is_down_is_named() -> None:
    with asyncssh_server(device) as target:
        with jump_host() as gone:
            way = hop(gone)
        result = run(target, way)
    assert result["reason"] == "unreachable"
    assert f"r1: jump host 127.0.0.1 port {gone.port}: " in message(result)


def test_the_deadline_holds_on_the_way() -> None:
    with jump_host() as outer, silent_port() as port:
        config = {**config_for(outer), "jump": [hop(outer)], "port": port}
        result = collect_by(SHELL, config, 0.6)
    assert result["reason"] == "timeout"


@contextmanager
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("bastion", "r1: 'jump' must be a list"),
        (["bastion"], "r1: jump host 1 must be a mapping"),
        ([{"address": "192.0.2.1", "port": 0}], "r1: jump host 1: 'port' must be 1 to 65535"),
        ([{"port": 22}], "r1: jump host 1: 'address' must be text"),
        ([{"address": "192.0.2.1", "password": 5}], "r1: jump host 1: 'password' must be text"),
    ],
)
def test_a_bad_jump_host_is_one_clear_line(way: Any, says: str) -> None:
    config = {"task_id": "t", "device": "r1", "address": "192.0.2.9", "platform": "test", "jump": way}
    result = collect_by(SHELL, config, 1)
    assert result["reason"] == "bad_request"
    assert says in message(result)
