"""An SSH transport after key exchange, made with paramiko: our algorithms, our limits, and our errors.

Nothing here authenticates. Whoever gets the transport compares the server's key first.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from collectors.errors import CollectError, Disconnected, Incompatible, TimedOut
from collectors.transport import greeting
from collectors.transport.dial import Dial, dial
from collectors.transport.host_key import HostKey
from collectors.transport.ssh.algorithms import ModernTransport, QuietPacketizer
from collectors.transport.ssh.legacy import LegacyTransport
from collectors.transport.wire import Deadline

HANDSHAKE_S = 30.0


@contextlib.contextmanager
def open_transport(
    device: str,
    address: str,
    port: int,
    key_types: Sequence[str],
    deadline: Deadline,
    *,
    legacy: bool = False,
    dial: Dial = dial,
) -> Iterator[ModernTransport]:
    """A transport after key exchange; closed if the block raises.

    `key_types` are the signatures that the server may show its key by, best first.
    """
    sock = dial(device, address, port, deadline)
    transport = (LegacyTransport if legacy else ModernTransport)(sock, packetizer_class=QuietPacketizer)
    try:
        transport.get_security_options().key_types = key_types
        step = "during the SSH handshake"
        limit_s = min(HANDSHAKE_S, deadline.left(step))
        transport.banner_timeout = limit_s
        done = threading.Event()
        with ssh_errors(device, step, lambda: _advice(transport, legacy=legacy)):
            transport.start_client(event=done)
            if not done.wait(limit_s):
                raise TimedOut(
                    f"{device}: {address} port {port} did not finish the SSH handshake within {limit_s:.0f} s"
                    f"{_no_ssh(transport)}"
                )
            if not transport.is_active():
                greeting.check_service(f"{device}: {address} port {port}", _first_bytes(transport), "ssh")
                error = transport.get_exception() or EOFError("the device closed the connection")
                if words := _no_ssh(transport):
                    raise Disconnected(f"{device}: the connection broke {step}{words}") from error
                raise error
        yield transport
    except BaseException:
        close_transport(transport)
        raise


def _advice(transport: ModernTransport, *, legacy: bool) -> str:
    """What helps against no common algorithm, as far as the server's keys are known."""
    if transport.offered_keys and all(key.startswith("ssh-dss") for key in transport.offered_keys):
        return (
            "; its only key is an ssh-dss one (DSA, 1024 bits), which is accepted nowhere here: "
            "make it an RSA key of 2048 bits, or collect it over Telnet"
        )
    return "" if legacy else "; if it knows only old ones, set its option ssh: legacy"


def _first_bytes(transport: ModernTransport) -> bytes:
    packetizer = transport.packetizer
    assert isinstance(packetizer, QuietPacketizer)
    return packetizer.first


def _no_ssh(transport: ModernTransport) -> str:
    """The end of a message: what came, if it is not the name of an SSH server.

    A server with too many clients, for one, says so.
    """
    first = _first_bytes(transport)
    return f": it said '{greeting.first_line(first)}'" if first.strip() and b"SSH-" not in first else ""


def server_key(transport: paramiko.Transport) -> HostKey:
    """The key with which the server signed the key exchange."""
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.asbytes())


def close_transport(transport: paramiko.Transport) -> None:
    """Close the socket and wait for paramiko's thread."""
    # A shutdown wakes paramiko's thread at once; after a mere close it would wait until its next look.
    with contextlib.suppress(OSError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()
    if transport.is_alive():
        transport.join(5.0)
    transport.sock.close()


@contextlib.contextmanager
def ssh_errors(device: str, step: str, advice: Callable[[], str] = str) -> Iterator[None]:
    """Raise paramiko's and the socket's exceptions as ours; `advice` is for no common algorithm."""
    try:
        yield
    except CollectError:
        raise
    except IncompatiblePeer as error:
        raise Incompatible(f"{device}: no common SSH algorithm: {error}{advice()}") from error
    except TimeoutError as error:
        raise TimedOut(f"{device}: no answer {step}") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Disconnected(
            f"{device}: the connection broke {step}: {error or 'closed by the device'}"
        ) from error
