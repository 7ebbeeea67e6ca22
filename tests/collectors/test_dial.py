"""Reaching a device: names within the deadline, every address tried, nothing left open."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from collectors.errors import TimedOut, Unreachable
from collectors.transport import dial as dialling
from collectors.transport.dial import dial
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

    monkeypatch.setattr(dialling.socket, "getaddrinfo", wait)
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
