"""Prompts, pagers, echoes and privilege, against devices in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.answer.complete import ends
from collectors.define import Command, Platform
from collectors.errors import AuthenticationFailed, Disconnected, PromptNotFound, Rejected, TimedOut, TooLarge
from collectors.session import reader
from collectors.session.ending import AT_ONCE, DOUBTFUL, Ending
from collectors.session.shell import Credential, Session
from collectors.transport.wire import Deadline
from tests.collectors.wires import MemoryWire, answering, open_session, paged

IOS = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", ends_with=r"^end$"),
)
CONFIG = (
    "hostname r1\n!\ninterface Gi0/1\n description up > down #\n ip address 192.0.2.1 255.255.255.0\n!\nend\n"
)
SHOW = "show running-config"
sizes = st.lists(st.integers(1, 40), max_size=200)


def ending(text: str) -> Ending:
    return AT_ONCE if ends(IOS.configs[0], text) else DOUBTFUL


def ask(wire: MemoryWire, platform: Platform = IOS) -> str:
    return open_session(wire, platform).ask(SHOW, 30, ending)


@given(sizes, st.sampled_from(["\r\n", "\r\r\n", "\n", "\n\r"]), st.booleans())
@settings(deadline=None)
def test_any_chunking_line_end_and_echo_gives_the_same_text(
    sizes: list[int], line_end: str, echo: bool
) -> None:
    wire = MemoryWire(b"r1#", answering({SHOW: CONFIG}, echo=echo, line_end=line_end), sizes)
    assert ask(wire).strip() == CONFIG.strip()


ASKS_SIZE = b"\x1b[1920;1920H\x1b[6n\x1b[1;1H"


def test_a_device_that_asks_for_its_size_and_goes_on_is_told_nothing() -> None:
    wire = MemoryWire(b"Welcome\r\n" + ASKS_SIZE + b"\r\nr1#", answering({SHOW: CONFIG}))
    assert ask(wire) == CONFIG
    assert wire.sent == [b"terminal length 0\n", f"{SHOW}\n".encode()]


def test_a_device_that_waits_for_its_size_is_told_it_once() -> None:
    shown = answering({SHOW: CONFIG})
    wire = MemoryWire(ASKS_SIZE, lambda data: b"\r\nr1#" if data.startswith(b"\x1b[") else shown(data))
    assert ask(wire) == CONFIG
    assert [data for data in wire.sent if data.startswith(b"\x1b[")] == wire.sent[:1]


@given(sizes)
@settings(deadline=None)
def test_bare_carriage_returns_are_line_ends(sizes: list[int]) -> None:
    wire = MemoryWire(b"r1#", answering({SHOW: CONFIG}, line_end="\r"), sizes)
    assert ask(wire).strip() == CONFIG.strip()


@pytest.mark.parametrize(
    ("pager", "rub_out"),
    [
        (b" --More-- ", b"\r          \r"),
        (b" --More-- ", b"\b" * 10 + b" " * 10 + b"\b" * 10),
        (b"--More--", b"\r\x1b[K"),
        (b"--More--", b"\x1b[2K\r"),
        (b"<--- More --->", b"\r              \r"),
        (b"---(more 45%)---", b"\r                \r"),
        (b"-- MORE --, next page: Space, next line: Enter, quit: Control-C", b"\r" + b" " * 64 + b"\r"),
        (b"--More--", b"\r\n"),
        (b"--More--", b""),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_pager_is_answered_and_leaves_no_trace(pager: bytes, rub_out: bytes, step: int) -> None:
    lines = CONFIG.encode().replace(b"\n", b"\r\n").splitlines(keepends=True)
    device = paged(
        [lines[0] + lines[1], b"".join(lines[2:5])],
        b"".join(lines[5:]) + b"r1#",
        pager,
        rub_out,
        b"show running-config\r\n",
    )
    setup = answering({})
    wire = MemoryWire(
        b"r1#", lambda data: setup(data) if data.startswith(b"term") else device(data), [step] * 500
    )
    assert ask(wire).strip() == CONFIG.strip()
    assert wire.sent.count(b" ") == 2


def test_a_pager_right_before_the_prompt_leaves_no_trace() -> None:
    body = CONFIG.encode().replace(b"\n", b"\r\n")
    device = paged([body], b"r1#", b" --More-- ", b"\r          \r", b"show running-config\r\n")
    setup = answering({})
    wire = MemoryWire(b"r1#", lambda data: setup(data) if data.startswith(b"term") else device(data))
    assert ask(wire).strip() == CONFIG.strip()


@pytest.mark.parametrize(
    "echo",
    [
        b"show running-con\rfig\r\n",
        b"show running-con\r\nfig\r\n",
        b"show running-con \b\r\nfig\r\n",
        b"show running-config \r\n",
        b"\0show running-config\r\n",
        b"r1#show running-config\r\n",
        b"$running-config\r\n",
    ],
)
def test_a_wrapped_or_redrawn_echo_is_removed(echo: bytes) -> None:
    setup = answering({})
    body = echo + CONFIG.replace("\n", "\r\n").encode() + b"r1#"
    wire = MemoryWire(b"r1#", lambda data: setup(data) if data.startswith(b"term") else body)
    assert ask(wire).strip() == CONFIG.strip()


@given(sizes)
@settings(deadline=None)
def test_a_banner_line_that_looks_like_a_prompt_is_not_the_prompt(sizes: list[int]) -> None:
    banner = b"\r\nWELCOME>\r\n### ###\r\nwarning#\r\nlab-sw1#"
    wire = MemoryWire(banner, answering({SHOW: CONFIG}, prompt="lab-sw1#"), sizes)
    assert ask(wire).strip() == CONFIG.strip()


def test_a_banner_that_is_still_being_printed_does_not_shift_the_answers() -> None:
    device = answering({SHOW: CONFIG}, prompt="lab-sw1#")
    late = b"\r\nmore of the banner\r\nlab-sw1#"

    def answer(data: bytes) -> bytes:
        return late + device(data) if data.startswith(b"term") else device(data)

    wire = MemoryWire(b"\r\nWELCOME>", answer)
    assert ask(wire).strip() == CONFIG.strip()


@given(sizes)
@settings(deadline=None)
def test_a_config_line_that_is_exactly_the_prompt_does_not_end_the_config(sizes: list[int]) -> None:
    config = CONFIG.replace("!\nend", "banner motd ^\nr1#\nr1#show running-config\n^\nend")
    wire = MemoryWire(b"r1#", answering({SHOW: config}), sizes)
    assert ask(wire).strip() == config.strip()


@given(sizes, st.integers(0, len(CONFIG) - 2))
@settings(deadline=None)
def test_a_config_cut_anywhere_before_a_silence_is_never_an_answer(sizes: list[int], cut: int) -> None:
    setup = answering({})

    def answer(data: bytes) -> bytes:
        return setup(data) if data.startswith(b"term") else (SHOW + "\n" + CONFIG[:cut]).encode()

    with pytest.raises(TimedOut):
        ask(MemoryWire(b"r1#", answer, sizes))


def test_escape_sequences_and_nul_bytes_are_not_configuration() -> None:
    noisy = {SHOW: CONFIG.replace("hostname", "\x1b[1;32mhost\0name\x1b[0m")}
    assert ask(MemoryWire(b"\x1b[?2004hr1#\x1b[K", answering(noisy))).strip() == CONFIG.strip()


def test_bytes_that_are_not_utf8_are_kept() -> None:
    body = b"show running-config\r\nhostname caf\xe9\r\nend\r\nr1#"
    setup = answering({})
    wire = MemoryWire(b"r1#", lambda data: setup(data) if data.startswith(b"term") else body)
    assert "hostname café" in ask(wire)


def test_a_question_in_place_of_a_prompt_is_not_retried() -> None:
    with pytest.raises(PromptNotFound, match="r1: no prompt of this platform"):
        ask(MemoryWire(b"Erase the stored configuration? [y/n] ", answering({})))


def test_a_password_that_the_device_echoes_and_then_waits_at_is_not_told() -> None:
    said = {b"ada\n": b"ada\r\nPassword: ", b"not-for-logs\n": b"not-for-logs"}
    session = Session(MemoryWire(b"Username: ", said.__getitem__), IOS, "r1", Deadline.after("r1", 60))
    with pytest.raises(PromptNotFound, match="the last line is '<hidden>'") as caught:
        session.login(Credential("ada", "not-for-logs"))
    assert "not-for-logs" not in str(caught.value)


def test_silence_before_the_prompt_is_retried() -> None:
    with pytest.raises(TimedOut, match="r1: no prompt within 30 s after the login"):
        ask(MemoryWire(b"Welcome\r\n", answering({})))


def test_a_session_closed_by_the_device_is_retried() -> None:
    setup = answering({})
    with pytest.raises(Disconnected, match="closed the session after 'show running-config'"):
        ask(MemoryWire(b"r1#", lambda data: setup(data) if data.startswith(b"term") else None))


def test_an_endless_answer_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 10_000)
    setup = answering({})
    wire = MemoryWire(
        b"r1#", lambda data: setup(data) if data.startswith(b"term") else b"x" * 20_000, [100] * 300
    )
    with pytest.raises(TooLarge):
        ask(wire)


def enabling(password: str, asks: bool = True) -> Callable[[bytes], bytes]:
    state = {"asked": False, "prompt": "r1>"}

    def answer(data: bytes) -> bytes:
        line = data.decode().rstrip("\n")
        if state["asked"]:
            if line != password:
                return b"\r\nPassword: "
            state.update(asked=False, prompt="r1#")
            return b"\r\nr1#"
        if line == "enable":
            state.update(asked=asks, prompt="r1>" if asks else "r1#")
            return b"enable\r\nPassword: " if asks else b"enable\r\nr1#"
        return f"{line}\r\n{state['prompt']}".encode()

    return answer


@pytest.mark.parametrize("asks", [True, False])
def test_privilege_is_raised_with_or_without_a_password(asks: bool) -> None:
    wire = MemoryWire(b"r1>", enabling("s3cret", asks))
    session = open_session(wire, IOS)
    assert not session.privileged
    session.enable("s3cret")
    assert session.privileged
    assert wire.sent.count(b"s3cret\n") == asks


def test_a_refused_enable_password_is_sent_once() -> None:
    wire = MemoryWire(b"r1>", enabling("s3cret"))
    session = open_session(wire, IOS)
    with pytest.raises(AuthenticationFailed, match="r1: the device refused 'enable'"):
        session.enable("wrong")
    assert wire.sent.count(b"wrong\n") == 1


def test_a_device_that_does_not_know_enable_was_offered_no_password() -> None:
    """So the password is not what is wrong: the platform may be another one."""

    def answer(data: bytes) -> bytes:
        line = data.decode().rstrip("\n")
        said = "       ^\r\nunknown command.\r\n" if line == "enable" else ""
        return f"{line}\r\n{said}\r\nr1>".encode()

    wire = MemoryWire(b"r1>", answer)
    session = open_session(wire, IOS)
    with pytest.raises(Rejected, match=r"refused 'enable': unknown command\. \(check its `platform`"):
        session.enable("s3cret")
    assert b"s3cret" not in wire.sent


def test_ten_megabytes_in_small_pieces_take_no_quadratic_time() -> None:
    config = "hostname r1\n" + " description 0123456789012345678901234567890123456789\n" * 200_000 + "end\n"
    wire = MemoryWire(b"r1#", answering({SHOW: config}), [16_384] * 2000)
    assert len(ask(wire)) > 10_000_000


def test_a_prompt_that_counts_commands_is_known_by_its_host() -> None:
    counting = Platform(prompt=r"\* (?P<host>[\w-]+)\.\d+ #", config=IOS.config, setup=IOS.setup)
    count = iter(range(2, 9))

    def answer(data: bytes) -> bytes:
        text = CONFIG.replace("up > down #", "uplink\n* core.7 #") if data.decode().startswith("show") else ""
        return data + text.encode() + f"* edge.{next(count)} #".encode()

    said = ask(MemoryWire(b"* edge.1 #", answer), counting)
    assert "* core.7 #\n" in said
    assert said.endswith("end\n")


@given(sizes)
@settings(deadline=None)
def test_a_pager_behind_half_a_line_leaves_the_half_line(sizes: list[int]) -> None:
    inline = Platform(prompt=r"r1#", pager=r"(?P<text>.*?)--More--", config=IOS.config, setup=IOS.setup)
    pages = {
        SHOW: b"hostname r1\nsnmp gr--More--",
        "": b"\b" * 8 + b" " * 8 + b"\b" * 8 + b"oup ro\nend\nr1#",
    }

    def answer(data: bytes) -> bytes:
        said = pages.get(data.decode().strip())
        return (data if data.strip() else b"") + (b"r1#" if said is None else said)

    assert ask(MemoryWire(b"r1#", answer, sizes), inline) == "hostname r1\nsnmp group ro\nend\n"
