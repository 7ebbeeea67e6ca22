"""Whatever a device says while it waits: the reader finds prompt, pager and question through it, and no
foreign line is stored. On every platform with a prompt, in every chunking."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import registry
from collectors.define import Platform
from collectors.session import screen
from collectors.session.ending import AT_ONCE, DOUBTFUL, LIKELY, Ending
from collectors.session.foreign import start_at_end, without_messages
from collectors.session.shell import Session
from collectors.transport.wire import Deadline
from tests.collectors.wires import MemoryWire, paged

SHELLS = [
    name
    for name in registry.names()
    if name != "noop" and (found := registry.platform(name)) is not None and found.transport == "shell"
]
PROMPTS = ("sw1#", "sw1>", "<sw1>", "(sw1) #", "(sw1) >", "sw1 #", "sw1:1>", "admin@sw1> ", "-> ", "> ",
           "[sw1]", "sw1> (enable)", "ops@sw1:~$ ", "sw1 tnsr# ", "A:sw1#", "sw1:/#>",
           "RP/0/RP0/CPU0:sw1#", "sw1->", "sw1.1 #", "typ:ops>#", "(sw1)>", "sw1$ ",
           "C5(su)->", "[local]sw1#", "CLI (ops@sw1) > ")  # fmt: skip
MESSAGES = (
    "%SYS-5-CONFIG_I: Configured from console by ops on vty0 (192.0.2.9)",
    "*Mar  1 00:01:02.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
    "000042: Dec  1 10:00:00.123 UTC: %SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: ops]",
    "01-Dec-2024 10:00:00 %LINK-W-Down:  gi7",
    "%Dec  1 10:00:00:123 2024 sw1 SHELL/5/SHELL_LOGIN: ops logged in from 192.0.2.9.",
    "Dec  1 2024 10:00:00+00:00 sw1 %%01SHELL/5/CMDRECORD(s)[7]:Recorded command information.",
    "RP/0/RP0/CPU0:Dec  1 10:00:00.123 : ifmgr[200]: %PKT_INFRA-LINK-3-UPDOWN : Interface Te0/0/0/1",
    "2024 Dec  1 10:00:00 sw1 %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up",
    "<189>Dec  1 10:00:00 sw1 TRAPMGR[1234]: traputil.c(614) 100 Link Up: 0/7",
    "SYSLOG: <14> Dec  1 10:00:00 sw1 System: Interface ethernet 1/1/7, state up",
    "Dec  1 10:00:00:I:System: Interface ethernet 1/1/7, state up",
    "I 01/02/24 10:00:00 00076 ports: port 7 is now on-line",
    "01/02/2024 10:00:00.12 <Info:AAA.authPass> Login passed for user ops",
    "CP1  [01/02/24 10:00:00.123:UTC] 0x000305c8 00000000 GlobalRouter SSH INFO user ops connected",
    "Message from syslogd@sw1 at Jun 17 15:49:16 ...\r\n kernel:[1234.5] mce: CPU0 is too hot",
    "Broadcast message from root@sw1 (pts/0) (Tue Dec  1 10:00:00 2024):\r\n\r\nThe system is going down",
)
LINES = "!\r\nversion 1\r\nhostname sw1\r\n vlan 10\r\n name office\r\nend\r\n"
WANTED = LINES.replace("\r\n", "\n")
sizes = st.lists(st.integers(1, 60), max_size=60)


@cache
def prompt_of(name: str) -> str:
    """A prompt of the platform."""
    definition = registry.platform(name)
    assert definition is not None
    fits = [each for each in PROMPTS if re.fullmatch(definition.prompt, each.rstrip())]
    return fits[0]


def session(name: str, wire: MemoryWire) -> Session:
    definition = registry.platform(name)
    assert isinstance(definition, Platform)
    opened = Session(wire, definition, "sw1", Deadline.after("sw1", 30))
    opened.prompt = prompt_of(name).rstrip()
    return opened


def whole(text: str) -> Ending:
    return AT_ONCE if "end\n" in text else DOUBTFUL


@pytest.mark.parametrize("name", SHELLS)
def test_every_shell_has_a_prompt_here(name: str) -> None:
    assert prompt_of(name)


@pytest.mark.parametrize("name", SHELLS)
@given(st.sampled_from(MESSAGES), st.sampled_from(["", "\r\n"]), st.sampled_from(["", "\r\n"]), sizes)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_prompt_is_found_in_front_of_a_message(
    name: str, message: str, before: str, after: str, sizes: list[int]
) -> None:
    answers = [f"show\r\n{LINES}{prompt_of(name)}{before}{message}{after}".encode()]
    wire = MemoryWire(b"", lambda _: answers.pop(0), sizes)
    opened = session(name, wire)
    assert screen.config_lines(opened.ask("show", 0.1, whole)) == WANTED
    assert opened.prompt == prompt_of(name).rstrip()


@pytest.mark.parametrize("name", SHELLS)
@given(st.sampled_from(MESSAGES), st.sampled_from(["", "\r\n"]), st.sampled_from(["", "\r\n"]), sizes)
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_pager_is_found_in_front_of_a_message(
    name: str, message: str, before: str, after: str, sizes: list[int]
) -> None:
    pager = f"--More-- {before}{message}{after}".encode()
    first, rest = LINES[: LINES.index(" vlan")].encode(), LINES[LINES.index(" vlan") :].encode()
    last = rest + prompt_of(name).encode()
    wire = MemoryWire(b"", paged([first], last, pager, b"\r              \r", b"show\r\n"), sizes)
    assert screen.config_lines(session(name, wire).ask("show", 0.1, whole)) == WANTED
    assert b" " in wire.sent


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_inside_of_an_answer_is_not_stored(message: str) -> None:
    text = message.replace("\r\n", "\n")
    assert without_messages(f"vlan 1\n\n{text}\nvlan 2\n") == "vlan 1\nvlan 2\n"
    assert without_messages(f"{text}\nvlan 2\n") == "vlan 2\n"


@pytest.mark.parametrize(
    "line",
    [
        'event syslog pattern "%SYS-5-CONFIG_I: Configured"',
        "logging message %LINK-3-UPDOWN severity 6",
        " description sw1# to %core",
        "banner motd # Message from the owner #",
        "clock summer-time CEST date 31 Mar 2024 02:00:00",
    ],
)
def test_a_line_of_the_configuration_is_no_message(line: str) -> None:
    assert without_messages(f"vlan 1\n{line}\nvlan 2\n") == f"vlan 1\n{line}\nvlan 2\n"


def test_what_waits_before_a_message_is_all_of_the_prompt() -> None:
    shown = b"RP/0/RP0/CPU0:r1#RP/0/RP0/CPU0:Dec  1 10:00:00.1 : ifmgr[2]: %PKT-3-X : up"
    assert shown[: start_at_end(shown, 0)] == b"RP/0/RP0/CPU0:r1#"


@pytest.mark.parametrize("name", SHELLS)
def test_a_command_that_is_offered_again_behind_the_prompt_is_rubbed_out(name: str) -> None:
    prompt, commands = prompt_of(name), []

    def answer(data: bytes) -> bytes:
        commands.append(data)
        if data.startswith(b"shw"):
            return f"shw\r\n\r\nSyntax error: Illegal parameter\r\n{prompt}shw\a".encode()
        line = data.decode().strip()
        return f"{line if line.isprintable() else ''}\r\n{LINES if line == 'show' else ''}{prompt}".encode()

    opened = session(name, MemoryWire(b"", answer))
    assert "Syntax error" in opened.ask("shw", 0.1, lambda _: LIKELY)
    assert opened.ask("show", 0.1, whole) == WANTED
    assert [each.strip(b"\r\n") for each in commands] == [b"shw", b"\x15", b"show"]


@given(st.binary(max_size=40))
def test_a_byte_that_is_no_utf_8_costs_that_byte_only(noise: bytes) -> None:
    before, after = "Zürich 核心\n", "\nBüro"
    text = screen.decode(before.encode() + b"\xff" + after.encode())
    assert text == f"{before}ÿ{after}"
    shown = screen.decode(b"Z\xc3\xbcrich\n" + noise.replace(b"\0", b"") + b"\nB\xc3\xbcro")
    assert shown.startswith("Zürich\n")
    assert shown.endswith("\nBüro")
