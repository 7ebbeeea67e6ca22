"""A command line of one's own for the test's servers: what it says to each line, over SSH."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.collectors.asyncssh_server import Handler


@dataclass
class Shell:
    """A session's state: `say(shell, line)` returns the answer to a line and may change the prompt.

    `keys` are asked before the first prompt: (what the device shows, the bytes that it waits for). A Telnet
    server hangs up behind an answer once it `leaves`.
    """

    say: Callable[[Shell, str], str]
    prompt: str = "r1#"
    keys: tuple[tuple[str, bytes], ...] = ()
    typed: list[str] = field(default_factory=list)
    leaves: bool = False

    def reply(self, line: str) -> bytes:
        """Echo, answer and prompt as they travel."""
        self.typed.append(line)
        text = self.say(self, line)
        return (f"{line}\n{text}".replace("\n", "\r\n") + self.prompt).encode()

    def endless(self, line: str) -> Iterable[bytes]:
        """What a Telnet server sends after the reply to `line`, as raw bytes; nothing, for most devices."""
        del line
        return ()


def table(answers: Mapping[str, str]) -> Callable[[Shell, str], str]:
    """What a device says that knows `answers`, and refuses everything else but an empty line."""
    return lambda _, line: answers.get(line, "% Invalid input\n" if line else "")


def over_ssh(make: Callable[[], Shell]) -> Handler:
    """Serve a Shell of its own to every session, and its answers to every command of the exec channel."""

    async def handle(process: Any) -> None:
        shell = make()
        if process.command is not None:
            process.stdout.write(shell.say(shell, process.command).encode())
            process.exit(0)
            return
        for shown, wanted in shell.keys:
            process.stdout.write(shown.encode())
            if await process.stdin.readexactly(len(wanted)) != wanted:
                process.exit(1)
        process.stdout.write(f"\r\n{shell.prompt}".encode())
        while line := await process.stdin.readline():
            process.stdout.write(shell.reply(line.decode().rstrip("\r\n")))

    return handle
