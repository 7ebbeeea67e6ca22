"""Which keys a device shows: all of them, as OpenSSH's own tools name them, and nobody logs in for it."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors.errors import AuthenticationFailed, BadRequest, CollectError, Forbidden, HostKeyRejected
from collectors.host_keys import KeyCheck, check, scan
from collectors.request import Request
from collectors.transport.host_key import HostKey, described, place
from collectors.transport.tls import described as certificate_described
from tests.collectors.asyncssh_server import AsyncsshServer, asyncssh_server, jump_host
from tests.collectors.contract import config_for, hop
from tests.collectors.httpsd import certificate, httpsd
from tests.collectors.threads import no_thread_is_left
from tests.servers.sshd import Sshd

__all__ = ["no_thread_is_left"]

KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")


async def refuse(process: Any) -> None:
    process.exit(1)


def asked(server: AsyncsshServer, **changes: Any) -> Request:
    return Request.from_config({**config_for(server), "host_keys": [], **changes})


def local(port: int, **changes: Any) -> Request:
    return Request.from_config(
        {"task_id": "t", "device": "r1", "address": "127.0.0.1", "platform": "noop", "port": port, **changes}
    )


def another_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def test_every_kind_of_key_is_found_and_nothing_is_authenticated() -> None:
    with asyncssh_server(refuse, key_types=KINDS) as server:
        found = scan(asked(server), 10)
    assert set(found) == {" ".join(key.split()[:2]) for key in server.host_keys}
    assert (server.methods, server.passwords) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_of_one_key_shows_one(kind: str) -> None:
    with asyncssh_server(refuse, key_types=(kind,)) as server:
        assert scan(asked(server), 10) == (" ".join(server.host_keys[0].split()[:2]),)


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa", "-b", "521"), ("rsa", "-b", "2048")])
def test_keys_and_fingerprints_are_those_of_openssh(kind: tuple[str, ...], tmp_path: Path) -> None:
    with Sshd(tmp_path / "sshd", host_key_type=kind) as server:
        [key] = scan(local(server.port), 20)
        scanned = subprocess.run(
            ["ssh-keyscan", "-p", str(server.port), "127.0.0.1"], capture_output=True, text=True, timeout=60
        ).stdout
        log = (tmp_path / "sshd" / "sshd.log").read_text()
    assert f"{place('127.0.0.1', server.port)} {key}" in scanned.splitlines()
    (tmp_path / "key.pub").write_text(f"{key}\n")
    listed = subprocess.run(
        ["ssh-keygen", "-lf", str(tmp_path / "key.pub")], capture_output=True, text=True, check=True
    ).stdout.split()
    assert described(HostKey.parse("r1", key)).split() == [listed[0], listed[1], listed[-1]]
    assert "Failed" not in log
    assert "Accepted" not in log
    assert "user" not in log.lower()


def test_an_old_device_shows_its_key_to_the_legacy_option_alone(tmp_path: Path) -> None:
    old = {"HostKeyAlgorithms": "ssh-rsa", "KexAlgorithms": "diffie-hellman-group1-sha1"}
    with Sshd(tmp_path, settings=old, host_key_type=("rsa", "-b", "2048")) as server:
        assert scan(local(server.port, options={"ssh": "legacy"}), 20) == (server.host_key,)
        with pytest.raises(CollectError, match="ssh: legacy"):
            scan(local(server.port), 20)


def test_a_device_behind_jump_hosts_is_reached_with_their_credentials_alone() -> None:
    with asyncssh_server(refuse) as target, jump_host() as outer:
        [key] = scan(asked(target, jump=[hop(outer)], username=None, password=None), 10)
        assert key == " ".join(target.host_keys[0].split()[:2])
    assert (outer.passwords, target.methods) == (["hop-word"], [])


def test_a_jump_host_that_is_not_the_pinned_one_is_told_as_such() -> None:
    with asyncssh_server(refuse) as target, jump_host() as outer:
        strange = [hop(outer, host_keys=[another_key()])]
        for look in (scan, check):
            with pytest.raises(HostKeyRejected, match="jump host"):
                look(asked(target, jump=strange), 10)
        with pytest.raises(AuthenticationFailed, match="jump host"):
            scan(asked(target, jump=[hop(outer, password="wrong")]), 10)
    assert outer.passwords == ["wrong"]


def test_a_check_sees_the_key_that_a_backup_would() -> None:
    with asyncssh_server(refuse, key_types=KINDS) as server:
        ed25519, _, rsa = (" ".join(key.split()[:2]) for key in server.host_keys)
        assert check(asked(server, host_keys=[rsa]), 10) == KeyCheck("ok", rsa)
        assert check(asked(server), 10) == KeyCheck("unknown", ed25519)
        changed = check(asked(server, host_keys=[another_key()]), 10)
        assert changed == KeyCheck("changed", ed25519)
    assert (server.methods, server.passwords) == ([], [])


def test_a_certificate_is_shown_as_its_pin_and_nothing_is_asked(tmp_path: Path) -> None:
    https = {"options": {"transport": "https"}}
    with httpsd(lambda _asked, _to: None, tmp_path) as server:
        assert scan(local(server.port, **https), 10) == (certificate().pin,)
        pinned = check(local(server.port, host_keys=[certificate().pin], **https), 10)
        assert pinned == KeyCheck("ok", certificate().pin)
        other = check(local(server.port, host_keys=[certificate("other").pin], **https), 10)
        assert other == KeyCheck("changed", certificate().pin)
        assert check(local(server.port, **https), 10) == KeyCheck("unknown", certificate().pin)
        assert server.asked == []
    (tmp_path / "cert.der").write_bytes(certificate().der)
    command = ["openssl", "x509", "-inform", "der", "-in", str(tmp_path / "cert.der"), "-noout"]
    printed = subprocess.run(
        [*command, "-fingerprint", "-sha256"], capture_output=True, text=True, check=True
    ).stdout
    assert certificate_described(certificate().pin).split()[-1] == printed.strip().partition("=")[2]


def test_telnet_has_no_keys() -> None:
    for look in (scan, check):
        with pytest.raises(BadRequest, match="Telnet"):
            look(local(23, options={"transport": "telnet"}), 5)


def test_nothing_outside_of_the_allowed_networks_is_looked_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for look in (scan, check):
            with pytest.raises(Forbidden):
                look(local(port, allowed_networks=["192.0.2.0/24"]), 5)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_silent_device_ends_with_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(CollectError):
        scan(local(server.getsockname()[1]), 0.3)
