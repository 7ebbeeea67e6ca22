"""Which secret a change newly sends where, over what and checked by what; and what a reviewer must not miss.

Pure, but for the files beside the inventory, which are compared in Git.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dulwich.diff_tree import tree_changes

from pipeline.inventory import Inventory
from pipeline.inventory.source import commit_of, repository
from pipeline.plan.pairs import Pair
from pipeline.plan.settings import fingerprint
from pipeline.plan.values import Exposure, Risk, RiskKind
from pipeline.values.device import Device
from pipeline.values.showing import Showing, showings

_WATCHED = re.compile(
    r"\.github/.*|\.gitlab-ci\.yml|\.(?:gitea|forgejo|gitlab|ci)/.*|\.devicevault/(?!schemas/).*"
    r"|(?:gnu)?makefile|(?:.*/)?codeowners",
    re.IGNORECASE,
)
"""What runs on the runners and machines of those who review, and who has to review what."""

_Key = tuple[object, ...]


def new_exposures(base: Inventory, added: Sequence[Device], differing: Sequence[Pair]) -> list[Exposure]:
    """What is sent after the change and was not before; each server once, with the devices behind it."""
    found: dict[_Key, tuple[Showing, int | None, tuple[str, ...], list[str], dict[str, None]]] = {}
    hops_before: set[_Key] | None = None
    for old, new in (*((None, device) for device in added), *differing):
        before = set() if old is None else {key for shown in showings(old) for key in _keys(shown, old)}
        if new.jump and hops_before is None:
            hops_before = _hops(base.devices)
        for shown in showings(new):
            known = before | (hops_before or set()) if shown.hop is not None else before
            fresh = [key for key in _keys(shown, new) if key not in known]
            if not fresh:
                continue
            place = (shown.hop or new.name, *_where(shown, new))
            entry = found.setdefault(place, (shown, shown.port, _through(shown, new), [], {}))
            entry[3].extend(str(key[0]) for key in fresh if key[0] not in entry[3])
            entry[4][new.name] = None
    return [
        Exposure(
            tuple(references), shown.hop, shown.address, port, shown.way,
            tuple(map(fingerprint, shown.host_keys)), through, tuple(names),
        )
        for shown, port, through, references, names in found.values()
    ]  # fmt: skip


def risks(
    base: Inventory,
    head: Inventory,
    added: Sequence[Device],
    differing: Sequence[Pair],
    exposures: Iterable[Exposure],
) -> list[Risk]:
    """What a reviewer must not miss, each kind once for all of its devices."""
    found: dict[tuple[RiskKind, str], dict[str, None]] = {}

    def add(kind: RiskKind, what: str, devices: Iterable[str]) -> None:
        found.setdefault((kind, what), {}).update(dict.fromkeys(devices))

    for each in exposures:
        secrets = ", ".join(each.references)
        if each.way == "telnet":
            add(
                "telnet",
                f"{secrets} would be sent in clear, over telnet, to a server that nothing checks",
                each.devices,
            )
        elif each.way == "https-ca":
            add(
                "https-ca",
                f"{secrets} would be sent over HTTPS to whoever a public authority vouches for",
                each.devices,
            )
        if each.hop is not None:
            what = f"{secrets} would be sent to the jump host {each.hop}, {each.address} port {each.port}"
            add("jump-host", what, each.devices)
    known = {key for device in base.devices for key in device.recipients}
    for old, new in (*((None, device) for device in added), *differing):
        if new.options.secrets == "keep" and (old is None or old.options.secrets != "keep"):
            add("keep", "passwords and keys in the configurations would be stored as they are", [new.name])
        if fresh := [key for key in new.recipients if key not in known]:
            what = f"whole configurations could be opened by {', '.join(map(_short, fresh))}"
            add("recipients", what, [new.name])
        if old is not None and _is_wider(old.allowed_networks, new.allowed_networks):
            add("networks", _widening(old.allowed_networks, new.allowed_networks), [new.name])
    for name in sorted(base.groups.keys() & head.groups.keys()):
        before, after = (_networks(each.groups[name].settings) for each in (base, head))
        if _is_wider(before, after):
            add("networks", f"group {name}: {_widening(before, after)}", ())
    return [Risk(kind, what, tuple(devices)) for (kind, what), devices in found.items()]


def watched_files(path: Path, base: str, head: str) -> list[Risk]:
    """The files beside the inventory that change between two commits, and that others run or obey."""
    with repository(path) as repo:
        before, after = (commit_of(repo, path, ref).tree for ref in (base, head))
        names = {
            entry.path.decode(errors="replace")
            for change in tree_changes(repo.object_store, before, after)
            for entry in (change.old, change.new)
            if entry is not None and entry.path is not None
        }
    return [
        Risk(
            "files",
            f"{name} would change: it runs with the rights of those who merge, or says who reviews",
            (),
        )
        for name in sorted(names)
        if _WATCHED.fullmatch(name)
    ]


def _hops(devices: Iterable[Device]) -> set[_Key]:
    """What jump hosts are shown. Devices that are alike share the tuple of their hops."""
    ways = {id(device.jump): device for device in devices if device.jump}
    return {
        key
        for device in ways.values()
        for shown in showings(device)
        if shown.hop is not None
        for key in _keys(shown, device)
    }


def _keys(shown: Showing, device: Device) -> Iterator[_Key]:
    """One for each reference: the reference, where it goes and by what that is checked."""
    return ((reference, *_where(shown, device)) for reference in shown.references)


def _where(shown: Showing, device: Device) -> _Key:
    return shown.address, shown.port, shown.way, shown.host_keys, _through(shown, device)


def _through(shown: Showing, device: Device) -> tuple[str, ...]:
    names = tuple(hop.name for hop in device.jump)
    return names if shown.hop is None else names[: names.index(shown.hop)]


def _networks(settings: Mapping[str, object]) -> tuple[str, ...]:
    found = settings.get("allowed_networks")
    return tuple(map(str, found)) if isinstance(found, (tuple, list)) else ()


def _is_wider(before: Collection[str], after: Collection[str]) -> bool:
    """Whether `after` allows an address that `before` does not. Without networks everything is allowed."""
    if not before or before == after:
        return False
    old, new = ([ipaddress.ip_network(each) for each in nets] for nets in (before, after))
    inside = all(any(a.version == b.version and a.subnet_of(b) for b in old) for a in new)  # type: ignore[arg-type]
    return not new or not inside


def _widening(before: Sequence[str], after: Sequence[str]) -> str:
    new = ", ".join(after) or "any network"
    return f"allowed_networks would go from {', '.join(before)} to {new}"


def _short(key: str) -> str:
    return key if len(key) <= 40 else f"{key[:24]}…{key[-8:]}"
