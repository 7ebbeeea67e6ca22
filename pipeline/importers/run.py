"""One import from beginning to end: gather, settle, merge, check in memory, then write or only show.

Killed on the way, it leaves a right inventory and nothing that the next run would not take up: secrets come
first, then files one by one, and what remembers the import last.
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
from pipeline.importers.report import Report
from pipeline.importers.source_device import Gathered, Notes
from pipeline.importers.sources import ansible, nornir, oxidized, rancid
from pipeline.importers.sources.files import shown_path
from pipeline.importers.target import Present
from pipeline.inventory import without_gc
from pipeline.inventory.tables import CREDENTIALS
from pipeline.values.names import name_problem

Kind = Literal["oxidized", "rancid", "ansible", "nornir", "netbox", "librenms"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported, and where to. `name` tells several imports of one kind apart.

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
    """Import, and say what came of it. A new inventory is written, a present one only if asked for.

    Raises UsageError, SourceError or StateError for what cannot be read, and InventoryError where the
    inventory that is there has mistakes: nothing is written then.
    """
    if problem := name_problem(request.name):
        raise UsageError(f"--as: {problem}")
    there = next((path for path in (request.into, *request.into.parents) if path.exists()), None)
    if there is not None and not there.is_dir():
        raise UsageError(f"--into: {shown_path(there)} is not a directory")
    notes = Notes()
    remembered = last_import.path_of(request.into, request.name)
    last = last_import.read(remembered)
    gathered = _gather(request, notes)
    if not gathered.found:
        raise SourceError(f"{gathered.label} holds no devices; nothing was changed")
    found = candidates.settle(gathered.found, notes)
    head = f"# Imported from {gathered.label}. Yours to edit: `devicevault import` keeps what you change."
    present = Present(request.into, KnownNames(), head)
    if present.is_new:
        last = last_import.State()
    merge = Merge(request.name, present, last, env_file.read(request.into), request.prune, notes)
    merged = merge.run(found)
    if present.credentials().get("example", {}).get("password") == "env:EXAMPLE_PASSWORD":
        hint = "remove it once nothing refers to it, nor does 'defaults' in devicevault.yaml"
        notes.add("to do", CREDENTIALS, "example", "the example of devicevault init is still there", hint)
    changes = present.changes() if merged.devices or not present.is_new else {}
    writes = bool(merged.devices) and (present.is_new or request.write)
    if writes:
        _write(request.into, changes, merged.variables)
        if merged.state != last:
            _replace(remembered, merged.state.to_text())
    return Report(
        kind=request.kind,
        source=gathered.label,
        into=request.into,
        is_new=present.is_new,
        written=writes,
        devices=tuple(merged.devices),
        notes=notes.listing(),
        changes=changes,
        variables=tuple(merged.variables),
    )


def _gather(request: Request, notes: Notes) -> Gathered:
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
            return _ask(request, notes)


def _ask(request: Request, notes: Notes) -> Gathered:
    """The devices of a server."""
    # Here, so that whoever imports files does not wait until an HTTP client is loaded.
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
    folder.mkdir(parents=True, exist_ok=True)
    if variables:
        env_file.add(folder, variables)
    for file, (_, text) in changes.items():
        _replace(folder / file, text)


def _replace(path: Path, text: str) -> None:
    """The whole file or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
