"""One granted shell or command of a simulated device, from its greeting to its end."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import cycle

from paramiko import Channel

from collectors.simulator.conversation import Reply
from collectors.simulator.device import SimulatedDevice
from collectors.simulator.fault import Fault
from collectors.simulator.terminal import HungUp, Terminal

DRIP_BYTES, DRIP_PAUSE_S = 16, 0.05


class Dropped(Exception):
    """The device cuts the connection in the middle of a word."""


def run_shell(device: SimulatedDevice, channel: Channel, fault: Fault | None) -> None:
    """Serve an interactive session until one side ends it. HungUp, Dropped and OSError end it early."""
    terminal = Terminal(channel)
    conversation = device.converse()
    terminal.write(conversation.greeting)
    secret = False
    while True:
        terminal.write(conversation.prompt)
        line = terminal.read_line(echo=not secret)
        if line is None:
            break
        if not secret and line.strip():
            device.commands.append(line)
        reply = conversation.answer(line)
        secret = reply.secret
        pager = device.personality.pager
        if reply.is_config and fault:
            _answer_badly(terminal, reply, device, fault)
        elif pager and reply.paged and conversation.paging:
            terminal.page(reply.text, pager)
        else:
            terminal.write(reply.text)
        if reply.leaves:
            break
    terminal.flush()


def run_exec(device: SimulatedDevice, channel: Channel, command: str, fault: Fault | None) -> int:
    """Serve one command of the exec channel; returns its exit status. Raises as run_shell does."""
    terminal = Terminal(channel, line_end=device.personality.exec_line_end)
    device.commands.append(command)
    reply = device.converse().answer(command)
    if reply.is_config and fault:
        _answer_badly(terminal, reply, device, fault)
    elif command.startswith("scp -f ") and not reply.refused:
        _send_file(terminal, reply.text.encode())
    else:
        terminal.write(reply.text)
    terminal.flush()
    refused = reply.refused or (reply.is_config and fault is Fault.AUTHORIZATION_FAILED)
    return device.personality.rejected_status if refused else 0


def garbage(size: int) -> bytes:
    """`size` bytes without meaning and without control characters, the same every time."""
    return bytes(random.Random(size).choices(range(0x21, 0x100), k=size))  # noqa: S311 (not a secret)


def _send_file(terminal: Terminal, content: bytes) -> None:
    """What `scp -f` says: each step waits for the other side's zero byte."""
    for piece in (f"C0644 {len(content)} file\n".encode(), content + b"\0"):
        terminal.read_key()
        terminal.write_bytes(piece)
    terminal.read_key()


def _answer_badly(terminal: Terminal, reply: Reply, device: SimulatedDevice, fault: Fault) -> None:
    act = _ACTS.get(fault)
    if act:
        act(terminal, reply.text, device)
    else:
        terminal.write(reply.text)


def _refuse(terminal: Terminal, _: str, device: SimulatedDevice) -> None:
    terminal.write(device.personality.refusal)


def _say_nothing(*_: object) -> None:
    return


def _cut_short(terminal: Terminal, text: str, _: SimulatedDevice) -> None:
    terminal.write(text[: len(text) * 3 // 5] + "\n")


def _truncate(terminal: Terminal, text: str, _: SimulatedDevice) -> None:
    terminal.write(text[: len(text) * 3 // 5])
    terminal.flush()
    raise Dropped


def _hang(terminal: Terminal, text: str, _: SimulatedDevice) -> None:
    terminal.write(text[: len(text) * 3 // 5])
    terminal.ignore_until_hang_up()


def _babble(terminal: Terminal, text: str, _: SimulatedDevice) -> None:
    terminal.write_bytes(garbage(len(text)) + b"\r\n")


def _drip(terminal: Terminal, text: str, _: SimulatedDevice) -> None:
    for start in range(0, len(text), DRIP_BYTES):
        terminal.write(text[start : start + DRIP_BYTES])
        terminal.rest(DRIP_PAUSE_S)


def _never_end(terminal: Terminal, text: str, _: SimulatedDevice) -> None:
    for line in cycle(text.splitlines(keepends=True)):
        terminal.write(line)


_Act = Callable[[Terminal, str, SimulatedDevice], None]
_ACTS: dict[Fault, _Act] = {
    Fault.AUTHORIZATION_FAILED: _refuse,
    Fault.EMPTY: _say_nothing,
    Fault.CUT_SHORT: _cut_short,
    Fault.TRUNCATED: _truncate,
    Fault.HANG: _hang,
    Fault.GARBAGE: _babble,
    Fault.SLOW_DRIP: _drip,
    Fault.ENDLESS: _never_end,
}

__all__ = ["Dropped", "HungUp", "garbage", "run_exec", "run_shell"]
