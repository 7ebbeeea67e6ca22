"""The artefacts, which are collected after the configuration. A failure here does not cost the backup."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.answer import complete
from collectors.define.platform import Platform
from collectors.errors import CollectError, Disconnected, TimedOut, TooLarge
from collectors.journal import Journal
from collectors.session.asker import Asker


def collect_artefacts(
    asker: Asker, device: str, platform: Platform, wanted: Iterable[str], journal: Journal
) -> dict[str, str]:
    """The raw text of each artefact that was wanted and came; the journal warns of the others.

    If an answer does not come to its end, the next bytes may still belong to it. The artefacts behind it are
    therefore not asked for.
    """
    found: dict[str, str] = {}
    unfinished: str | None = None
    for name in wanted:
        command = platform.artefacts.get(name)
        if name in platform.files:
            continue  # see collectors.session.files
        if command is None:
            known = ", ".join([*platform.artefacts, *platform.files]) or "none"
            journal.add("artefacts", f"this platform has no artefact '{name}'; known: {known}", "warning")
        elif unfinished:
            journal.add("artefacts", f"'{name}' was not asked for, because '{unfinished}' failed", "warning")
        else:
            try:
                text = asker.ask(command)
                complete.check_artefact(device, platform, command, text)
            except CollectError as error:
                unfinished = name if isinstance(error, (TimedOut, Disconnected, TooLarge)) else None
                journal.add("artefacts", f"'{name}' is left out: {error.reason}: {error}", "warning")
            else:
                found[name] = text
                journal.add("artefacts", f"'{name}' collected, {len(text)} characters")
    return found
