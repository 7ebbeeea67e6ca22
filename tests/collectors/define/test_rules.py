"""A rule's shortcut: it never passes over a line that the rule itself would find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.answer.filters import hide_secrets, without_volatile
from collectors.define import drop, hide
from collectors.define.rules import needle
from collectors.registry import names, platform
from tests.collectors.answer.test_filters import IOS_LIKE, ROUTEROS
from tests.collectors.configs import EXAMPLES, example
from tests.collectors.platforms.test_wordings import plain, wordings


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^snmp-server community (\S+)", "snmp-server community "),
        (r"^ +(?:pac )?key (?:[0-9] )?(\S+)", "key "),
        (r"^! (?:Last|NVRAM) config", " config"),
        (r"colou?r", "colo"),
        (r"ab*cdef{2}ghij+kl", "ghij"),
        (r"^passwords? is (\S+)", "password"),
        (r"a\.bcd", "bcd"),
        (r"[|(]secret[])]", "secret"),
        (r"alpha|beta", ""),
        (r"(?i)password (\S+)", ""),
        (r"(?:user|pass)", ""),
        (r"^\S+ \d+$", ""),
    ],
)
def test_a_needle_is_a_literal_that_no_match_can_do_without(pattern: str, expected: str) -> None:
    assert needle(pattern) == expected


TEXT = "".join(f"{line}\n" for line in [*IOS_LIKE, *ROUTEROS]) + "".join(
    example(name, "r1") for name in EXAMPLES
)


@pytest.mark.parametrize("name", [name for name in names() if platform(name)])
def test_a_rule_finds_the_same_with_its_needle_as_without(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    slow = tuple(replace(rule, word="") for rule in definition.hides)
    dull = tuple(replace(rule, word="") for rule in definition.volatile)
    text = TEXT + "".join(plain(marked) for marked in wordings(name).values())
    assert hide_secrets(text, definition.hides) == hide_secrets(text, slow)
    assert without_volatile(TEXT, definition.volatile) == without_volatile(TEXT, dull)


def test_every_line_that_holds_the_needle_is_looked_at() -> None:
    text = "key a\n key b\nkey key c\nno\nkey d"
    assert hide_secrets(text, (hide(r"^ ?key (\S+)"),)) == (
        "key <hidden>\n key <hidden>\nkey <hidden> c\nno\nkey <hidden>"
    )
    assert without_volatile(text, (drop(r"^key [ad]"),)) == " key b\nkey key c\nno"
