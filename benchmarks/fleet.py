"""Cisco-like devices that cost little to serve, in one process of their own, on asyncssh.

`python -m benchmarks.fleet COUNT KILOBYTES ANSWER_AFTER_S KEX` prints one line of JSON, its key and ports,
and serves until its stdin ends: it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncssh

USERNAME, PASSWORD = "bench", "only-for-loopback"
MODERN = "curve25519-sha256,curve25519-sha256@libssh.org"  # paramiko knows the older name alone
GROUP14 = "diffie-hellman-group14-sha256"
_CIPHERS = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr"  # ctr for clients without GCM


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices on ports of 127.0.0.1, all with one host key ("<type> <base64>")."""

    host_key: str
    ports: tuple[int, ...]


@contextmanager
def fleet(
    count: int = 1, kilobytes: int = 50, answer_after_s: float = 0.0, kex: str = MODERN
) -> Iterator[Fleet]:
    """Serve `count` devices, each with a configuration of that size, each answer that late."""
    # -W: cryptography warns of group 14, which is measured because devices still speak it.
    program = [sys.executable, "-W", "ignore", "-m", "benchmarks.fleet"]
    argv = [*program, str(count), str(kilobytes), str(answer_after_s), kex]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            ready = json.loads(server.stdout.readline())
            yield Fleet(ready["host_key"], tuple(ready["ports"]))
        finally:
            server.stdin.close()


def configuration(hostname: str, size: int) -> str:
    """`size` bytes, give or take a line, as IOS prints them; different for each hostname."""
    head = f"version 15.2\nservice timestamps log datetime msec\nhostname {hostname}\n!\n"
    tail = "line vty 0 4\n login local\n transport input ssh\n!\nend\n"
    lines, length, number = [head], len(head) + len(tail), 0
    while length < size:
        number += 1
        block = (
            f"interface GigabitEthernet{number // 48}/0/{number % 48}\n"
            f" description {hostname} port {number * 7919 % 10007}\n switchport access vlan {number % 4000}\n"
            " switchport mode access\n spanning-tree portfast\n!\n"
        )
        lines.append(block)
        length += len(block)
    return "".join(lines) + tail


class _Server(asyncssh.SSHServer):
    def __init__(self, device: _Device) -> None:
        self._device = device

    def begin_auth(self, _: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USERNAME, PASSWORD)

    def session_requested(self) -> _Session:
        return _Session(self._device)


@dataclass(frozen=True, slots=True)
class _Device:
    prompt: bytes
    config: bytes
    answer_after_s: float


class _Session(asyncssh.SSHServerSession[bytes]):
    def __init__(self, device: _Device) -> None:
        self._device = device
        self._typed = b""

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan

    def pty_requested(self, *_: object) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self._chan.write(b"\r\n" + self._device.prompt)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        del datatype
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, self._typed = (self._typed + data).split(b"\n")
        self._chan.write(data.replace(b"\n", b"\r\n"))  # clients wait for their echo
        for line in lines:
            if self._device.answer_after_s:
                loop = asyncio.get_running_loop()
                loop.call_later(self._device.answer_after_s, self._answer, line.strip())
            else:
                self._answer(line.strip())

    def eof_received(self) -> bool:
        return False

    def _answer(self, line: bytes) -> None:
        if self._chan.is_closing():
            return
        if line == b"exit":
            self._chan.exit(0)
            return
        body = self._device.config if line == b"show running-config" else b""
        self._chan.write(body + self._device.prompt)


async def _serve(count: int, kilobytes: int, answer_after_s: float, kex: str) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    options = asyncssh.SSHServerConnectionOptions(
        server_host_keys=[key], kex_algs=kex, encryption_algs=_CIPHERS, compression_algs="none",
        line_editor=False, encoding=None, x11_forwarding=False, gss_host=None,
    )  # fmt: skip
    ports = []
    for number in range(count):
        name = f"sw{number}"
        text = configuration(name, kilobytes * 1000)
        printed = f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n!\n{text}"
        device = _Device(f"{name}#".encode(), printed.replace("\n", "\r\n").encode(), answer_after_s)
        server = await asyncssh.listen(
            "127.0.0.1", 0, options=options, server_factory=lambda device=device: _Server(device), backlog=256
        )
        ports.append(server.get_port())
    print(json.dumps({"host_key": key.export_public_key().decode().strip(), "ports": ports}), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # clients that hang up in the middle of a word
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
