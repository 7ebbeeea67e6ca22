"""Host keys of simulated devices, derived from their names.

A name has the same key on every machine, so that an inventory can pin it and no private key lies in Git.
Anybody who knows a name can compute its key: this is fit for a simulation on loopback, and for nothing else.
"""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko import Ed25519Key

from collectors.transport.host_key import place

SEED = "devicevault simulator "


@lru_cache(maxsize=4096)
def host_key(name: str) -> Ed25519Key:
    """The private host key of the simulated device `name`."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256((SEED + name).encode()).digest())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return Ed25519Key(file_obj=io.StringIO(pem.decode()))


def host_key_line(name: str) -> str:
    """Its public half as `ssh-ed25519 AAAA…`, the way an inventory pins it."""
    key = host_key(name)
    return f"{key.get_name()} {key.get_base64()}"


def known_hosts_line(name: str, address: str, port: int) -> str:
    """Its line in an OpenSSH known_hosts file."""
    return f"{place(address, port)} {host_key_line(name)}"
