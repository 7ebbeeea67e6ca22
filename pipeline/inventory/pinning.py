"""Adding host keys to a known_hosts file that people keep: its lines, comments and order stay. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collectors.transport import tls
from collectors.transport.host_key import HostKey, described, place
from pipeline.inventory.known_hosts import DEFAULT_PORT, canonical_name
from pipeline.model import Device


@dataclass(frozen=True, slots=True)
class Pin:
    """A key of a device, as it is written down: a comment for a person to compare, and the line."""

    device: str
    host: str
    key: str

    @property
    def fingerprint(self) -> str:
        """As the device's own command line or `ssh-keygen -l` prints it."""
        if tls.is_pin(self.key):
            return tls.described(self.key)
        return described(HostKey.parse(self.device, self.key))

    @property
    def line(self) -> str:
        """`<host> <type> <base64>`."""
        return f"{self.host} {self.key}"

    @property
    def comment(self) -> str:
        """What stands above the line."""
        return f"# {self.device}: {self.fingerprint}"


def pin(device: Device, key: str) -> Pin:
    """How `key` is pinned for `device`: under its address, and its port where the inventory gives one."""
    return Pin(device.name, place(device.address, device.port or DEFAULT_PORT), key)


def contradicted(pinned: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether what a device shows is not what is pinned: another key of a pinned type, or no pinned key.

    A further key of a device that shows a pinned one is no contradiction.
    """
    # A device may have its certificate pinned beside its SSH keys.
    certificate = any(map(tls.is_pin, shown))
    known = {key for key in pinned if tls.is_pin(key) == certificate}
    types = {key.split(" ")[0] for key in known}
    other = any(key not in known and key.split(" ")[0] in types for key in shown)
    return bool(known) and (other or not known.intersection(shown))


def with_pins(text: str, pins: Iterable[Pin]) -> str:
    """`text` with each pin and its comment at the end."""
    lines = [f"{each.comment}\n{each.line}\n" for each in pins]
    ended = text if not text or text.endswith("\n") else text + "\n"
    return ended + "".join(lines)


def names_of(device: Device) -> frozenset[str]:
    """Under which names keys of `device` may be pinned."""
    host, port = device.address, device.port or DEFAULT_PORT
    return frozenset(map(canonical_name, (device.name, host, f"[{host}]:{port}")))


def without_keys(text: str, device: Device) -> str:
    """`text` without the lines that pin a key for `device`, and without our own comment above each.

    Where a line also names others, only the device's names go.
    """
    names = names_of(device)
    ours = f"# {device.name}: "
    kept: list[str] = []
    for line in text.splitlines(keepends=True):
        fields = line.split(None, 1)
        if not fields or fields[0].startswith("#"):
            kept.append(line)
            continue
        written = fields[0].split(",")
        others = [name for name in written if canonical_name(name) not in names]
        if len(others) == len(written):
            kept.append(line)
        elif others:
            kept.append(f"{','.join(others)} {fields[1]}")
        elif kept and kept[-1].startswith(ours):
            kept.pop()
    return "".join(kept)
