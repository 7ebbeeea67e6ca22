"""What was found → what can be a device here: a platform, an address and a port that an inventory takes.

Nothing is dropped in silence: what cannot be taken over is left out with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.importers import platforms
from pipeline.importers.source_device import Found, Login, Notes
from pipeline.inventory import values
from pipeline.inventory.known_hosts import endpoint
from pipeline.inventory.problems import shown
from pipeline.inventory.strict_yaml import Text
from pipeline.inventory.values import BadValueError


@dataclass(frozen=True, slots=True)
class Settled:
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
        """What no two devices of an inventory share."""
        return endpoint(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The devices, and the keys of all that the source has and wants collected, left out or not."""

    devices: tuple[Settled, ...]
    wanted: frozenset[str]


def settle(found: Iterable[Found], notes: Notes) -> Sorted:
    """Sort what was found; `notes` tells of everything that was guessed, skipped or left out."""
    devices: dict[str, Settled] = {}
    endpoints: dict[tuple[str, int], Settled] = {}
    wanted: set[str] = set()
    for one in found:
        if one.inactive:
            notes.add("skipped", one.where, one.name, _clean(one.inactive))
            continue
        wanted.add(one.key)
        device = _settled(one, notes)
        if device is None:
            continue
        if first := devices.get(one.key):
            notes.add(
                "left out", one.where, one.name, f"a second device of this name; the first: {first.where}"
            )
        elif first := endpoints.get(device.endpoint):
            message = f"has the same address and port as '{first.name}' ({first.where})"
            notes.add("left out", one.where, one.name, message)
        else:
            devices[one.key] = endpoints[device.endpoint] = device
    return Sorted(tuple(devices.values()), frozenset(wanted))


def _settled(one: Found, notes: Notes) -> Settled | None:
    """The device, or None if `notes` says why not."""

    def left_out(message: str, hint: str) -> None:
        notes.add("left out", one.where, one.name, message, hint)

    def shown_word(word: str) -> str:
        return "" if one.unsure else f" {shown(word)}"

    if one.problem:
        left_out(one.problem, one.hint)
        return None
    if not one.name:
        left_out("it has no name", "give it one in the source")
        return None
    try:
        address = values.address(_node(one.address or ""))
        port = values.port(_node(one.port)) if one.port else None
    except BadValueError as error:
        what = "port" if one.address and not _is_bad_address(one.address) else "address"
        value = one.port if what == "port" else one.address
        left_out(f"its {what}{shown_word(value or '')} {error}", error.hint)
        return None
    if not one.platform:
        left_out("the source names no platform for it", "name it there, or write the device by hand")
        return None
    platform, guessed = platforms.platform_of(one.platform)
    if platform is None:
        hint = one.hint if one.unsure else platforms.advice(one.platform)
        left_out(f"the platform{shown_word(one.platform)} is not known here", hint)
        return None
    if guessed:
        notes.add(
            "guessed",
            one.where,
            one.name,
            f"{'it' if one.unsure else shown(one.platform)} is taken for the platform {platform}",
        )
    transport = "telnet" if platforms.speaks_telnet(one.platform) else one.transport
    if transport == "telnet" and not platforms.takes_telnet(platform):
        hint = "make sure that SSH is on; Telnet and its port are not taken over"
        notes.add("guessed", one.where, one.name, f"{platform} is collected over SSH, not over Telnet", hint)
        transport = port = None
    if transport == "telnet":
        hint = "Telnet shows the password to the network; remove 'transport' if the device has SSH"
        notes.add("guessed", one.where, one.name, "reached over Telnet, as in the source", hint)
    return Settled(
        one.key, one.name, one.where, address, platform, one.group, port, transport, one.login
    )  # fmt: skip


def _node(text: str) -> Text:
    return Text(text, True, 1, 1)


def _is_bad_address(text: str) -> bool:
    try:
        values.address(_node(text))
    except BadValueError:
        return True
    return False


def _clean(text: str) -> str:
    return text if text.isprintable() else shown(text)
