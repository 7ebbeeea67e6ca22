"""To whom secrets are shown in a backup: to the device, and to each jump host on the way to it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from pipeline.values.device import Credential, Device

Way = Literal["ssh", "https", "https-ca", "telnet"]
"""How a secret is sent: over SSH and over HTTPS to a pinned key, over HTTPS to whom an authority vouches for,
or in clear."""

WORDS: Mapping[Way, str] = {
    "ssh": "SSH",
    "https": "HTTPS to a pinned certificate",
    "https-ca": "HTTPS without a pinned certificate",
    "telnet": "telnet, in clear",
}

SCHEMES = ("env:", "file:")
_CERTIFICATE_PIN = "https-sha256"


@dataclass(frozen=True, slots=True)
class Showing:
    """The secrets that one server is shown, of which only the references are known.

    `hop` is the jump host's name, or None for the device itself. `host_keys` are the pinned keys and
    certificates, by which the server is known. `looked_up_here`: if the address is a name, then this side
    resolves it, and no jump host.
    """

    references: tuple[str, ...]
    way: Way
    address: str
    host_keys: tuple[str, ...]
    hop: str | None = None
    looked_up_here: bool = True
    port: int | None = None


def showings(device: Device) -> Iterator[Showing]:
    """Those of the jump hosts in their order, and of the device. One without a secret is left out."""
    for place, hop in enumerate(device.jump):
        if references := references_of(hop.credential):
            yield Showing(references, "ssh", hop.address, hop.host_keys, hop.name, place == 0, hop.port)
    if references := references_of(device.credential):
        yield Showing(
            references, way_of(device), device.address, device.host_keys, None, not device.jump, device.port
        )


def way_of(device: Device) -> Way:
    """How the device would be sent a secret."""
    if device.options.transport == "https":
        is_pinned = any(key.split(" ")[0] == _CERTIFICATE_PIN for key in device.host_keys)
        return "https" if is_pinned else "https-ca"
    return "telnet" if device.options.transport == "telnet" else "ssh"


def references_of(credential: Credential) -> tuple[str, ...]:
    """The credential's references. A plain user name, and the name of the credential, are none."""
    values = (getattr(credential, field.name) for field in fields(credential) if field.name != "name")
    return tuple(value for value in values if isinstance(value, str) and is_reference(value))


def is_reference(text: str) -> bool:
    """Whether a text says where a secret is, and is not plain."""
    return text.startswith(SCHEMES)
