"""Secrets that were put where everybody reads them: found by their form or by the name of their key. Pure.

What is found is never repeated: the log of a pull request's check has more readers than the inventory.
"""

from __future__ import annotations

import re
from typing import get_args

from pipeline.inventory.problems import Place, Problems
from pipeline.values.options import SecretsPolicy

INSTEAD = "name a credential of credentials.yaml with 'credential'"
CHANGE_IT = "change it if it was committed"

REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\0]+")
# Each begins with plain text, so that a file of 8 MiB is searched in a millisecond.
_PRIVATE_KEYS = (
    re.compile(rb"PRIVATE KEY(?: BLOCK)?-----"),  # PEM, OpenSSH and PGP
    re.compile(rb"PuTTY-User-Key-File-"),
    re.compile(rb"AGE-SECRET-KEY-"),
)
_NAMED = re.compile(
    r"(?:.*_)?(password|passwd|passphrase|pass|pwd|secret|token|community|private_key|api_?key)(?:_.*)?",
    re.DOTALL,
)
_MAX_KEY = 128  # the pattern takes the square of the length, at worst
_KINDS = {"passwd": "password", "pass": "password", "pwd": "password", "apikey": "api_key"}


def refuses(file: str, content: bytes, problems: Problems) -> bool:
    """Whether the file holds a private key; noted. It is then not read: any other problem might quote it."""
    starts = [match.start() for key in _PRIVATE_KEYS if (match := key.search(content))]
    if not starts:
        return False
    hint = f"remove it, and {CHANGE_IT}; workers read private keys by reference, file:/path"
    place = Place(content.count(b"\n", 0, min(starts)) + 1, 1)
    problems.add(file, place, "a private key lies open here; the file is not read", hint, rule="secret")
    return True


def is_reference(value: str) -> bool:
    """Whether it says where a secret is, `env:NAME` or `file:/path`, and is none."""
    return REFERENCE.fullmatch(value) is not None


def kind_of(key: str, value: str) -> str:
    """What a key such as `enable-secret` or `ansible_ssh_pass` is called for; "" if for no secret."""
    match = _NAMED.fullmatch(key[:_MAX_KEY].lower().replace("-", "_"))
    if match is None or value in get_args(SecretsPolicy):  # `secret: hide` lacks an s
        return ""
    # Of the key itself nothing is repeated: a secret may have run into it.
    return _KINDS.get(match[1], match[1]).replace("_", " ")
