"""Binary artefacts: the device writes a file, which is fetched and then removed. A failure costs no backup.

Nothing can be hidden in bytes whose format is unknown. If a device's secrets may not leave the worker, its
files are not fetched.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from collectors.define.command import Command, File
from collectors.define.platform import Platform
from collectors.errors import CollectError, EmptyConfig
from collectors.journal import Journal
from collectors.session.asker import Asker
from collectors.transport.wire import Connection

MAX_BYTES = 8 * 1024 * 1024
PREFIX = "base64:"
"""Stands before an artefact's bytes, which are base64, because results travel as text."""


def fetch_files(
    connection: Connection,
    asker: Asker,
    platform: Platform,
    wanted: Iterable[str],
    journal: Journal,
    *,
    secrets_may_leave: bool,
) -> dict[str, str]:
    """The encoded bytes of each file that was wanted and came; the journal warns of the others."""
    found: dict[str, str] = {}
    for name in wanted:
        file = platform.files.get(name)
        if file is None:
            continue  # a text, or a name that was warned of
        if not secrets_may_leave:
            journal.add(
                "files", f"'{name}' is left out: its secrets cannot be hidden; set secrets: keep", "warning"
            )
            continue
        try:
            content = _fetch(connection, asker, file, journal)
        except CollectError as error:
            journal.add("files", f"'{name}' is left out: {error.reason}: {error}", "warning")
        else:
            found[name] = PREFIX + base64.b64encode(content).decode()
            journal.add("files", f"'{name}' collected, {len(content)} bytes")
    return found


def _fetch(connection: Connection, asker: Asker, file: File, journal: Journal) -> bytes:
    try:
        for line in file.before:
            asker.ask(Command(line, idle_s=file.idle_s))
        content = connection.fetch(file.path, MAX_BYTES, file.idle_s)
        if not content:
            raise EmptyConfig(f"the file '{file.path}' is empty")
        return content
    finally:
        for line in file.after:
            _tidy_up(asker, line, file.idle_s, journal)


def _tidy_up(asker: Asker, line: str, idle_s: float, journal: Journal) -> None:
    try:
        asker.ask(Command(line, idle_s=idle_s))
    except CollectError as error:
        journal.add("files", f"'{line}' did not end well: {error.reason}: {error}", "warning")
