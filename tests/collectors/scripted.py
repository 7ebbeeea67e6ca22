"""A device of which only what a test is about has to be said: greeting, questions, prompt, pager, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.collectors.asyncssh_server import Handler


@dataclass
class Scripted:
    """One session; texts as they travel, but that a lone line feed becomes CR LF.

    asks      before `motd` and the first prompt: (what is shown, the bytes that are waited for)
    answers   what each command is answered with; a tuple says (answer, the prompt from then on)
    unknown   what any other command is answered with
    pager     shown after every `page` lines until a space comes, and rubbed out with `erase`
    echoed    what stands behind the echo of a command, before the answer
    enter     what ends a line
    enabled   what `enable` asks, the prompt behind it, and what is answered then
    """

    prompt: str
    greeting: str = ""
    asks: tuple[tuple[str, bytes], ...] = ()
    motd: str = ""
    answers: Mapping[str, str | tuple[str, str]] = field(default_factory=dict)
    unknown: str = "% Invalid input\n"
    pager: str = ""
    erase: str = "\r        \r"
    page: int = 4
    echoed: str = "\n"
    enter: bytes = b"\n"
    enabled: tuple[tuple[tuple[str, bytes], ...], str, Mapping[str, str]] | None = None

    def __post_init__(self) -> None:
        self._asks = [*self.asks]
        self._pages: list[str] = []
        self._received = b""

    def begin(self) -> str:
        """What is said before anything was typed."""
        return _travelling(self.greeting) + self._wait()

    def take(self, data: bytes) -> str:
        """What is said to `data`, which may hold several lines, or half of one."""
        self._received += data
        said = ""
        while (step := self._step()) is not None:
            said += step
        return said

    def _step(self) -> str | None:
        if not self._received:
            return None
        if self._asks:
            wanted = self._asks[0][1]
            if not self._received.startswith(wanted):
                return None
            self._received = self._received[len(wanted) :]
            self._asks.pop(0)
            return self._wait()
        if self._pages:
            self._received = self._received[1:]
            return self.erase + self._pages.pop(0)
        line, end, rest = self._received.partition(self.enter)
        if not end:
            return None
        self._received = rest
        return self._reply(line.decode().rstrip("\r"))

    def _wait(self) -> str:
        return self._asks[0][0] if self._asks else _travelling(self.motd) + self.prompt

    def _reply(self, line: str) -> str:
        if line == "enable" and self.enabled:
            asks, self.prompt, self.answers = self.enabled
            self.enabled, self._asks, self.motd = None, [*asks], "\n"
            return _travelling(line + self.echoed) + self._wait()
        answer = self.answers.get(line, self.unknown if line else "")
        text, self.prompt = answer if isinstance(answer, tuple) else (answer, self.prompt)
        lines = _travelling(line + self.echoed + text).splitlines(keepends=True)
        size = self.page if self.pager else len(lines) or 1
        pages = ["".join(lines[at : at + size]) for at in range(0, len(lines), size)]
        self._pages = [page + self.pager for page in pages[1:-1]] + [
            page + self.prompt for page in pages[1:][-1:]
        ]
        return pages[0] + (self.pager if self._pages else self.prompt)


def serving(**said: Any) -> Handler:
    """Serve a Scripted of its own to every session; the exec channel answers from `answers` too."""

    async def handle(process: Any) -> None:
        device = Scripted(**said)
        if process.command is not None:
            known = process.command in device.answers
            process.stdout.write(
                _travelling(str(device.answers.get(process.command, device.unknown))).encode()
            )
            process.exit(0 if known else 1)
            return
        process.stdout.write(device.begin().encode())
        while data := await process.stdin.read(4096):
            process.stdout.write(device.take(data).encode())

    return handle


def _travelling(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")
