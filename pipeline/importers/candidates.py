"""Select the devices that an inventory can take: each has a platform of ours, an address and a valid port.

No device is dropped in silence. A note says why a device is left out, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.importers import platforms
from pipeline.importers.notes import Notes
from pipeline.importers.source_device import Login, SourceDevice
from pipeline.inventory import values
from pipeline.inventory.known_hosts import endpoint
from pipeline.inventory.problems import shown
from pipeline.inventory.strict_yaml import Text
from pipeline.inventory.values import BadValueError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that can be collected. `name` and `group` are still the source's words."""

    key: str
    name: str
    where: str
    address: str
    platform: str
    group: str | None
    port: int | None
    transport: str | None
    login: Login

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port, which no two devices of an inventory share."""
        return endpoint(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The devices that can be imported.

    `wanted` has the keys of all devices that the source wants collected, those that are left out included.
    """

    devices: tuple[Candidate, ...]
    wanted: frozenset[str]


def select(source: Iterable[SourceDevice], notes: Notes) -> Candidates:
    """The candidates among the source's devices. `notes` gets every guess, skipped and left-out device."""
    candidates: dict[str, Candidate] = {}
    endpoints: dict[tuple[str, int], Candidate] = {}
    wanted: set[str] = set()
    for device in source:
        if device.inactive:
            notes.add("skipped", device.where, device.name, _printable(device.inactive))
            continue
        wanted.add(device.key)
        candidate = _candidate(device, notes)
        if candidate is None:
            continue
        if first := candidates.get(device.key):
            message = f"a second device of this name; the first: {first.where}"
            notes.add("left out", device.where, device.name, message)
        elif first := endpoints.get(candidate.endpoint):
            message = f"has the same address and port as '{first.name}' ({first.where})"
            notes.add("left out", device.where, device.name, message)
        else:
            candidates[device.key] = endpoints[candidate.endpoint] = candidate
    return Candidates(tuple(candidates.values()), frozenset(wanted))


def _candidate(device: SourceDevice, notes: Notes) -> Candidate | None:
    """The device as a candidate. None if it is left out; a note then says why."""

    def leave_out(message: str, hint: str) -> None:
        notes.add("left out", device.where, device.name, message, hint)

    def quote(word: str) -> str:
        return "" if device.unsure else f" {shown(word)}"

    if device.problem:
        leave_out(device.problem, device.hint)
        return None
    if not device.name:
        leave_out("it has no name", "give it one in the source")
        return None
    try:
        address = values.address(_node(device.address or ""))
        port = values.port(_node(device.port)) if device.port else None
    except BadValueError as error:
        is_port = device.address and not _is_bad_address(device.address)
        what, value = ("port", device.port) if is_port else ("address", device.address)
        leave_out(f"its {what}{quote(value or '')} {error}", error.hint)
        return None
    if not device.platform:
        leave_out("the source names no platform for it", "name it there, or write the device by hand")
        return None
    match = platforms.platform_of(device.platform)
    if match is None:
        hint = device.hint if device.unsure else platforms.advice(device.platform)
        leave_out(f"the platform{quote(device.platform)} is not known here", hint)
        return None
    if match.is_guess:
        word = "it" if device.unsure else shown(device.platform)
        notes.add("guessed", device.where, device.name, f"{word} is taken for the platform {match.platform}")
    transport = "telnet" if platforms.speaks_telnet(device.platform) else device.transport
    if transport == "telnet" and not platforms.takes_telnet(match.platform):
        message = f"{match.platform} is collected over SSH, not over Telnet"
        hint = "make sure that SSH is on; Telnet and its port are not taken over"
        notes.add("guessed", device.where, device.name, message, hint)
        transport = port = None
    if transport == "telnet":
        hint = "Telnet shows the password to the network; remove 'transport' if the device has SSH"
        notes.add("guessed", device.where, device.name, "reached over Telnet, as in the source", hint)
    return Candidate(
        device.key, device.name, device.where, address, match.platform,
        device.group, port, transport, device.login,
    )  # fmt: skip


def _node(text: str) -> Text:
    """`text` as the inventory's own checks take it."""
    return Text(text, True, 1, 1)


def _is_bad_address(text: str) -> bool:
    try:
        values.address(_node(text))
    except BadValueError:
        return True
    return False


def _printable(text: str) -> str:
    return text if text.isprintable() else shown(text)
