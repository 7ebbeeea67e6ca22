"""What a device asks instead of showing its prompt: answered where the platform says so, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.collect import collect_by
from collectors.define import Command, Platform, Question, question
from collectors.errors import PromptNotFound
from collectors.session.ending import AT_ONCE
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.shells import Shell, over_ssh, table
from tests.collectors.threads import no_thread_is_left
from tests.collectors.wires import MemoryWire, answering, open_session

__all__ = ["no_thread_is_left"]

ANY_KEY = question(r"press any key to go on", " ")
ACCEPT = question(r"^\(press 'a' to accept\)", "a")
AGREE = question(r"accept the policy.*\[no\]", "yes")
EXPIRED = question(r"change the password \(Y/N\)\[N\]", "N")
SHOW = "show running-config"
CONFIG = "hostname r1\n!\ninterface Gi0/1\n!\nend\n"
sizes = st.lists(st.integers(1, 40), max_size=100)


def platform(*questions: Question, setup: tuple[str, ...] = ("no page",)) -> Platform:
    return Platform(
        setup=setup, enable="enable", config=Command(SHOW, ends_with=r"^end$"), questions=tuple(questions)
    )


def asking(*steps: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    """A device that wants exactly these replies, says what follows each, and then takes commands."""
    waiting = list(steps)
    commands = answering({SHOW: CONFIG})

    def answer(data: bytes) -> bytes:
        if not waiting:
            return commands(data)
        wanted, then = waiting.pop(0)
        assert data == wanted
        return then

    return answer


def ask(wire: MemoryWire, definition: Platform) -> str:
    return open_session(wire, definition).ask(SHOW, 30, lambda _: AT_ONCE)


@given(sizes)
@settings(deadline=None)
def test_questions_before_the_first_prompt_are_answered_in_any_chunking(sizes: list[int]) -> None:
    wire = MemoryWire(
        b"WELCOME>\r\nPress any key to go on",
        asking(
            (b" ", b"\r                         \r\nAccept the policy banner (yes)? [no] "),
            (b"yes\n", b"yes\r\nr1#"),
        ),
        sizes,
    )
    assert ask(wire, platform(ANY_KEY, AGREE)) == CONFIG
    assert wire.sent[:2] == [b" ", b"yes\n"]


def test_every_line_ends_as_the_device_wants_it() -> None:
    commands = answering({f"{SHOW}\r": CONFIG})
    wire = MemoryWire(
        b"Accept the policy? [no]", lambda data: b"yes\r\nr1#" if data == b"yes\r" else commands(data)
    )
    definition = replace(platform(AGREE), enter="\r")
    assert ask(wire, definition) == CONFIG
    assert wire.sent == [b"yes\r", b"no page\r", f"{SHOW}\r".encode()]


def test_a_question_without_a_setup_command_behind_it_is_answered() -> None:
    wire = MemoryWire(b"\r\n(Press 'a' to accept):", asking((b"a", b"\r\nfw1 # ")))
    session = open_session(wire, platform(ACCEPT, setup=()))
    assert session.prompt == "fw1 #"


def test_a_question_after_a_setup_command_is_answered() -> None:
    greeting = asking(
        (b"no page\n", b"no page\r\nDo you want to change the password (Y/N)[N] ?"), (b"N", b"N\r\nr1#")
    )
    wire = MemoryWire(b"r1#", greeting)
    assert ask(wire, platform(EXPIRED)) == CONFIG


def test_a_question_after_enable_is_answered() -> None:
    wire = MemoryWire(
        b"r1>",
        asking(
            (b"enable\n", b"enable\r\nPassword: "),
            (b"up\n", b"\r\nPress any key to go on"),
            (b" ", b"\r\nr1#"),
        ),
    )
    session = open_session(wire, platform(ANY_KEY, setup=()))
    session.enable("up")
    assert session.prompt == "r1#"


def test_a_question_is_answered_once_in_a_session() -> None:
    wire = MemoryWire(b"Accept the policy? [no] ", asking((b"yes\n", b"yes\r\nAccept the policy? [no] ")))
    with pytest.raises(PromptNotFound):
        ask(wire, platform(AGREE))
    assert wire.sent == [b"yes\n"]


@pytest.mark.parametrize(
    "waits", [b"Your password has expired.\r\nNew password: ", b"Erase flash? [confirm]"]
)
def test_a_question_that_nobody_listed_gets_no_answer(waits: bytes) -> None:
    wire = MemoryWire(waits, asking())
    with pytest.raises(PromptNotFound, match="answer the device's question by hand"):
        ask(wire, platform(AGREE, ACCEPT, EXPIRED))
    assert wire.sent == []


def test_a_configuration_that_reads_like_a_question_is_not_answered() -> None:
    config = CONFIG.replace("!\nend", "banner motd ^\naccept the policy? [no]\n^\nend")
    wire = MemoryWire(b"r1#", answering({SHOW: config}), [7] * 100)
    assert ask(wire, platform(AGREE)) == config
    assert b"yes\n" not in wire.sent


def test_a_real_session_gets_past_its_questions() -> None:
    def make() -> Shell:
        keys = (("Press any key to go on", b" "), ("\r\nAccept the policy? [no] ", b"yes\n"))
        return Shell(table({"no page": "", SHOW: CONFIG}), keys=keys)

    with asyncssh_server(over_ssh(make)) as server:
        result = collect_by(platform(ANY_KEY, AGREE), config_for(server), 10)
    assert result["device_config"] == CONFIG, result["log"]
