"""Recorded sessions without sockets or clock: whole collections in memory, cut and chunked at will."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from collectors import registry
from collectors.collect import collect_by
from collectors.errors import Disconnected, Rejected, TooLarge
from collectors.simulator.recording import recorded_device
from tests.collectors.wires import MemoryWire

OURS = Path(__file__).parent / "recordings"
CORPUS = Path(os.environ.get("DEVICEVAULT_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
PASSWORD = "of-the-recording"
Answer = Callable[[bytes], bytes]
Shell = tuple[bytes, Answer]
"""What a device says at first, and how it answers."""


@cache
def replay_device() -> Any:
    """The corpus's own player of its recordings."""
    spec = importlib.util.spec_from_file_location(
        "replay_device", CORPUS.parent / "tools" / "replay_device.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def simulation(path: Path) -> Any:
    """A recording of the corpus as its player reads it, once; the player leaves the file open."""
    with warnings.catch_warnings(action="ignore"):
        return replay_device().Sim(path)


@dataclass
class Session:
    """One connection that carries `limit` bytes at most, in pieces of `sizes`; what comes after is lost.

    `ends`: the device then hangs up; else it falls silent.
    """

    path: Path
    sizes: Iterable[int] = ()
    limit: int = 1 << 30
    ends: bool = True
    carried: int = 0
    alive: bool = True
    asks_login: bool = False

    def shell(self) -> MemoryWire:
        return _Cut(self, *(_theirs(self.path) if _is_theirs(self.path) else _ours(self.path)))

    def run(self, command: str) -> MemoryWire:
        wire = _Cut(self, self._answer(command), lambda _: b"")
        wire.close()  # whose end the device has said; what it said before is still to be read
        return wire

    def fetch(self, path: str, cap: int, idle_s: float) -> bytes:
        content = self._answer(f"scp -f {path}")
        if len(content) > cap:
            raise TooLarge(path)
        self.carried += min(len(content), self.limit)
        if self.limit < len(content):
            raise Disconnected("in the middle of a file")
        return content

    def close(self) -> None: ...

    def _answer(self, command: str) -> bytes:
        if _is_theirs(self.path):
            found = replay_device().Device(simulation(self.path)).find(command.encode() + b"\n")
            assert found is not None, command
            return bytes(found)
        reply = recorded_device(self.path, username="u", password=PASSWORD).converse().answer(command)
        if reply.refused:
            raise Rejected(reply.text)
        return reply.text.replace("\n", "\r\n").encode()


class _Cut(MemoryWire):
    def __init__(self, session: Session, greeting: bytes, answer: Answer) -> None:
        super().__init__(greeting, answer, session.sizes)
        self._session = session

    def receive(self, timeout_s: float) -> bytes | None:
        data = super().receive(timeout_s)
        if not data:
            return data
        room = self._session.limit - self._session.carried
        self._session.carried += len(data[:room])
        if data[:room]:
            return data[:room]
        self._session.alive = not self._session.ends
        return b"" if self._session.ends else None

    def exit_status(self, timeout_s: float) -> int | None:
        return None if self._pending or self._session.carried >= self._session.limit else 0

    def complaint(self) -> str:
        return ""


def platform_name(path: Path) -> str:
    """The platform of a recording, ours or the corpus's."""
    name = path.name.split("#")[0] if _is_theirs(path) else path.parent.name
    return registry.resolve(name) or name


def collected(path: Path, session: Session) -> dict[str, Any]:
    """What our collector makes of the recording at `path` on that session."""
    return collect_with(platform_name(path), session)


def collect_with(name: str, connection: Any, limit_s: float = 60) -> dict[str, Any]:
    """A whole collection by platform `name` on a connection in memory."""
    definition = registry.platform(name)
    assert definition is not None

    @contextmanager
    def reach(*_: object, **__: object) -> Iterator[Any]:
        yield connection

    config = {
        "task_id": "t", "device": "lab1", "address": "127.0.0.1", "platform": name, "username": "backup",
        "password": PASSWORD, "enable_password": PASSWORD, "options": {"secrets": "hide"},
    }  # fmt: skip
    return collect_by(definition, config, limit_s, reach)


def _is_theirs(path: Path) -> bool:
    return "#" in path.name


def _ours(path: Path) -> Shell:
    conversation = recorded_device(path, username="backup", password=PASSWORD).converse()
    secret = False

    def answer(data: bytes) -> bytes:
        nonlocal secret
        if not data.endswith((b"\n", b"\r")):
            return b""  # a key press that our recordings do not wait for
        line = data.decode().rstrip("\r\n")
        reply = conversation.answer(line)
        echo = "\n" if secret else f"{line}\n"
        secret = reply.secret
        return (echo + reply.text + conversation.prompt).replace("\n", "\r\n").encode()

    return (conversation.greeting + conversation.prompt).replace("\n", "\r\n").encode(), answer


def _theirs(path: Path) -> Shell:
    device = replay_device().Device(simulation(path))

    def answer(data: bytes) -> bytes:
        device.buf += data
        said = b""
        while (command := device.take(final=True)) is not None:
            said += device.answer(command)[0]
        return said

    return device.sim.init or device.prompt, answer
