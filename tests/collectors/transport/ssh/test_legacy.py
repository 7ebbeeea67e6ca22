"""Old algorithms, one at a time against a real sshd, and that nobody else is offered them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from collectors.errors import AuthenticationFailed, HostKeyRejected, Incompatible
from collectors.transport.host_key import HostKey, algorithms_for
from collectors.transport.ssh.algorithms import ModernTransport
from collectors.transport.ssh.connection import Login, log_in, offered_key
from collectors.transport.ssh.legacy import LegacyTransport
from collectors.transport.wire import Deadline
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.threads import no_thread_is_left
from tests.servers.sshd import Sshd

__all__ = ["no_thread_is_left"]

RSA_2048 = ("rsa", "-b", "2048")
RSA_1024 = ("rsa", "-b", "1024", "-m", "PEM")
OLD_KEY = {"HostKeyAlgorithms": "ssh-rsa"}
OLD = [
    {"KexAlgorithms": "diffie-hellman-group1-sha1"},
    {"KexAlgorithms": "diffie-hellman-group14-sha1"},
    {"KexAlgorithms": "diffie-hellman-group-exchange-sha1"},
    {"HostKeyAlgorithms": "ssh-rsa"},
    {"Ciphers": "3des-cbc"},
    {"Ciphers": "aes128-cbc"},
    {"Ciphers": "aes256-cbc"},
    {"Ciphers": "aes128-ctr", "MACs": "hmac-md5"},
    {"Ciphers": "aes128-ctr", "MACs": "hmac-sha1-96"},
]
names = [" ".join(each.values()) for each in OLD]


def device(folder: Path, settings: Mapping[str, str], host_key_type: tuple[str, ...] = RSA_2048) -> Sshd:
    """OpenSSH, restricted to `settings`; its only command is `echo config`."""
    return Sshd(folder, "echo config", settings, host_key_type)


def login_to(server: Sshd, *, legacy: bool) -> Login:
    keys = (HostKey.parse("r1", server.host_key),)
    return Login(
        "r1",
        "127.0.0.1",
        server.port,
        keys,
        server.user,
        private_key=server.client_key.read_text(),
        legacy=legacy,
    )


def said(server: Sshd, *, legacy: bool) -> bytes | None:
    with closing(log_in(login_to(server, legacy=legacy), Deadline.after("r1", 30))) as connection:
        return connection.run("show").receive(20)


@pytest.mark.parametrize("only", OLD, ids=names)
def test_an_old_algorithm_is_spoken_by_the_legacy_session_alone(only: dict[str, str], tmp_path: Path) -> None:
    with device(tmp_path, only) as server:
        assert said(server, legacy=True) == b"config\n"
        with pytest.raises(Incompatible, match="set its option ssh: legacy"):
            said(server, legacy=False)


def test_a_device_with_nothing_but_old_algorithms_is_reached(tmp_path: Path) -> None:
    oldest = {
        "KexAlgorithms": "diffie-hellman-group1-sha1",
        "HostKeyAlgorithms": "ssh-rsa",
        "Ciphers": "3des-cbc",
        "MACs": "hmac-md5",
        "RequiredRSASize": "1024",
    }
    with device(tmp_path, oldest, RSA_1024) as server:
        assert said(server, legacy=True) == b"config\n"
        key = offered_key("r1", "127.0.0.1", server.port, 30, legacy=True)
    assert str(key) == server.host_key


async def silent(process: Any) -> None:
    await process.stdin.read()


def test_a_private_key_signs_the_old_way_where_the_server_takes_nothing_else() -> None:
    key = asyncssh.generate_private_key("ssh-rsa")
    public = key.export_public_key().decode()
    with asyncssh_server(silent, public_key=public, signature_algs=["ssh-rsa"]) as server:
        pinned = tuple(HostKey.parse("r1", line) for line in server.host_keys)
        login = Login(
            "r1",
            "127.0.0.1",
            server.port,
            pinned,
            "admin",
            private_key=key.export_private_key("openssh").decode(),
            legacy=True,
        )
        log_in(login, Deadline.after("r1", 10)).close()
        with pytest.raises(AuthenticationFailed):
            log_in(replace(login, legacy=False), Deadline.after("r1", 10))


def test_a_private_key_signs_the_old_way_for_a_server_that_does_not_say_what_it_takes() -> None:
    ours, theirs = socket.socketpair()
    transport = LegacyTransport(ours)
    assert transport.preferred_pubkeys == ("ssh-rsa",)
    transport.server_extensions = {"server-sig-algs": b"rsa-sha2-512"}  # type: ignore[attr-defined]  # paramiko's
    assert transport.preferred_pubkeys[-1] == "ssh-rsa"
    assert "rsa-sha2-512" in transport.preferred_pubkeys
    ours.close()
    theirs.close()


def test_a_changed_old_key_is_refused_before_the_login(tmp_path: Path) -> None:
    with device(tmp_path, OLD_KEY) as server, device(tmp_path / "other", OLD_KEY) as other:
        wrong = Login(
            "r1", "127.0.0.1", server.port, login_to(other, legacy=True).host_keys, "admin", "x", legacy=True
        )
        with pytest.raises(HostKeyRejected):
            log_in(wrong, Deadline.after("r1", 30))


def test_a_modern_session_beside_a_legacy_one_is_offered_nothing_old(tmp_path: Path) -> None:
    before = {
        name: getattr(kind, name)
        for kind in (paramiko.Transport, ModernTransport)
        for name in ("_preferred_kex", "_preferred_ciphers", "_preferred_macs", "_kex_info", "_key_info")
    }
    with (
        device(tmp_path, OLD_KEY) as old,
        device(tmp_path / "new", {}, ("ed25519",)) as new,
        closing(log_in(login_to(old, legacy=True), Deadline.after("r1", 30))) as legacy,
    ):
        assert said(new, legacy=False) == b"config\n"
        assert legacy.run("show").receive(20) == b"config\n"
        with pytest.raises(Incompatible):
            said(old, legacy=False)
    assert before == {
        name: getattr(kind, name)
        for kind in (paramiko.Transport, ModernTransport)
        for name in ("_preferred_kex", "_preferred_ciphers", "_preferred_macs", "_kex_info", "_key_info")
    }
    offered = {*ModernTransport._preferred_kex, *ModernTransport._preferred_ciphers, *algorithms_for(())}
    assert not [name for name in offered if "sha1" in name or "cbc" in name or name == "ssh-rsa"]


def test_a_device_that_was_updated_gets_sound_algorithms_from_a_legacy_session(tmp_path: Path) -> None:
    with (
        device(tmp_path, {}) as server,
        closing(log_in(login_to(server, legacy=True), Deadline.after("r1", 30))) as connection,
    ):
        transport = connection._transport
        assert transport.host_key_type == "rsa-sha2-512"
        assert transport.remote_cipher == "aes128-gcm@openssh.com"  # type: ignore[attr-defined]  # paramiko's
