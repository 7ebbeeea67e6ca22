"""A device's words are shown on a terminal and never obeyed; a pipe gets every byte as it is."""

from __future__ import annotations

import ast
import re
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline.cli
from pipeline.cli.echo import visible
from pipeline.store import process as consume
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from pipeline.values.times import iso
from tests.cli.shell import Shell
from tests.support.values import NOW, failure, make_job, success

OBEYED = "\x1b]0;owned\x07\x1b[2J\x1b[8m\x9b2J\x08\x7f\r\u202e"
"""A title, a cleared screen, hidden text, text that is rubbed out, and text that is turned round."""
# Our own: colours, and what the progress bars do.
OURS = re.compile(r"\x1b\[(?:(?!8m)\d{1,2}(?:;\d{1,2})*)?m|\x1b\[\?25[lh]|\x1b\[\d?[AK]|\x1b\[2K")


def obeyed(text: str) -> list[str]:
    """The control characters in what reached a terminal, without our own colours."""
    left = OURS.sub("", text)
    return re.findall("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]|\r(?!\n)", left) + re.findall(
        r"\x1b\[8m", text
    )


@pytest.fixture
def hostile(shell: Shell) -> Shell:
    """A device whose configuration, reason, complaint, facts and worker hold what a terminal obeys."""
    settings = shell.deployment.settings
    shell.store(f"hostname core-sw1\n! {OBEYED}\nend\n", "core-sw1")
    words = f"core-sw1: 'show' was refused: {OBEYED}"
    at = iso(NOW)
    log = ({"timestamp": at, "severity": "error", "source": f"x{OBEYED}", "message": words},)
    second, other = (make_job(name, NOW.replace(minute=30)) for name in ("core-sw1", "core-sw2"))
    outcomes = [
        success(
            second, f"hostname core-sw1\n! {OBEYED} changed\nend\n", facts={"changed_by": OBEYED}, log=log
        ),
        replace(failure(other, "rejected"), log=log),
    ]
    with shell.deployment.results() as results, closing(connect(settings.redis_url or "")) as client:
        results.expect([second, other])
        for outcome in outcomes:
            ResultStream(client, settings.stream).publish(outcome)
    consume.run(settings, threading.Event(), until_empty=True)
    return shell


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "core-sw1"),
        ("show", "core-sw2"),
        ("show", "core-sw1", "--config"),
        ("show", "core-sw2", "--output", "json"),
        ("log", "core-sw1"),
        ("log", "core-sw2", "--output", "json"),
        ("diff", "core-sw1"),
        ("status", "core-sw1", "core-sw2"),
        ("status", "core-sw2", "--output", "json"),
        ("drift",),
        ("show", f"core-sw1{OBEYED}"),
    ],
    ids=" ".join,
)
def test_a_terminal_obeys_nothing_that_a_device_says(hostile: Shell, arguments: tuple[str, ...]) -> None:
    _, text = hostile.on_terminal(*(each.replace("\0", "") for each in arguments), columns=200)
    assert "core-sw" in text
    assert obeyed(text) == []


def test_what_is_obeyed_elsewhere_is_seen_here(hostile: Shell) -> None:
    _, text = hostile.on_terminal("show", "core-sw1", "--config")
    assert "^[]0;owned^G^[[2J" in text
    assert "<U+009B>" in text
    assert "<U+202E>" in text
    _, text = hostile.on_terminal("diff", "core-sw1")
    assert "\x1b[32m+! ^[]0;owned" in text  # git's colours, around words that have none


def test_a_pipe_gets_a_configuration_as_it_is(hostile: Shell) -> None:
    said = hostile.process("show", "core-sw1", "--config")
    assert OBEYED.replace("\r", "") in said.out.replace("\n", "").replace("\r", "")


@given(st.text())
def test_visible_text_has_nothing_that_is_obeyed(text: str) -> None:
    shown = visible(text)
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert visible(shown) == shown
    if text.isprintable():
        assert shown == text or any(char in text for char in "\xad")


def test_no_command_prints_past_the_edge() -> None:
    allowed = {"echo.py", "output.py"}
    for path in Path(pipeline.cli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())) if path.name not in allowed else ():
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("click"), attr="echo" | "secho")):
                    pytest.fail(f"{path}:{node.lineno} prints by click; use pipeline.cli.echo")
                case ast.Call(func=ast.Name("print")):
                    pytest.fail(f"{path}:{node.lineno} prints; use pipeline.cli.echo")
