"""SSH for devices that speak nothing else: SHA-1, 1024-bit groups and keys, CBC, MD5.

Only a device whose options say `ssh: legacy` gets these; the classes of all other sessions stay as they are.
The sound algorithms come first, so that a device that was updated is better protected at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1

import paramiko
from cryptography.hazmat.primitives import hashes

from collectors.transport.ssh.algorithms import ModernTransport
from collectors.transport.ssh.diffie_hellman import Group14, GroupExchange


class _Group14(Group14):
    """RFC 4253, 8.2."""

    name = "diffie-hellman-group14-sha1"
    hash_algo = sha1


class _Group1(Group14):
    """RFC 4253, 8.1; the prime is the second Oakley group of RFC 2409, 6.2."""

    name = "diffie-hellman-group1-sha1"
    hash_algo = sha1
    P = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )


class _GroupExchange(GroupExchange):
    """RFC 4419, 4.1."""

    name = "diffie-hellman-group-exchange-sha1"
    min_bits = 1024
    hash_algo = sha1


class RsaKey(paramiko.RSAKey):
    """An RSA key that also signs and verifies with SHA-1, as RFC 4253, 6.6 first had it."""

    HASHES = {**paramiko.RSAKey.HASHES, "ssh-rsa": hashes.SHA1}  # type: ignore[misc]  # noqa: RUF012 - as paramiko has it


class LegacyTransport(ModernTransport):
    """The algorithms of ModernTransport, then those of old devices."""

    rsa_key = RsaKey

    _kex_info = {  # noqa: RUF012 - paramiko reads it from the instance; nothing writes it
        **ModernTransport._kex_info,
        **{kex.name: kex for kex in (_Group14, _GroupExchange, _Group1)},
    }
    _key_info = {  # noqa: RUF012 - likewise
        **paramiko.Transport._key_info,  # type: ignore[attr-defined]
        "ssh-rsa": RsaKey,
    }
    _preferred_kex = (*ModernTransport._preferred_kex, _Group14.name, _GroupExchange.name, _Group1.name)
    _preferred_pubkeys: tuple[str, ...] = (
        *paramiko.Transport._preferred_pubkeys,  # type: ignore[attr-defined]
        "ssh-rsa",
    )
    _preferred_ciphers = (
        *ModernTransport._preferred_ciphers,
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
        "3des-cbc",
    )
    _preferred_macs = (*ModernTransport._preferred_macs, "hmac-md5", "hmac-sha1-96", "hmac-md5-96")

    @property
    def preferred_pubkeys(self) -> Sequence[str]:
        """SHA-1 alone if the server does not say what it takes, as servers older than RFC 8308 do not."""
        if self.server_extensions.get("server-sig-algs"):  # type: ignore[attr-defined]
            return super().preferred_pubkeys
        return ("ssh-rsa",)
