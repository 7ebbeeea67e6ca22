"""Cisco-like devices that cost little to serve, in one process of their own, on asyncssh.

Benchmarks start it for themselves. `python -m benchmarks.fleet --help` says how a person starts it, to run
another program against the very same devices.
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
from pathlib import Path

import asyncssh
import click

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
    options = {"devices": count, "kilobytes": kilobytes, "answer-after": answer_after_s, "kex": kex}
    argv = [*program, *(f"--{name}={value}" for name, value in options.items())]
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


async def _serve(devices: int, kilobytes: int, answer_after_s: float, kex: str, folder: Path | None) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    options = asyncssh.SSHServerConnectionOptions(
        server_host_keys=[key], kex_algs=kex, encryption_algs=_CIPHERS, compression_algs="none",
        line_editor=False, encoding=None, x11_forwarding=False, gss_host=None,
    )  # fmt: skip
    ports = []
    for number in range(devices):
        name = f"sw{number}"
        text = configuration(name, kilobytes * 1000)
        printed = f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n!\n{text}"
        device = _Device(f"{name}#".encode(), printed.replace("\n", "\r\n").encode(), answer_after_s)
        server = await asyncssh.listen(
            "127.0.0.1", 0, options=options, server_factory=lambda device=device: _Server(device), backlog=256
        )
        ports.append(server.get_port())
    found = Fleet(key.export_public_key().decode().strip(), tuple(ports))
    if folder is not None:
        _write_lists(folder, found)
    click.echo(json.dumps({"host_key": found.host_key, "ports": ports}))
    await asyncio.to_thread(sys.stdin.read)


def _write_lists(folder: Path, devices: Fleet) -> None:
    """The fleet as Oxidized lists its devices, its settings for that list, and the host keys."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = 'delimiter: ":", map: {name: 0, ip: 1, model: 2}, vars_map: {ssh_port: 3}'
    table = folder.resolve() / "router.db"
    lists = {
        "config": (
            f"username: {USERNAME}\npassword: {PASSWORD}\n",
            f"source: {{default: csv, csv: {{file: {table}, {columns}}}}}\n",
        ),
        "router.db": (f"sw{number}:127.0.0.1:ios:{port}\n" for number, port in enumerate(devices.ports)),
        "known_hosts": (f"[127.0.0.1]:{port} {devices.host_key}\n" for port in devices.ports),
    }
    for name, lines in lists.items():
        (folder / name).write_text("".join(lines))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--devices", type=click.IntRange(1, 20_000), default=1000, show_default=True)
@click.option("--kilobytes", type=click.IntRange(1, 10_000), default=20, show_default=True,
              help="Size of each device's configuration.")  # fmt: skip
@click.option("--answer-after", type=click.FloatRange(0, 60), default=0.0, show_default=True,
              help="Seconds that a device takes for each answer.")  # fmt: skip
@click.option("--kex", default=MODERN, show_default=True, help="Key exchanges, in their order.")
@click.option("--lists", type=click.Path(path_type=Path),
              help="Directory for Oxidized's router.db and config, and for known_hosts.")  # fmt: skip
def main(devices: int, kilobytes: int, answer_after: float, kex: str, lists: Path | None) -> None:
    """Serve Cisco-like devices on ports of 127.0.0.1 until stdin ends (Ctrl-D), or until Ctrl-C.

    The user is `bench`, the password `only-for-loopback`. A device knows `show running-config` and `exit`,
    and answers every other command with its prompt. Prints one line of JSON: the host key that all devices
    have, and their ports. Each device takes a file descriptor (`ulimit -n`).

    \b
    Example:  python -m benchmarks.fleet --devices 1000 --answer-after 0.5 --lists /tmp/fleet
    """
    logging.disable(logging.WARNING)  # clients that hang up in the middle of a word
    asyncio.run(_serve(devices, kilobytes, answer_after, kex, lists))


if __name__ == "__main__":
    main()
