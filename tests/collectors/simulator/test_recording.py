"""A recording is a device: one YAML file, and a new platform can be tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.simulator import Fleet, SimulatorError
from collectors.simulator.recording import recorded_device
from tests.collectors.simulator.client import shell

UNORDERED = """\
prompt: "sw9#"
motd: "Hello {name}\\n"
unknown: "% What {is} that: {word}?\\n"
commands:
  show version: |
    Version 9 of {name}
  show running-config: "hostname sw9\\nend\\n"
"""
ORDERED = """\
prompt: "sw9> "
commands:
  - show clock: "10:00\\n"
  - show clock: "10:01\\n"
"""
PAGED = """\
prompt: "sw9#"
pager: "<more>"
paging_off: no page
commands: {show all: "%s"}
""" % ("line\\n" * 30)
ENABLING = """\
prompt: "sw9#"
user_prompt: "sw9>"
enable_password: "more"
commands: {show all: "all\\n"}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "vendor_os" / "sw9.yaml"
    path.parent.mkdir()
    path.write_text(text)
    return path


def load(folder: Path, text: str) -> Fleet:
    return Fleet([recorded_device(write(folder, text), username="backup", password="right")])


def test_a_recording_answers_its_commands_in_any_order(tmp_path: Path) -> None:
    with load(tmp_path, UNORDERED) as fleet, shell(fleet["sw9"]) as session:
        assert fleet["sw9"].personality.platform == "vendor_os"
        assert session.until("sw9#") == "Hello sw9\r\nsw9#"
        assert session.ask("show running-config", "sw9#") == "hostname sw9\nend\n"
        assert session.ask("show version", "sw9#") == "Version 9 of sw9\n"
        assert session.ask("show version", "sw9#") == "Version 9 of sw9\n"
        assert session.ask("show vers", "sw9#") == "% What {is} that: vers?\n"


def test_an_ordered_recording_answers_once_and_in_its_order(tmp_path: Path) -> None:
    with load(tmp_path, ORDERED) as fleet, shell(fleet["sw9"]) as session:
        session.until("sw9> ")
        assert session.ask("show clock", "sw9> ") == "10:00\n"
        assert session.ask("show clock", "sw9> ") == "10:01\n"
        assert session.ask("show clock", "sw9> ") == "% Unknown command\n"


def test_a_recording_can_have_a_pager(tmp_path: Path) -> None:
    with load(tmp_path, PAGED) as fleet, shell(fleet["sw9"]) as session:
        session.until("sw9#")
        session.type("show all\n")
        session.until("<more>")
        session.type(" ")
        assert session.until("sw9#").startswith("\r" + " " * len("<more>") + "\r")
        session.ask("no page", "sw9#")
        assert session.ask("show all", "sw9#") == "line\n" * 30


def test_a_recording_can_ask_for_an_enable_password(tmp_path: Path) -> None:
    with load(tmp_path, ENABLING) as fleet, shell(fleet["sw9"]) as session:
        session.until("sw9>")
        session.type("enable\n")
        session.until("Password: ")
        session.type("more\n")
        session.until("sw9#")
        assert session.ask("show all", "sw9#") == "all\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("prompt: x\nprompts: y\ncommands: {a: b}\n", ":2: unknown key 'prompts'"),
        ("commands: {a: b}\n", ": a recording needs 'prompt'"),
        ("prompt: x\n", ": a recording needs 'commands'"),
        ("prompt: x\ncommands:\n  - just text\n", ":3: must be a mapping"),
        ("prompt: x\ncommands:\n  show: [1, 2]\n", ":3: must be text"),
        ("prompt: 'x\n", ":2: not YAML"),
        ("prompt: \x07\n", ": not YAML: unacceptable character #x0007"),
        ("", ": must be a mapping"),
    ],
)
def test_a_bad_recording_is_one_line_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SimulatorError) as raised:
        recorded_device(path, username="u", password="p")
    assert complaint in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match=r"none\.yaml: cannot be read"):
        recorded_device(tmp_path / "none.yaml", username="u", password="p")
