"""What `devicevault platforms` shows: each platform, and by what its configuration is known to be whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from collectors import registry
from collectors.answer.explanation import explain
from collectors.answer.filters import without_volatile
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


def secrets(name: str, text: str) -> list[dict[str, Any]]:
    """What is hidden in a configuration of the platform `name`, and what came close.

    A collector without a definition hides nothing here.
    """
    definition = registry.platform(name)
    if definition is None:
        return []
    tidy = definition.tidy(text) if definition.tidy else text
    return [asdict(remark) for remark in explain(definition, without_volatile(tidy, definition.volatile))]


def secret_lines(remarks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The same for people: each line once, and below it what is hidden and what came close."""
    number = None
    for remark in remarks:
        if remark["number"] != number:
            number = remark["number"]
            yield f"{number:>6}  {remark['line']}"
        why = remark["reason"]
        yield f"        hidden by {why}" if remark["hidden"] else f"        left: {remark['word']} ({why})"


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
