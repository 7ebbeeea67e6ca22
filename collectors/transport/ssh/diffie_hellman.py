"""Diffie-Hellman over finite fields: paramiko's exchanges with other arithmetic, at a sixteenth of the cost.

paramiko computes `pow(base, x, p)` with an `x` of 1024 bits or more. Here `x` is as long as OpenSSH's.
OpenSSL computes the powers in groups that it knows by name: faster than Python, and in a time that says
nothing about `x`. For any other group OpenSSL would first prove that its modulus is a prime, which takes
longer than all else.
"""

from __future__ import annotations

import contextlib
import secrets
import warnings

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from paramiko.kex_gex import KexGexSHA256
from paramiko.kex_group14 import KexGroup14SHA256
from paramiko.kex_group16 import KexGroup16SHA512
from paramiko.ssh_exception import SSHException

_NAMED: frozenset[int] = frozenset()
with warnings.catch_warnings(), contextlib.suppress(ImportError):
    # cryptography will drop this. Then Python's `pow` computes the exchanges, and devices stay reachable.
    warnings.simplefilter("ignore", CryptographyDeprecationWarning)
    from cryptography.hazmat.primitives.asymmetric.dh import (
        DHParameterNumbers,
        DHPrivateNumbers,
        DHPublicNumbers,
    )

    _NAMED = frozenset({KexGroup14SHA256.P, KexGroup16SHA512.P})

_EXPONENT_BITS = 512
"""Twice the length of the longest key that is made from the secret (RFC 4419, 6.2)."""


def power(base: int, exponent: int, modulus: int) -> int:
    """`pow(base, exponent, modulus)`, computed by OpenSSL where that is faster."""
    if modulus in _NAMED:
        with contextlib.suppress(ValueError, UnsupportedAlgorithm):
            group = DHParameterNumbers(modulus, 2)
            # Only `exponent` counts: nobody ever asks for the public key that would belong to it.
            private = DHPrivateNumbers(exponent, DHPublicNumbers(2, group)).private_key()
            return int.from_bytes(private.exchange(DHPublicNumbers(base, group).public_key()), "big")
    return pow(base, exponent, modulus)


class _Base(int):
    """The number that paramiko raises to its secret `x`.

    Raises SSHException for a number whose powers would give `x` away, or are known in advance.
    """

    def __pow__(self, exponent: int, modulus: int) -> int:  # type: ignore[override]
        if not 1 < self < modulus - 1:
            raise SSHException("a number of the key exchange is out of range")
        return power(int(self), exponent, modulus)


class _Exchange:
    """What paramiko's exchanges have in common: the server's half `f`, the secret `x`."""

    G = _Base(2)

    def __setattr__(self, name: str, value: object) -> None:
        if name in {"f", "g"} and isinstance(value, int):
            value = _Base(value)
        super().__setattr__(name, value)

    def _generate_x(self) -> None:
        self.x = secrets.randbits(_EXPONENT_BITS - 1) | 1 << (_EXPONENT_BITS - 1)


class Group14(_Exchange, KexGroup14SHA256):  # type: ignore[misc]
    """RFC 4253, 8 and RFC 8268 in the group of 2048 bits of RFC 3526."""


class Group16(_Exchange, KexGroup16SHA512):  # type: ignore[misc]
    """The same in the group of 4096 bits."""


class GroupExchange(_Exchange, KexGexSHA256):  # type: ignore[misc]
    """RFC 4419, in a group that the server chooses."""
