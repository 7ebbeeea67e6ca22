"""NetBox: `/api/dcim/devices/`, page after page.

Source: NetBox's REST API, "Pagination" and "Authentication". A device's `id` is its identity: it stays when
the device is renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pipeline.errors import SourceError, UsageError
from pipeline.importers.source_device import Found, Gathered, Login, Notes
from pipeline.importers.sources.web import Server

_PAGE = 500
_MAX_PAGES = 10_000
MAX_DEVICES = 200_000
_ACTIVE = "active"


def headers(token: str) -> Mapping[str, str]:
    """How a token is shown: the tokens of NetBox 4.5 and later, `nbt_…`, have a scheme of their own."""
    scheme = "Bearer" if token.startswith("nbt_") else "Token"
    return {"Authorization": f"{scheme} {token}"}


def gather(server: Server, query: str, notes: Notes) -> Gathered:
    """All devices that `query`, filters such as `site=fra&role=access`, lets through."""
    devices = list(_devices(server, query))
    chassis = {_id(device): _text(device.get("name")) for device in devices}
    found = tuple(_found(device, chassis, notes) for device in devices)
    return Gathered(f"NetBox at {server.url}", found)


def _devices(server: Server, query: str) -> Iterator[Mapping[str, Any]]:
    path = f"{server.path('/api/dcim/devices/')}?{urlencode([('limit', _PAGE), *_filters(query)])}"
    seen: set[str] = set()
    count = 0
    while path not in seen and len(seen) < _MAX_PAGES:
        seen.add(path)
        page = server.get(path)
        results = page.get("results") if isinstance(page, dict) else None
        if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
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


def _found(device: Mapping[str, Any], chassis: Mapping[str, str | None], notes: Notes) -> Found:
    identity = _id(device)
    where = f"device {identity}"
    master, member_of = _chassis(device)
    name = _text(device.get("name"))
    if name is None:
        name = (member_of and f"{member_of}-{device.get('vc_position') or identity}") or f"device-{identity}"
        notes.add("guessed", where, name, f"it has no name in NetBox; '{name}' is taken")
    status = _at(device, "status", "value") or _text(device.get("status"))
    inactive = "" if status in (None, _ACTIVE) else f"its status is '{status}'"
    address = next(
        (a for key in ("primary_ip", "primary_ip4", "primary_ip6") if (a := _at(device, key, "address"))),
        None,
    )
    if address is None and not inactive and master not in (None, identity):
        of = chassis.get(master or "") or member_of or "another device"
        inactive = f"it is a member of the virtual chassis that '{of}' speaks for"
    return Found(
        key=identity,
        name=name,
        where=where,
        address=address and address.partition("/")[0],
        platform=_at(device, "platform", "slug"),
        login=Login(),
        group=_at(device, "site", "slug"),
        inactive=inactive,
        problem="" if address else "it has no primary IP address",
        hint="" if address else "set one in NetBox",
    )


def _chassis(device: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The id of its virtual chassis' master, and the chassis' name."""
    whole = device.get("virtual_chassis")
    master = whole.get("master") if isinstance(whole, dict) else None
    return (_id(master) if isinstance(master, dict) else None), _at(device, "virtual_chassis", "name")


def _id(device: Mapping[str, Any]) -> str:
    return str(device.get("id"))[:40]


def _at(value: object, *keys: str) -> str | None:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return _text(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
