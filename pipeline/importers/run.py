"""Run one import: read the source, select candidates, merge them, check the result, then write or show it.

An import that is killed leaves a valid inventory, and the next run continues from there: secrets are written
first, then the inventory's files one by one, and the record of the import last.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from collectors.registry import KnownNames
from pipeline.errors import SourceError, UsageError
from pipeline.importers import candidates, env_file, last_import
from pipeline.importers.merge import Merge
from pipeline.importers.notes import Notes
from pipeline.importers.report import Report
from pipeline.importers.rhythm import NIGHTLY
from pipeline.importers.source_device import SourceContents
from pipeline.importers.sources import ansible, nornir, oxidized, rancid
from pipeline.importers.sources.files import shown_path
from pipeline.importers.target import TargetInventory
from pipeline.inventory import without_gc
from pipeline.inventory.source import CREDENTIALS
from pipeline.values.names import name_problem

Kind = Literal["oxidized", "rancid", "ansible", "nornir", "netbox", "librenms"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to import, and into which inventory.

    name     tells several imports of one kind apart
    config   Oxidized's config or RANCID's .cloginrc, if not where it is looked for
    token    for NetBox and LibreNMS
    query    for NetBox
    timeout  for each answer of NetBox and LibreNMS
    """

    kind: Kind
    source: str
    into: Path
    name: str
    write: bool = False
    prune: bool = False
    config: Path | None = None
    token: str = field(default="", repr=False)
    query: str = ""
    timeout: timedelta = timedelta(seconds=30)


@without_gc()
def run(request: Request) -> Report:
    """Import, and report it. A new inventory is written; one that exists is changed only if `write` is set.

    Raises UsageError, SourceError or StateError for what cannot be read, and InventoryError if the inventory
    has mistakes. Nothing is written then.
    """
    if problem := name_problem(request.name):
        raise UsageError(f"--as: {problem}")
    nearest = next((path for path in (request.into, *request.into.parents) if path.exists()), None)
    if nearest is not None and not nearest.is_dir():
        raise UsageError(f"--into: {shown_path(nearest)} is not a directory")
    notes = Notes()
    record = last_import.path_of(request.into, request.name)
    last = last_import.read(record)
    source = _read_source(request, notes)
    if not source.devices:
        raise SourceError(f"{source.label} holds no devices; nothing was changed")
    selected = candidates.select(source.devices, notes)
    head = f"# Imported from {source.label}. Yours to edit: `devicevault import` keeps what you change."
    target = TargetInventory(request.into, KnownNames(), head, source.rhythm or NIGHTLY)
    if target.is_new:
        last = last_import.LastImport()
    merge = Merge(request.name, target, last, env_file.read(request.into), request.prune, notes)
    result = merge.run(selected)
    if target.credentials().get("example", {}).get("password") == "env:EXAMPLE_PASSWORD":
        hint = "remove it once nothing refers to it, nor does 'defaults' in devicevault.yaml"
        notes.add("to do", CREDENTIALS, "example", "the example of devicevault init is still there", hint)
    changes = target.changes() if result.devices or not target.is_new else {}
    writes = bool(result.devices) and (target.is_new or request.write)
    if writes:
        _write(request.into, changes, result.variables)
        if result.state != last:
            _replace(record, result.state.to_text())
    return Report(
        kind=request.kind,
        source=source.label,
        into=request.into,
        is_new=target.is_new,
        written=writes,
        devices=tuple(result.devices),
        notes=notes.listing(),
        changes=changes,
        variables=tuple(result.variables),
    )


def _read_source(request: Request, notes: Notes) -> SourceContents:
    source = Path(request.source)
    match request.kind:
        case "oxidized":
            return oxidized.gather(source, request.config, notes)
        case "rancid":
            return rancid.gather(source, request.config, notes)
        case "ansible":
            return ansible.gather(source, notes)
        case "nornir":
            return nornir.gather(source, notes)
        case "netbox" | "librenms":
            return _ask_server(request, notes)


def _ask_server(request: Request, notes: Notes) -> SourceContents:
    # Imported here, so that an import of files does not wait until an HTTP client is loaded.
    from pipeline.importers.sources import librenms, netbox
    from pipeline.importers.sources.web import Server

    headers = (netbox if request.kind == "netbox" else librenms).headers(request.token)
    server = Server(request.source, headers, request.timeout.total_seconds())
    if server.in_the_clear:
        hint = "use https://, and change the token"
        notes.add("to do", server.url, "", "the token travelled unencrypted", hint)
    if request.kind == "netbox":
        return netbox.gather(server, request.query, notes)
    return librenms.gather(server)


def _write(folder: Path, changes: Mapping[str, tuple[str, str]], variables: Mapping[str, str | None]) -> None:
    """Write secrets first: an inventory must not refer to variables that exist nowhere."""
    folder.mkdir(parents=True, exist_ok=True)
    if variables:
        env_file.add(folder, variables)
    for file, (_, text) in changes.items():
        _replace(folder / file, text)


def _replace(path: Path, text: str) -> None:
    """Write the whole file, or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
