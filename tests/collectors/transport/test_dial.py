"""Reaching a device: names within the deadline, every address tried, nothing left open."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from collectors.errors import BadRequest, Forbidden, TimedOut, Unreachable
from collectors.transport import dial as dialling
from collectors.transport.dial import dial, within
from collectors.transport.wire import Deadline
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name server that does not answer: getaddrinfo knows no limit of its own."""
    asked = threading.Event()

    def wait(*_: Any, **__: Any) -> Any:
        asked.wait(30)
        raise OSError("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield
    asked.set()


@pytest.mark.usefixtures("silent_resolver")
def test_a_name_that_is_not_resolved_ends_with_the_deadline() -> None:
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"r1: the collection's 0.2 s were over while resolving 'sw1.example'"):
        dial("r1", "sw1.example", 22, Deadline.after("r1", 0.2))
    assert time.monotonic() - started < 15


@pytest.mark.usefixtures("silent_resolver")
def test_a_resolver_that_is_silent_does_not_use_up_a_long_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "CONNECT_S", 0.1)
    with pytest.raises(TimedOut, match=r"r1: the name 'sw1.example' was not resolved within 0.1 s"):
        dial("r1", "sw1.example", 22, Deadline.after("r1", 60))


def test_a_name_leads_to_the_address_that_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        dial("r1", "localhost", server.getsockname()[1], Deadline.after("r1", 10)).close()


def test_a_port_where_nobody_listens_is_told_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Unreachable, match=rf"^r1: 127.0.0.1 port {port}: Connection refused$"):
            dial("r1", "127.0.0.1", port, Deadline.after("r1", 10))


@pytest.mark.parametrize("address", ["no-such-host.invalid", "", "a..b", "x" * 300])
def test_what_is_no_name_is_unreachable(address: str) -> None:
    with pytest.raises(Unreachable, match="r1: "):
        dial("r1", address, 1, Deadline.after("r1", 10))


def test_a_deadline_that_is_over_dials_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(TimedOut):
            dial("r1", "127.0.0.1", server.getsockname()[1], Deadline.after("r1", 0))
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_nothing_outside_of_the_allowed_networks_is_connected_to(address: str) -> None:
    """A name is held against the networks after its resolution: it may have moved since the review."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        elsewhere = within([ipaddress.ip_network("192.0.2.0/24")])
        with pytest.raises(Forbidden, match=r"r1: .* in none of the allowed networks: 192\.0\.2\.0/24"):
            elsewhere("r1", address, port, Deadline.after("r1", 10))
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
        here = [ipaddress.ip_network(network) for network in ("127.0.0.0/8", "::1/128")]
        within(here)("r1", address, port, Deadline.after("r1", 10)).close()


ODD = [
    "0x7f000001", "0X7F.1", "127.0.0.0x1", "0177.0.0.1", "017700000001", "2130706433", "127.1", "127.1.",
    "127.0.0.1 x", "127.0.0.1%lo", "[::1]", "127.0.0.1/8", "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021", "::1%lo", "2001:db8::1%1",
    "2001:db8::1%.evil.example", "fe80::1%a b", "fe80::1%x.evil.example.net", "a\nb", "host:22",
]  # fmt: skip
"""What some system takes for an address, and another for a name."""


@pytest.mark.parametrize("address", ODD)
@pytest.mark.parametrize("networks", [[], ["127.0.0.0/8", "::/0"]])
def test_an_odd_spelling_is_no_name_here_and_on_no_hop(address: str, networks: list[str]) -> None:
    def way_on(device: str, address: str, port: int, deadline: Deadline) -> socket.socket:
        raise AssertionError(f"a jump host was asked for {address}")

    allowed = tuple(map(ipaddress.ip_network, networks))
    for dial_by in (within(allowed), within(allowed, way_on)):
        with pytest.raises(BadRequest, match=r"neither an IP address nor a name|only a link-local address"):
            dial_by("r1", address, 1, Deadline.after("r1", 10))


def test_an_interface_of_the_jump_hosts_is_not_checked_and_not_dialled() -> None:
    def way_on(device: str, address: str, port: int, deadline: Deadline) -> socket.socket:
        raise AssertionError(f"a jump host was asked for {address}")

    with pytest.raises(Forbidden, match="the interface in 'fe80::1%eth0' is the jump host's"):
        within([ipaddress.ip_network("fe80::/10")], way_on)("r1", "fe80::1%eth0", 1, Deadline.after("r1", 10))


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "::ffff:7f00:1", "fe80::1%lo", "::1"])
def test_another_spelling_of_an_address_is_held_against_the_networks(address: str) -> None:
    with pytest.raises(Forbidden, match="in none of the allowed networks"):
        within([ipaddress.ip_network("192.0.2.0/24")])("r1", address, 1, Deadline.after("r1", 10))
