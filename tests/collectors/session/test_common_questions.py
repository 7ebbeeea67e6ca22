"""What any device may ask between its login and its prompt, on every platform."""

from __future__ import annotations

import re

import pytest

from collectors import registry
from collectors.define import Command, Platform
from collectors.define.questions import COMMON_QUESTIONS, menu_choice
from collectors.errors import AuthenticationFailed, CollectError, PromptNotFound, TimedOut
from collectors.session.shell import Credential, Session
from collectors.transport.wire import Deadline
from tests.collectors.session.test_foreign import SHELLS, prompt_of
from tests.collectors.wires import MemoryWire

ASKED = {
    "Enter Ctrl-Y to begin.": b"\x19",
    "Press Ctrl+Y to continue": b"\x19",
    "Press RETURN to get started.": b"",
    "Press <Enter> to continue": b"",
    "Hit any key to start": b" ",
    "There are security risks in the configuration file. Are you sure to save now?[Y/N]:": b"n",
    "Save the configuration before you go on? (y/n) ": b"n",
    "The password is weak. Do you want to change it now? [Y/N]:": b"n",
    "Your passphrase expires in 3 days; change it? (yes/no): ": b"n",
    "The initial password poses security risks. Change now? [Y/N]:": b"n",
    "Do you agree to the terms of use? (yes/no): ": b"yes",
    "I have read and accept the policy [y/n]: ": b"y",
}
FOR_A_PERSON = (
    "Erase flash? [confirm]",
    "Enter new password: ",
    "Reload now? [y/n] ",
    "Continue with the upgrade? (yes/no) ",
    "Current Password: ",
    "Which unit [1-4]? ",
)
PLAIN = Platform(config=Command("show running-config", ends_with="^end$"))


def open_login(said: bytes, definition: Platform) -> Session:
    """A session behind its login at a device that says only this."""
    session = Session(MemoryWire(said, lambda _: b""), definition, "sw1", Deadline.after("sw1", 60))
    session.login()
    return session


def definition_of(name: str) -> Platform:
    definition = registry.platform(name)
    assert definition is not None
    return definition


def has_its_own_answer(name: str, asked: str) -> bool:
    """Whether the platform knows the question itself, or takes it for a pager."""
    definition = definition_of(name)
    return any(each.pattern.search(asked) for each in definition.questions) or bool(
        re.fullmatch(definition.pager, asked.strip(), re.IGNORECASE)
    )


@pytest.mark.parametrize(
    ("name", "asked"),
    [(name, asked) for name in SHELLS for asked in ASKED if not has_its_own_answer(name, asked)],
)
def test_a_question_that_needs_a_key_or_a_no_is_answered_on_any_platform(name: str, asked: str) -> None:
    definition = definition_of(name)
    wanted = ASKED[asked]
    wire = MemoryWire(f"Welcome\r\n{asked}".encode(), lambda _: f"\r\n{prompt_of(name)}".encode())
    session = Session(wire, definition, "sw1", Deadline.after("sw1", 60))
    session.login()
    assert [data.rstrip(b"\r\n") for data in wire.sent] == [wanted]
    assert session.prompt == prompt_of(name).rstrip()


@pytest.mark.parametrize(
    ("name", "asked"),
    [(name, asked) for name in SHELLS for asked in FOR_A_PERSON if not has_its_own_answer(name, asked)],
)
def test_a_question_for_a_person_gets_no_answer_and_is_told(name: str, asked: str) -> None:
    definition = definition_of(name)
    wire = MemoryWire(f"\r\nWelcome\r\n{asked}".encode(), lambda _: b"")
    with pytest.raises(PromptNotFound, match=re.escape(asked.strip(" :"))):
        Session(wire, definition, "sw1", Deadline.after("sw1", 60)).login()
    assert wire.sent == []


def test_no_answer_of_any_platform_changes_a_password() -> None:
    asked = ("Enter new password: ", "New password:", "Retype new password:", "Change password for admin: ")
    assert [line for line in asked if any(each.pattern.search(line) for each in COMMON_QUESTIONS)] == []


def test_a_menu_is_left_for_the_command_line() -> None:
    menu = "Main Menu\n  1. Status\n  5. Command Line (CLI)\n  0. Logout\n"
    found = menu_choice(menu, "To select menu item, press item number")
    assert found is not None
    assert found.reply == "5"
    found = menu_choice("[1] Setup\n[2] CLI\n", "Enter selection: ")
    assert found is not None
    assert found.reply == "2\n"
    assert menu_choice("1. Status\n0. Logout\n", "Enter selection: ") is None


def test_what_stands_on_the_screen_is_told_without_its_secrets() -> None:
    wire = MemoryWire(b"enable secret 9 $9$notasecret\r\nGo on with the upgrade?", lambda _: b"")
    definition = registry.platform("cisco_ios")
    assert definition is not None
    with pytest.raises(PromptNotFound, match="enable secret 9 <hidden> / Go on with the upgrade") as caught:
        Session(wire, definition, "sw1", Deadline.after("sw1", 60)).login()
    assert "notasecret" not in str(caught.value)


def test_a_banner_without_a_prompt_is_a_silence_and_tells_what_was_seen() -> None:
    with pytest.raises(TimedOut, match="the last line is 'Welcome to sw1'"):
        Session(
            MemoryWire(b"Welcome to sw1\r\n", lambda _: b""), PLAIN, "sw1", Deadline.after("sw1", 60)
        ).login()


@pytest.mark.parametrize("asked", ["Verification code: ", "Enter your one-time password: ", "OTP: "])
def test_a_second_factor_says_so(asked: str) -> None:
    said = {b"ada\n": b"ada\r\nPassword: ", b"right\n": f"\r\n{asked}".encode()}
    session = Session(MemoryWire(b"Username: ", said.__getitem__), PLAIN, "sw1", Deadline.after("sw1", 60))
    with pytest.raises(AuthenticationFailed, match="second factor"):
        session.login(Credential("ada", "right"))


@pytest.mark.parametrize("prompt", ["Floor 2 west#", "LAB switch 1>", "sw1 (standby) #"])
@pytest.mark.parametrize("name", SHELLS)
def test_a_prompt_with_blanks_is_a_prompt_after_a_silence(name: str, prompt: str) -> None:
    definition = registry.platform(name)
    assert definition is not None
    session = open_login(f"Welcome\r\n{prompt}".encode(), definition)
    assert session.prompt == prompt


def test_a_login_has_one_total_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 7))
    monkeypatch.setattr("collectors.session.reader.time.monotonic", lambda: float(next(clock)))
    dots = MemoryWire(b"", lambda _: b"", [1] * 10_000)
    dots._pending = b"." * 500
    with pytest.raises(CollectError, match="no prompt"):
        Session(dots, PLAIN, "sw1", Deadline("sw1", 1e9, 1e9)).login()
    assert len(dots._pending) > 400
