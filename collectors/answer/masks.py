"""What stands in a stored configuration where a secret stood.

`hide` says only that there is one. `fingerprint` also says whether it changed, and whether two of one
device are the same, without saying it to anybody who could try words: HMAC-SHA256 under a key that only
the workers have, over the device and the secret, so that one secret on two devices looks like two.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from hashlib import sha256

HIDDEN = "<hidden>"
_LENGTH = 10  # characters of base32: 50 bits, so that two secrets of a fleet do not look like one
_MASKED = re.compile(r"<hidden(?::[a-z2-7]{10})?>")

Mask = Callable[[str], str]
"""A secret → what is stored in its place."""


def hidden(_secret: str) -> str:
    """The same for every secret."""
    return HIDDEN


def fingerprints(key: bytes, device_id: str) -> Mask:
    """`<hidden:…>`, the same for equal secrets of this device alone. Quotes around a secret do not count."""
    device = device_id.encode() + b"\0"

    def fingerprint(secret: str) -> str:
        if _MASKED.fullmatch(secret):
            return secret  # two rules may find one secret
        plain = secret[1:-1] if len(secret) > 1 and secret[0] == secret[-1] == '"' else secret
        digest = hmac.digest(key, device + plain.encode("utf-8", "surrogatepass"), sha256)
        return f"<hidden:{base64.b32encode(digest).decode().lower()[:_LENGTH]}>"

    return fingerprint
