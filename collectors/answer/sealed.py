"""A sealed copy: the whole configuration with its secrets, encrypted with age for those who may restore it.

Source: the age format, https://age-encryption.org/v1. The same text gives another ciphertext each time. A
tag, which is a keyed hash of the plain text, therefore goes with the copy: the store replaces the copy only
when the tag has changed.
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

    The tag is made of `essence`: the text without what looks new in every answer. `recipients` are age or SSH
    public keys. A `key` is needed, because an unkeyed tag would let anybody try secrets out. BadRequest says
    what is missing, or which recipient is no key.
    """
    if not key:
        raise BadRequest(f"{device}: a sealed copy needs the worker's DEVICEVAULT_FINGERPRINT_KEY")
    pyrage = _pyrage(device)
    keys = [_recipient(pyrage, device, recipient) for recipient in recipients]
    copy: bytes = pyrage.encrypt(text.encode(), keys, armored=True)
    tag = hmac.new(key, f"sealed\0{device_id}\0{essence}".encode(), hashlib.sha256).hexdigest()
    # The tag names the recipients too: other recipients need a new copy of the same text.
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
