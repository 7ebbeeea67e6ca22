"""What one process signs with, and whose signatures it believes."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import SettingsError
from pipeline.settings import PREFIX, Settings
from pipeline.transit.signers import Role, read_private_key, read_signers
from pipeline.transit.signing import SigningKey, Verifier


@dataclass(frozen=True, slots=True)
class Trust:
    """Without a `verifier` nothing is checked: everybody who can write a message is believed."""

    key: SigningKey | None = None
    verifier: Verifier | None = None


NOBODY = Trust()
"""The trust of a process that knows no keys."""


def open_trust(settings: Settings, role: Role | None) -> Trust:
    """The keys of a process that signs in this role; None for one that only checks.

    The settings name the files. Without them the files that `devicevault up` or `devicevault keys` wrote
    below the state directory count, if they are there. SettingsError if a file is unfit, or if signers are
    known and there is no key to sign with: nobody would believe such a process.
    """
    signers = settings.signers_path
    verifier = None if signers is None else Verifier(read_signers(signers, f"{PREFIX}SIGNERS"))
    path = None if role is None else settings.signing_key_path(role)
    key = None if path is None else SigningKey(read_private_key(path, f"{PREFIX}SIGNING_KEY"))
    if role is not None and verifier is not None and key is None:
        raise SettingsError(
            f"{PREFIX}SIGNING_KEY: there are trusted signers ({signers}), and this {role} has no key to sign "
            f"with; `devicevault keys make {role} NAME` makes one"
        )
    return Trust(key, verifier)
