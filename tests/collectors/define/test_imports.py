"""The one door of a platform file: it imports from `collectors.define`, and that imports nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors import define, platforms

FILES = sorted(path for path in Path(*platforms.__path__).glob("*.py") if path.stem != "__init__")
HEAVY = ("paramiko", "cryptography", "ssl", "socket", "http.client", "yaml", "collectors.transport")
"""What a process that only asks what there is to collect must not pay for."""


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_platform_file_imports_from_define_from_other_platforms_and_the_standard_library(
    path: Path,
) -> None:
    for module in imported(path):
        another_platform = module.startswith("collectors.platforms.")
        standard = module.partition(".")[0] in sys.stdlib_module_names
        assert module == "collectors.define" or another_platform or standard, f"{path.name}: {module}"


def test_what_define_offers_is_all_that_is_public_in_it_and_sorted() -> None:
    assert all(hasattr(define, name) for name in define.__all__)
    assert len(set(define.__all__)) == len(define.__all__)


def test_no_platform_costs_a_connection_s_modules() -> None:
    names = ", ".join(f"collectors.platforms.{path.stem}" for path in FILES)
    script = f"import sys, {names}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
