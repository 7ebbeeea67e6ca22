"""Reaching a device: names within the deadline, every address tried, nothing left open."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from collectors.errors import Forbidden, TimedOut, Unreachable
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
