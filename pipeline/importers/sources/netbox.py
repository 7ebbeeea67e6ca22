"""Read NetBox: `/api/dcim/devices/`, page after page.

Source: NetBox's REST API, "Pagination" and "Authentication". A device's `id` is its identity: it stays when
the device is renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pipeline.errors import SourceError, UsageError
from pipeline.importers.notes import Notes
from pipeline.importers.source_device import Login, SourceContents, SourceDevice
from pipeline.importers.sources.web import Server

_PAGE = 500
_MAX_PAGES = 10_000
MAX_DEVICES = 200_000
_ACTIVE = "active"


def headers(token: str) -> Mapping[str, str]:
    """The request headers that carry a token. NetBox 4.5 and later has a scheme of its own for `nbt_…`."""
    scheme = "Bearer" if token.startswith("nbt_") else "Token"
    return {"Authorization": f"{scheme} {token}"}


def gather(server: Server, query: str, notes: Notes) -> SourceContents:
    """All devices that pass `query`, which holds filters such as `site=fra&role=access`."""
    entries = list(_entries(server, query))
    names = {_id(entry): _text(entry.get("name")) for entry in entries}
    devices = tuple(_device(entry, names, notes) for entry in entries)
    return SourceContents(f"NetBox at {server.url}", devices)


def _entries(server: Server, query: str) -> Iterator[Mapping[str, Any]]:
    path = f"{server.path('/api/dcim/devices/')}?{urlencode([('limit', _PAGE), *_filters(query)])}"
    seen: set[str] = set()
    count = 0
    while path not in seen and len(seen) < _MAX_PAGES:
        seen.add(path)
        page = server.get(path)
        results = page.get("results") if isinstance(page, dict) else None
        if not isinstance(results, list) or not all(isinstance(entry, dict) for entry in results):
            raise SourceError(f"{server.url}: what answers is no NetBox: it lists no devices")
        count += len(results)
        if count > MAX_DEVICES:
            raise SourceError(f"{server.url}: more than {MAX_DEVICES} devices; narrow it with --filter")
        yield from results
        following = page.get("next") if isinstance(page, dict) else None
        if following is None:
            return
        path = server.path_of(following)
    raise SourceError(f"{server.url}: its pages do not end")


def _filters(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.removeprefix("?"), keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise UsageError("--filter must be a query such as site=fra&role=access") from error


def _device(entry: Mapping[str, Any], names: Mapping[str, str | None], notes: Notes) -> SourceDevice:
    """One device. `names` are those of all devices, by id."""
    identity = _id(entry)
    where = f"device {identity}"
    master, chassis = _virtual_chassis(entry)
    name = _text(entry.get("name"))
    if name is None:
        name = (chassis and f"{chassis}-{entry.get('vc_position') or identity}") or f"device-{identity}"
        notes.add("guessed", where, name, f"it has no name in NetBox; '{name}' is taken")
    status = _at(entry, "status", "value") or _text(entry.get("status"))
    inactive = "" if status in (None, _ACTIVE) else f"its status is '{status}'"
    address = next(
        (a for key in ("primary_ip", "primary_ip4", "primary_ip6") if (a := _at(entry, key, "address"))),
        None,
    )
    if address is None and not inactive and master not in (None, identity):
        speaker = names.get(master or "") or chassis or "another device"
        inactive = f"it is a member of the virtual chassis that '{speaker}' speaks for"
    return SourceDevice(
        key=identity,
        name=name,
        where=where,
        address=address and address.partition("/")[0],
        platform=_at(entry, "platform", "slug"),
        login=Login(),
        group=_at(entry, "site", "slug"),
        inactive=inactive,
        problem="" if address else "it has no primary IP address",
        hint="" if address else "set one in NetBox",
    )


def _virtual_chassis(entry: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The id of the virtual chassis' master, and the chassis' name."""
    chassis = entry.get("virtual_chassis")
    master = chassis.get("master") if isinstance(chassis, dict) else None
    return (_id(master) if isinstance(master, dict) else None), _at(entry, "virtual_chassis", "name")


def _id(entry: Mapping[str, Any]) -> str:
    return str(entry.get("id"))[:40]


def _at(value: object, *keys: str) -> str | None:
    """The text that lies at the end of `keys`, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return _text(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
