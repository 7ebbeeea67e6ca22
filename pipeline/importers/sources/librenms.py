"""Read LibreNMS: the list that it keeps for Oxidized, `/api/v0/oxidized`.

Source: LibreNMS' documentation, "API: Devices, oxidized" and "Oxidized extension".
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.errors import SourceError
from pipeline.importers.source_device import Login, SourceContents, SourceDevice
from pipeline.importers.sources.web import Server


def headers(token: str) -> Mapping[str, str]:
    """The request headers that carry a token."""
    return {"X-Auth-Token": token}


def gather(server: Server) -> SourceContents:
    """All devices that LibreNMS would give to Oxidized."""
    listed = server.get(server.path("/api/v0/oxidized"))
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise SourceError(f"{server.url}: what answers is no LibreNMS: it lists no devices")
    devices = tuple(_device(entry, f"device {number}") for number, entry in enumerate(listed, 1))
    return SourceContents(f"LibreNMS at {server.url}", devices)


def _device(entry: Mapping[str, object], where: str) -> SourceDevice:
    name = _text(entry, "hostname") or ""
    return SourceDevice(
        key=name or where,
        name=name,
        where=where,
        address=_text(entry, "ip") or name or None,
        platform=_text(entry, "os"),
        login=Login(),
        group=_text(entry, "group"),
        port=_text(entry, "ssh_port"),
    )


def _text(entry: Mapping[str, object], key: str) -> str | None:
    value = entry.get(key)
    return str(value) if isinstance(value, str | int) and value != "" else None
