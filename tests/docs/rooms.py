"""The rooms as the import contracts of pyproject.toml have them: a drawing, and what is kept apart."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.docs.markdown import ROOT

WALLS = {
    (True, True): "┼",
    (True, False): "┴",
    (False, True): "┬",
    (False, False): "─",
}
"""The sign in a border, by whether a wall meets it from above and from below."""


def contracts() -> list[Mapping[str, Any]]:
    """The import contracts, in their order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[Mapping[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


def layers(package: str) -> list[list[str]]:
    """The rooms of a package from the top layer down; rooms of one layer do not import each other."""
    [found] = [contract["layers"] for contract in contracts() if contract.get("containers") == [package]]
    return [re.findall(r"\w+", layer) for layer in found]


def picture(package: str) -> str:
    """The layers as a drawing: a room imports what lies below it, and no room beside or above it."""
    rows = layers(package)
    width = max(60, *(len(row) * (3 + max(map(len, row))) for row in rows))
    walls = [_walls(len(row), width) for row in rows]
    above: list[set[int]] = [set(), *walls]
    below: list[set[int]] = [*walls, set()]
    drawing = []
    for number, border in enumerate(
        "".join(WALLS[column in upper, column in lower] for column in range(1, width))
        for upper, lower in zip(above, below, strict=True)
    ):
        left, right = ("┌", "┐") if number == 0 else ("└", "┘") if number == len(rows) else ("├", "┤")
        drawing.append(f"{left}{border}{right}")
        if number < len(rows):
            edges = [0, *sorted(walls[number]), width]
            cells = (
                name.center(end - start - 1)
                for name, start, end in zip(rows[number], edges[:-1], edges[1:], strict=True)
            )
            drawing.append("│" + "│".join(cells) + "│")
    return "\n".join(["```text", *drawing, "```"])


def _walls(cells: int, width: int) -> set[int]:
    """The columns of the walls between so many cells."""
    return {width * number // cells for number in range(1, cells)}


def kept_apart() -> str:
    """The contracts that forbid one package to import another, in words."""
    return "\n".join(
        f"- {contract['name']}: {_packages(contract['source_modules'])} never imports"
        f" {_packages(contract['forbidden_modules'])}, nor anything that does."
        for contract in contracts()
        if contract["type"] == "forbidden"
    )


def _packages(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def in_order(package: str) -> list[str]:
    """The rooms in the order in which the package's docstring names them."""
    return re.findall(r"^ *(\w+) {2,}\S", docstring(ROOT / package), re.MULTILINE)


def docstring(path: Path) -> str:
    """The docstring of a package or module; it is not imported."""
    text = (path / "__init__.py" if path.is_dir() else path).read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(text)) or ""


def path_of(package: str, room: str) -> Path:
    """A room's folder or file."""
    folder = ROOT / package / room
    return folder if folder.is_dir() else folder.with_suffix(".py")
