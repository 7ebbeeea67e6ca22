"""What stands in a stored configuration where a secret stood.

The policy `hide` shows only that there is a secret. `fingerprint` also shows whether it changed, and whether
two secrets of one device are equal. A fingerprint is HMAC-SHA256 over the device and the secret, under a key
that only the workers have. So nobody else can try words out, and one secret on two devices looks like two.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterable
from hashlib import sha256

HIDDEN = "<hidden>"
_LENGTH = 10  # characters of base32 make 50 bits, enough to tell the secrets of a fleet apart
_MASKED = re.compile(r"<hidden(?::[a-z2-7]{10})?>")

Mask = Callable[[str], str]
"""A secret → what is stored in its place."""


def masked_at(line: str, spans: Iterable[tuple[int, int]], mask: Mask) -> str:
    """`line` with the words at `spans` masked. Of spans that overlap, the first and longest counts."""
    kept: list[str] = []
    done = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= done:
            kept += line[done:start], mask(line[start:end])
            done = end
    return "".join(kept) + line[done:]


def hidden(_secret: str) -> str:
    """A mask that is the same for every secret."""
    return HIDDEN


def fingerprints(key: bytes, device_id: str) -> Mask:
    """A mask `<hidden:…>` that equal secrets of this device share. Quotes around a secret do not count."""
    device = device_id.encode() + b"\0"

    def fingerprint(secret: str) -> str:
        if _MASKED.fullmatch(secret):
            return secret  # another rule has found and masked it
        plain = secret[1:-1] if len(secret) > 1 and secret[0] == secret[-1] == '"' else secret
        digest = hmac.digest(key, device + plain.encode("utf-8", "surrogatepass"), sha256)
        return f"<hidden:{base64.b32encode(digest).decode().lower()[:_LENGTH]}>"

    return fingerprint
