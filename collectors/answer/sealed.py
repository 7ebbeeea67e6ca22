"""A sealed copy: the whole configuration, secrets too, encrypted with age for those who may restore it.

Source: the age format, https://age-encryption.org/v1. Encrypting the same text twice gives two ciphertexts,
so a tag goes with it: a keyed hash of the plain text. Whoever stores the copy replaces it only when the tag
has changed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from collectors.errors import BadRequest

COPY, TAG = "sealed.age", "sealed.tag"
"""The names of the two artefacts."""


def seal(
    device: str, device_id: str, text: str, essence: str, recipients: Sequence[str], key: bytes | None
) -> dict[str, str]:
    """The copy of `text` and its tag as artefacts, by name.

    `essence` is the text without what looks new in every answer: the tag is made of it. `recipients` are
    age or SSH public keys. Without a `key` the tag would let anybody try secrets out, so there has to be
    one. BadRequest says what is missing or which recipient is none.
    """
    if not key:
        raise BadRequest(f"{device}: a sealed copy needs the worker's DEVICEVAULT_FINGERPRINT_KEY")
    pyrage = _pyrage(device)
    keys = [_recipient(pyrage, device, recipient) for recipient in recipients]
    copy: bytes = pyrage.encrypt(text.encode(), keys, armored=True)
    tag = hmac.new(key, f"sealed\0{device_id}\0{essence}".encode(), hashlib.sha256).hexdigest()
    # Other recipients need a new copy of the same text, too.
    audience = hashlib.sha256("\n".join(sorted(recipients)).encode()).hexdigest()[:16]
    return {COPY: copy.decode(), TAG: f"{tag} {audience}\n"}


def _recipient(pyrage: Any, device: str, recipient: str) -> object:
    kind = pyrage.x25519 if recipient.startswith("age1") else pyrage.ssh
    try:
        return kind.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise BadRequest(f"{device}: the recipient '{recipient[:40]}' is no age or SSH public key") from error


def _pyrage(device: str) -> Any:
    try:
        import pyrage
    except ImportError as error:
        raise BadRequest(
            f"{device}: sealed copies need the extra: pip install 'devicevault[sealed]'"
        ) from error
    return pyrage
