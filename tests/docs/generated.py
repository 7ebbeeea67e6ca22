"""What says what the code says: parts of the documents, and the files that are made of it.

`python -m tests.docs.generated --write` writes them anew; without --write, it names those that differ. A
part lies between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pydantic_core import PydanticUndefined

from collectors import errors, registry
from collectors.define import Platform, not_secret
from pipeline.cli.main import COMMANDS
from pipeline.inventory import schema, settings_table
from pipeline.inventory.setting import Scope, Setting
from pipeline.scaffold import repository
from pipeline.settings import PREFIX, Settings
from pipeline.values import reasons as reasons_table
from pipeline.views.platforms import whole_when
from tests.collectors.answer import recall
from tests.docs import rooms as drawing
from tests.docs import threats
from tests.docs.markdown import ROOT
from tests.support.errors import kinds_below

_COMPUTED = {
    "state_dir": "`$XDG_STATE_HOME/devicevault`, or `~/.local/state/devicevault`",
    "worker_name": "the host's name",
}
"""Defaults that depend on the machine."""
_SECTIONS = {
    "quarantined": "a-configuration-that-shrank",
    "inventory in force": "when-the-inventory-changes",
}
"""What a reason's meaning leads to, in the document that holds the table."""
_TRANSPORTS = {"shell": "an SSH shell", "exec": "one SSH channel per command", "file": "SFTP or SCP"}


def commands() -> str:
    """What each command does."""
    return _table(("Command", "What it does"), ((f"`{name}`", text) for name, text in COMMANDS.items()))


def settings() -> str:
    """Every setting with its default and meaning."""
    return _table(
        ("Variable", "Default", "Meaning"),
        (
            (f"`{PREFIX}{name.upper()}`", _default(name), field.description or "")
            for name, field in Settings.model_fields.items()
        ),
    )


def inventory_keys(scope: Scope) -> str:
    """The settings of one kind of entry. What holds without them has a column where a setting says it."""
    rows = settings_table.TABLE.within(scope)
    columns = ("Key", "Meaning", "Without it") if any(row.without for row in rows) else ("Key", "Meaning")
    lines = [
        (f"`{name}`", _meaning(row, name), without)[: len(columns)]
        for row in rows
        for name, without in ((row.name, _without(row)), *((other, "") for other in row.other_names))
    ]
    return _table(columns, lines)


def device_keys() -> str:
    """The settings of a device: its own, then those that it may have from its group."""
    rows = sorted(settings_table.TABLE.within(Scope.DEVICE), key=lambda row: row.is_inherited)
    lines = (
        (f"`{name}`", "as for groups" if row.is_inherited else _meaning(row, name))
        for row in rows
        for name in row.names
    )
    policies = [f"`{row.name}`" for row in settings_table.TABLE.within(Scope.POLICY) if row.is_policy]
    are_a_group_s = f"{', '.join(policies[:-1])} and {policies[-1]} are a group's, or a default."
    return f"{_table(('Key', 'Meaning'), lines)}\n\n{are_a_group_s}"


def _without(row: Setting) -> str:
    if not row.required:
        return row.without
    return "every device names one" if row.is_inherited else "it must be there"


def _meaning(row: Setting, name: str) -> str:
    return row.meaning if name == row.name else f"another name for `{row.name}`; give one of the two"


def reasons() -> str:
    """Why a collection failed, as the tree of errors has it."""
    leaves = [
        kind
        for parent in (errors.Transient, errors.Permanent)
        for kind in sorted(kinds_below(parent), key=lambda kind: kind.reason)
        if kind.__module__ == errors.__name__
    ]
    return _table(
        ("Reason", "Meaning", "Tried again"),
        ((f"`{kind.reason}`", _first_line(kind), "yes" if kind.transient else "no") for kind in leaves),
    )


def pipeline_reasons() -> str:
    """Why a backup failed around its collection."""
    return _meanings(reasons_table.OF_BACKUPS)


def question_reasons() -> str:
    """Why what a person asked has no answer."""
    return _meanings(reasons_table.OF_QUESTIONS)


def _meanings(meanings: Mapping[str, str]) -> str:
    def linked(text: str) -> str:
        for words, section in _SECTIONS.items():
            text = text.replace(words, f"[{words}](#{section})")
        return text

    return _table(("Reason", "Meaning"), ((f"`{reason}`", linked(text)) for reason, text in meanings.items()))


def platforms() -> str:
    """The list, and a section for each platform of our own; plugins of whoever runs this are left out."""
    found = [
        (name, _paragraphs(sys.modules[_module(name)].__doc__ or ""), definition)
        for name, definition in _own_platforms().items()
    ]
    listing = ((f"[{name}](#{name})", _first_sentence(about[0])) for name, about, _ in found)
    return "\n\n".join([_table(("Platform", "What it is"), listing), *(_platform(*one) for one in found)])


def rooms() -> str:
    """The rooms of the pipeline as the import contracts have them, and what each is for."""
    return "\n\n".join([drawing.picture("pipeline"), drawing.kept_apart(), _rooms("pipeline")])


def collectors_rooms() -> str:
    """The same for the collectors; what they are kept apart from stands with the pipeline."""
    return "\n\n".join([drawing.picture("collectors"), _rooms("collectors")])


def _rooms(package: str) -> str:
    return _table(
        ("Room", "What it is for"),
        (
            (
                f"[{room}](../{path.relative_to(ROOT)})",
                _escape(_paragraphs(drawing.docstring(path))[0]),
            )
            for room in drawing.in_order(package)
            for path in [drawing.path_of(package, room)]
        ),
    )


def secrets_found() -> str:
    """How many of the secrets that the tests know are hidden, and by what; see tests.collectors.answer."""
    return _table(
        ("Lines", "Secrets", "Hidden", "Hidden by the net alone", "Lines without a secret", "Changed"),
        ((row.name, *map(str, row.counts)) for row in recall.rows(_own_platforms())),
    )


def not_secret_reasons() -> str:
    """What the net leaves on every platform, with the reasons."""
    phrases = ((_code(rule.text), _escape(rule.reason)) for rule in not_secret.PUBLIC)
    words = ((f"{len(text.split())} words, such as `{text.split()[0]}`", why) for why, text in _keywords())
    return _table(("What stays", "Because it is"), (*phrases, *words))


def _keywords() -> Iterable[tuple[str, str]]:
    return not_secret.KEYWORDS.items()


def _own_platforms() -> dict[str, Platform]:
    """Without the plugins of whoever runs this."""
    return {
        name: definition
        for name in registry.names()
        if (definition := registry.platform(name)) is not None and _module(name) in sys.modules
    }


def _module(platform: str) -> str:
    return f"collectors.platforms.{platform}"


def _platform(name: str, about: Sequence[str], platform: Platform) -> str:
    rows = (
        ("Verified by", "recorded sessions" if platform.recorded else "documentation only"),
        ("Also known as", ", ".join(f"`{alias}`" for alias in platform.aliases)),
        (
            "Asked over",
            _TRANSPORTS[platform.transport],
        ),
        ("Setup", ", ".join(map(_code, platform.setup)) or "nothing"),
        ("Configuration", ", else ".join(_code(command.text) for command in platform.configs)),
        (
            "Whole when",
            ", or ".join(dict.fromkeys(whole_when(command, _code) for command in platform.configs)),
        ),
        ("It has no mark of", _unmarked(platform)),
        ("Left out as volatile", ", ".join(_code(rule.text) for rule in platform.volatile)),
        ("Secrets hidden", f"{len(platform.secrets)} rules"),
        *(("Not secret", f"{_code(rule.text)}: {rule.reason}") for rule in platform.public),
        ("Artefacts", ", ".join(f"`{name}`" for name in (*platform.artefacts, *platform.files)) or "none"),
    )
    return "\n\n".join([f"## {name}", *about, _table(("", ""), (row for row in rows if row[1]))])


def _unmarked(platform: Platform) -> str:
    """Which mark of a whole configuration the platform lacks, and why."""
    why = {"the beginning": platform.no_beginning, "the end": platform.no_end}
    return "; ".join(f"{mark}: {reason}" for mark, reason in why.items() if reason)


def _paragraphs(docstring: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in docstring.split("\n\n")]


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".")


def _default(name: str) -> str:
    if name in _COMPUTED:
        return _COMPUTED[name]
    value = Settings.model_fields[name].default
    assert value is not PydanticUndefined, f"say in _COMPUTED what the default of {name} is"
    return "" if value is None else f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _first_line(kind: type) -> str:
    return _paragraphs(kind.__doc__ or "")[0]


def _code(text: str) -> str:
    return "`" + _escape(text) + "`"


def _escape(text: str) -> str:
    """A bar would end a table's cell, also inside of backticks."""
    return text.replace("|", "\\|")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


PARTS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "inventory_main": partial(inventory_keys, Scope.MAIN),
    "inventory_groups": partial(inventory_keys, Scope.GROUP),
    "inventory_devices": device_keys,
    "inventory_schedules": partial(inventory_keys, Scope.SCHEDULE),
    "inventory_credentials": partial(inventory_keys, Scope.CREDENTIAL),
    "inventory_jump_hosts": partial(inventory_keys, Scope.JUMP_HOST),
    "reasons": reasons,
    "pipeline_reasons": pipeline_reasons,
    "question_reasons": question_reasons,
    "platforms": platforms,
    "secrets_found": secrets_found,
    "not_secret": not_secret_reasons,
    "rooms": rooms,
    "threats": threats.table,
    "collectors_rooms": collectors_rooms,
}
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def parts_of(text: str) -> list[str]:
    """The names of the generated parts in a document."""
    return [match[2] for match in _PART.finditer(text)]


def renewed(text: str) -> str:
    """The document with every generated part as the code has it now."""
    return _PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]().strip()}\n\n", text)


def files() -> dict[Path, str]:
    """The files that are made of code from end to end, as they should be."""
    aliases = {name: definition.aliases for name, definition in _own_platforms().items()}
    schemas = {
        ROOT / "pipeline" / "scaffold" / "schemas" / name: json.dumps(found, indent=2, ensure_ascii=False)
        + "\n"
        for name, found in schema.schemas(aliases).items()
    }
    workflows = repository.workflows(here=True).items()
    return schemas | {ROOT / ".github" / "workflows" / name: text for name, text in workflows}


def main() -> int:
    """Write or compare; the exit status is 1 if something differs and was not written."""
    status = 0
    documents = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
    fresh = {path: renewed(path.read_text(encoding="utf-8")) for path in documents} | files()
    for path, text in fresh.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--write" in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        else:
            status = 1
        print(path.relative_to(ROOT))
    return status


if __name__ == "__main__":
    sys.exit(main())
