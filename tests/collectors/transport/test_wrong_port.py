"""A `transport` or a `port` that is another service's: the failure says what answers, and what to set."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from collectors.collect import collect_by
from collectors.define import Command, Platform
from collectors.platforms.fortinet import PLATFORM as FORTINET
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import message
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.telnetd import telnetd
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]

SWITCH = Platform(config=Command("show config", ends_with=r"^end$"), api=FORTINET.api)
PIN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"


def shell() -> Shell:
    return Shell(table({"show config": "end\n"}))


@contextmanager
def web() -> Iterator[int]:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@contextmanager
def greeting(said: bytes) -> Iterator[int]:
    """A server that says this and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def tried(port: int, transport: str, timeout: float = 10) -> dict[str, Any]:
    config = {
        "task_id": "t-1", "device": "r1", "address": "127.0.0.1", "port": port, "platform": "test",
        "host_keys": [PIN], "username": "admin", "password": "right", "options": {"transport": transport},
    }  # fmt: skip
    return collect_by(SWITCH, config, timeout)


def ssh(stack: ExitStack) -> int:
    return stack.enter_context(asyncssh_server(over_ssh(shell))).port


def telnet(stack: ExitStack) -> int:
    return stack.enter_context(telnetd(shell)).port


def plain_web(stack: ExitStack) -> int:
    return stack.enter_context(web())


def tls(stack: ExitStack) -> int:
    """Few answer to what is no TLS at all; those who do send an alert."""
    return stack.enter_context(greeting(bytes.fromhex("15030100020246")))


@pytest.mark.parametrize(
    ("transport", "server", "says"),
    [
        ("telnet", ssh, "an SSH server answers there ('SSH-2.0-AsyncSSH"),
        ("https", ssh, "an SSH server answers there ('SSH-2.0-AsyncSSH"),
        ("ssh", telnet, "a Telnet server answers there: set `transport: telnet`, or another `port`"),
        ("https", telnet, "a Telnet server answers there: set `transport: telnet`, or another `port`"),
        ("ssh", plain_web, "a web server answers there"),
        ("https", plain_web, "a web server answers there"),
        ("ssh", tls, "a TLS server answers there"),
    ],
)
def test_another_service_at_the_port_is_named(
    transport: str, server: Callable[[ExitStack], int], says: str
) -> None:
    with ExitStack() as stack:
        port = server(stack)
        result = tried(port, transport)
    assert f"r1: 127.0.0.1 port {port}: {says}" in message(result)
    assert (result["reason"], result["transient"]) == ("incompatible", False)


def test_an_ssh_server_with_too_many_clients_is_tried_again() -> None:
    with greeting(b"Exceeded MaxStartups\r\n") as port:
        result = tried(port, "ssh")
    assert (result["reason"], result["transient"]) == ("disconnected", True)
    assert "it said 'Exceeded MaxStartups'" in message(result)


def test_a_telnet_port_that_says_nothing_was_not_logged_in_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result = tried(listener.getsockname()[1], "telnet", timeout=0.3)
    assert "r1: nothing came within 0 s before the login" in message(result)
