"""What `devicevault platforms` shows: each platform, and by what its configuration is known to be whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from collectors import registry
from collectors.define import Command
from pipeline.text.words import counted
from pipeline.views.table import Column

COLUMNS: tuple[Column[Mapping[str, Any]], ...] = (
    Column("PLATFORM", lambda platform: platform["name"], wraps=True),
    Column("VERIFIED BY", lambda platform: platform.get("verified", "-"), wraps=True),
    Column("CONFIG COMMAND", lambda platform: platform.get("config_command", "-"), wraps=True),
    Column("ALSO KNOWN AS", lambda platform: ", ".join(platform["aliases"]), wraps=True),
)


def as_json(name: str) -> dict[str, Any]:
    """A platform as scripts read it. A collector without a definition has only its names."""
    definition = registry.platform(name)
    if definition is None:
        return {"name": name, "aliases": []}
    return {
        "name": name,
        "aliases": list(definition.aliases),
        "verified": "recorded session" if definition.recorded else "documentation only",
        "transport": definition.transport,
        "enable": definition.enable or "-",
        "setup": list(definition.setup),
        "config_command": " or ".join(command.text for command in definition.configs),
        "end_of_config": ", or ".join(dict.fromkeys(map(whole_when, definition.configs))),
        "volatile": [rule.text for rule in definition.volatile],
        "secrets": [rule.text for rule in definition.hides],
        "artefacts": [*definition.artefacts, *definition.files],
    }


def lines(platform: Mapping[str, Any]) -> Iterator[str]:
    """A platform, as `as_json` describes it, for people: one line for each value."""
    for key, value in platform.items():
        values = value if isinstance(value, list) else [value]
        for number, each in enumerate(values):
            yield f"{key + ':' if number == 0 else '':<18}{each}"


def whole_when(command: Command, code: Callable[[str], str] = str) -> str:
    """The marks of a whole configuration in the answer to `command`. `code` marks up what is not prose."""
    marks = [f"its last line matches {code(command.ends_with)}"] if command.ends_with else []
    marks += ["its braces balance"] if command.balanced else []
    marks += ["its structure is closed"] if command.fault else []
    marks += [f"a line matches {code(command.known_by)}"] if command.known_by else []
    end = " and ".join([*marks, f"it has {counted(command.min_lines, 'line')} or more"])
    return f"{end} (in another form, when the device says that it is done)" if command.or_form else end
