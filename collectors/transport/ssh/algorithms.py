"""The SSH algorithms that are offered, the cheapest first, and none that OpenSSH's client has given up."""

from __future__ import annotations

import io
import logging
from typing import Any

import paramiko
from paramiko.packet import Packetizer

from collectors.errors import Incompatible
from collectors.transport import greeting
from collectors.transport.dial import Socket
from collectors.transport.ssh.diffie_hellman import Group14, Group16, GroupExchange
from collectors.transport.wire import MAX_RAW_BYTES

_PIECE = 1 << 14

# At DEBUG paramiko writes packets, passwords included, to whatever handler the process has.
for _name in ("paramiko", "paramiko.transport"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class _ReadAhead:
    """A socket that is read in large pieces, because paramiko reads each packet's head and body separately.

    `first` are the first bytes that came, `count` is the number of all.
    """

    def __init__(self, sock: Socket) -> None:
        self.first = b""
        self.count = 0
        self.send = sock.send
        self.close = sock.close
        self._recv = sock.recv
        self._ahead = io.BytesIO()

    def recv(self, size: int) -> bytes:
        """At most `size` of the next bytes, b"" after the end.

        Beyond MAX_RAW_BYTES it has ended, too. Raises the socket's errors, and ConnectionError if another
        service answers: that one may never end the line that paramiko waits for.
        """
        if data := self._ahead.read(size):
            return data
        piece = self._recv(_PIECE)
        self.count += len(piece)
        if self.count > MAX_RAW_BYTES:
            return b""
        known = len(self.first) >= greeting.ENOUGH
        self.first = greeting.append(self.first, piece)
        if not known:
            try:
                greeting.check_service("", self.first, "ssh")
            except Incompatible as error:
                raise ConnectionError(str(error)) from error
        self._ahead = io.BytesIO(piece)
        return self._ahead.read(size)


class QuietPacketizer(Packetizer):
    """paramiko's packetizer without a timer thread per handshake: our handshake keeps that limit itself."""

    def __init__(self, sock: Socket) -> None:
        self._ahead = _ReadAhead(sock)
        super().__init__(self._ahead)  # type: ignore[arg-type]  # all that it uses of a socket

    @property
    def first(self) -> bytes:
        """The first bytes that came: an SSH server begins with its name."""
        return self._ahead.first

    @property
    def received(self) -> int:
        """How many bytes have come, packets included that no channel sees."""
        return self._ahead.count

    def start_handshake(self, timeout: float) -> None:
        """Start no timer."""


class ModernTransport(paramiko.Transport):
    """paramiko with the cheap and safe algorithms first: group 16 costs thirty times as much.

    `rsa_key` is the class that signs with a credential's RSA key. `offered_keys` are the types of the
    server's keys, once it has named them. `wanted_no_secret`: it took the user without one.
    """

    rsa_key: type[paramiko.RSAKey] = paramiko.RSAKey
    offered_keys: tuple[str, ...] = ()
    wanted_no_secret = False

    # Its thread looks once in this time whether it was closed. Closing wakes the thread anyway. Ten looks a
    # second cost more than all the rest of a session whose device takes seconds to answer.
    _active_check_timeout = 1.0

    _kex_info = {  # noqa: RUF012 - paramiko reads it from the instance; nothing writes it
        **paramiko.Transport._kex_info,  # type: ignore[attr-defined]
        # RFC 8731's name for the exchange that paramiko knows by its older one
        "curve25519-sha256": paramiko.Transport._kex_info["curve25519-sha256@libssh.org"],  # type: ignore[attr-defined]
        **{kex.name: kex for kex in (Group14, Group16, GroupExchange)},
    }
    _preferred_kex: tuple[str, ...] = (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group16-sha512",
    )
    _preferred_ciphers: tuple[str, ...] = (
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
    )
    _preferred_macs: tuple[str, ...] = (
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
        "hmac-sha1",
    )

    def _really_parse_kex_init(self, m: paramiko.Message, ignore_first_byte: bool = False) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        self.offered_keys = tuple(parsed["server_key_algo_list"])
        return parsed

    def _log(self, *_: object) -> None:
        """Log nothing: see above. A log that nobody reads costs two percent of a session."""
