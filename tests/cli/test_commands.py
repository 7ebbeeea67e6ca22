"""The table of commands, the files in which they are, and what it costs to list them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli import commands
from pipeline.cli.main import COMMANDS, cli

FILES = Path(commands.__file__).parent


def test_each_command_is_a_file_of_its_name() -> None:
    found = {path.stem.removesuffix("_") for path in FILES.glob("*.py") if path.stem != "__init__"}
    assert found == {name.replace("-", "_") for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_by_its_name(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys; from pipeline.cli.main import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    modules = set(said.splitlines()[-1].split())
    assert "pipeline.cli.main" in modules
    assert not {name for name in modules if name.startswith("pipeline.cli.commands")}
    assert not modules & {"celery", "paramiko", "dulwich", "psycopg", "rich"}
