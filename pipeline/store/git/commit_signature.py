"""The signatures of commits, in the form that `git verify-commit` and Git hosts check.

A commit's signature stands in its header `gpgsig`, and is of the commit without that header. It is OpenSSH's,
by an Ed25519 key (source: PROTOCOL.sshsig of OpenSSH; `gpg.format` in git-config(1)). Since a commit names
its parents, the signature of a branch's newest commit is of the whole history below it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

_MAGIC, _NAMESPACE, _HASH, _KIND = b"SSHSIG", b"git", b"sha512", b"ssh-ed25519"
_VERSION = (1).to_bytes(4, "big")
_HEADER = b"gpgsig "
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_COLUMNS = 70  # as ssh-keygen breaks the lines


class CommitSigner:
    """Signs commits with one key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        """The 32 bytes of the public half."""
        self._envelope = _envelope(self.public_key)

    def signed(self, commit: bytes) -> bytes:
        """The commit, as Git stores it, with its signature."""
        signature = self._key.sign(_what_is_signed(commit))
        blob = self._envelope + _string(_string(_KIND) + _string(signature))
        text = base64.b64encode(blob)
        lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
        header = _HEADER + b"\n ".join([_BEGIN, *lines, _END])
        head, _, message = commit.partition(b"\n\n")
        return b"%s\n%s\n\n%s" % (head, header, message)


def signed_by(commit: bytes) -> bytes | None:
    """The public key, in its 32 bytes, that signed this commit; None if no Ed25519 key signed it as it is."""
    head, _, message = commit.partition(b"\n\n")
    lines = head.split(b"\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(_HEADER)]
    if len(starts) != 1:
        return None
    start = end = starts[0]
    while end + 1 < len(lines) and lines[end + 1].startswith(b" "):
        end += 1
    text = [lines[start].removeprefix(_HEADER), *(line[1:] for line in lines[start + 1 : end + 1])]
    rest = b"\n".join(lines[:start] + lines[end + 1 :]) + b"\n\n" + message
    return _signer(text, rest)


def _signer(text: list[bytes], commit: bytes) -> bytes | None:
    """Whose signature the lines are, if they are one of this commit."""
    if [text[0], text[-1]] != [_BEGIN, _END]:
        return None
    try:
        blob = base64.b64decode(b"".join(text[1:-1]), validate=True)
    except binascii.Error:
        return None
    # With one kind of key, one hash and one namespace everything but key and signature is known beforehand.
    start = len(_MAGIC) + len(_VERSION) + 4 + 4 + len(_KIND) + 4
    key, signature = blob[start : start + 32], blob[-64:]
    if blob != _envelope(key) + _string(_string(_KIND) + _string(signature)):
        return None
    try:
        VerifyKey(key).verify(_what_is_signed(commit), signature)
    except (BadSignatureError, ValueError, TypeError):  # the latter two: a key of another length
        return None
    return key


def _what_is_signed(commit: bytes) -> bytes:
    parts = (_NAMESPACE, b"", _HASH, hashlib.sha512(commit).digest())
    return _MAGIC + b"".join(map(_string, parts))


def _envelope(public_key: bytes) -> bytes:
    """A signature's blob up to the signature itself."""
    key = _string(_string(_KIND) + _string(public_key))
    return _MAGIC + _VERSION + key + b"".join(map(_string, (_NAMESPACE, b"", _HASH)))


def _string(data: bytes) -> bytes:
    """A string as SSH writes it: behind its length (RFC 4251, section 5)."""
    return len(data).to_bytes(4, "big") + data
