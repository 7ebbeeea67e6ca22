"""Fetches one file from a device over an open channel: by SFTP (draft-ietf-secsh-filexfer-02) or SCP.

SCP is the protocol of `scp -f`. OpenSSH before 9.0 and many devices know nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import paramiko

from collectors.errors import Disconnected, Rejected, TimedOut, TooLarge
from collectors.transport.wire import Deadline, Wire

_PIECE = 32_768


def over_sftp(
    client: paramiko.SFTPClient, device: str, path: str, cap: int, limit_s: Callable[[], float]
) -> bytes:
    """The file at `path`. Raises Rejected, with the server's words, if the device refuses it."""
    content = bytearray()
    with closing(client):
        channel = client.get_channel()
        try:
            with client.open(path, "rb") as remote:
                try:
                    while piece := remote.read(_PIECE):
                        content += piece
                        _check_size(device, path, len(content), cap)
                        if channel is not None:
                            channel.settimeout(limit_s())
                except TimeoutError:
                    client.close()  # the end of the block would wait for the silent device once more
                    raise
        except TimeoutError:
            raise
        except OSError as error:  # paramiko's way to report a refusal by SFTP
            raise Rejected(f"{device}: the file '{path}' was not given: {error}") from error
    return bytes(content)


def over_scp(wire: Wire, device: str, path: str, cap: int, idle_s: float, deadline: Deadline) -> bytes:
    """The file that `scp -f` sends on `wire`."""
    step = f"while fetching '{path}'"
    received = bytearray()

    def receive_until(enough: Callable[[], bool]) -> None:
        while not enough():
            data = wire.receive(min(idle_s, deadline.left(step)))
            if data is None:
                raise TimedOut(f"{device}: nothing came for {idle_s:.0f} s {step}")
            if not data:
                raise Disconnected(f"{device}: the device closed the channel {step}")
            received.extend(data)

    wire.send(b"\0")
    receive_until(lambda: b"\n" in received)
    header, _, rest = bytes(received).partition(b"\n")
    mode, _, size = header.partition(b" ")
    if not mode.startswith(b"C") or not size.split(b" ")[0].isdigit():
        words = "".join(char for char in header.decode("latin-1") if char.isprintable())[:100]
        raise Rejected(f"{device}: the file '{path}' was not given: {words}")
    length = int(size.split(b" ")[0])
    _check_size(device, path, length, cap)
    received[:] = rest
    wire.send(b"\0")
    receive_until(lambda: len(received) > length)  # one byte more, which says how it ended
    if received[length]:
        raise Disconnected(f"{device}: the device broke off {step}")
    wire.send(b"\0")
    return bytes(received[:length])


def _check_size(device: str, path: str, size: int, cap: int) -> None:
    if size > cap:
        raise TooLarge(f"{device}: the file '{path}' is larger than {cap >> 20} MB")
