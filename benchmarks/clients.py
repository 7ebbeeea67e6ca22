"""One session by each of our peers: log in, turn the pager off, `show running-config`, hang up.

Each sends two commands of preparation, as all definitions of IOS do. None of them checks the host key, and
ours does.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import paramiko
from netmiko import ConnectHandler
from scrapli import AuthOptions, Cli, TransportBinOptions, TransportSsh2Options

from benchmarks.collector import Target
from benchmarks.fleet import PASSWORD, USERNAME

_PREPARE = (b"terminal length 0\n", b"terminal width 0\n")
_SHOW = b"show running-config\n"


Client = Callable[[Target], str]


def paramiko_transport(target: Target) -> str:
    """paramiko's Transport without Nagle's algorithm."""
    with _without_nagle(target) as sock:
        transport = paramiko.Transport(sock)
        try:
            transport.start_client(timeout=30)
            transport.auth_password(USERNAME, PASSWORD)
            channel = transport.open_session()
            channel.get_pty(width=511)
            channel.invoke_shell()
            return _converse(channel)
        finally:
            _hang_up(transport)


def paramiko_client(target: Target) -> str:
    """paramiko's SSHClient as its documentation shows it."""
    return _paramiko_client(target, None)


def paramiko_client_nodelay(target: Target) -> str:
    """paramiko's SSHClient without Nagle's algorithm: what a careful script would be."""
    with _without_nagle(target) as sock:
        return _paramiko_client(target, sock)


def _paramiko_client(target: Target, sock: socket.socket | None) -> str:
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # loopback only
        client.connect(
            "127.0.0.1", target.port, USERNAME, PASSWORD, sock=sock, allow_agent=False, look_for_keys=False
        )
        transport = client.get_transport()
        assert transport is not None
        try:
            return _converse(client.invoke_shell(width=511))
        finally:
            _hang_up(transport)


def _hang_up(transport: paramiko.Transport) -> None:
    # close() alone leaves the thread to its next poll, which would be counted elsewhere.
    with suppress(OSError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()
    transport.join()


def _without_nagle(target: Target) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", target.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def netmiko(target: Target) -> str:
    """netmiko with its defaults for IOS."""
    with ConnectHandler(
        device_type="cisco_ios", host="127.0.0.1", port=target.port, username=USERNAME, password=PASSWORD
    ) as connection:
        return str(connection.send_command("show running-config"))


def scrapli_openssh(target: Target) -> str:
    """scrapli with its default transport, OpenSSH's client."""
    return _scrapli(target, TransportBinOptions(enable_strict_key=False, known_hosts_path="/dev/null"))


def scrapli_ssh2(target: Target) -> str:
    """scrapli on libssh2, compiled as the rest of its engine is."""
    return _scrapli(target, TransportSsh2Options())


def _scrapli(target: Target, transport: TransportBinOptions | TransportSsh2Options) -> str:
    with Cli(
        "127.0.0.1", port=target.port, definition_file_or_name="cisco_iosxe",
        auth_options=AuthOptions(username=USERNAME, password=PASSWORD), transport_options=transport,
    ) as connection:  # fmt: skip
        return connection.send_input("show running-config").result


def _converse(channel: paramiko.Channel) -> str:
    answer = _until_prompt(channel)
    for command in (*_PREPARE, _SHOW):
        channel.sendall(command)
        answer = _until_prompt(channel)
    return answer.decode()


def _until_prompt(channel: paramiko.Channel) -> bytes:
    answer = b""
    while not answer.endswith(b"sw0#"):
        answer += channel.recv(1 << 16)
    return answer
