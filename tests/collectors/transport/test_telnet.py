"""Telnet: what is negotiated, how a login is typed, and one attempt at it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.collect import collect_by
from collectors.define import Command, LoginPrompts, Platform
from collectors.transport.telnet_protocol import DO, DONT, ECHO, IAC, SB, SE, WILL, WONT, Telnet
from tests.collectors.asyncssh_server import jump_host
from tests.collectors.contract import hop, message
from tests.collectors.shells import Shell, table
from tests.collectors.telnetd import Telnetd, telnetd
from tests.collectors.threads import no_thread_is_left
from tests.servers.frr import serve_bgpd

__all__ = ["no_thread_is_left"]

CONFIG = "hostname r1\nbanner caf\xff\nend\n"
SWITCH = Platform(setup=("no page",), config=Command("show config", ends_with=r"^end$"))


def shell() -> Shell:
    return Shell(lambda _, line: CONFIG if line == "show config" else "")


def config_for(server: Telnetd, **changes: Any) -> dict[str, Any]:
    return {
        "task_id": "t-1",
        "device": "r1",
        "address": "127.0.0.1",
        "port": server.port,
        "platform": "test",
        "username": "admin",
        "password": "right",
        "options": {"transport": "telnet"},
        **changes,
    }


def run(server: Telnetd, platform: Platform = SWITCH, timeout: float = 10, **changes: Any) -> dict[str, Any]:
    return collect_by(platform, config_for(server, **changes), timeout)


@pytest.mark.parametrize(
    "asks",
    [("Username: ", "Password: "), ("login: ", "Password:"), ("User Name:", "Password:"), ("", "Password: ")],
)
def test_a_config_is_collected_after_a_typed_login(asks: tuple[str, str]) -> None:
    with telnetd(shell, asks=asks) as server:
        result = run(server)
    assert result["device_config"] == CONFIG, result["log"]
    assert server.logins == [("admin", "right")]
    assert server.lines == ["no page", "show config"]


def test_what_the_device_asks_for_is_negotiated_and_nothing_else() -> None:
    with telnetd(shell) as server:
        run(server)
    sent = bytes(server.raw)
    for answer in (
        bytes((IAC, DO, 1)),
        bytes((IAC, DO, 3)),
        bytes((IAC, WILL, 24)),
        bytes((IAC, SB, 24, 0)) + b"vt100" + bytes((IAC, SE)),
        bytes((IAC, WILL, 31)),
        bytes((IAC, SB, 31))
        + (511).to_bytes(2, "big").replace(b"\xff", b"\xff\xff")
        + (512).to_bytes(2, "big"),
        bytes((IAC, WONT, 39)),
    ):
        assert sent.count(answer) == 1


@pytest.mark.parametrize("closes", [False, True])
def test_a_wrong_password_is_typed_once(closes: bool) -> None:
    with telnetd(shell, closes=closes) as server:
        result = run(server, password="wrong")
    assert (result["reason"], result["transient"]) == ("authentication", False)
    assert server.logins == [("admin", "wrong")]
    assert "wrong" not in message(result)


def test_a_device_that_hides_what_is_typed_for_the_password_alone_is_collected() -> None:
    with telnetd(shell, hides=True) as server:
        result = run(server)
    assert result["device_config"] == CONFIG, result["log"]
    yes, no = bytes((IAC, DO, ECHO)), bytes((IAC, DONT, ECHO))
    assert bytes(server.raw).count(yes) == bytes(server.raw).count(no) == 1


def test_a_banner_that_looks_like_a_prompt_gets_no_command_for_a_name() -> None:
    with telnetd(shell, banner="WELCOME>") as server:
        result = run(server)
    assert result["status"] == "success", result["log"]
    assert server.logins == [("admin", "right")]


@pytest.mark.parametrize("host", ["router-user", "core-login", "login", "username", "account"])
@pytest.mark.parametrize("end", [">", "#"])
def test_a_host_may_be_called_what_a_question_is(host: str, end: str) -> None:
    with telnetd(lambda: replace(shell(), prompt=f"{host}{end}")) as server:
        result = run(server)
    assert result["device_config"] == CONFIG, result["log"]
    assert server.logins == [("admin", "right")]
    assert server.lines == ["no page", "show config"]


@pytest.mark.parametrize("name", ["Username>", "Enter username> ", "Login>", "User ID:"])
def test_a_terminal_server_asks_with_the_end_of_a_prompt(name: str) -> None:
    with telnetd(shell, asks=(name, "Password:")) as server:
        result = run(server)
        refused = run(server, password="wrong")
    assert result["device_config"] == CONFIG, result["log"]
    assert refused["reason"] == "authentication"
    assert server.logins == [("admin", "right"), ("admin", "wrong")]


def test_a_platform_names_its_own_login() -> None:
    odd = Platform(config=SWITCH.config, login_prompts=LoginPrompts(r"who\?", r"word\?"))
    with telnetd(shell, asks=("Who? ", "Word? ")) as server:
        assert run(server, odd)["device_config"] == CONFIG


def test_a_new_password_is_never_given() -> None:
    with telnetd(lambda: Shell(table({}), prompt="Enter new password: ")) as server:
        result = run(server, timeout=0.8)
    assert server.lines == []
    assert result["status"] == "failure"
    assert result["reason"] in {"prompt", "timeout"}


def test_telnet_goes_through_jump_hosts() -> None:
    with telnetd(shell) as server, jump_host() as bastion:
        result = run(server, jump=[hop(bastion)])
    assert result["device_config"] == CONFIG, result["log"]
    assert bastion.forwarded == [server.port]


def test_telnet_is_spoken_only_where_the_options_say_so() -> None:
    with telnetd(shell) as server:
        result = run(server, options={}, timeout=0.5)
    assert result["status"] == "failure"
    assert server.logins == []


@pytest.mark.parametrize(
    ("platform", "changes", "says"),
    [
        (Platform(transport="exec", config=Command("/export")), {}, "is collected over SSH, not over Telnet"),
        (SWITCH, {"password": None}, "the credential holds no password"),
        (SWITCH, {"options": {"transport": "rlogin"}}, "the option 'transport' must be 'ssh'"),
    ],
)
def test_what_telnet_cannot_do_is_a_bad_request(
    platform: Platform, changes: dict[str, Any], says: str
) -> None:
    result = collect_by(platform, config_for(Telnetd(port=9), **changes), 1)
    assert result["reason"] == "bad_request"
    assert says in message(result)


def test_a_real_router_is_collected_over_telnet(tmp_path: Path) -> None:
    router = Platform(
        setup=("terminal length 0",), enable="enable", config=Command("show run", ends_with=r"^end$")
    )
    config = "hostname r1\npassword right\nenable password up\nrouter bgp 65000\n"
    with serve_bgpd(tmp_path, config) as port:
        result = run(Telnetd(port), router, enable_password="up")
        refused = run(Telnetd(port), router, password="wrong")
    assert "\nrouter bgp 65000\n" in (result["device_config"] or ""), result["log"]
    assert refused["reason"] == "authentication"


pieces = st.lists(
    st.one_of(
        st.binary(max_size=20).map(lambda data: (data.replace(b"\xff", b"\xff\xff"), data)),
        st.tuples(st.sampled_from([WILL, WONT, DO, DONT]), st.integers(0, 255)).map(
            lambda pair: (bytes((IAC, *pair)), b"")
        ),
        st.binary(max_size=9).map(
            lambda data: (bytes((IAC, SB)) + data.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE)), b"")
        ),
        st.integers(241, 249).map(lambda command: (bytes((IAC, command)), b"")),
    ),
    max_size=12,
)


@given(pieces, st.lists(st.integers(1, 5)))
def test_any_cut_gives_the_same_text_and_the_same_replies(
    pieces: list[tuple[bytes, bytes]], sizes: list[int]
) -> None:
    stream = b"".join(raw for raw, _ in pieces)
    whole, cut = Telnet(80, 24), Telnet(80, 24)
    text, printed, replies = whole.decode(stream), b"", b""
    for size in [*sizes, len(stream)]:
        printed += cut.decode(stream[:size])
        replies += cut.replies()
        stream = stream[size:]
    assert text == printed == b"".join(plain for _, plain in pieces)
    assert replies == whole.replies()


@given(st.lists(st.tuples(st.sampled_from([WILL, WONT, DO, DONT]), st.integers(0, 40)), max_size=30))
@example([(WILL, 3), (WONT, 3)])
@example([(DO, 3), (DONT, 3)])
@example([(WILL, 3), (WONT, 3), (DO, 3), (DONT, 3)])
def test_two_sides_never_loop(requests: list[tuple[int, int]]) -> None:
    here, there = Telnet(80, 24), Telnet(80, 24)
    pending = b"".join(bytes((IAC, *request)) for request in requests)
    for _ in range(4):
        here.decode(pending)
        there.decode(here.replies())
        pending = there.replies()
    assert pending == b""


def test_an_option_taken_back_too_often_is_refused_from_then_on() -> None:
    """Devices take the echo for a name's password, for a second try at it, and for `enable`."""
    telnet = Telnet(80, 24)
    answers = []
    for _ in range(5):
        telnet.decode(bytes((IAC, WILL, ECHO)))
        taken = telnet.replies()
        telnet.decode(bytes((IAC, WONT, ECHO)))
        answers.append((taken, telnet.replies()))
    yes, no = bytes((IAC, DO, ECHO)), bytes((IAC, DONT, ECHO))
    assert answers == [(yes, no)] * 3 + [(no, b"")] * 2


@pytest.mark.parametrize("enter", [b"\n", b"\r", b"\r\n"])
def test_the_enter_key_is_one_line_end(enter: bytes) -> None:
    assert Telnet(511, 1000).encode(b"show" + enter + b"\xff" + enter) == b"show\r\n\xff\xff\r\n"


def test_a_subnegotiation_without_an_end_is_dropped_and_not_kept() -> None:
    telnet = Telnet(80, 24)
    for _ in range(100):
        assert telnet.decode(bytes((IAC, SB)) + b"x" * 1000) == b""
    assert len(telnet._incomplete) < 10_000
