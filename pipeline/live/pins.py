"""Add host keys to the text of a known_hosts file that people keep. Its comments and its order stay. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.transport import tls
from collectors.transport.host_key import HostKey, described, place
from pipeline.inventory.known_hosts import DEFAULT_PORT, canonical_name
from pipeline.values.device import Device


@dataclass(frozen=True, slots=True)
class Pin:
    """A key of a device as known_hosts has it: a line, below a comment for a person to compare."""

    device: str
    host: str
    key: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint as the device's own command line or `ssh-keygen -l` prints it."""
        if tls.is_pin(self.key):
            return tls.described(self.key)
        return described(HostKey.parse(self.device, self.key))

    @property
    def line(self) -> str:
        """`<host> <type> <base64>`."""
        return f"{self.host} {self.key}"

    @property
    def comment(self) -> str:
        """The comment above the line."""
        return f"# {self.device}: {self.fingerprint}"


def pin(device: Device, key: str) -> Pin:
    """The pin of `key` for `device`: under its address, and its port if the inventory gives one."""
    return Pin(device.name, place(device.address, device.port or DEFAULT_PORT), key)


def contradicted(pinned: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether the keys that a device shows contradict the pinned ones.

    They do if one is another key of a pinned type, or if none of them is pinned. A further key of another
    type, beside a pinned one, is no contradiction.
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
    """The names under which keys of `device` may be pinned."""
    host, port = device.address, device.port or DEFAULT_PORT
    return frozenset(map(canonical_name, (device.name, host, f"[{host}]:{port}")))


def with_replaced(text: str, device: Device, pins: Sequence[Pin]) -> str:
    """`text` with `pins` in place of the keys that it pins for `device`, each in the line of one of its type.

    So a reviewer sees the lines that changed and no others. A line that also names other devices only loses
    this device's names. Our own comment above a line gets the new fingerprint.
    """
    names = names_of(device)
    ours = f"# {device.name}: "
    lines = text.splitlines(keepends=True)
    own: dict[int, str] = {}  # index of a line that pins a key for this device alone → the key's type
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
    new, rest = _assign(own, pins)
    for index in own:
        has_comment = index > 0 and lines[index - 1].startswith(ours)
        if index in new:
            lines[index] = _in_place(lines[index], f"{lines[index].split()[0]} {new[index].key}")
        else:
            lines[index] = ""
        if has_comment:
            comment = lines[index - 1]
            lines[index - 1] = _in_place(comment, new[index].comment) if index in new else ""
    return with_pins("".join(lines[: last + 1]), rest) + "".join(lines[last + 1 :])


def _assign(own: Mapping[int, str], pins: Sequence[Pin]) -> tuple[dict[int, Pin], list[Pin]]:
    """Assign pins to lines, first by the type of the key: index of a line → pin, and the pins left over."""
    assigned: dict[int, Pin] = {}
    rest = list(pins)
    for same_type in (True, False):
        for index, key_type in own.items():
            candidates = (each for each in rest if not same_type or each.key.split(" ")[0] == key_type)
            if index not in assigned and (candidate := next(candidates, None)):
                assigned[index] = candidate
                rest.remove(candidate)
    return assigned, rest


def _in_place(line: str, content: str) -> str:
    """`content` with the line end of `line`."""
    return content + line[len(line.rstrip("\r\n")) :]
