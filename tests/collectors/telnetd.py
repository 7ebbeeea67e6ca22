"""A Telnet server on loopback that negotiates like old devices do, asks for a login and serves a Shell."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from collectors.transport.telnet_protocol import DO, ECHO, IAC, SB, SE, SUPPRESS_GO_AHEAD, WILL, WONT
from collectors.transport.telnet_protocol import TERMINAL_TYPE as TTYPE
from collectors.transport.telnet_protocol import WINDOW_SIZE as NAWS
from tests.collectors.shells import Shell

GREETING = bytes((IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, IAC, DO, TTYPE, IAC, DO, NAWS, IAC, DO, 39))
ASK_TERMINAL = bytes((IAC, SB, TTYPE, 1, IAC, SE))


@dataclass
class Telnetd:
    """What came in: raw bytes as they were received, and each login as (name, password)."""

    port: int = 0
    raw: bytearray = field(default_factory=bytearray)
    logins: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@contextmanager
def telnetd(
    make: Callable[[], Shell],
    *,
    asks: tuple[str, str] = ("Username: ", "Password: "),
    closes: bool = False,
    hides: bool = False,
    banner: str = "\nUser Access Verification\n\n",
) -> Iterator[Telnetd]:
    """Let `admin` in with `right`; `asks` without a first text wants the password alone.

    A wrong login is asked for again, or with `closes` hung up on. With `hides` the device takes over the echo
    for as long as a password is typed. Bytes
    leave one at a time at first, so that negotiations arrive in pieces.
    """
    seen = Telnetd()
    server = socket.create_server(("127.0.0.1", 0))
    seen.port = server.getsockname()[1]
    peers: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError, EOFError):
            while True:
                peer, _ = server.accept()
                peers.append(peer)
                with peer, suppress(OSError, EOFError):
                    _session(peer, make(), seen, asks, banner, closes=closes, hides=hides)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield seen
    finally:
        for sock in (*peers, server):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        thread.join(10)


def _session(
    peer: socket.socket,
    shell: Shell,
    seen: Telnetd,
    asks: tuple[str, str],
    banner: str,
    *,
    closes: bool,
    hides: bool,
) -> None:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in GREETING[3 if hides else 0 :] + ASK_TERMINAL + banner.replace("\n", "\r\n").encode():
        peer.sendall(bytes((byte,)))
    while True:
        name = _line(peer, seen, asks[0]) if asks[0] else "admin"
        if asks[0]:
            peer.sendall(f"{name}\r\n".encode())
        if hides:
            peer.sendall(bytes((IAC, WILL, ECHO)))
        word = _line(peer, seen, asks[1])
        if hides:
            peer.sendall(bytes((IAC, WONT, ECHO)))
        seen.logins.append((name, word))
        if (name, word) == ("admin", "right"):
            break
        peer.sendall(b"\r\n% Login invalid\r\n\r\n")
        if closes:
            return
    peer.sendall(f"\r\n{shell.prompt}".encode())
    while True:
        line = _line(peer, seen, "")
        seen.lines.append(line)
        reply = shell.reply(line).replace(b"\xff", b"\xff\xff").replace(b"\r\n", b"\r\0\r\n")
        for start in range(0, len(reply), 7):
            peer.sendall(reply[start : start + 7])
        for piece in shell.endless(line):
            peer.sendall(piece)
        if shell.leaves:
            return


def _line(peer: socket.socket, seen: Telnetd, shown: str) -> str:
    """The next line that is typed, without what is negotiated in between."""
    peer.sendall(shown.encode())
    line = bytearray()
    while True:
        byte = _byte(peer, seen)
        if byte == IAC:
            verb = _byte(peer, seen)
            if verb == IAC:
                line.append(IAC)
            elif verb == SB:
                while not seen.raw.endswith(bytes((IAC, SE))):
                    _byte(peer, seen)
            else:
                _byte(peer, seen)
        elif byte == 0x0A:
            return line.rstrip(b"\r").decode("latin-1")
        else:
            line.append(byte)


def _byte(peer: socket.socket, seen: Telnetd) -> int:
    data = peer.recv(1)
    if not data:
        raise EOFError
    seen.raw += data
    return data[0]
