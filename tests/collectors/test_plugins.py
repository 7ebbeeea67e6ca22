"""Platforms and collectors of other packages, as pip installs them; and packages that are broken."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors import registry
from collectors.contract import CollectorResult
from collectors.errors import BadRequest
from tests.collectors.recorded import collect_recording

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.2"
{points}
[tool.hatch.build.targets.wheel]
only-include = ["{module}.py"]
"""
ACME = r'''
from collectors.define import Command, Platform, drop, hide

PLATFORM = Platform(
    setup=("screen-length disable",),
    config=Command("display current-configuration", ends_with=r"^return$"),
    rejected=r"^ *% ?Unrecognized",
    volatile=(drop(r"^# Saved at "),),
    secrets=(hide(r"^ *password (\S+)"),),
    aliases=("acme",),
)

def over_there(config, timeout=None):
    """A collector that reuses the platform's, as a package with an API of its own might."""
    from collectors.registry import collector_for
    return collector_for("acme_os")(config, timeout)
'''
RECORDING = """\
prompt: "sw1>"
unknown: " % Unrecognized command found at '^' position.\\n"
commands:
  screen-length disable: ""
  display current-configuration: |
    # Saved at 10:15:07 on Monday
     sysname sw1
     password notasecret
    return
"""
STORED = " sysname sw1\n password <hidden>\nreturn\n"
BROKEN = {
    "broken_import": ("platforms", "broken_parts_that_are_missing:PLATFORM"),
    "broken_exit": ("platforms", "leaves:PLATFORM"),
    "broken_text": ("platforms", "broken:FORGED"),
    "broken_type": ("platforms", "broken:NAME"),
    "broken_name": ("platforms", "broken:MISSING"),
    "broken_rule": ("platforms", "broken:RULES"),
    "cisco_ios": ("platforms", "broken:PLATFORM"),
    "junos": ("platforms", "broken:PLATFORM"),
    "noop": ("collectors", "broken:collect"),
    "Odd-Name": ("collectors", "broken:collect"),
    "borrowing": ("platforms", "broken:PLATFORM"),
    "uncallable": ("collectors", "broken:NAME"),
    "unloadable": ("collectors", "broken_parts_that_are_missing:collect"),
}
BROKEN_CODE = r"""
from collectors.define import Command, Platform, drop

NAME = "no platform"
RULES = Platform(config=Command("show"), volatile=(drop("(uptime"),))
PLATFORM = Platform(config=Command("show"), aliases=("eos", "borrowed"))

def collect(config, timeout=None):
    raise AssertionError("never called")

def __getattr__(name):
    if name == "FORGED":
        raise RuntimeError("one\nINFO all is well \x1b[2J" + "x" * 1000)
    raise AttributeError(f"there is no {name}")
"""
LEFT_OUT = {
    "broken_import": "ModuleNotFoundError: No module named 'broken_parts_that_are_missing'",
    "broken_exit": "SystemExit: 3",
    "broken_text": "RuntimeError: 'one INFO all is well \\x1b[2Jxxx",
    "broken_type": "it is of type str, not a Platform",
    "broken_name": "AttributeError: there is no MISSING",
    "broken_rule": "error: missing ), unterminated subpattern at position 0",
    "cisco_ios": "the name is taken",
    "junos": "the name is taken",
    "noop": "the name is taken",
    "Odd-Name": "a name has a-z, 0-9 and _ only",
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`acme-devicevault`, built and installed by pip into a directory of its own."""
    project, target = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site")
    points = (
        '[project.entry-points."devicevault.platforms"]\nacme_os = "acme_devicevault:PLATFORM"\n'
        '[project.entry-points."devicevault.collectors"]\nacme_api = "acme_devicevault:over_there"\n'
    )
    (project / "pyproject.toml").write_text(
        PROJECT.format(name="acme-devicevault", module="acme_devicevault", points=points)
    )
    (project / "acme_devicevault.py").write_text(ACME)
    command = (
        "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--disable-pip-version-check", "--target", str(target), str(project),
    )  # fmt: skip
    subprocess.run([sys.executable, "-m", *command], check=True, timeout=120)
    return target


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A package of which nothing can be used but the platform `borrowing`."""
    (tmp_path / "broken.py").write_text(BROKEN_CODE)
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)\n")
    info = tmp_path / "broken-0.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 0.9\n")
    lines = [
        f"[devicevault.{group}]\n"
        + "".join(f"{name} = {target}\n" for name, (kind, target) in BROKEN.items() if kind == group)
        for group in ("platforms", "collectors")
    ]
    (info / "entry_points.txt").write_text("".join(lines))
    return tmp_path


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Put a directory of packages on the path of this process, whose registry then looks anew."""

    def forget() -> None:
        importlib.invalidate_caches()
        for remembered in (registry.names, registry._plugins, registry._aliases):
            remembered.cache_clear()

    def install(folder: Path) -> None:
        monkeypatch.syspath_prepend(str(folder))
        forget()

    yield install
    monkeypatch.undo()
    forget()


def devicevault(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command itself, as it runs where `folder` is on Python's path."""
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    command = [sys.executable, "-m", "pipeline.cli.main", *arguments]
    return subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", ["acme_os", "acme", "acme_api"])
def test_a_package_s_platform_and_collector_back_up_a_device(
    name: str, packages: Path, installed: Any, tmp_path: Path
) -> None:
    installed(packages)
    recording = tmp_path / name / "sw1.yaml"
    recording.parent.mkdir()
    recording.write_text(RECORDING)
    result = collect_recording(registry.collector_for(name), recording)
    assert isinstance(result, CollectorResult)
    assert (result.status, result.device_config) == ("success", STORED), result.log
    assert name in registry.KnownNames()


def test_a_package_s_platform_and_collector_are_listed(packages: Path) -> None:
    listed = devicevault(packages, "platforms", "--output", "json")
    assert (listed.returncode, listed.stderr) == (0, "")
    found = {item["name"]: item for item in json.loads(listed.stdout)}
    assert found["acme_os"]["aliases"] == ["acme"]
    assert found["acme_api"] == {"name": "acme_api", "aliases": []}
    one = devicevault(packages, "platforms", "acme")
    assert "display current-configuration" in one.stdout


def test_a_broken_package_costs_one_line_each_and_nothing_else(broken: Path) -> None:
    listed = devicevault(broken, "platforms", "--output", "json")
    assert listed.returncode == 0
    names = {item["name"] for item in json.loads(listed.stdout)}
    assert set(registry.names()) | {"borrowing", "uncallable", "unloadable"} == names
    said = sorted(listed.stderr.splitlines())
    assert len(said) == len(LEFT_OUT) + 1
    for name, why in LEFT_OUT.items():
        group = f"devicevault.{BROKEN[name][0]}"
        [line] = [line for line in said if line.startswith(f"'{name}' of broken 0.9 ({group}) is left out: ")]
        assert why in line
        assert len(line) < 300
    assert "'borrowing' of broken 0.9 (devicevault.platforms): its alias 'eos' is taken" in said


def test_what_is_taken_stays_ours(broken: Path, installed: Any) -> None:
    installed(broken)
    assert {name: registry.resolve(name) for name in ("cisco_ios", "junos", "eos", "borrowed")} == {
        "cisco_ios": "cisco_ios",
        "junos": "juniper_junos",
        "eos": "arista_eos",
        "borrowed": "borrowing",
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("broken_import", "'broken_import' of broken 0.9 .* is left out: ModuleNotFoundError: "),
        ("unloadable", "'unloadable' of broken 0.9 .* cannot be loaded: ModuleNotFoundError: "),
        ("uncallable", "'uncallable' of broken 0.9 .* is of type str, and cannot be called"),
    ],
)
def test_a_device_of_a_broken_platform_is_told_why(name: str, why: str, broken: Path, installed: Any) -> None:
    installed(broken)
    with pytest.raises(BadRequest, match=why):
        registry.collector_for(name)
