"""LibreNMS: the list that it keeps for Oxidized, `/api/v0/oxidized`.

Source: LibreNMS' documentation, "API: Devices, oxidized" and "Oxidized extension".
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.errors import SourceError
from pipeline.importers.source_device import Found, Gathered, Login
from pipeline.importers.sources.web import Server


def headers(token: str) -> Mapping[str, str]:
    """How a token is shown."""
    return {"X-Auth-Token": token}


def gather(server: Server) -> Gathered:
    """All devices that LibreNMS would give to Oxidized."""
    listed = server.get(server.path("/api/v0/oxidized"))
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise SourceError(f"{server.url}: what answers is no LibreNMS: it lists no devices")
    found = tuple(_found(device, f"device {number}") for number, device in enumerate(listed, 1))
    return Gathered(f"LibreNMS at {server.url}", found)


def _found(device: Mapping[str, object], where: str) -> Found:
    name = _text(device, "hostname") or ""
    return Found(
        key=name or where,
        name=name,
        where=where,
        address=_text(device, "ip") or name or None,
        platform=_text(device, "os"),
        login=Login(),
        group=_text(device, "group"),
        port=_text(device, "ssh_port"),
    )


def _text(device: Mapping[str, object], key: str) -> str | None:
    value = device.get(key)
    return str(value) if isinstance(value, str | int) and value != "" else None
