"""Adding host keys to a known_hosts file that people keep: its comments and its order stay. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.transport import tls
from collectors.transport.host_key import HostKey, described, place
from pipeline.inventory.known_hosts import DEFAULT_PORT, canonical_name
from pipeline.values.device import Device


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
    ended = text if not text or not lines or text.endswith("\n") else text + "\n"
    return ended + "".join(lines)


def names_of(device: Device) -> frozenset[str]:
    """Under which names keys of `device` may be pinned."""
    host, port = device.address, device.port or DEFAULT_PORT
    return frozenset(map(canonical_name, (device.name, host, f"[{host}]:{port}")))


def with_replaced(text: str, device: Device, pins: Sequence[Pin]) -> str:
    """`text` with `pins` where it pins other keys for `device`, each in the place of one of its own type.

    So a reviewer sees the lines that changed and no others. Of a line that names others too, only the
    device's names go. Our own comment above a line says the new fingerprint.
    """
    names = names_of(device)
    ours = f"# {device.name}: "
    lines = text.splitlines(keepends=True)
    own: dict[int, str] = {}  # where a line pins a key for this device alone → the key's type
    last = len(lines) - 1
    for index, line in enumerate(lines):
        fields = line.split(None, 2)
        if len(fields) < 2 or fields[0].startswith("#"):
            continue
        written = fields[0].split(",")
        others = [name for name in written if canonical_name(name) not in names]
        if not others:
            own[index] = fields[1]
        elif len(others) < len(written):
            lines[index] = line.replace(fields[0], ",".join(others), 1)
        if len(others) < len(written):
            last = index
    new, left = _placed(own, pins)
    for index in own:
        has_comment = index > 0 and lines[index - 1].startswith(ours)
        if index in new:
            lines[index] = _in_place(lines[index], f"{lines[index].split()[0]} {new[index].key}")
        else:
            lines[index] = ""
        if has_comment:
            comment = lines[index - 1]
            lines[index - 1] = _in_place(comment, new[index].comment) if index in new else ""
    return with_pins("".join(lines[: last + 1]), left) + "".join(lines[last + 1 :])


def _placed(own: Mapping[int, str], pins: Sequence[Pin]) -> tuple[dict[int, Pin], list[Pin]]:
    """Which pin goes to which line, first by the type of its key; and those that find no place."""
    placed: dict[int, Pin] = {}
    left = list(pins)
    for same_type in (True, False):
        for index, kind in own.items():
            fits = (each for each in left if not same_type or each.key.split(" ")[0] == kind)
            if index not in placed and (found := next(fits, None)):
                placed[index] = found
                left.remove(found)
    return placed, left


def _in_place(line: str, content: str) -> str:
    """`content` with the line end of `line`."""
    return content + line[len(line.rstrip("\r\n")) :]
