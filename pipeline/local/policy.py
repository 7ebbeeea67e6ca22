"""A first policy for this machine's workers, drafted from an inventory for its owner to review.

The draft opens what the inventory shows, and little more: the references of its credentials, for the networks
in which their devices are (a /24, or a /64 of IPv6: the next device beside them works at once), for each jump
host's own address, and over telnet or without a pinned certificate for single addresses alone. A server that
has a name in the inventory is known by its pinned keys, too.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
import socket
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue

from pipeline.errors import StateError
from pipeline.inventory import Inventory
from pipeline.inventory.values import MAX_ITEMS
from pipeline.settings import Settings
from pipeline.system.private_files import write_whole
from pipeline.text.words import counted
from pipeline.values.device import Device
from pipeline.values.showing import WORDS, Showing, Way, showings
from pipeline.worker.secret_rules import (
    SAFE_WAYS,
    IpAddress,
    Network,
    is_system_file,
    never_shown,
    pattern_problem,
)

Addresses = Mapping[str, Sequence[IpAddress]]
"""What names stand for; one that resolves to nothing is missing."""

_OURS = PurePosixPath("/etc/devicevault")
"""Where secrets below /etc are drafted; others are the system's until a person says otherwise."""
_AROUND = {4: 24, 6: 64}
"""The prefix length of the network that is taken for a device's, by the IP version."""
_LOOKUP_S = 10.0
_LOOKUPS = 32
_NAMED = 3
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:*-]*")

_HEAD = """\
# To whom the workers of this machine may show which secret. Drafted from {source}.
# It does not follow the inventory: what a pull request adds is refused until the owner of this machine adds
# it here, or accepts a new draft with `devicevault policy --output FILE --replace`.
version: 1
"""


@dataclass(slots=True)
class _Use:
    """The servers that are shown the same secrets in the same way."""

    networks: dict[Network, None] = field(default_factory=dict)
    keys: dict[tuple[str, ...], None] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)


def make_local_policy(settings: Settings, inventory: Inventory) -> str | None:
    """Give this machine a policy if it has none; returns one line about it, or None if there was one."""
    if settings.policy_path is not None:
        return None
    path = settings.local_policy_path
    devices = inventory.devices
    text = draft(inventory, resolve(names_of(devices)), [settings.fingerprint_key])
    write(path, text)
    count = sum(1 for device in devices if any(each.way not in SAFE_WAYS for each in showings(device)))
    note = f" ({counted(count, 'device')} over telnet or without a pinned certificate)" if count else ""
    return f"made {path}: which secret may be sent where, as the inventory is now{note}"


def draft(inventory: Inventory, addresses: Addresses, own: Collection[str | None] = ()) -> str:
    """A policy's text for an inventory. `own` are references that the worker uses for itself."""
    uses: dict[tuple[tuple[str, ...], Way], _Use] = {}
    left_out: dict[str, str] = {}
    for device in inventory.devices:
        for shown in showings(device):
            closed = {each: why for each in shown.references if (why := _closed(each, own))}
            left_out |= closed
            references = tuple(dict.fromkeys(each for each in shown.references if each not in closed))
            if references:
                use = uses.setdefault((references, shown.way), _Use())
                _add(use, shown, device, addresses)
    lines = [line for (references, way), use in sorted(uses.items()) for line in _rules(references, way, use)]
    is_empty = not any(line.startswith("  - ") for line in lines)
    notes = [f"# Left out: {each}: {why}" for each, why in sorted(left_out.items())]
    head = _HEAD.format(source=inventory.source)
    return "\n".join([head + ("rules: []" if is_empty else "rules:"), *lines, *notes]) + "\n"


def only_queues(inventory: Inventory, queues: Collection[str]) -> Inventory:
    """The inventory with the devices of these queues alone; all of them without any."""
    if not queues:
        return inventory
    return replace(inventory, devices=tuple(each for each in inventory.devices if each.queue_id in queues))


def names_of(devices: Iterable[Device]) -> frozenset[str]:
    """The names among the addresses that this side resolves."""
    return frozenset(
        shown.address
        for device in devices
        for shown in showings(device)
        if shown.looked_up_here and _ip(shown.address) is None
    )


def resolve(names: Collection[str], limit_s: float = _LOOKUP_S) -> dict[str, tuple[IpAddress, ...]]:
    """What the names stand for. Those that are not found within the limit (seconds) are missing."""
    todo: SimpleQueue[str] = SimpleQueue()
    found: SimpleQueue[tuple[str, tuple[IpAddress, ...]]] = SimpleQueue()
    for name in names:
        todo.put(name)

    def look_up() -> None:
        while True:
            try:
                name = todo.get_nowait()
            except Empty:
                return
            try:
                infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                found.put((name, ()))
            else:
                found.put((name, tuple(dict.fromkeys(ip for *_, at in infos if (ip := _ip(str(at[0])))))))

    # Daemons: getaddrinfo has no time limit, and nobody waits for the last ones.
    for _ in range(min(_LOOKUPS, len(names))):
        threading.Thread(target=look_up, daemon=True).start()
    answers: dict[str, tuple[IpAddress, ...]] = {}
    end = time.monotonic() + limit_s
    while len(answers) < len(names) and (left_s := end - time.monotonic()) > 0:
        try:
            name, ips = found.get(timeout=left_s)
        except Empty:
            break
        answers[name] = ips
    return {name: ips for name, ips in answers.items() if ips}


def difference(path: Path, text: str) -> str:
    """What `text` would change in the file; "" for nothing. StateError if it cannot be read."""
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{path}: {error}") from error
    lines = difflib.unified_diff(_compared(old), _compared(text), str(path), "draft", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def write(path: Path, text: str) -> None:
    """Write a policy that its owner alone may read and write, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error
    write_whole(path, text)


def _compared(text: str) -> list[str]:
    """The lines but the first one, which names the commit."""
    return text.splitlines()[1:]


def _closed(reference: str, own: Collection[str | None]) -> str | None:
    if reference in own:
        return "the worker uses it for itself"
    if (why := never_shown(reference) or pattern_problem(reference)) is not None:
        return why
    is_ours = _OURS in PurePosixPath(reference.removeprefix("file:")).parents
    if is_system_file(reference) and not is_ours:
        return "a file below /etc; add it by hand if it is a secret for devices"
    return None


def _add(use: _Use, shown: Showing, device: Device, addresses: Addresses) -> None:
    name = device.name if shown.hop is None else f"jump host {shown.hop}"
    use.names[name] = None
    ip = _ip(shown.address)
    ips = (ip,) if ip else addresses.get(shown.address, ()) if shown.looked_up_here else ()
    is_single = shown.hop is not None or shown.way not in SAFE_WAYS
    for each in ips:
        use.networks[_network(each, device.allowed_networks, is_single=is_single)] = None
    if ip is None and shown.host_keys and shown.way in SAFE_WAYS:
        use.keys[shown.host_keys] = None
    elif not ips:
        use.unknown.append(f"{name} ({shown.address})")


def _network(ip: IpAddress, allowed: Sequence[str], *, is_single: bool) -> Network:
    """The network around an address, within the narrowest of the `allowed` ones that holds it."""
    length = ip.max_prefixlen if is_single else _AROUND[ip.version]
    around = ipaddress.ip_network((int(ip) if ip.version == 4 else ip.packed, length), strict=False)
    inside = [net for each in allowed if ip in (net := ipaddress.ip_network(each))]
    return max([around, *inside], key=lambda net: net.prefixlen)


def _rules(references: Sequence[str], way: Way, use: _Use) -> Iterator[str]:
    names = list(use.names)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    yield f"  # {', '.join(names[:_NAMED])}{more}"
    if way not in SAFE_WAYS:
        yield f"  # Look at this one: {WORDS[way]}. Remove it, and nothing is sent so."
    for each in use.unknown:
        yield f"  # {each}: nothing is known by which it could be named here; add its network"
    known = sorted(ipaddress.collapse_addresses(net for net in use.networks if net.version == 4))
    known6 = sorted(ipaddress.collapse_addresses(net for net in use.networks if net.version == 6))
    networks = [str(net) for net in (*known, *known6)]
    for start in range(0, len(networks), MAX_ITEMS):
        yield from _rule(references, way, networks[start : start + MAX_ITEMS])
    for keys in _batches(use.keys):
        yield "  # by name, and only to servers that show one of these keys"
        yield from _rule(references, way, ["0.0.0.0/0", "::/0"], keys)


def _batches(groups: Iterable[tuple[str, ...]]) -> Iterator[list[str]]:
    """The keys in lists that a policy can hold; those of one server stay together."""
    batch: dict[str, None] = {}
    for keys in groups:
        if batch and len(batch) + len(keys) > MAX_ITEMS:
            yield list(batch)
            batch = {}
        batch |= dict.fromkeys(keys[:MAX_ITEMS])
    if batch:
        yield list(batch)


def _rule(
    references: Sequence[str], way: Way, networks: Sequence[str], keys: Sequence[str] = ()
) -> Iterator[str]:
    yield f"  - secrets: {_list(references)}"
    yield f"    networks: {_list(networks)}"
    yield f"    transports: [{way}]"
    if keys:
        yield f"    host_keys: {_list(keys)}"


def _list(texts: Iterable[str]) -> str:
    quoted = (text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False) for text in texts)
    return f"[{', '.join(quoted)}]"


def _ip(address: str) -> IpAddress | None:
    """The IP address that is written there, without its interface; None for a name."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
