"""A session on a simulated device is what a person, and a collector, would see on a real one."""

from __future__ import annotations

import pytest

from collectors.simulator import Fleet, Personality
from collectors.simulator.personalities import (
    ARISTA_EOS,
    CISCO_IOS,
    CISCO_NXOS,
    JUNIPER_JUNOS,
    LINUX_FRR,
    MIKROTIK_ROUTEROS,
    PERSONALITIES,
)
from tests.collectors.simulator.client import CONFIG, device, execute, shell

LONG = "hostname sw1\n" + "".join(f"vlan {number}\n!\n" for number in range(2, 40)) + "end\n"
PROMPTS = {
    "cisco_ios": "sw1#",
    "cisco_nxos": "sw1# ",
    "arista_eos": "sw1#",
    "juniper_junos": "backup@sw1> ",
    "mikrotik_routeros": "[backup@sw1] > ",
    "linux_frr": "sw1# ",
}


@pytest.mark.parametrize("personality", PERSONALITIES.values(), ids=PERSONALITIES)
def test_every_personality_shows_its_configuration_at_its_prompt(personality: Personality) -> None:
    prompt = PROMPTS[personality.platform]
    with Fleet([device(personality=personality)]) as fleet, shell(fleet["sw1"]) as session:
        session.until(prompt)
        for command in personality.paging_off:
            session.ask(command, prompt)
        assert "vlan 10\n name STAFF\n" in session.ask(personality.config[0], prompt)


@pytest.mark.parametrize("personality", PERSONALITIES.values(), ids=PERSONALITIES)
def test_every_personality_shows_its_configuration_on_the_exec_channel(personality: Personality) -> None:
    with Fleet([device(personality=personality, config=LONG)]) as fleet:
        output, status = execute(fleet["sw1"], personality.config[0])
    assert status == 0
    assert "More" not in output
    assert output.replace("\r\n", "\n").count("vlan ") == 38


@pytest.mark.parametrize(
    ("personality", "refusal"),
    [
        (CISCO_IOS, "% Invalid input detected at '^' marker."),
        (CISCO_NXOS, "% Invalid command at '^' marker."),
        (ARISTA_EOS, "% Invalid input"),
        (JUNIPER_JUNOS, "unknown command."),
        (MIKROTIK_ROUTEROS, "bad command name show (line 1 column 1)"),
        (LINUX_FRR, "% Unknown command: show nonsense"),
    ],
    ids=PERSONALITIES,
)
def test_an_unknown_command_is_refused_in_the_vendors_words(personality: Personality, refusal: str) -> None:
    prompt = PROMPTS[personality.platform]
    with Fleet([device(personality=personality)]) as fleet, shell(fleet["sw1"]) as session:
        session.until(prompt)
        assert session.ask("show nonsense", prompt).rstrip().splitlines()[-1] == refusal


def test_the_marker_stands_under_the_word_that_is_wrong() -> None:
    with Fleet([device()]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        marker = session.ask("show nonsense", "sw1#").splitlines()[0]
    assert marker == " " * len("sw1#show ") + "^"


def test_half_a_command_is_incomplete() -> None:
    with Fleet([device()]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        assert session.ask("show", "sw1#") == "% Incomplete command.\n\n"


def test_words_may_be_shortened() -> None:
    with Fleet([device()]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        session.ask("ter len 0", "sw1#")
        assert "name STAFF" in session.ask("sh run", "sw1#")


def test_a_long_answer_waits_at_the_pager_until_it_is_turned_off() -> None:
    with Fleet([device(config=LONG)]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        session.type("show running-config\n")
        assert session.until(" --More-- ").count("\r\n") == 1 + 23
        session.type(" ")
        assert session.until(" --More-- ").startswith("\b" * 10 + " " * 10 + "\b" * 10)
        session.type("\r")
        assert session.until(" --More-- ").count("\r\n") == 1
        session.type("q")
        assert session.until("sw1#").endswith("\bsw1#")
        session.ask("terminal length 0", "sw1#")
        assert session.ask("show running-config", "sw1#").count("vlan ") == 38


def test_a_pipe_turns_the_pager_off_for_one_answer_and_leaves_lines_out() -> None:
    device_of_eos = device(personality=ARISTA_EOS, config=LONG)
    with Fleet([device_of_eos]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        answer = session.ask("show running-config | no-more | exclude ! Time:", "sw1#")
        assert answer.count("vlan ") == 38
        assert "! Command:" in answer
        assert "! Time:" not in answer
        session.type("show running-config\n")
        session.until(" --More-- ")


def test_privilege_takes_the_enable_password() -> None:
    with Fleet([device(enable_password="more")]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1>")
        assert "Invalid input" in session.ask("show running-config", "sw1>")
        session.type("enable\n")
        session.until("Password: ")
        session.type("more\n")
        assert session.until("sw1#") == "\r\nsw1#", "a password is not echoed"
        assert "name STAFF" in session.ask("show running-config", "sw1#")
        assert list(fleet["sw1"].commands) == ["show running-config", "enable", "show running-config"]


def test_a_wrong_enable_password_is_refused_after_three_tries() -> None:
    with Fleet([device(enable_password="more")]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1>")
        session.type("enable\n")
        for _ in range(3):
            session.until("Password: ")
            session.type("wrong\n")
        assert "% Bad secrets" in session.until("sw1>")


def test_an_empty_enable_password_is_not_asked_for() -> None:
    with Fleet([device(enable_password="")]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1>")
        session.type("enable\n")
        assert session.until("sw1#") == "enable\r\nsw1#"


def test_no_two_answers_show_the_same_clocks_and_counters() -> None:
    with Fleet([device()]) as fleet:
        first, second = (execute(fleet["sw1"], "show running-config")[0].splitlines() for _ in range(2))
    differing = [line for line in first if line not in second]
    assert [line.split()[:2] for line in differing] == [["!", "NVRAM"], ["ntp", "clock-period"]]


def test_a_changed_configuration_is_in_the_next_answer_with_its_author() -> None:
    with Fleet([device()]) as fleet:
        fleet["sw1"].edit("name STAFF", "name STAFF-AND-GUESTS", by="alice")
        output, _ = execute(fleet["sw1"], "show running-config")
    assert "name STAFF-AND-GUESTS" in output
    assert " by alice\r\n" in output


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("shox\x7fw privilege\r", "shox\b \bw privilege\r\n"),
        ("nonsense\x15show privilege\r", "nonsense" + "\b \b" * 8 + "show privilege\r\n"),
        ("show\x1b[D\x1b[A\x1bOP privilege\r\n", "show privilege\r\n"),
    ],
    ids=["backspace", "Ctrl-U", "arrow and function keys"],
)
def test_a_line_can_be_edited(typed: str, shown: str) -> None:
    with Fleet([device()]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        session.type(typed)
        assert session.until("sw1#") == shown + "Current privilege level is 15\r\nsw1#"


def test_ctrl_c_drops_the_line_and_ctrl_d_ends_the_session() -> None:
    with Fleet([device()]) as fleet, shell(fleet["sw1"]) as session:
        session.until("sw1#")
        session.type("reload\x03")
        assert session.until("sw1#") == "reload^C\r\nsw1#"
        session.type("\x04")
        assert session.to_the_end() == b""
        assert not fleet["sw1"].commands


def test_the_configuration_of_the_simulator_is_not_changed_by_being_shown() -> None:
    with Fleet([device()]) as fleet:
        execute(fleet["sw1"], "show running-config")
        assert fleet["sw1"].config == CONFIG
