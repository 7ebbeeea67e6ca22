"""Many devices in one process: their ports, their logins, and that nothing is left of them afterwards."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import paramiko
import pytest

from collectors.simulator import Fault, Fleet, SimulatorError
from tests.collectors.simulator.client import device, execute, logged_in, shell
from tests.support.waiting import until


def test_devices_have_their_own_ports_keys_and_configurations() -> None:
    with Fleet([device("sw1", config="one\n"), device("sw2", config="two\n")]) as fleet:
        assert fleet["sw1"].port != fleet["sw2"].port
        assert fleet["sw1"].host_key_line != fleet["sw2"].host_key_line
        assert "one\r\n" in execute(fleet["sw1"], "show running-config")[0]
        assert "two\r\n" in execute(fleet["sw2"], "show running-config")[0]


def test_a_host_key_is_the_same_on_every_machine() -> None:
    assert device("sw1").host_key_line == (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDao2l8Uok0yRHySOScC0e4LWiz0pu4TvElj4Tlqms1J"
    )


def test_known_hosts_pins_every_device() -> None:
    with Fleet([device("sw1"), device("sw2", address="127.0.0.2")]) as fleet:
        first, second = fleet.known_hosts().splitlines()
        assert first == f"[127.0.0.1]:{fleet['sw1'].port} {fleet['sw1'].host_key_line}"
        assert second == f"[127.0.0.2]:{fleet['sw2'].port} {fleet['sw2'].host_key_line}"


def test_a_port_in_use_is_one_clear_line_and_leaves_nothing_listening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        free = device("sw1")
        with pytest.raises(SimulatorError) as raised:
            Fleet([free, device("sw2", port=port)]).start()
    assert str(raised.value) == f"sw2: cannot listen on 127.0.0.1:{port}: Address already in use"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((free.address, free.port))


def test_two_devices_of_one_name_are_refused() -> None:
    with pytest.raises(SimulatorError, match="sw1: two simulated devices have this name"):
        Fleet([device("sw1"), device("sw1")])


def test_an_edit_that_fits_nowhere_says_so() -> None:
    with pytest.raises(SimulatorError, match=r"sw1: 'vlan 99' occurs 0 times in its configuration, not once"):
        device("sw1").edit("vlan 99", "vlan 98")


def test_logins_and_sessions_are_counted() -> None:
    with Fleet([device()]) as fleet:
        with pytest.raises(paramiko.AuthenticationException), logged_in(fleet["sw1"], password="wrong"):
            pass
        assert (fleet["sw1"].login_attempts, fleet["sw1"].sessions) == (1, 0)
        execute(fleet["sw1"], "show privilege")
        assert (fleet["sw1"].login_attempts, fleet["sw1"].sessions) == (2, 1)
        assert fleet["sw1"].connections == 2


def test_a_connection_without_a_login_counts_no_attempt() -> None:
    with Fleet([device()]) as fleet:
        with paramiko.Transport((fleet["sw1"].address, fleet["sw1"].port)) as transport:
            transport.start_client(timeout=60)
        assert (fleet["sw1"].connections, fleet["sw1"].login_attempts) == (1, 0)


def test_a_pinned_user_key_logs_in_and_another_does_not() -> None:
    right, wrong = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    with Fleet([device(authorized_key=right)]) as fleet:
        for key, accepted in ((wrong, False), (right, True)):
            with paramiko.Transport((fleet["sw1"].address, fleet["sw1"].port)) as transport:
                transport.start_client(timeout=60)
                if accepted:
                    transport.auth_publickey("backup", key)
                    assert transport.is_authenticated()
                else:
                    with pytest.raises(paramiko.AuthenticationException):
                        transport.auth_publickey("backup", key)


def test_a_password_may_be_asked_for_interactively() -> None:
    with (
        Fleet([device()]) as fleet,
        paramiko.Transport((fleet["sw1"].address, fleet["sw1"].port)) as transport,
    ):
        transport.start_client(timeout=60)
        transport.auth_interactive("backup", lambda _title, _text, prompts: ["right" for _ in prompts])
        assert transport.is_authenticated()


def test_only_sessions_are_granted() -> None:
    with (
        Fleet([device()]) as fleet,
        logged_in(fleet["sw1"]) as transport,
        pytest.raises(paramiko.ChannelException),
    ):
        transport.open_channel("direct-tcpip", ("192.0.2.1", 80), ("127.0.0.1", 1))


def test_fifty_sessions_at_once_are_served() -> None:
    with Fleet([device(f"sw{number}") for number in range(10)]) as fleet, ThreadPoolExecutor(50) as pool:
        everywhere = list(fleet) * 5
        answers = list(pool.map(lambda one: execute(one, "show running-config"), everywhere))
        assert [status for _, status in answers] == [0] * 50
        assert all("name STAFF" in output for output, _ in answers)
        assert sum(one.login_attempts for one in fleet) == 50


def test_closing_ends_running_sessions_at_once_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    fleet = Fleet([device(f"sw{number}") for number in range(20)])
    fleet.start()
    clients = [paramiko.Transport((one.address, one.port)) for one in fleet]
    for client in clients:
        client.start_client(timeout=60)
        client.auth_password("backup", "right")
        client.open_session().invoke_shell()
    began = time.monotonic()
    fleet.close()
    took_s = time.monotonic() - began
    left = {thread for thread in threading.enumerate() if thread not in before and thread not in clients}
    for client in clients:
        client.close()
        client.join()
    assert left == set()
    assert took_s < 15


def test_closing_twice_is_harmless_and_a_fleet_can_start_again() -> None:
    fleet = Fleet([device()])
    fleet.start()
    port = fleet["sw1"].port
    fleet.close()
    fleet.close()
    with fleet:
        assert fleet["sw1"].port == port
        assert execute(fleet["sw1"], "show privilege") == ("Current privilege level is 15\r\n", 0)


def test_a_finished_session_is_cleared_away_while_the_fleet_runs() -> None:
    with Fleet([device()]) as fleet:
        for _ in range(10):
            with shell(fleet["sw1"]) as session:
                session.until("sw1#")
        until(lambda: sum(thread.name == "simulated sw1" for thread in threading.enumerate()) <= 2)


def test_a_fault_can_come_and_go_while_the_fleet_runs() -> None:
    with Fleet([device()]) as fleet:
        port = fleet["sw1"].port
        fleet["sw1"].fault = Fault.UNREACHABLE
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        fleet["sw1"].fault = None
        assert fleet["sw1"].port == port
        assert execute(fleet["sw1"], "show privilege")[1] == 0
