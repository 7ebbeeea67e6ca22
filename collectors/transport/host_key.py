"""Pinned host keys: how they are read, which types are asked for, and how every other key is refused."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from collectors.errors import BadRequest, HostKeyRejected

ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Signatures that are accepted, best first (RFC 8709, RFC 5656, RFC 8332)."""

LEGACY = "ssh-rsa"
"""An RSA signature over SHA-1 (RFC 4253, 6.6), for devices that know no other."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A server's public key as known_hosts writes it: its type, and the blob of RFC 4253, 6.6."""

    type: str
    blob: bytes

    @classmethod
    def parse(cls, device: str, line: str) -> HostKey:
        """`<type> <base64> [comment]`; BadRequest if it is anything else."""
        kind, _, rest = line.strip().partition(" ")
        try:
            blob = base64.b64decode(rest.split(" ")[0], validate=True)
        except binascii.Error as error:
            raise BadRequest(
                f"{device}: the pinned host key '{line[:40]}' is not '<type> <base64>'"
            ) from error
        if blob[4 : 4 + int.from_bytes(blob[:4], "big")] != kind.encode() or not kind:
            raise BadRequest(f"{device}: the pinned host key '{line[:40]}' is not a key of type '{kind}'")
        return cls(kind, blob)

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` as ssh-keygen -l prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def __str__(self) -> str:
        return f"{self.type} {base64.b64encode(self.blob).decode()}"


def place(address: str, port: int) -> str:
    """How known_hosts names a server: with its port unless that is 22 (see sshd(8))."""
    return address if port == 22 else f"[{address}]:{port}"


def algorithms_for(pinned: tuple[HostKey, ...], *, legacy: bool = False) -> tuple[str, ...]:
    """ALGORITHMS in the order to offer: those of pinned keys first, so that the server shows a pinned key."""
    types = {key.type for key in pinned}

    def is_pinned(algorithm: str) -> bool:
        return ("ssh-rsa" if algorithm.startswith("rsa-") else algorithm) in types

    known = (*ALGORITHMS, LEGACY) if legacy else ALGORITHMS
    return tuple(sorted(known, key=lambda algorithm: not is_pinned(algorithm)))


def verify(device: str, offered: HostKey, pinned: tuple[HostKey, ...]) -> None:
    """Return if `offered` is pinned; HostKeyRejected, naming the fingerprints, if it is not."""
    if offered in pinned:
        return
    shown = f"{offered.type} {offered.fingerprint}"
    if not pinned:
        raise HostKeyRejected(
            f"{device}: unknown host key {shown}: none is pinned, so no password was sent; "
            "check the fingerprint on the device, then pin the key",
            offered=str(offered),
        )
    wanted = ", ".join(f"{key.type} {key.fingerprint}" for key in pinned)
    raise HostKeyRejected(
        f"{device}: the host key is {shown}, pinned is {wanted}: no password was sent; "
        "replace the pinned key if the device or its key was replaced",
        offered=str(offered),
    )


def described(key: HostKey) -> str:
    """`256 SHA256:… (ED25519)`, as `ssh-keygen -l` prints it for a person to compare."""
    fields = _fields(key.blob)
    bits = {"ssh-ed25519": 256}.get(key.type)
    if key.type == "ssh-rsa" and len(fields) > 2:
        bits = int.from_bytes(fields[2], "big").bit_length()
    if key.type.startswith("ecdsa-sha2-nistp"):
        bits = int(key.type.removeprefix("ecdsa-sha2-nistp"))
    kind = key.type.removeprefix("ssh-").partition("-")[0].upper()
    return f"{bits or '?'} {key.fingerprint} ({kind})"


def _fields(blob: bytes) -> list[bytes]:
    """The fields of a key. Each follows its length (RFC 4251, 5)."""
    fields: list[bytes] = []
    while len(blob) >= 4:
        size = int.from_bytes(blob[:4], "big")
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return fields
