"""References to secrets become secrets, in the worker and nowhere else.

    env:NAME     an environment variable of the worker
    file:/path   the first line of a file that the worker may read (a mounted secret, say);
                 for a private key, the whole text

A username may also be plain text.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

from pipeline.errors import CredentialError
from pipeline.values.device import LOGIN_ORDER, Credential
from pipeline.values.showing import SCHEMES, is_reference

_MAX_BYTES = 64 * 1024
MIN_FINGERPRINT_KEY = 16
"""Characters. So many random ones of base64 are 96 bits; who has a fingerprint can try short keys out."""


class ShortKeyError(CredentialError):
    """The key for fingerprints is too short. Permanent: a person has to make another."""


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """A resolved credential. It has no repr, so that it does not reach a log by accident."""

    username: str
    password: str | None = None
    enable_password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None
    order: tuple[str, ...] = LOGIN_ORDER
    username_is_public: bool = True
    """Whether the user name stands in the inventory; one that came out of a reference is masked, too."""

    def values(self) -> list[str]:
        """Every value that must be masked in logs."""
        public = ("order", "username_is_public", *(("username",) if self.username_is_public else ()))
        return [value for f in fields(self) if f.name not in public and (value := getattr(self, f.name))]


def resolve(credential: Credential) -> Secrets:
    """Look up every reference. CredentialError names the credential, the field and what to provide."""

    def secret(name: str) -> str | None:
        reference = getattr(credential, name)
        return None if reference is None else _look_up(credential.name, name, reference)

    return Secrets(
        username=_look_up(credential.name, "username", credential.username),
        password=secret("password"),
        enable_password=secret("enable_password"),
        private_key=secret("private_key"),
        passphrase=secret("passphrase"),
        order=credential.order,
        username_is_public=not is_reference(credential.username),
    )


def fingerprint_key(reference: str | None) -> str | None:
    """The key that turns secrets into fingerprints.

    CredentialError if there is none at the reference, and ShortKeyError if whoever reads configurations could
    find it by trying.
    """
    if reference is None:
        return None
    key = _look_up("fingerprint", "key", reference)
    if len(key) < MIN_FINGERPRINT_KEY:
        raise ShortKeyError(
            f"DEVICEVAULT_FINGERPRINT_KEY: the key at {reference} has {len(key)} characters, and needs "
            f"{MIN_FINGERPRINT_KEY} or more; `devicevault keys fingerprint` makes one"
        )
    return key


def check_fingerprint_key(reference: str | None) -> None:
    """Raise ShortKeyError if there is a key that is too short. One that is not there yet may still come."""
    try:
        fingerprint_key(reference)
    except ShortKeyError:
        raise
    except CredentialError:
        return


def _look_up(credential: str, field: str, reference: str) -> str:
    where = f"credential '{credential}', {field}"
    if reference.startswith("env:"):
        variable = reference.removeprefix("env:")
        value = os.environ.get(variable, "")
        if not value:
            raise CredentialError(
                f"{where}: the worker's environment has no {variable}; set it and restart the worker"
            )
        return value
    if reference.startswith("file:"):
        path = Path(reference.removeprefix("file:"))
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(_MAX_BYTES)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "is not UTF-8 text, or not a path"
            raise CredentialError(
                f"{where}: {path}: {why}; put the secret there, readable by the worker"
            ) from error
        value = text if field == "private_key" else (text.splitlines() or [""])[0]
        if not value.strip():
            raise CredentialError(f"{where}: {path} is empty")
        return value
    if field == "username":
        return reference
    raise CredentialError(f"{where}: not a reference; use one of {', '.join(SCHEMES)}")
