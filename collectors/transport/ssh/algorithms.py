"""The SSH algorithms that are offered, in order of cost; nothing that OpenSSH's client has given up."""

from __future__ import annotations

import io
import logging

import paramiko
from paramiko.packet import Packetizer

from collectors.errors import Incompatible
from collectors.transport import greeting
from collectors.transport.dial import Socket
from collectors.transport.ssh.diffie_hellman import Group14, Group16, GroupExchange

_PIECE = 1 << 14

# At DEBUG paramiko writes packets, passwords included, to whatever handler the process has.
for _name in ("paramiko", "paramiko.transport"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class _ReadAhead:
    """A socket that is read in large pieces: paramiko asks for each packet's head and body by themselves.

    `first` are the first bytes that came.
    """

    def __init__(self, sock: Socket) -> None:
        self.first = b""
        self.send = sock.send
        self.close = sock.close
        self._recv = sock.recv
        self._ahead = io.BytesIO()

    def recv(self, size: int) -> bytes:
        """At most `size` of the next bytes, b"" after the end.

        Raises what the socket does, and ConnectionError where another protocol's server answers: it may never
        end the line that paramiko waits for.
        """
        if data := self._ahead.read(size):
            return data
        piece = self._recv(_PIECE)
        told = len(self.first) >= greeting.ENOUGH
        self.first = greeting.more(self.first, piece)
        if not told:
            try:
                greeting.check("", self.first, "ssh")
            except Incompatible as error:
                raise ConnectionError(str(error)) from error
        self._ahead = io.BytesIO(piece)
        return self._ahead.read(size)


class QuietPacketizer(Packetizer):
    """paramiko's, without a timer thread per handshake: the handshake keeps that limit itself."""

    def __init__(self, sock: Socket) -> None:
        self._ahead = _ReadAhead(sock)
        super().__init__(self._ahead)  # type: ignore[arg-type]  # all that it uses of a socket

    @property
    def first(self) -> bytes:
        """The first bytes that came: an SSH server's name of itself."""
        return self._ahead.first

    def start_handshake(self, timeout: float) -> None:
        """Start no timer."""


class ModernTransport(paramiko.Transport):
    """paramiko with the cheap and safe algorithms first: DH group 16 costs thirty times curve25519.

    `rsa_key` is the class that signs with an RSA key of the credential.
    """

    rsa_key: type[paramiko.RSAKey] = paramiko.RSAKey

    # So often does its thread look whether it was closed. Whoever closes it wakes it anyway, and ten looks a
    # second at a device that takes seconds to answer cost more than all the rest of its session.
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

    def _log(self, *_: object) -> None:
        """Nothing: see above, and what nobody reads costs two percent of a session."""
