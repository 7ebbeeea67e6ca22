"""What is used of a library's internals is listed, and pyproject.toml caps the library for it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest

import collectors
import pipeline
from tests.docs.markdown import ROOT, document

PAGE = "docs/decisions/library-internals.md"
OURS = ("pipeline", "collectors", "tests", "benchmarks")
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(.*)")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page's table."""

    library: str
    cap: str
    file: str
    names: tuple[str, ...]


def rows() -> list[Row]:
    lines = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| (.+) \|$", document(PAGE).text, re.MULTILINE)
    return [
        Row(library, cap, file, tuple(re.findall("`([^`]+)`", used))) for library, cap, file, used in lines
    ]


ROWS = rows()


def requirements() -> list[tuple[str, str]]:
    """Every requirement of pyproject.toml: the library's name and its versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    found = (_REQUIREMENT.fullmatch(text) for each in lists for text in each)
    return [(match[1].lower(), match[2]) for match in found if match]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.library}-{row.file}")
def test_each_row_names_what_its_file_uses(row: Row) -> None:
    text = (ROOT / row.file).read_text(encoding="utf-8")
    assert [name for name in row.names if not re.search(rf"(?<!\w){re.escape(name)}\b", text)] == []


def test_every_listed_library_is_capped_and_nothing_else_is() -> None:
    caps = {
        (library, bound) for library, versions in requirements() for bound in re.findall("<[^,]+", versions)
    }
    assert caps == {(row.library, row.cap) for row in ROWS}
    listed = {row.library for row in ROWS}
    assert [
        library for library, versions in requirements() if library in listed and "<" not in versions
    ] == []


def test_every_private_name_of_a_library_is_listed() -> None:
    listed = {(row.file, row.library, name) for row in ROWS for name in row.names}
    unlisted = {*private_names_in_code(), *private_names_in_classes()} - listed
    assert sorted(unlisted) == []


def test_a_private_name_is_seen_however_it_is_reached() -> None:
    code = """
import paramiko
import paramiko.kex_group14 as group
from paramiko import _winapi
from pipeline import _ours

paramiko.Transport._kex_info, group._generate_x, _ours._nothing, paramiko.__version__
"""
    found = {name for _, name in _imported(ast.parse(code))}
    assert found == {"_winapi", "_kex_info", "_generate_x"}


def library_of(module: str) -> str | None:
    """The distribution that a module belongs to; None for ours and for Python's own."""
    names = _distributions().get(module.partition(".")[0])
    return names[0].lower().replace("_", "-") if names and names[0] != "devicevault" else None


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


def is_private(name: str) -> bool:
    """Not `_abc_impl`, which Python itself gives to every abstract class."""
    return name.startswith("_") and not name.startswith("__") and name != "_abc_impl"


def private_names_in_code() -> Iterator[tuple[str, str, str]]:
    """Private names that are imported from a library, or read from what was imported: file, library, name."""
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for library, name in _imported(tree):
                yield str(path.relative_to(ROOT)), library, name


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    libraries: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            pairs = [(alias.name, alias.asname or alias.name.partition(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            pairs = [(f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names]
        else:
            continue
        for full, bound in pairs:
            if library := library_of(full):
                libraries[bound] = library
                yield from ((library, part) for part in full.split(".") if is_private(part))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            root: ast.expr = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in libraries:
                yield libraries[root.id], node.attr


def private_names_in_classes() -> Iterator[tuple[str, str, str]]:
    """Private names of a library's class that a class of ours overrides or uses: file, library, name."""
    for module in _modules(pipeline, collectors):
        for cls in vars(module).values():
            if not inspect.isclass(cls) or cls.__module__ != module.__name__:
                continue
            ours = [base for base in cls.__mro__ if base.__module__.partition(".")[0] in OURS]
            theirs = [base for base in cls.__mro__ if library_of(base.__module__)]
            for base in ours if theirs else ():
                file = str(Path(inspect.getfile(base)).relative_to(ROOT))
                for name in _private_names_of(base):
                    for library in {library_of(each.__module__) for each in theirs if _has(each, name)}:
                        yield file, str(library), name


def _modules(*packages: ModuleType) -> Iterable[ModuleType]:
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def _private_names_of(cls: type) -> set[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {name for name in {*read, *vars(cls)} if is_private(name)}


@cache
def _source(cls: type) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # compiled
        return ""


def _has(cls: type, name: str) -> bool:
    """Whether the class defines the name, or its own methods use it on `self`."""
    return name in vars(cls) or re.search(rf"\bself\.{name}\b", _source(cls)) is not None
