"""What answers at a port, by its first bytes: `transport` or `port` may be those of another service."""

from __future__ import annotations

from typing import Literal, NamedTuple

from collectors.errors import Incompatible, quoted

Spoken = Literal["ssh", "telnet", "https"]
ENOUGH = 5
"""So many bytes tell, however many pieces they come in."""

_KEPT = 200  # bytes, for a message


class _Server(NamedTuple):
    begins: tuple[bytes, ...]
    name: str
    spoken: Spoken | None
    advice: str


_SERVERS = (
    _Server((b"SSH-1", b"SSH-2"), "an SSH server", "ssh", "set `transport: ssh`, or another `port`"),
    _Server((b"\xff",), "a Telnet server", "telnet", "set `transport: telnet`, or another `port`"),
    _Server((b"HTTP", b"<!DO", b"<!do", b"<HTM", b"<htm"), "a web server", None, "set another `port`"),
    _Server((b"\x15\x03", b"\x16\x03"), "a TLS server", "https", "set another `port`"),
)


def more(first: bytes, data: bytes) -> bytes:
    """The first bytes that came, and what came behind them: as many as a message may need."""
    return first if len(first) >= _KEPT else (first + data)[:_KEPT]


def check(device: str, first: bytes, spoken: Spoken) -> None:
    """Raise Incompatible if what answers begins like the server of another protocol than `spoken`."""
    for server in _SERVERS:
        if server.spoken != spoken and first.startswith(server.begins):
            words = first_line(first)
            shown = f" ('{words}')" if words.startswith(("SSH-", "HTTP")) else ""
            raise Incompatible(f"{device}: {server.name} answers there{shown}: {server.advice}")


def first_line(first: bytes) -> str:
    """What it says in its first line, for a message."""
    return quoted(first.decode("latin-1").strip().partition("\n")[0].strip())
