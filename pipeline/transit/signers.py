"""Keys on disk: a process's private key, and the file of public keys that a process trusts.

A file of signers has a line for each public key, in the words of OpenSSH behind a role and a name:

    driver   beat1   ssh-ed25519 AAAA...
    worker   core-1  ssh-ed25519 AAAA... queues=core,edge
    store    main    ssh-ed25519 AAAA...
    operator anna    ssh-ed25519 AAAA... until=2026-12-31

`queues` are the queues that a worker may speak for, `*` for all of them; without it a worker may speak for
the default queue only. A key is good until the end of the day `until`, in UTC. `#` begins a comment. The
file holds no secret: it belongs into Git, and from there onto the machines, where a pull request to the
inventory cannot reach it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, cast, get_args

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipeline.errors import SettingsError
from pipeline.system.guarded_file import read_rule, read_secret
from pipeline.values.names import name_problem

Role = Literal["driver", "worker", "store", "operator"]

DEFAULT_QUEUE_ONLY: frozenset[str] = frozenset()
ANY_QUEUE = "*"
_KIND = "ssh-ed25519"


def key_id(key: Ed25519PublicKey) -> str:
    """The key's fingerprint, as `ssh-keygen -l` prints it: `SHA256:...`."""
    digest = hashlib.sha256(base64.b64decode(public_text(key).split(" ")[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def public_text(key: Ed25519PublicKey) -> str:
    """`ssh-ed25519 AAAA...`"""
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_bytes(encoding, form).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """A public key that is trusted in one role; `key` are its 32 bytes, `until` its last day in UTC."""

    role: Role
    name: str
    key: bytes
    queues: frozenset[str] = DEFAULT_QUEUE_ONLY
    until: date | None = None

    @property
    def id(self) -> str:
        """The key's fingerprint."""
        return key_id(Ed25519PublicKey.from_public_bytes(self.key))

    def public_text(self) -> str:
        """The key in OpenSSH's words: `ssh-ed25519 AAAA...`."""
        return public_text(Ed25519PublicKey.from_public_bytes(self.key))

    def speaks_for(self, queue_id: str | None) -> bool:
        """Whether this worker may say how the jobs of a queue went; None is the default queue."""
        return queue_id is None or ANY_QUEUE in self.queues or queue_id in self.queues

    def is_over(self, now: datetime | None = None) -> bool:
        """Whether its last day is over."""
        return self.until is not None and (now or datetime.now(UTC)).date() > self.until

    def line(self) -> str:
        """The signer as a line of the file."""
        words = [self.role, self.name, self.public_text()]
        if self.queues:
            words.append("queues=" + ",".join(sorted(self.queues)))
        if self.until is not None:
            words.append(f"until={self.until.isoformat()}")
        return " ".join(words)


class Signers:
    """The public keys that a process trusts, by fingerprint."""

    def __init__(self, signers: Iterable[Signer] = ()) -> None:
        self._by_id: Mapping[str, Signer] = {signer.id: signer for signer in signers}

    def __iter__(self) -> Iterator[Signer]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, key: str) -> Signer | None:
        """The signer whose key has this fingerprint."""
        return self._by_id.get(key)

    def having(self, role: Role) -> list[Signer]:
        """The signers of one role."""
        return [signer for signer in self if signer.role == role]


def read_signers(path: Path, setting: str) -> Signers:
    """The signers of a file. SettingsError names the setting, the file and the line.

    A file that others than its owner may write to is refused: it says whose word counts.
    """
    signers: dict[str, Signer] = {}
    for number, line in enumerate(read_rule(path, setting).decode("utf-8", "replace").splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            signer = _signer(words)
            if signer.id in signers:
                raise ValueError(f"this key is '{signers[signer.id].name}' already")
        except ValueError as error:
            raise SettingsError(f"{setting}: {path}:{number}: {error}") from error
        signers[signer.id] = signer
    return Signers(signers.values())


def _signer(words: list[str]) -> Signer:
    """One line; ValueError says what is wrong with it."""
    if len(words) < 4:
        raise ValueError("a signer is: ROLE NAME ssh-ed25519 KEY, and perhaps queues=A,B or until=2026-12-31")
    role, name, kind, blob, *options = words
    if role not in get_args(Role):
        raise ValueError(f"unknown role {role[:40]!r}; there are: {', '.join(get_args(Role))}")
    if problem := name_problem(name):
        raise ValueError(f"bad name {name[:80]!r}: {problem}")
    if kind != _KIND:
        raise ValueError(f"a key of kind {kind[:40]!r}; only {_KIND} is taken")
    try:
        key = serialization.load_ssh_public_key(f"{kind} {blob}".encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"no public key: {blob[:20]!r}...") from error
    assert isinstance(key, Ed25519PublicKey)
    queues, until = DEFAULT_QUEUE_ONLY, None
    for option in options:
        match option.partition("="):
            case ("queues", "=", value) if value and role == "worker":
                queues = frozenset(value.split(","))
            case ("until", "=", value):
                until = _day(value)
            case _:
                raise ValueError(f"unknown option {option[:40]!r} of a {role}")
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return Signer(cast("Role", role), name, raw, queues, until)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'until' takes a day such as 2026-12-31, not {text[:40]!r}") from error


def read_private_key(path: Path, setting: str) -> Ed25519PrivateKey:
    """A private key in OpenSSH's format. SettingsError if it cannot be read, or if others can read it."""
    content = read_secret(path, setting)
    try:
        key = serialization.load_ssh_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        problem = "no Ed25519 key in OpenSSH's format, without a passphrase"
        raise SettingsError(f"{setting}: {path}: {problem}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{setting}: {path}: a key of another kind; only Ed25519 is taken")
    return key


def write_private_key(path: Path) -> Ed25519PrivateKey:
    """Make a key and write it with mode 0600. FileExistsError if there is a file of that name."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return key
