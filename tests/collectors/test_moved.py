"""Modules that moved stay importable under their old names for one release, and say where they went."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors._moved import GONE_IN, MOVED, RENAMED

ROOT = Path(__file__).parents[2]
NAMES = {
    "collectors.api": "Api Login basic bearer_token blocks_fault xml_fault",
    "collectors.definition": "PAGER PROMPT SPACED_PROMPT Command Contexts Drop Fact File Hide LoginPrompts "
    "Platform Question drop fact hide question",
    "collectors.filters": "hide_secrets read_facts without_volatile",
    "collectors.masks": "HIDDEN Mask fingerprints hidden",
    "collectors.rules": "Drop Fact Hide Rule drop fact finder hide needle",
    "collectors.screen": "decode shown last_line",
    "collectors.secrets": "ANYWHERE IOS_LIKE IOS_NOT_SNMP IOS_SNMP PRIVATE_KEY SNMP_PEERS TYPE VALUE",
    "collectors.set_form": "fault is_set_form",
    "collectors.volatile": "CHANGED HEADING UPTIME",
    "collectors.whole": "check check_artefact ends evidence refusal",
}
"""What the old modules had to give."""
OLD_PLATFORM = """\
from collectors.definition import Command, Platform, drop, hide
from collectors.secrets import IOS_LIKE, VALUE
from collectors.volatile import UPTIME

PLATFORM = Platform(
    config=Command("show", ends_with="^end$"),
    volatile=(UPTIME, drop("^! Time:")),
    secrets=(*IOS_LIKE, hide(rf"^ key {VALUE}")),
)
"""


@pytest.fixture(autouse=True)
def never_imported() -> Iterator[None]:
    for name in MOVED:
        sys.modules.pop(name, None)
    yield
    for name in MOVED:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_leads_to_the_new_module_and_warns_of_it(old: str) -> None:
    told = f"{re.escape(old)} is now {re.escape(MOVED[old])}; .* {re.escape(GONE_IN)}$"
    with pytest.warns(DeprecationWarning, match=told):
        found = importlib.import_module(old)
    new = importlib.import_module(MOVED[old])
    for name in NAMES[old].split():
        assert getattr(found, name) is getattr(new, RENAMED.get(old, {}).get(name, name)), name


def test_the_warning_points_at_who_imports(tmp_path: Path) -> None:
    """Also as a platform of a package that was written for the old names."""
    (tmp_path / "acme.py").write_text(OLD_PLATFORM)
    script = "import acme; from collectors.define import Platform; assert isinstance(acme.PLATFORM, Platform)"
    done = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning", "-c", script],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.findall(r"acme\.py:(\d): DeprecationWarning: (\S+) is now ", done.stderr)
    assert told == [("1", "collectors.definition"), ("2", "collectors.secrets"), ("3", "collectors.volatile")]


def test_what_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"collectors\.definitions"):
        importlib.import_module("collectors.definitions")


def test_no_module_of_ours_uses_an_old_name() -> None:
    old = re.compile(rf"^\s*(?:from|import) (?:{'|'.join(map(re.escape, MOVED))})\b", re.MULTILINE)
    files = [path for top in ("collectors", "pipeline", "benchmarks") for path in (ROOT / top).rglob("*.py")]
    assert [path for path in files if old.search(path.read_text(encoding="utf-8"))] == []


def test_the_old_names_go_when_they_said() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version, gone = ([int(part) for part in text.split(".")] for text in (project["version"], GONE_IN))
    assert version < gone, "remove collectors/_moved.py and this file"
