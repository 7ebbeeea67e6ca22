"""The SSH edge: keys before passwords, one attempt, every failure one of ours, and nothing left running."""

from __future__ import annotations

import base64
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import asyncssh
import paramiko
import pytest
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL

from collectors.errors import (
    AuthenticationFailed,
    BadRequest,
    Disconnected,
    HostKeyRejected,
    Incompatible,
    TimedOut,
    Unreachable,
)
from collectors.transport.dial import dial
from collectors.transport.host_key import HostKey, algorithms_for
from collectors.transport.ssh.connection import Login, log_in, offered_key
from collectors.transport.wire import Deadline
from tests.collectors.asyncssh_server import AsyncsshServer, asyncssh_server
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]


async def silent(process: Any) -> None:
    await process.stdin.read()


async def answering(process: Any) -> None:
    process.stdout.write(b"config\n")
    process.stderr.write(b"a warning\n" * 10)
    process.exit(3)


def login_to(server: AsyncsshServer, **changes: Any) -> Login:
    keys = tuple(HostKey.parse("r1", line) for line in server.host_keys)
    login = Login("r1", "127.0.0.1", server.port, keys, "admin", password="right")
    return replace(login, **changes)


def try_login(login: Login, limit_s: float = 10) -> None:
    log_in(login, Deadline.after("r1", limit_s)).close()


def test_the_pinned_key_and_the_password_open_a_session() -> None:
    with asyncssh_server(silent) as server:
        try_login(login_to(server))
    assert server.methods == ["password"]


def test_a_wrong_password_is_offered_exactly_once() -> None:
    with (
        asyncssh_server(silent, interactive="right") as server,
        pytest.raises(AuthenticationFailed, match="one attempt"),
    ):
        try_login(login_to(server, password="wrong"))
    assert server.passwords == ["wrong"]
    assert server.methods == ["password"]


def test_a_changed_key_gets_no_authentication_attempt() -> None:
    other = HostKey.parse("r1", asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode())
    with asyncssh_server(silent) as server, pytest.raises(HostKeyRejected) as caught:
        try_login(login_to(server, host_keys=(other,)))
    assert other.fingerprint in str(caught.value)
    assert HostKey.parse("r1", server.host_keys[0]).fingerprint in str(caught.value)
    assert server.methods == []


def test_an_unknown_key_gets_no_authentication_attempt() -> None:
    with (
        asyncssh_server(silent) as server,
        pytest.raises(HostKeyRejected, match="unknown host key ssh-ed25519 SHA256:"),
    ):
        try_login(login_to(server, host_keys=()))
    assert server.methods == []


@pytest.mark.parametrize("pinned", [0, 1, 2])
def test_a_server_of_many_keys_shows_the_pinned_one(pinned: int) -> None:
    with asyncssh_server(silent, key_types=("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")) as server:
        key = HostKey.parse("r1", server.host_keys[pinned])
        try_login(login_to(server, host_keys=(key,)))
    assert server.methods == ["password"]


def test_the_offered_key_can_be_read_without_a_login() -> None:
    with asyncssh_server(silent) as server:
        key = offered_key("r1", "127.0.0.1", server.port, 10)
    assert (str(key), server.methods) == (server.host_keys[0], [])


def test_keyboard_interactive_is_the_fallback_where_no_password_is_taken() -> None:
    with asyncssh_server(silent, password=None, interactive="right") as server:
        try_login(login_to(server))
    assert server.passwords == ["right"]


def test_a_wrong_password_at_keyboard_interactive_is_offered_exactly_once() -> None:
    with (
        asyncssh_server(silent, password=None, interactive="right") as server,
        pytest.raises(AuthenticationFailed),
    ):
        try_login(login_to(server, password="wrong"))
    assert server.passwords == ["wrong"]


def test_a_statement_before_the_login_is_accepted_and_gets_no_password() -> None:
    asks = "Do you accept and acknowledge the statement above ? (yes/no) : "
    with asyncssh_server(silent, password=None, interactive="right", consent=asks) as server:
        try_login(login_to(server))
    assert server.passwords == ["right"]


def test_a_device_whose_command_line_asks_who_is_there_is_entered_without_a_method() -> None:
    class Server(paramiko.ServerInterface):
        def get_allowed_auths(self, username: str) -> str:
            return ""

        def check_auth_none(self, username: str) -> int:
            return AUTH_SUCCESSFUL

    with paramiko_server(Server) as (port, key):
        try_login(Login("r1", "127.0.0.1", port, (HostKey.parse("r1", key),), "admin", password="right"))


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
@pytest.mark.parametrize(
    ("form", "passphrase"), [("openssh", None), ("pkcs8-pem", None), ("openssh", "words")]
)
def test_a_private_key_in_any_usual_form_logs_in(kind: str, form: str, passphrase: str | None) -> None:
    key = asyncssh.generate_private_key(kind)
    text = (
        key.export_private_key(form, passphrase, ignore_few_rounds=True, rounds=1).decode()
        if passphrase
        else key.export_private_key(form).decode()
    )
    with asyncssh_server(silent, public_key=key.export_public_key().decode()) as server:
        try_login(login_to(server, private_key=text, passphrase=passphrase))
    assert set(server.methods) == {"publickey"}


def test_a_refused_private_key_is_not_followed_by_the_password() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with (
        asyncssh_server(silent, public_key=other) as server,
        pytest.raises(AuthenticationFailed, match="private key"),
    ):
        try_login(login_to(server, private_key=key))
    assert server.passwords == []


def key_pair() -> tuple[str, str]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    return key.export_private_key().decode(), key.export_public_key().decode()


@pytest.mark.parametrize("order", [("private_key", "password"), ("password", "private_key")])
def test_of_a_key_and_a_password_the_one_that_the_credential_names_first_is_offered(
    order: tuple[str, ...],
) -> None:
    private, public = key_pair()
    with asyncssh_server(silent, public_key=public) as server:
        try_login(login_to(server, private_key=private, order=order))
    assert set(server.methods) == {{"private_key": "publickey", "password": "password"}[order[0]]}


@pytest.mark.parametrize("order", [("private_key", "password"), ("password", "private_key")])
def test_what_a_device_does_not_take_at_all_is_followed_by_what_it_takes(order: tuple[str, ...]) -> None:
    private, public = key_pair()
    with asyncssh_server(silent, password=None, public_key=public) as server:
        try_login(login_to(server, private_key=private, order=order))
    with asyncssh_server(silent, password=None, interactive="right") as server:
        try_login(login_to(server, private_key=private, order=order))
    assert server.passwords == ["right"]


@pytest.mark.parametrize("order", [("private_key", "password"), ("password", "private_key")])
def test_a_device_that_wants_a_key_and_a_password_gets_both(order: tuple[str, ...]) -> None:
    private, public = key_pair()
    with wants_both(public) as (port, host_key, offered):
        keys = (HostKey.parse("r1", host_key),)
        try_login(Login("r1", "127.0.0.1", port, keys, "admin", "right", private, order=order))
        assert offered[-2:] == ["publickey", "password"]
        wrong = Login("r1", "127.0.0.1", port, keys, "admin", "wrong", private, order=order)
        with pytest.raises(AuthenticationFailed, match="refused the password; one attempt was made"):
            try_login(wrong)
        keyless = Login("r1", "127.0.0.1", port, keys, "admin", private_key=private)
        with pytest.raises(AuthenticationFailed, match="the device also wants password"):
            try_login(keyless)


@contextmanager
def wants_both(public_key: str) -> Iterator[tuple[int, str, list[str]]]:
    """A server for which a login is a key and then a password: its port, its key, what it was offered."""
    known = paramiko.Ed25519Key(data=base64.b64decode(public_key.split()[1]))
    offered: list[str] = []

    class Server(paramiko.ServerInterface):
        has_key = False

        def get_allowed_auths(self, username: str) -> str:
            return "password" if self.has_key else "publickey"

        def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
            offered.append("publickey")
            self.has_key = key == known
            return AUTH_PARTIALLY_SUCCESSFUL if self.has_key else AUTH_FAILED

        def check_auth_password(self, username: str, password: str) -> int:
            if not self.has_key:
                return AUTH_FAILED
            offered.append("password")
            return AUTH_SUCCESSFUL if password == "right" else AUTH_FAILED

    with paramiko_server(Server) as (port, host_key):
        yield port, host_key, offered


@contextmanager
def paramiko_server(make: Callable[[], paramiko.ServerInterface]) -> Iterator[tuple[int, str]]:
    """A server that asks `make()` about every login; its port and its key."""
    host_key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as transports:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    transport = paramiko.Transport(listener.accept()[0])
                    transports.callback(transport.join)
                    transports.callback(transport.close)
                    transport.add_server_key(host_key)
                    transport.start_server(event=threading.Event(), server=make())

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], f"{host_key.get_name()} {host_key.get_base64()}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_an_unreadable_private_key_is_named_and_not_shown() -> None:
    with asyncssh_server(silent) as server, pytest.raises(BadRequest, match="private key") as caught:
        try_login(login_to(server, private_key="-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n"))
    assert "c2VjcmV0" not in str(caught.value)


def test_a_command_ends_with_its_output_and_exit_status() -> None:
    with (
        asyncssh_server(answering) as server,
        closing(log_in(login_to(server), Deadline.after("r1", 10))) as connection,
    ):
        channel = connection.run("show")
        assert channel.receive(5) == b"config\n"
        assert channel.receive(5) == b""
        assert (channel.exit_status(5), channel.complaint()) == (3, "a warning")


class Dribbling(socket.socket):
    """A connection that gives at most `piece` bytes at a time."""

    piece = 1

    def recv(self, size: int, flags: int = 0) -> bytes:
        return super().recv(min(size, self.piece), flags)


@pytest.mark.parametrize("piece", [1, 7, 100, 1 << 16])
def test_a_session_is_the_same_in_whatever_pieces_it_arrives(piece: int) -> None:
    text = b"".join(b"interface Gi0/%d\n" % number for number in range(100))

    async def write(process: Any) -> None:
        for start in range(0, len(text), 500):
            process.stdout.write(text[start : start + 500])
        process.exit(0)

    def dialled(device: str, address: str, port: int, deadline: Deadline) -> socket.socket:
        sock = Dribbling(fileno=dial(device, address, port, deadline).detach())
        sock.piece = piece
        return sock

    with (
        asyncssh_server(write) as server,
        closing(log_in(login_to(server), Deadline.after("r1", 20), dialled)) as connection,
    ):
        channel = connection.run("show")
        received = b""
        while data := channel.receive(10):
            received += data
        assert received == text
        assert channel.exit_status(5) == 0


def test_a_flood_on_stderr_does_not_block_the_output() -> None:
    async def flooding(process: Any) -> None:
        for _ in range(60):
            process.stderr.write(b"x" * 100_000)
            await process.stderr.drain()
        process.stdout.write(b"config\n")
        process.exit(0)

    with (
        asyncssh_server(flooding) as server,
        closing(log_in(login_to(server), Deadline.after("r1", 20))) as connection,
    ):
        assert connection.run("show").receive(15) == b"config\n"


def test_a_refused_connection_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match=f"r1: 127.0.0.1 port {port}"):
        try_login(Login("r1", "127.0.0.1", port, (), "admin"))


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="does not resolve"):
        try_login(Login("r1", "no-such-host.invalid", 22, (), "admin"))


def test_a_server_that_never_speaks_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(TimedOut, match="SSH handshake"):
        try_login(Login("r1", "127.0.0.1", server.getsockname()[1], (), "admin"), limit_s=0.3)


def test_a_server_that_hangs_up_in_the_handshake_is_retried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            peer, _ = server.accept()
            peer.sendall(b"SSH-2.0-busy\r\n")
            peer.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(Disconnected):
            try_login(Login("r1", "127.0.0.1", server.getsockname()[1], (), "admin"))
        thread.join()


def test_a_device_of_old_algorithms_only_is_named_so() -> None:
    with (
        asyncssh_server(silent, kex_algs=["diffie-hellman-group1-sha1"]) as server,
        pytest.raises(Incompatible, match="no common SSH algorithm"),
    ):
        try_login(login_to(server))


def test_the_cheap_algorithms_are_negotiated_first() -> None:
    chosen: list[tuple[str, str]] = []

    async def noting(process: Any) -> None:
        chosen.append((process.get_extra_info("send_cipher"), process.get_extra_info("recv_cipher")))
        process.exit(0)

    with (
        asyncssh_server(noting) as server,
        closing(log_in(login_to(server), Deadline.after("r1", 10))) as connection,
    ):
        connection.run("show").receive(5)
    assert chosen == [("aes128-gcm@openssh.com", "aes128-gcm@openssh.com")]


def test_paramiko_writes_nothing_to_any_log(caplog: pytest.LogCaptureFixture) -> None:
    # At DEBUG its packets, passwords included, would reach whatever handler the process has.
    with caplog.at_level(logging.DEBUG), asyncssh_server(silent, password="c0rrect-horse") as server:
        try_login(login_to(server, password="c0rrect-horse"))
    assert not [record for record in caplog.records if record.name.startswith("paramiko")]
    assert "c0rrect-horse" not in caplog.text


def test_a_login_does_not_show_its_secrets() -> None:
    login = Login("r1", "::1", 22, (), "admin", "s3cret", "k3y", "w0rds")
    assert not {"s3cret", "k3y", "w0rds"} & set(repr(login).replace("'", " ").split())


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA=="]
)
def test_a_malformed_pinned_key_is_a_bad_request(line: str) -> None:
    with pytest.raises(BadRequest, match="r1: the pinned host key"):
        HostKey.parse("r1", line)


def test_a_pinned_rsa_key_prefers_its_signatures() -> None:
    assert algorithms_for((HostKey("ssh-rsa", b""),))[:2] == ("rsa-sha2-512", "rsa-sha2-256")


def test_a_second_factor_behind_the_password_says_so_and_is_not_answered() -> None:
    with (
        asyncssh_server(
            silent, password=None, interactive="right", second_factor="Passcode or option: "
        ) as server,
        pytest.raises(AuthenticationFailed, match="a second factor: 'Passcode or option:'"),
    ):
        try_login(login_to(server))
    assert server.passwords == ["right"]


def test_a_device_with_an_ssh_dss_key_alone_is_told_what_it_is() -> None:
    with asyncssh_server(silent, key_types=["ssh-dss"], signature_algs=["ssh-dss"]) as server:
        for legacy in (False, True):
            with pytest.raises(Incompatible, match="its only key is an ssh-dss one") as caught:
                offered_key("r1", "127.0.0.1", server.port, 10, legacy=legacy)
            assert "ssh: legacy" not in str(caught.value)
