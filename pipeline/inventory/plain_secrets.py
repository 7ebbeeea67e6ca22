"""Finds secrets that were written where everybody reads them, by their form or by their key's name. Pure.

A secret is never repeated in a message: more people read the log of a pull request's check than the
inventory.
"""

from __future__ import annotations

import re
from typing import get_args

from pipeline.inventory.problems import Position, Problems
from pipeline.values.options import SecretsPolicy

INSTEAD = "name a credential of credentials.yaml with 'credential'"
CHANGE_IT = "change it if it was committed"

REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\0]+")
# Each pattern begins with plain text, so that a search through 8 MiB takes a millisecond.
_PRIVATE_KEYS = (
    re.compile(rb"PRIVATE KEY(?: BLOCK)?-----"),  # PEM, OpenSSH and PGP
    re.compile(rb"PuTTY-User-Key-File-"),
    re.compile(rb"AGE-SECRET-KEY-"),
)
_NAMED = re.compile(
    r"(?:.*_)?(password|passwd|passphrase|pass|pwd|secret|token|community|private_key|api_?key)(?:_.*)?",
    re.DOTALL,
)
_MAX_KEY = 128  # the time of a match grows with the square of the length
_KINDS = {"passwd": "password", "pass": "password", "pwd": "password", "apikey": "api_key"}


def refuses(file: str, content: bytes, problems: Problems) -> bool:
    """Whether the file holds a private key, which is a problem.

    Such a file is not read any further, because the message of another problem might quote the key.
    """
    starts = [match.start() for key in _PRIVATE_KEYS if (match := key.search(content))]
    if not starts:
        return False
    hint = f"remove it, and {CHANGE_IT}; workers read private keys by reference, file:/path"
    position = Position(content.count(b"\n", 0, min(starts)) + 1, 1)
    problems.add(file, position, "a private key lies open here; the file is not read", hint, rule="secret")
    return True


def is_reference(value: str) -> bool:
    """Whether the value says where a secret is, as `env:NAME` or `file:/path`."""
    return REFERENCE.fullmatch(value) is not None


def kind_of(key: str, value: str) -> str:
    """The kind of secret that a key such as `enable-secret` or `ansible_ssh_pass` names; "" if none."""
    match = _NAMED.fullmatch(key[:_MAX_KEY].lower().replace("-", "_"))
    if match is None or value in get_args(SecretsPolicy):  # `secret: hide` is meant as `secrets: hide`
        return ""
    # The key itself is not repeated, because a part of a secret may have become a part of it.
    return _KINDS.get(match[1], match[1]).replace("_", " ")
