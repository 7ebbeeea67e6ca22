"""Half a configuration is never taken for a whole one, and what is missing is said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answer.complete import check, open_braces, refusal
from collectors.define import Command, Platform
from collectors.errors import CollectError, EmptyConfig, Rejected, Truncated
from collectors.registry import platform
from tests.collectors.configs import example

MARKED = ["cisco_ios", "arista_eos", "linux_frr"]


def judge(name: str, text: str) -> None:
    definition = platform(name)
    assert definition is not None
    check("r1", definition, definition.configs[0], text)


@given(st.sampled_from(MARKED), st.data())
def test_a_config_cut_anywhere_is_never_whole(name: str, data: st.DataObject) -> None:
    text = example(name, "r1").rstrip("\n")
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(CollectError, match=r"^r1: 'show running-config"):
        judge(name, text[:cut])


@given(st.data())
def test_a_junos_config_cut_inside_of_a_block_is_never_whole(data: st.DataObject) -> None:
    text = example("juniper_junos", "r1")
    cut = data.draw(st.integers(0, len(text)).filter(lambda at: open_braces(text[:at]) != 0))
    with pytest.raises(Truncated):
        judge("juniper_junos", text[:cut])


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("cisco_ios", "", EmptyConfig),
        ("cisco_ios", "\n\n", EmptyConfig),
        ("cisco_ios", "% Authorization failed.\n\n", Rejected),
        ("cisco_ios", "             ^\n% Invalid input detected at '^' marker.\n\n", Rejected),
        ("cisco_ios", "%% Unable to get configuration. Try again later\n", Truncated),
        ("cisco_nxos", "                   ^\n% Permission denied for the role\n\n", Rejected),
        ("cisco_nxos", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n", EmptyConfig),
        ("cisco_nxos", "version 10.4(5)\nhostname r1\n", EmptyConfig),
        ("arista_eos", "% Unavailable command (not supported on this hardware platform)\n", Rejected),
        ("juniper_junos", "error: permission denied: configuration\n", Rejected),
        ("juniper_junos", "syntax error, expecting <command>.\n", Rejected),
        ("mikrotik_routeros", "bad command name export (line 1 column 2)\n", Rejected),
        ("mikrotik_routeros", '/ip\nadd\n#error exporting "/interface/lte" (timeout)\n/user\n', Truncated),
        ("linux_frr", "% Unknown command: show running-config\n", Rejected),
    ],
)
def test_what_is_no_config_is_told_by_its_reason(name: str, text: str, error: type[CollectError]) -> None:
    with pytest.raises(error, match=r"^r1: "):
        judge(name, text)


NOT_FOR_YOU = [
    "% This command is not authorized",
    "Command authorization failed.",
    "% Command authorization failed",
    "% Authorization denied for command 'show running-config'",
    "Error: AAA authorization failed",
    "% Permission denied for the role",
    "% Not authorized to run this command",
    "% User doesn't have sufficient privilege to execute this command.",
    "Error: You do not have permission to run the command or the command is incomplete.",
    "Insufficient privileges.",
]


@pytest.mark.parametrize("said", NOT_FOR_YOU)
@pytest.mark.parametrize("name", ["cisco_ios", "cisco_nxos", "cisco_xr", "arista_eos", "huawei_vrp"])
def test_whoever_may_not_run_the_command_is_refused_on_any_platform(name: str, said: str) -> None:
    """And not taken for an answer that was cut short, which would be tried again."""
    with pytest.raises(Rejected, match=f"^r1: '.*' was refused: {re.escape(said)}"):
        judge(name, f"{said}\n\n")


@pytest.mark.parametrize(
    "line",
    [
        " description access denied by the firewall",
        "You do not have permission to access this device unless you are authorized.",
        "Not authorized? Then leave now.",
    ],
)
def test_what_a_configuration_says_of_permissions_refuses_nothing(line: str) -> None:
    definition = platform("cisco_nxos")
    assert definition is not None
    assert refusal(definition, f"hostname r1\n{line}\n") is None


def test_a_banner_may_quote_a_refusal() -> None:
    text = example("cisco_ios", "r1").replace(
        "!\ninterface", "banner motd ^\n% Authorization failed\n^\ninterface"
    )
    judge("cisco_ios", text)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("cisco_ios", "-bash: show: command not found\n", "of 1 line has .*; it says: -bash: show: command"),
        ("cisco_ios", "   ^\n\nsyntax error, expecting <command>.\n", "; it says: syntax error, expecting"),
        (
            "cisco_nxos",
            "% Invalid command at '^' marker.\n",
            "refused: % Invalid command .* .check its `pl",
        ),
        (
            "juniper_junos",
            "         ^\nError: Unrecognized\n",
            "; it says: Error: Unrecognized .check its `pl",
        ),
        ("mikrotik_routeros", "what?\n" + "x" * 5000, "; it says: what. / x{100} "),
    ],
)
def test_a_short_answer_that_is_no_configuration_is_quoted(name: str, text: str, says: str) -> None:
    with pytest.raises(CollectError, match=says):
        judge(name, text)


@pytest.mark.parametrize(
    "text",
    [
        "enable secret 5 $1$abcd$SECRET\n",
        "snmp-server community SECRET ro\n",
        "set system host-name SECRET password\n",
        "hostname r1\n!\nwhatever SECRET\n!\n",  # long enough to be a part of a configuration
    ],
)
@pytest.mark.parametrize("name", ["cisco_ios", "juniper_junos", "mikrotik_routeros"])
def test_a_secret_in_a_short_answer_is_not_quoted(name: str, text: str) -> None:
    with pytest.raises(CollectError) as caught:
        judge(name, text)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "snmp-server host 192.0.2.1 version 2c SECRET",
        "snmp-server user ada ops v3 auth md5 SECRET priv aes 128 SECRET",
    ],
)
def test_a_secret_that_no_word_gives_away_is_not_quoted_either(line: str) -> None:
    with pytest.raises(CollectError) as caught:
        judge("cisco_ios", f"hostname r1\n{line}\n")
    assert "SECRET" not in str(caught.value)


def test_braces_in_strings_and_comments_do_not_count() -> None:
    assert open_braces('a {\n  description "}{{";\n  /* } */\n} ## {\n') == 0
    assert open_braces("a {\n  b {\n}\n") == 1


def test_a_refusal_in_a_message_is_short_and_printable() -> None:
    loud = Platform(config=Command("show"), rejected=r"^%")
    with pytest.raises(Rejected) as caught:
        check("r1", loud, loud.configs[0], "% \x1b[31m" + "x" * 1000)
    assert len(str(caught.value)) < 200
    assert "\x1b" not in str(caught.value)
