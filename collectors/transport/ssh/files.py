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
_OVERHEAD = 1 << 20  # bytes of answers that hold nothing of the file
_LONGEST_HEADER = 4096


class FileChannel:
    """What paramiko's SFTP client uses of a channel, with a limit for every wait and for all that comes.

    The client itself waits once for each byte that arrives, and a packet may be announced as 16 MB.
    """

    def __init__(
        self, channel: paramiko.Channel, device: str, path: str, cap: int, idle_s: float, deadline: Deadline
    ) -> None:
        self.close, self.get_name = channel.close, channel.get_name
        self._channel = channel
        self._device = device
        self._path = path
        self._given_up = False
        self._left = 2 * cap + _OVERHEAD
        self._cap = cap
        self._idle_s = idle_s
        self._deadline = deadline

    def send(self, data: bytes) -> int:
        """Send some of `data`; how many bytes were sent."""
        self._limit()
        return self._channel.send(data)

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; TooLarge for more than the file can need, TimedOut after the deadline."""
        self._limit()
        self._given_up = True
        data = self._channel.recv(size)
        self._given_up = False
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge(f"{self._device}: the file '{self._path}' is larger than {self._cap >> 20} MB")
        return data

    def _limit(self) -> None:
        if self._given_up:
            raise EOFError  # paramiko's file still wants to say that it is closed
        self._given_up = True
        left_s = self._deadline.left(f"while fetching '{self._path}'")
        self._given_up = False
        self._channel.settimeout(min(self._idle_s, left_s))


def over_sftp(client: paramiko.SFTPClient, device: str, path: str, cap: int) -> bytes:
    """The file at `path`. Raises Rejected, with the server's words, if the device refuses it.

    The end of the channel closes the file as well. A request to close it would wait once more for a device
    that has fallen silent.
    """
    content = bytearray()
    with closing(client):
        try:
            remote = client.open(path, "rb")
            while piece := remote.read(_PIECE):
                content += piece
                _check_size(device, path, len(content), cap)
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
    receive_until(lambda: b"\n" in received or len(received) > _LONGEST_HEADER)
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
