"""The documents say what is so: commands, options, settings, keys, links."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from collectors.define import Command
from pipeline.cli.main import COMMANDS, cli
from pipeline.inventory.sarif import RULES
from pipeline.inventory.setting import Scope
from pipeline.inventory.settings_table import TABLE
from pipeline.plan import Plan
from pipeline.plan.as_json import as_json
from pipeline.settings import PREFIX, Settings
from pipeline.views.platforms import whole_when
from tests.docs import generated, rooms, threats
from tests.docs.markdown import ROOT, Document, command_lines, document, documents, first_column

DOCUMENTS = documents()
PACKAGES = (ROOT / "pipeline", ROOT / "collectors")
NO_SETTINGS = {"DEVICEVAULT_REQUIRE_ALL", "DEVICEVAULT_CORPUS", "DEVICEVAULT_COLLECT"}
"""For the tests, and one that GitHub keeps for a repository."""
each_document = pytest.mark.parametrize("doc", DOCUMENTS, ids=lambda doc: doc.name)


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None, f"there is no command '{name}'"
    return found


def options_of(name: str) -> set[str]:
    """The options of one command and of those below it, `--help` too."""
    found = command(name)
    below = list(found.commands.values()) if isinstance(found, click.Group) else []
    parameters = [parameter for each in (found, *below) for parameter in each.params]
    return {"--help"}.union(*(parameter.opts + parameter.secondary_opts for parameter in parameters))


def parse(name: str, arguments: Sequence[str]) -> None:
    """Parse a command's line; click's UsageError if it is wrong."""
    found = command(name)
    if isinstance(found, click.Group) and arguments and arguments[0] in found.commands:
        found, arguments = found.commands[arguments[0]], arguments[1:]
    found.make_context(name, list(arguments))


ALL_OPTIONS = set().union(*(options_of(name) for name in COMMANDS))


@each_document
def test_generated_parts_are_what_the_code_says(doc: Document) -> None:
    assert generated.renewed(doc.text) == doc.text, "run `make docs`"


def test_a_platform_says_the_same_in_the_documents_and_at_the_command_line() -> None:
    """Of what is known to be whole, in words that fit the number."""
    short = Command("show", known_by="^<config>", min_lines=1)
    assert whole_when(short) == "a line matches ^<config> and it has 1 line or more"
    shown = CliRunner().invoke(command("platforms"), ["nokia_sros"]).output
    [printed] = re.findall(r"^end_of_config: +(.*)$", shown, re.MULTILINE)
    section = generated.platforms().partition("## nokia_sros\n")[2].partition("\n## ")[0]
    [written] = re.findall(r"^\| Whole when \| (.*) \|$", section, re.MULTILINE)
    assert printed == written.replace("`", "").replace("\\|", "|")


@pytest.mark.parametrize(
    ("path", "text"), generated.files().items(), ids=[path.name for path in generated.files()]
)
def test_generated_files_are_what_the_code_says(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("part", generated.PARTS)
def test_every_generated_part_has_its_place(part: str) -> None:
    assert [doc.name for doc in DOCUMENTS if part in generated.parts_of(doc.text)]


def test_every_command_and_setting_is_documented() -> None:
    assert first_column(document("README.md").section("Commands")) == list(COMMANDS)
    variables = [PREFIX + name.upper() for name in Settings.model_fields]
    assert first_column(document("docs/operations.md").section("Settings")) == variables


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_that_parses_and_exit_statuses(name: str) -> None:
    shown = command(name).get_help(click.Context(command(name), info_name=name))
    assert "Exit status" in shown
    example = re.search(rf"^ +(?:Example:  )?devicevault ({name}\b.*)$", shown, re.MULTILINE)
    assert example is not None
    parse(name, example[1].partition(" > ")[0].split()[1:])


@each_document
def test_every_command_line_of_an_example_parses(doc: Document) -> None:
    for place, (name, *arguments) in command_lines(doc):
        try:
            parse(name, arguments)
        except click.UsageError as error:
            pytest.fail(f"{place}: devicevault {name} {' '.join(arguments)}: {error.format_message()}")


@each_document
def test_every_command_and_option_that_is_mentioned_exists(doc: Document) -> None:
    for words in map(str.split, doc.code()):
        if words[0] == "devicevault" and len(words) > 1:
            allowed = options_of(words[1])
        elif words[0].startswith("--"):
            allowed = ALL_OPTIONS
        else:
            continue
        unknown = {word for word in words if word.startswith("--")} - allowed
        assert not unknown, f"{doc.name}: `{' '.join(words)}`"


def test_no_message_or_comment_names_a_command_that_there_is_not() -> None:
    patterns = ("pipeline/**/*.py", "collectors/**/*.py", "inventory/**/*.yaml", "inventory/known_hosts")
    files = [path for pattern in patterns for path in ROOT.glob(pattern)]
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in files
        for name in re.findall(r"`devicevault (\w[\w-]*)", path.read_text(encoding="utf-8"))
    }
    assert {name for _, name in named} > {"up", "status"}
    assert [(path, name) for path, name in sorted(named) if name not in COMMANDS] == []


def test_every_exit_status_is_documented() -> None:
    statuses = re.findall(r"^ +(\d+)  ", cli.get_help(click.Context(cli)), re.MULTILINE)
    table = document("docs/operations.md").section("Exit statuses")
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == statuses


@each_document
def test_every_variable_that_is_mentioned_is_a_setting(doc: Document) -> None:
    mentioned = set(re.findall(r"\bDEVICEVAULT_[A-Z_]*[A-Z]", doc.text))
    assert mentioned <= {PREFIX + name.upper() for name in Settings.model_fields} | NO_SETTINGS


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("devicevault.yaml", TABLE.by_name(Scope.MAIN)),
        ("groups.yaml", TABLE.by_name(Scope.GROUP)),
        ("devices", TABLE.by_name(Scope.DEVICE)),
        ("schedules.yaml", TABLE.by_name(Scope.SCHEDULE)),
        ("credentials.yaml", TABLE.by_name(Scope.CREDENTIAL)),
        ("jump_hosts.yaml", TABLE.by_name(Scope.JUMP_HOST)),
    ],
)
def test_every_key_of_the_inventory_is_documented(heading: str, known: Mapping[str, Any]) -> None:
    assert sorted(first_column(document("docs/inventory.md").section(heading))) == sorted(known)


def test_every_key_of_a_plan_is_documented() -> None:
    nothing = Plan(base=None, head=None, devices_before=0, devices_after=0)
    documented = first_column(document("docs/planning.md").section("As JSON"))
    assert documented == list(as_json(nothing))


def test_every_rule_of_a_problem_is_documented() -> None:
    section = document("docs/planning.md").section("validate")
    assert {rule for rule in RULES if f"`{rule}`" in section} == RULES.keys()


@each_document
def test_every_link_inside_the_project_leads_somewhere(doc: Document) -> None:
    for link in doc.links():
        if re.match(r"https?://", link):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / doc.name).parent / path if path else ROOT / doc.name
        assert target.exists(), f"{doc.name}: {link}"
        if fragment:
            name = str(target.resolve().relative_to(ROOT))
            assert fragment in document(name).anchors(), f"{doc.name}: {link}"


@each_document
def test_every_make_target_that_is_mentioned_exists(doc: Document) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", doc.text)) <= targets


def test_make_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    printed = subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), "help"], cwd="/", capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^make (\w+)", printed, re.MULTILINE)) == set(phony[1].split()) - {"help", "setup"}


def test_the_readme_fits_into_one_sitting() -> None:
    assert len(document("README.md").text.splitlines()) <= 260


def test_no_document_holds_a_path_of_somebody_s_machine() -> None:
    for doc in DOCUMENTS:
        assert not re.search(r"/(?:home|root|work|Users)/", doc.text), doc.name
    assert Path(ROOT / "LICENSE").read_text().lstrip().startswith("Apache License")


@pytest.mark.parametrize("package", ["pipeline", "collectors"])
def test_the_map_of_a_package_names_every_room_once(package: str) -> None:
    """The map is the docstring of the package. The contract has every room there is: it is exhaustive."""
    assert sorted(rooms.in_order(package)) == sorted(chain.from_iterable(rooms.layers(package)))


@pytest.mark.parametrize("package", ["pipeline", "collectors"])
def test_a_drawing_has_the_rooms_of_a_layer_beside_each_other(package: str) -> None:
    drawing = rooms.picture(package).splitlines()
    drawn = [re.findall(r"\w+", line) for line in drawing if line.startswith("│")]
    assert drawn == rooms.layers(package)
    assert len({len(line) for line in drawing[1:-1]}) == 1


def test_the_glossary_explains_each_word_in_one_sentence() -> None:
    entries = glossary()
    assert list(entries) == sorted(entries, key=str.lower)
    for word, sentence in entries.items():
        assert re.fullmatch(r"[^.]+\.", sentence), word


def test_every_word_of_the_glossary_is_used_elsewhere() -> None:
    code = [path.read_text(encoding="utf-8") for package in PACKAGES for path in package.rglob("*.py")]
    texts = [*code, *(doc.text for doc in DOCUMENTS if doc.name != "docs/glossary.md")]
    used = " ".join("\n".join(texts).lower().replace("_", " ").split())
    assert [word for word in glossary() if not re.search(rf"\b{word.lower()}s?\b", used)] == []


def test_the_glossary_is_within_reach() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "docs/design.md"):
        assert any(link.endswith("glossary.md") for link in document(name).links()), name


def glossary() -> dict[str, str]:
    """The words and their sentences."""
    items = re.findall(r"^- \*\*(.+?)\*\*: (.+(?:\n  .+)*)", document("docs/glossary.md").text, re.MULTILINE)
    return {word: " ".join(sentence.split()) for word, sentence in items}


def test_every_threat_has_its_proof_and_every_file_of_attacks_its_threat() -> None:
    assert threats.problems() == []
