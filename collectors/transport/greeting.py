"""What kind of server answers at a port, known by its first bytes; a wrong `port` leads to another one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from collectors.errors import Incompatible, quoted

Service = Literal["ssh", "telnet", "https"]
ENOUGH = 5
"""So many bytes tell the service, in however many pieces they come."""

_KEPT = 200  # bytes, for a message


class _Server(NamedTuple):
    begins: tuple[bytes, ...]
    name: str
    service: Service | None
    advice: str


_SERVERS = (
    _Server((b"SSH-1", b"SSH-2"), "an SSH server", "ssh", "set `transport: ssh`, or another `port`"),
    _Server((b"\xff",), "a Telnet server", "telnet", "set `transport: telnet`, or another `port`"),
    _Server((b"HTTP", b"<!DO", b"<!do", b"<HTM", b"<htm"), "a web server", None, "set another `port`"),
    _Server((b"\x15\x03", b"\x16\x03"), "a TLS server", "https", "set another `port`"),
)


def append(first: bytes, data: bytes) -> bytes:
    """`first` with `data` after it, but no more bytes than a message may need."""
    return first if len(first) >= _KEPT else (first + data)[:_KEPT]


def check_service(device: str, first: bytes, expected: Service) -> None:
    """Raise Incompatible if the first bytes are those of another service than the `expected` one."""
    for server in _SERVERS:
        if server.service != expected and first.startswith(server.begins):
            words = first_line(first)
            shown = f" ('{words}')" if words.startswith(("SSH-", "HTTP")) else ""
            raise Incompatible(f"{device}: {server.name} answers there{shown}: {server.advice}")


def first_line(first: bytes) -> str:
    """The first line of what came, for a message."""
    return quoted(first.decode("latin-1").strip().partition("\n")[0].strip())
