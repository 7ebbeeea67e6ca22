"""Turns a plan into tables for people. A terminal and a page show the same tables."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.inventory.values import canonical_address
from pipeline.plan.values import (
    Assignment,
    Change,
    ConfigFile,
    Definition,
    Difference,
    Exposure,
    Move,
    Plan,
    Reference,
    Risk,
)
from pipeline.text.words import counted
from pipeline.values.device import Device
from pipeline.values.showing import WORDS
from pipeline.values.times import iso

ADDED, REMOVED, CHANGED, MOVED, ATTENTION = "+", "-", "~", ">", "!"
"""The signs with which rows begin."""

_NAMES = 4
"""As many devices as a row names that is about more of them."""
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Section:
    """A table with all of its rows; who shows it may show fewer. Each row begins with a sign."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def summary(plan: Plan) -> str:
    """The plan in one line."""
    if plan.base_problems:
        return (
            f"cannot be compared: the base has {counted(len(plan.base_problems), 'problem')}; "
            f"the branch has {counted(plan.devices_after, 'device')}"
        )
    counts = {
        "added": len(plan.added),
        "removed": len(plan.removed),
        "renamed": len(plan.renamed),
        "moved": sum(len(move.devices) for move in plan.moved),
        "changed": plan.changed_devices,
    }
    words = [f"{count} {word}" for word, count in counts.items() if count]
    if words:
        words[0] = words[0].replace(" ", " device " if words[0].startswith("1 ") else " devices ")
    if plan.definitions:
        words.append(f"{counted(len(plan.definitions), 'definition')} changed")
    whole = f"{counted(plan.devices_after, 'device')} afterwards"
    return f"{', '.join(words)}; {whole}" if plan.has_changes else f"no changes; {whole}"


def attention(plan: Plan) -> list[str]:
    """What somebody should look at before the merge, and what to do about it."""
    found = [*map(risk_words, plan.risks), *plan.notes]
    if replaced := sum(change.is_replaced for change in plan.host_keys):
        found.append(
            f"{counted(replaced, 'device')} would be trusted with other host keys: compare them with the "
            "devices' own display"
        )
    if plan.without_host_key:
        found.append(
            f"{_device_names(plan.without_host_key)} without a host key: nothing is sent until one is pinned"
        )
    if plan.not_provided:
        found.append(f"not provided to the workers: {', '.join(plan.not_provided[:20])}")
    if plan.without_schedule:
        found.append(f"{_device_names(plan.without_schedule)} without a schedule: backed up on demand only")
    return found + _rename_hints(plan)


def risk_words(risk: Risk) -> str:
    """A warning in one line, with the devices that it is about."""
    about = f": {_device_names(risk.devices)}" if risk.devices else ""
    return f"WARNING ({risk.kind}): {risk.message}{about}"


def _rename_hints(plan: Plan) -> list[str]:
    """How to keep the history of a device that has a new name. Without an id, it is a new device."""
    if not plan.added or not plan.removed or plan.base_problems:
        return []
    gone = {_canonical(device): device for device in plan.removed}
    pairs = [(device, gone[_canonical(device)]) for device in plan.added if _canonical(device) in gone]
    if not pairs:
        return ["where an added device is a removed one under a new name, give it the old one's id: its "
                "history then goes on"]  # fmt: skip
    return [
        f"{new.name} has the address of {old.name}, which is removed: if it is the same device, give it "
        f"'id: {old.id}', and its history goes on"
        for new, old in pairs[:_NAMES]
    ]


def _canonical(device: Device) -> tuple[str, int | None]:
    return canonical_address(device.address), device.port


def sections(plan: Plan) -> list[Section]:
    """The tables that have rows. If the base cannot be read, they are the tables that do not need it."""
    if plan.base_problems:
        found = [_base_problems(plan), _by_group(plan)]
    else:
        found = [
            _devices("Added", ADDED, plan.added),
            _devices("Removed", REMOVED, plan.removed),
            Section(
                "Renamed",
                ("", "From", "To", "Id"),
                [(MOVED, rename.before, rename.after, rename.id) for rename in plan.renamed],
                "The history goes on under the new name.",
            ),
            Section("Moved", ("", "Devices", "From", "To"), [_move(move) for move in plan.moved]),
            _changes(plan),
            Section(
                "Definitions",
                ("", "What", "Setting", "Before", "After", "Devices"),
                [row for definition in plan.definitions for row in _definition(definition)],
            ),
        ]
    found += [
        Section(
            "Secrets that workers need",
            ("", "Reference", "Credential", "Queue", "Provided"),
            [_reference(reference) for reference in plan.references],
        ),
        _exposures(plan),
        _host_keys(plan),
        _configs(plan),
        _load(plan),
    ]
    return [section for section in found if section.rows]


def _devices(title: str, sign: str, devices: Iterable[Device]) -> Section:
    rows = [
        (sign, device.name, device.group or "-", device.platform, _endpoint(device), device.schedule or "-")
        for device in devices
    ]
    return Section(title, ("", "Device", "Group", "Platform", "Address", "Schedule"), rows)


def _endpoint(device: Device) -> str:
    return device.address if device.port is None else f"{device.address} port {device.port}"


def _move(move: Move) -> tuple[str, ...]:
    parts = [i for i, (old, new) in enumerate(zip(move.before, move.after, strict=True)) if old != new]
    return MOVED, _device_names(move.devices), _assignment(move.before, parts), _assignment(move.after, parts)


def _assignment(assignment: Assignment, parts: Iterable[int]) -> str:
    """These parts of an assignment, by their index."""
    words = (
        f"group {assignment.group}" if assignment.group is not None else "no group",
        _queue(assignment.queue_id),
        f"configs repo {assignment.repo}",
    )
    return ", ".join(words[part] for part in parts)


def _queue(queue_id: str | None) -> str:
    return "the default queue" if queue_id is None else f"queue {queue_id}"


def _changes(plan: Plan) -> Section:
    def row(change: Change) -> tuple[str, ...]:
        devices = _device_names(change.devices)
        if change.group is not None:
            devices = f"group {change.group}: {devices}"
        return (CHANGED, *_values(change.setting), devices)

    return Section("Changed", ("", "Setting", "Before", "After", "Devices"), [*map(row, plan.changes)])


def _values(difference: Difference) -> tuple[str, str, str]:
    return difference.name, difference.before or "(not set)", difference.after or "(not set)"


def _definition(definition: Definition) -> Iterable[tuple[str, ...]]:
    what, count = f"{definition.kind} {definition.name}", str(definition.devices)
    sign = {"added": ADDED, "removed": REMOVED, "changed": CHANGED}[definition.change]
    if definition.change != "changed":
        yield sign, what, "", "", "", count
    for setting in definition.settings:
        yield (sign, what, *_values(setting), count)
    if definition.next_before != definition.next_after:
        yield sign, what, "next run", _time(definition.next_before), _time(definition.next_after), count


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else iso(moment)


def _reference(reference: Reference) -> tuple[str, ...]:
    sign = ATTENTION if reference.provided is False else ADDED
    provided = {None: "not known", True: "yes", False: "NO"}[reference.provided]
    queues = ", ".join(map(_queue, reference.queues))
    return sign, reference.reference, ", ".join(reference.credentials), queues, provided


def _exposures(plan: Plan) -> Section:
    """One row for the servers of a network that are shown the same secrets in the same way.

    A server elsewhere, which nobody expects, is then never hidden among many.
    """
    alike: dict[tuple[object, ...], list[Exposure]] = {}
    for each in plan.exposures:
        place = (_network(each.address), bool(each.host_keys), each.through, each.hop)
        alike.setdefault((each.references, each.way, *place), []).append(each)
    rows = []
    for servers in alike.values():
        first = servers[0]
        many = len(servers) > 1 and bool(first.host_keys)
        is_plain = first.way in ("ssh", "https") and first.hop is None
        through = f", through {', '.join(first.through)}" if first.through else ""
        rows.append(
            (
                ADDED if is_plain else ATTENTION,
                ", ".join(first.references),
                _servers(servers),
                f"{WORDS[first.way]}{through}",
                "the pinned key of each" if many else first.checked_by,
            )
        )
    return Section("Secrets newly sent", ("", "Secret", "To", "Over", "Checked by"), rows)


def _servers(servers: Sequence[Exposure]) -> str:
    if len(servers) <= _NAMES:
        return ", ".join(map(_server, servers))
    names = ", ".join(each.devices[0] for each in servers[:_NAMES])
    return f"{len(servers)} devices in {_network(servers[0].address)}: {names}, …"


def _network(address: str) -> str:
    """The network around an address; a name as it is."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def _server(each: Exposure) -> str:
    name = each.devices[0] if each.hop is None else f"jump host {each.hop}"
    return f"{name} ({each.address}{'' if each.port is None else f' port {each.port}'})"


def _host_keys(plan: Plan) -> Section:
    rows = [
        (
            ATTENTION if change.is_replaced or not change.after else CHANGED,
            change.device,
            ", ".join(change.before) or "(none)",
            ", ".join(change.after) or "(none)",
        )
        for change in plan.host_keys
    ]
    if not plan.base_problems:
        changed = {change.device for change in plan.host_keys}
        rows += [(ATTENTION, name, "", "(none)") for name in plan.without_host_key if name not in changed]
    return Section("Host keys", ("", "Device", "Before", "After"), rows)


def _configs(plan: Plan) -> Section:
    def place(file: ConfigFile) -> str:
        return f"{file.repo}: {file.path}"

    rows = [(REMOVED, place(file), "leaves HEAD; stays in the history") for file in plan.leaving]
    rows += [(MOVED, place(move.before), place(move.after)) for move in plan.config_moves]
    return Section("Configurations", ("", "Configs repo: path", "Goes to"), rows)


def _load(plan: Plan) -> Section:
    title, columns = "Backups per hour", ("", "Group", "", "00 to 23 h UTC", "Most in an hour")
    if plan.load is None:
        return Section(title, columns, [(ATTENTION, "-", "", "-", "too many slots to count")])
    rows: list[tuple[str, ...]] = []
    for load in sorted(plan.load, key=lambda load: -abs(max(load.after) - max(load.before))):
        highest = max(*load.before, *load.after)
        doubled = max(load.before) > 0 and max(load.after) >= 2 * max(load.before)
        group = load.group or "(no group)"
        rows.append(("", group, "before", _bars(load.before, highest), _peak(load.before)))
        rows.append(
            (ATTENTION if doubled else "", group, "after", _bars(load.after, highest), _peak(load.after))
        )
    return Section(title, columns, rows, "On the busiest of the next seven days.")


def _bars(hours: Sequence[int], highest: int) -> str:
    return "".join(
        "·" if not count else _BARS[(count * (len(_BARS) - 1) + highest - 1) // highest] for count in hours
    )


def _peak(hours: Sequence[int]) -> str:
    return f"{max(hours)} at {hours.index(max(hours)):02}:00" if any(hours) else "none"


def _base_problems(plan: Plan) -> Section:
    rows = [(ATTENTION, str(problem)) for problem in plan.base_problems]
    note = "The base cannot be read, so what is new and what is gone is not known."
    return Section("Problems of the base", ("", "Problem"), rows, note)


def _by_group(plan: Plan) -> Section:
    counts: dict[str | None, int] = {}
    for device in plan.added:
        counts[device.group] = counts.get(device.group, 0) + 1
    groups = sorted(counts, key=lambda group: group or "")
    rows = [("", group or "(no group)", str(counts[group])) for group in groups]
    return Section("Devices of the branch", ("", "Group", "Devices"), rows)


def _device_names(names: Sequence[str]) -> str:
    """Names of devices, such as `sw1`, `sw1, sw2` or `120 devices: sw1, sw2, sw3, sw4, …`."""
    if len(names) <= _NAMES:
        return ", ".join(names)
    return f"{len(names)} devices: {', '.join(names[:_NAMES])}, …"
