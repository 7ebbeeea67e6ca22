"""The configurations of virtual devices, which follow the base one. If one of them fails, the backup fails.

Otherwise a diff would show a virtual device as deleted, although it only could not be read.
"""

from __future__ import annotations

import re

from collectors.answer import complete
from collectors.define.command import Contexts
from collectors.define.platform import Platform
from collectors.errors import BadRequest, EmptyConfig
from collectors.journal import Journal
from collectors.session.asker import Asker


def collect_contexts(
    asker: Asker, device: str, platform: Platform, *, wanted: bool, journal: Journal
) -> tuple[tuple[str, str], ...]:
    """(header, raw configuration) of every context in order of its name; empty if none is to be read.

    Raises BadRequest if contexts are `wanted` and the platform knows none, EmptyConfig if they are `wanted`
    and the device has none, and the error of a configuration that is refused or not whole.
    """
    contexts = platform.contexts
    if contexts is None:
        if wanted:
            raise BadRequest(f"{device}: this platform has no contexts; leave the option 'contexts' out")
        return ()
    if not (wanted or contexts.always):
        return ()
    found = _names(asker, device, platform, contexts)
    if wanted and not found:
        raise EmptyConfig(
            f"{device}: '{contexts.list.text}' names no context; leave the option 'contexts' out"
        )
    journal.add("contexts", f"'{contexts.list.text}' names {len(found)} contexts")
    return tuple(
        (contexts.header.replace("{name}", name), _config(asker, device, platform, contexts, name, journal))
        for name in found
    )


def _names(asker: Asker, device: str, platform: Platform, contexts: Contexts) -> list[str]:
    answer = asker.ask(contexts.list)
    complete.check_artefact(device, platform, contexts.list, answer)
    return sorted({match[1].strip() for match in re.finditer(contexts.name, answer, re.MULTILINE)})


def _config(
    asker: Asker, device: str, platform: Platform, contexts: Contexts, name: str, journal: Journal
) -> str:
    command = contexts.config or platform.configs[0]
    for line in contexts.enter.splitlines():
        asker.move(line.replace("{name}", name))
    text = asker.ask(command)
    complete.check(f"{device}: context {name}", platform, command, text)
    for line in contexts.leave.splitlines():
        asker.move(line.replace("{name}", name))
    journal.add("contexts", f"'{command.text}' answered in context {name}, {len(text)} characters")
    return text
