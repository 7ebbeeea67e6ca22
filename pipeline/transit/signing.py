"""Signatures on what travels: who gave an order, and who says how it went.

Each process signs with a key of its own (Ed25519, RFC 8032). A key has one role:

    driver    gives orders: jobs and questions
    worker    says how they went: outcomes and answers, of the queues that its key may speak for
    store     commits it, with signatures in Git's own form: pipeline.store.git.commit_signature
    operator  a person's word, such as the release of a configuration from quarantine

A signature covers the digest of a message and the purpose for which it travels, so the signature of a job is
not valid for an outcome.

A driver signs many jobs at once: it signs the root of a Merkle tree (RFC 6962, section 2.1) over their
digests. Each job carries its path to the root, so that it can be checked by itself. A worker checks the
signature of a root once. To sign each job by itself would cost as much as the rest of queueing it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from pipeline.errors import ForgedError
from pipeline.transit.signers import Role, Signer, Signers, key_id

_MAX_SIGNATURE = 4096  # characters: a path of 64 steps, more than any tree has, needs less
_SIZE = 32  # bytes of a digest
_LEFT, _RIGHT = b"L", b"R"
"""On which side of the way up to the root the other digest stands."""


def digest(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 of the parts, each behind its length, and of the purpose before them."""
    hasher = hashlib.sha256()
    for part in (f"devicevault/{purpose}/1".encode(), *parts):
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.digest()


def canonical(value: object) -> bytes:
    """JSON in one spelling. What was sent and what was received then have the same digest."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A process's private key."""

    key: Ed25519PrivateKey
    id: str = field(init=False)
    """How signatures name the key: its public half's fingerprint, as `ssh-keygen -l` prints it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", key_id(self.key.public_key()))

    def sign(self, what: bytes) -> str:
        """The signature of one digest, as text."""
        [signature] = self.sign_all([what])
        return signature

    def sign_all(self, digests: Sequence[bytes]) -> list[str]:
        """A signature for each digest, in their order, at the price of one."""
        if not digests:
            return []
        root, paths = _tree([_leaf(each) for each in digests])
        signature = base64.b64encode(self.key.sign(root)).decode()
        return [f"{self.id} {signature} {path}".rstrip() for path in paths]


class Verifier:
    """Checks signatures against the public keys that this process trusts. It remembers its checks."""

    def __init__(self, signers: Signers) -> None:
        self._signers = signers
        self._is_signed = lru_cache(maxsize=4096)(_is_signed)

    def verify(self, role: Role, what: bytes, signature: object) -> Signer:
        """Who signed this digest in this role.

        ForgedError, in one line, if nobody did: the signature is missing, malformed, by an unknown key, by a
        key of another role or one whose time is over, or of something else.
        """
        signer = self.identify(what, signature)
        if signer.role != role:
            raise ForgedError(f"signed by the {signer.role} '{signer.name}', which is no {role}")
        return signer

    def identify(self, what: bytes, signature: object) -> Signer:
        """Who signed this digest, in any role; ForgedError if nobody did."""
        key_name, raw, path = _parts(signature)
        signer = self._signers.get(key_name)
        if signer is None:
            raise ForgedError(f"signed by a key that is not trusted here: {key_name}")
        if signer.is_over():
            raise ForgedError(f"signed by the {signer.role} '{signer.name}', whose key was replaced")
        if not self._is_signed(signer.key, raw, _root(_leaf(what), path)):
            raise ForgedError(f"the signature of the {signer.role} '{signer.name}' is not of this message")
        return signer


def _is_signed(key: bytes, signature: bytes, root: bytes) -> bool:
    # libsodium checks one in half of the time that OpenSSL takes: docs/decisions/signatures.md.
    try:
        VerifyKey(key).verify(root, signature)
    except (BadSignatureError, ValueError):  # ValueError: the signature has another length
        return False
    return True


def _parts(signature: object) -> tuple[str, bytes, bytes]:
    """The key's id, the signature, and the path: for each step a byte for the side, and a digest."""
    if signature is None:
        raise ForgedError("it is not signed")
    words = signature.split(" ") if isinstance(signature, str) and len(signature) <= _MAX_SIGNATURE else []
    if not 2 <= len(words) <= 3:
        raise ForgedError("its signature cannot be read")
    try:
        raw, path = (base64.b64decode(word, validate=True) for word in (*words[1:], "")[:2])
    except (binascii.Error, ValueError) as error:
        raise ForgedError("its signature cannot be read") from error
    if len(path) % (1 + _SIZE) or set(path[:: 1 + _SIZE]) - set(_LEFT + _RIGHT):
        raise ForgedError("its signature cannot be read")
    return words[0], raw, path


def _leaf(what: bytes) -> bytes:
    return hashlib.sha256(b"\0" + what).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _tree(leaves: Sequence[bytes]) -> tuple[bytes, list[str]]:
    """The root over the leaves, and each leaf's path to it in base64. A node without a sibling moves up."""
    paths = [b""] * len(leaves)
    level = [(leaf, [number]) for number, leaf in enumerate(leaves)]
    while len(level) > 1:
        above = []
        for start in range(0, len(level) - 1, 2):
            (left, under_left), (right, under_right) = level[start : start + 2]
            for number in under_left:
                paths[number] += _RIGHT + right
            for number in under_right:
                paths[number] += _LEFT + left
            above.append((_node(left, right), under_left + under_right))
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0][0], [base64.b64encode(path).decode() for path in paths]


def _root(leaf: bytes, path: bytes) -> bytes:
    """Where the path leads from this leaf."""
    for start in range(0, len(path), 1 + _SIZE):
        side, other = path[start : start + 1], path[start + 1 : start + 1 + _SIZE]
        leaf = _node(other, leaf) if side == _LEFT else _node(leaf, other)
    return leaf
