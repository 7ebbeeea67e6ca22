"""RabbitMQ and FRRouting are the real ones, and go without a trace."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import paramiko
import pytest
from kombu.connection import Connection
from kombu.entity import Queue

from pipeline.system.spawn import is_alive
from tests.servers.frr import FrrRouter, serve_frr
from tests.servers.processes import descendants, missing, require
from tests.servers.rabbitmq import empty_queues, serve_rabbitmq
from tests.support.waiting import until


def test_rabbitmq_keeps_a_confirmed_message_in_a_quorum_queue(rabbitmq: str) -> None:
    arguments = {"x-queue-type": "quorum"}
    options = {"confirm_publish": True}
    with Connection(rabbitmq, transport_options=options) as connection:  # type: ignore[no-untyped-call]
        hello = Queue("hello", routing_key="hello", queue_arguments=arguments)  # type: ignore[no-untyped-call]
        queue = connection.SimpleQueue(hello)
        queue.put({"n": 1})
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
        assert message.payload == {"n": 1}
        assert connection.connection.server_properties["product"] == "RabbitMQ"


def test_what_an_earlier_test_left_in_a_queue_of_rabbitmq_is_gone(rabbitmq: str) -> None:
    with Connection(rabbitmq) as connection:  # type: ignore[no-untyped-call]
        queue = connection.SimpleQueue("left")
        queue.put({"n": 1})
        until(lambda: queue.qsize() == 1)
        empty_queues(rabbitmq, ["not there", "left"])
        assert queue.qsize() == 0
        queue.close()


@contextmanager
def ssh(router: FrrRouter) -> Iterator[paramiko.SSHClient]:
    client = paramiko.SSHClient()
    kind, key = router.host_key.split()
    known = paramiko.hostkeys.HostKeyEntry.from_line(f"[127.0.0.1]:{router.port} {kind} {key}")
    assert known is not None
    assert known.key is not None
    client.get_host_keys().add(f"[{router.address}]:{router.port}", kind, known.key)
    pkey = paramiko.Ed25519Key.from_private_key(io.StringIO(router.private_key))
    client.connect(
        router.address, router.port, router.username, pkey=pkey, allow_agent=False, look_for_keys=False
    )
    try:
        yield client
    finally:
        client.close()


def read_until(channel: paramiko.Channel, ending: str) -> str:
    channel.settimeout(10)
    text = ""
    while not text.endswith(ending):
        piece = channel.recv(65536).decode()
        assert piece, text
        text += piece
    return text


def test_a_person_gets_vtysh_and_its_complaint_before_the_prompt(frr_router: FrrRouter) -> None:
    with ssh(frr_router) as client:
        channel = client.invoke_shell()
        greeting = read_until(channel, "# ")
        assert "% Can't open configuration file" in greeting
        assert "Hello, this is FRRouting" in greeting
        prompt = greeting.splitlines()[-1]
        channel.send(b"show running-config\n")
        shown = read_until(channel, prompt)
        assert "router bgp 65001" in shown
        assert "end\r\n" in shown
        assert "password s3cret-of-the-session" in shown
        channel.close()


def test_a_command_is_answered_without_a_session(frr_router: FrrRouter) -> None:
    with ssh(frr_router) as client:
        _, stdout, _ = client.exec_command("show version")
        assert "FRRouting" in stdout.read().decode()
        assert stdout.channel.recv_exit_status() == 0


def test_a_change_on_the_router_shows_in_its_config_and_not_on_this_machine(frr_router: FrrRouter) -> None:
    frr_router.vtysh("configure terminal", "ip route 198.51.100.0/24 blackhole")
    assert "ip route 198.51.100.0/24 blackhole" in frr_router.vtysh("show running-config")
    assert "C>* 192.0.2.1/32 is directly connected, lo" in frr_router.vtysh("show ip route")
    routes = Path("/proc/net/fib_trie").read_text()
    assert "198.51.100.0" not in routes
    assert "192.0.2.1" not in routes


@pytest.mark.parametrize("serve", [serve_rabbitmq, serve_frr])
def test_no_process_is_left_after_stop(
    serve: Callable[[Path], AbstractContextManager[object]], tmp_path: Path
) -> None:
    before = set(descendants(os.getpid()))
    with serve(tmp_path):
        started = set(descendants(os.getpid())) - before
        assert len(started) >= 3
    assert not any(map(is_alive, started))


def test_a_missing_server_skips_here_and_fails_where_all_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DEVICEVAULT_REQUIRE_ALL", raising=False)
    with pytest.raises(
        pytest.skip.Exception, match=r"no-such-server is not installed \(Debian package nosuch\)"
    ):
        require("no-such-server", "nosuch")
    monkeypatch.setenv("DEVICEVAULT_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="not permitted"):
        missing("not permitted")
