"""Secrets that a device encrypts anew for every answer: no fingerprint, no diff, and no new sealed copy."""

from __future__ import annotations

import pytest
from pyrage import x25519

from collectors.answer.masks import fingerprints
from collectors.answer.sealed import COPY, TAG, seal
from collectors.answer.text import config_text
from collectors.errors import BadRequest
from collectors.registry import platform

ANSWER = """\
config system admin
    edit "admin"
        set password ENC {salt}AAAAbbbbCCCC=
    next
end
config vpn certificate local
    edit "web"
        set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----
{salt}MIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG
-----END ENCRYPTED PRIVATE KEY-----"
    next
end
config system snmp community
    edit 1
        set name "{community}"
    next
end
"""


def stored(salt: str, community: str = "public-word") -> str:
    fortinet = platform("fortinet")
    assert fortinet
    return config_text(
        fortinet, ANSWER.format(salt=salt, community=community), mask=fingerprints(b"key", "fw1")
    )


def test_a_secret_that_is_salted_anew_makes_no_diff() -> None:
    assert stored("x1") == stored("y2")
    assert "ENC <hidden>\n" in stored("x1")
    assert "x1" not in stored("x1")


def test_a_rotated_secret_that_is_not_salted_still_makes_one() -> None:
    assert stored("x1", "public-word") != stored("x1", "another-word")


def test_the_tag_of_a_sealed_copy_knows_the_essence_and_the_audience() -> None:
    ours, theirs = (str(x25519.Identity.generate().to_public()) for _ in range(2))
    first = seal("fw1", "fw1", "text with salt 1", "essence", [ours], b"key")
    again = seal("fw1", "fw1", "text with salt 2", "essence", [ours], b"key")
    assert first[TAG] == again[TAG]
    assert first[COPY] != again[COPY]
    for other in (
        seal("fw1", "fw1", "text", "another essence", [ours], b"key"),
        seal("fw1", "fw1", "text", "essence", [ours, theirs], b"key"),
        seal("fw2", "fw2", "text", "essence", [ours], b"key"),
        seal("fw1", "fw1", "text", "essence", [ours], b"another key"),
    ):
        assert other[TAG] != first[TAG]


@pytest.mark.parametrize("recipient", ["age1nonsense", "ssh-ed25519 AAAA"])
def test_a_recipient_that_is_no_key_is_told(recipient: str) -> None:
    with pytest.raises(BadRequest, match="no age or SSH public key"):
        seal("fw1", "fw1", "text", "text", [recipient], b"key")


def test_nothing_is_sealed_without_the_workers_key() -> None:
    recipient = str(x25519.Identity.generate().to_public())
    with pytest.raises(BadRequest, match="DEVICEVAULT_FINGERPRINT_KEY"):
        seal("fw1", "fw1", "text", "text", [recipient], None)
