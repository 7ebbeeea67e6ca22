"""The other end: a paramiko client that reads until it has seen what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from collectors.simulator import Personality, SimulatedDevice
from collectors.simulator.personalities import CISCO_IOS

CONFIG = "hostname sw1\n!\nvlan 10\n name STAFF\n!\nend\n"


def device(name: str = "sw1", personality: Personality = CISCO_IOS, **options: object) -> SimulatedDevice:
    """A device with a short configuration, unless `config` says otherwise."""
    values: dict[str, object] = {"config": CONFIG, "username": "backup", "password": "right", **options}
    return SimulatedDevice(name, personality, **values)  # type: ignore[arg-type]


@contextmanager
def logged_in(to: SimulatedDevice, password: str = "right") -> Iterator[paramiko.Transport]:
    """A transport on which `backup` is logged in, with the pinned key checked first."""
    with paramiko.Transport((to.address, to.port)) as transport:
        transport.start_client(timeout=60)
        shown = transport.get_remote_server_key()
        assert f"{shown.get_name()} {shown.get_base64()}" == to.host_key_line
        transport.auth_password("backup", password)
        yield transport


@contextmanager
def shell(to: SimulatedDevice) -> Iterator[Shell]:
    """An interactive session."""
    with logged_in(to) as transport, transport.open_session() as channel:
        channel.get_pty()
        channel.invoke_shell()
        channel.settimeout(60)
        yield Shell(channel)


class Shell:
    """Type and see."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def type(self, keys: str) -> None:
        self._channel.sendall(keys.encode())

    def until(self, end: str) -> str:
        """Everything up to and with `end`, which must be the last that arrives."""
        seen = b""
        while not seen.endswith(end.encode()):
            data = self._channel.recv(65536)
            assert data, f"hung up after {seen!r}"
            seen += data
        return seen.decode()

    def to_the_end(self) -> bytes:
        """Everything until the device hangs up."""
        seen = b""
        while data := self._channel.recv(65536):
            seen += data
        return seen

    def ask(self, line: str, prompt: str) -> str:
        """The answer to `line`, with echo and prompt taken off and `\\n` as line end."""
        self.type(line + "\n")
        seen = self.until(f"\r\n{prompt}")
        assert seen.startswith(f"{line}\r\n"), seen
        return seen[len(line) + 2 : -len(prompt)].replace("\r\n", "\n")


def execute(on: SimulatedDevice, command: str) -> tuple[str, int]:
    """Output and exit status of one command on the exec channel."""
    with logged_in(on) as transport, transport.open_session() as channel:
        channel.settimeout(60)
        channel.exec_command(command)
        output = b"".join(iter(lambda: channel.recv(65536), b""))
        return output.decode(), channel.recv_exit_status()
