"""A configuration with its secrets, from its sealed copy, for a person who holds an identity."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SettingsError, UsageError


def unseal(copy: bytes, identity_file: Path) -> str:
    """Decrypt a sealed copy with the identities in a file: age's `AGE-SECRET-KEY-1…` lines, or an SSH key.

    Raises UsageError if the file cannot be read, or if the copy is sealed for none of its identities.
    """
    try:
        import pyrage
    except ImportError as error:
        raise SettingsError("restoring needs the extra: pip install 'devicevault[sealed]'") from error
    try:
        text = identity_file.read_text()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--identity {identity_file}: {getattr(error, 'strerror', None) or error}"
        ) from error
    try:
        if "PRIVATE KEY" in text:
            identities: list[object] = [pyrage.ssh.Identity.from_buffer(text.encode())]
        else:
            lines = [line.strip() for line in text.splitlines()]
            identities = [pyrage.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except pyrage.IdentityError as error:
        raise UsageError(f"--identity {identity_file}: not an age identity or SSH private key") from error
    if not identities:
        raise UsageError(f"--identity {identity_file}: holds no identity")
    try:
        return bytes(pyrage.decrypt(copy, identities)).decode()
    except pyrage.DecryptError as error:
        raise UsageError(f"--identity {identity_file}: the copy is not sealed for this identity") from error
