"""A device as a Wire in memory: it answers what is sent, cut into pieces of any size, without a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

from collectors.define import Platform
from collectors.session.shell import Session
from collectors.transport.wire import Deadline


class MemoryWire:
    """`answer(line)` returns what the device sends after `line`; None ends the session.

    `sizes` are the lengths of the pieces in which it arrives; when they run out, the rest comes at once.
    What is silent on a real wire is an empty queue here.
    """

    def __init__(
        self, greeting: bytes, answer: Callable[[bytes], bytes | None], sizes: Iterable[int] = ()
    ) -> None:
        self._pending = greeting
        self._answer = answer
        self._sizes: Iterator[int] = chain(sizes, repeat(1 << 30))
        self._ended = False
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        reply = self._answer(data)
        if reply is None:
            self._ended = True
        else:
            self._pending += reply

    def receive(self, timeout_s: float) -> bytes | None:
        if not self._pending:
            return b"" if self._ended else None
        size = next(self._sizes)
        data, self._pending = self._pending[:size], self._pending[size:]
        return data

    def exit_status(self, timeout_s: float) -> int | None:
        return None

    def close(self) -> None:
        self._ended = True


def answering(
    answers: dict[str, str], prompt: str = "r1#", echo: bool = True, line_end: str = "\r\n"
) -> Callable[[bytes], bytes]:
    """A device that knows `answers`, ends its lines with `line_end` and shows `prompt` after each."""

    def answer(data: bytes) -> bytes:
        command = data.decode().rstrip("\n")
        text = answers.get(command, "")
        body = (command + "\n" if echo else "") + text + ("" if not text or text.endswith("\n") else "\n")
        return (body.replace("\n", line_end) + prompt).encode()

    return answer


def paged(
    pages: list[bytes], last: bytes, pager: bytes, rub_out: bytes, echo: bytes
) -> Callable[[bytes], bytes]:
    """A device that shows `pages` one by one, each after a space, and rubs the pager out."""
    queue: list[bytes] = []

    def answer(data: bytes) -> bytes:
        if data == b" ":
            return rub_out + queue.pop(0)
        queue[:] = [page + pager for page in pages] + [last]
        return echo + queue.pop(0)

    return answer


def open_session(wire: MemoryWire, platform: Platform) -> Session:
    """A session that has seen its first prompt and sent its setup commands."""
    session = Session(wire, platform, "r1", Deadline.after("r1", 30))
    session.login()
    for command in platform.setup:
        session.setup(command)
    return session
