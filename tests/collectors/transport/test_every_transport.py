"""One suite for every way to a device: what it does in mid-answer ends alike over each of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

import asyncssh
import pytest
from asyncssh.packet import String

from collectors import registry
from collectors.collect import PlatformCollector
from collectors.contract import Collector, CollectorResult
from collectors.define import Api, Command, Platform, bearer_token
from collectors.transport.telnet_protocol import IAC
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.httpsd import Asked, certificate, httpsd
from tests.collectors.shells import Shell
from tests.collectors.telnetd import telnetd
from tests.collectors.threads import no_thread_is_left

__all__ = ["no_thread_is_left"]

CONFIG = (
    "hostname r1\n" + "".join(f"interface eth{n}\n description uplink {n}\n" for n in range(300)) + "end\n"
)
HALF = CONFIG[: len(CONFIG) // 2 + 3]
"""It ends in the middle of a line."""
CAP = 1 << 20
NOP = 241  # of Telnet: nothing (RFC 854)

Doing = Literal["all", "in pieces", "stops", "hangs up", "endless", "drips", "floods"]
SHOW = Command("show running-config", ends_with=r"^end$", idle_s=30)


@dataclass
class Device:
    """What it does with the answer, and the event that ends its silence when the test is over."""

    doing: Doing
    over: threading.Event = field(default_factory=threading.Event)

    def pieces(self) -> Iterator[str]:
        """What is sent of the answer, piece by piece."""
        if self.doing == "all":
            yield CONFIG
        elif self.doing == "in pieces":
            yield from (CONFIG[start : start + 97] for start in range(0, len(CONFIG), 97))
        elif self.doing == "endless":
            for _ in range(4 * CAP // len(CONFIG)):
                if self.over.is_set():
                    return
                yield CONFIG.replace("end\n", "exit\n")
        else:
            yield HALF

    async def silence(self) -> None:
        while not self.over.is_set():
            await asyncio.sleep(0.02)

    def drops(self, drop: bytes, pause_s: float = 0.05) -> Iterator[bytes]:
        """The same bytes, again and again: until the test is over, and never longer than a minute."""
        ends = time.monotonic() + 60
        while not self.over.wait(pause_s) and time.monotonic() < ends:
            yield drop

    @property
    def noise(self) -> bool:
        """Whether it goes on for ever with something that is no answer."""
        return self.doing in ("drips", "floods")


Way = Callable[[Device, Path], Any]


def request(port: int, **changes: Any) -> dict[str, Any]:
    return {
        "task_id": "t-1",
        "device": "r1",
        "address": "127.0.0.1",
        "port": port,
        "platform": "test",
        "username": "admin",
        "password": "right",
        **changes,
    }


def over_ssh(device: Device, platform: Platform | None, collector: Collector | None = None) -> Any:
    """An SSH server whose command line, or whose command, answers as the device does."""

    async def answer(process: Any, line_end: str) -> None:
        for piece in device.pieces():
            process.stdout.write(piece.replace("\n", line_end).encode())
            await process.stdout.drain()
        if device.doing == "stops":
            await device.silence()
        while device.doing == "drips" and not device.over.is_set():
            process.stdout.write(b"x")
            await asyncio.sleep(0.05)
        while device.doing == "floods" and not device.over.is_set():
            # Messages that RFC 4253 (11.2) lets either side send at any time, and that every channel ignores.
            for _ in range(50):
                process.channel.get_connection().send_packet(2, String(b"x" * 1000))
            await asyncio.sleep(0.01)

    async def handle(process: Any) -> None:
        if process.command is not None:
            await answer(process, "\n")
            if device.doing == "hangs up":
                process.close()
            else:
                process.exit(0)
            return
        process.stdout.write(b"\r\nr1#")
        while data := await process.stdin.readline():
            line = data.decode().rstrip("\r\n")
            process.stdout.write(f"{line}\r\n".encode())
            if line == SHOW.text:
                await answer(process, "\r\n")
                if device.doing == "hangs up":
                    process.close()
                    return
            process.stdout.write(b"r1#")

    @contextmanager
    def serve() -> Iterator[tuple[Collector, dict[str, Any]]]:
        with asyncssh_server(handle) as server:
            use = collector or PlatformCollector("test", platform or Platform(config=SHOW))
            try:
                yield use, request(server.port, host_keys=list(server.host_keys))
            finally:
                device.over.set()

    return serve()


@contextmanager
def over_sftp(device: Device, folder: Path) -> Iterator[tuple[Collector, dict[str, Any]]]:
    """A file server whose file behaves as the answer."""
    text = "".join(Device("endless").pieces()) if device.doing == "endless" else CONFIG
    (folder / "config").write_text(text)

    class Files(asyncssh.SFTPServer):
        async def read(self, file_obj: Any, offset: int, size: int) -> Any:
            if device.doing in ("stops", "hangs up") and offset + size > 0:
                file_obj.close()
                if device.doing == "hangs up":
                    self.channel.get_connection().abort()
                await device.silence()
            if device.noise:
                file_obj.close()
                await asyncio.sleep(0.05 if device.doing == "drips" else 0)
                return b"x"
            if device.doing == "in pieces":
                size = min(size, 97)
            return super().read(file_obj, offset, size)

    async def no_command(process: Any) -> None:
        process.exit(1)

    with asyncssh_server(no_command, sftp_factory=Files) as server:
        platform = Platform(transport="file", config=Command(str(folder / "config"), ends_with=r"^end$"))
        try:
            yield PlatformCollector("test", platform), request(server.port, host_keys=list(server.host_keys))
        finally:
            device.over.set()


@contextmanager
def over_telnet(device: Device, _: Path) -> Iterator[tuple[Collector, dict[str, Any]]]:
    """A Telnet server whose command line answers as the device does."""

    class Line(Shell):
        def endless(self, line: str) -> Iterator[bytes]:
            if line == SHOW.text and device.doing == "drips":
                yield from device.drops(b"x")
            if line == SHOW.text and device.doing == "floods":
                yield from device.drops(bytes((IAC, NOP)) * 500, 0.001)

        def reply(self, line: str) -> bytes:
            if line != SHOW.text or device.doing in ("all", "in pieces"):
                return super().reply(line)
            self.leaves = device.doing == "hangs up"
            return "".join(device.pieces()).replace("\n", "\r\n").encode()

    def make() -> Shell:
        return Line(lambda _, line: CONFIG if line == SHOW.text else "")

    with telnetd(make) as server:
        config = request(server.port, options={"transport": "telnet"})
        try:
            yield PlatformCollector("test", Platform(config=SHOW)), config
        finally:
            device.over.set()


@contextmanager
def over_https(device: Device, folder: Path) -> Iterator[tuple[Collector, dict[str, Any]]]:
    """An API whose body is the answer."""

    def answer(asked: Asked, to: BaseHTTPRequestHandler) -> None:
        del asked
        if device.doing == "floods":
            for drop in device.drops(b"HTTP/1.1 100 Continue\r\n\r\n" * 20, 0.001):
                to.wfile.write(drop)
        to.send_response(200)
        if device.doing not in ("endless", "drips"):
            to.send_header("Content-Length", str(len(CONFIG)))
        to.end_headers()
        for piece in device.pieces():
            to.wfile.write(piece.encode())
            to.wfile.flush()
        for drop in device.drops(b"x") if device.doing == "drips" else ():
            to.wfile.write(drop)
            to.wfile.flush()
        if device.doing == "stops":
            device.over.wait(30)

    platform = Platform(
        config=SHOW, api=Api(login=bearer_token, config=Command("GET /config", ends_with=r"^end$"))
    )
    with httpsd(answer, folder) as server:
        config = request(server.port, options={"transport": "https"}, host_keys=[certificate().pin])
        try:
            yield PlatformCollector("test", platform), config
        finally:
            device.over.set()


def over_netmiko(device: Device, _: Path) -> Any:
    return over_ssh(device, None, registry.collector_for("netmiko_cisco_ios"))


WAYS: dict[str, Way] = {
    "shell": lambda device, _: over_ssh(device, Platform(config=SHOW)),
    "exec": lambda device, _: over_ssh(device, Platform(transport="exec", config=SHOW)),
    "sftp": over_sftp,
    "telnet": over_telnet,
    "https": over_https,
    "netmiko": over_netmiko,
}
REASONS: dict[Doing, set[str]] = {
    "stops": {"timeout"},
    "hangs up": {"disconnected", "truncated"},
    "endless": {"too_large"},
}


@pytest.fixture(autouse=True)
def _a_small_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("session.asker", "session.reader", "netmiko.channel"):
        monkeypatch.setattr(f"collectors.{module}.MAX_BYTES", CAP)


def collected(way: str, doing: Doing, folder: Path, timeout_s: float) -> CollectorResult:
    with WAYS[way](Device(doing), folder) as (collector, config):
        if way == "netmiko":
            config["platform"] = "netmiko_cisco_ios"
        return CollectorResult.from_dict(collector(config, timeout_s))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("doing", ["all", "in pieces"])
@pytest.mark.usefixtures("no_thread_is_left")
def test_an_answer_arrives_whole_however_it_is_cut(way: str, doing: Doing, tmp_path: Path) -> None:
    result = collected(way, doing, tmp_path, 60)
    assert (result.status, result.reason) == ("success", None), result.log
    assert (result.device_config or "").endswith("interface eth299\n description uplink 299\nend\n")
    assert (result.device_config or "").count("interface eth") == 300


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("doing", REASONS)
@pytest.mark.usefixtures("no_thread_is_left")
def test_an_answer_that_does_not_end_is_a_failure_in_time(way: str, doing: Doing, tmp_path: Path) -> None:
    limit_s = 2 if doing == "stops" else 60
    began = time.monotonic()
    result = collected(way, doing, tmp_path, limit_s)
    assert (result.status, result.device_config) == ("failure", None)
    assert result.reason in REASONS[doing], result.log
    assert time.monotonic() - began < min(2 * limit_s, 59)  # neither twice the limit nor the test's own end


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("doing", ["drips", "floods"])
@pytest.mark.usefixtures("no_thread_is_left")
def test_whatever_goes_on_for_ever_ends_at_the_deadline(way: str, doing: Doing, tmp_path: Path) -> None:
    """A byte now and then, which no silence ends, or a flood of what no session sees."""
    began = time.monotonic()
    result = collected(way, doing, tmp_path, 6)
    assert (result.status, result.device_config) == ("failure", None)
    assert result.reason == "timeout", result.log
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("way", ["shell", "exec", "telnet", "https", "netmiko"])
@pytest.mark.usefixtures("no_thread_is_left")
def test_bytes_that_no_session_sees_count(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("wire", "ssh.algorithms", "ssh.connection"):
        monkeypatch.setattr(f"collectors.transport.{module}.MAX_RAW_BYTES", CAP // 4)
    result = collected(way, "floods", tmp_path, 30)
    # Where paramiko's own thread notices it first, the connection is closed.
    assert result.reason in ("too_large", "disconnected"), result.log
