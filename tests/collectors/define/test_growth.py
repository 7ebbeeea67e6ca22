"""No expression that sees what a device prints takes more than linear time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import registry
from collectors.define import Command, Platform, drop, fact, hide
from collectors.define.growth import Expression, check_linear, growths
from collectors.define.lines import within_line
from tests.collectors.expressions import of_modules, of_platforms

NOT_RECOGNISED = {
    "%\\^%#.*?%\\^%#": "each beginning is also an end, so that only the last one is in vain",
    "(.++))": "a section without an end is hidden to the end of its line, and not looked into once more",
    "contact|e-?mail": "a login has at most 190 characters, after which the attempt ends",
    "(?!/?revision": "each attempt ends where the next one could begin",
    "\\xff\\xf0": "bytes, of which 255 is not told apart from the others above 127",
}
"""Parts of the few expressions that are linear although `growths` does not see it, and why they are."""


@pytest.mark.parametrize(
    ("text", "use"),
    [
        (r"(\S.*?) *$", "search"),
        (r"^password (\S.*?) *$", "search"),
        (r".*?\bfoo", "search"),
        (r"X +([^,]+),", "search"),
        (r"^a.*b.*c", "search"),
        (r"\w+foo", "search"),
        (r" +x", "search"),
        (r"(?!.*foo)bar", "search"),
        (r"(?:a|a)*b", "match"),
        (r"(a*)*b", "match"),
        (r"(?:a+ ?)*b", "fullmatch"),
        (r"(?i:a)+A+b", "match"),
        (r"(?s)/\*.*?\*/", "search"),
        (r'"(?:[^"\\]|\\.)*"', "search"),
        (r"(a+)\1b", "match"),
        (r"[^,]{0,5000},", "search"),
    ],
)
def test_an_expression_with_too_many_ways_is_found(text: str, use: str) -> None:
    found = growths(text, use=use)  # type: ignore[arg-type]
    assert found
    assert found[0].word


@pytest.mark.parametrize(
    "text",
    [
        r"^.*?\bfoo (\S+)",
        r"description (.*)",
        r"^a(?>.*?b).*c",
        r"^key (\S[^ ]*+(?: ++[^ ]++)*+) *+$",
        r"(?<! ) +x",
        r"\b\w+foo",
        r"(?<!\S)(\S++) encrypted$",
        r"(?:a{3}|b){2}c",
        r"^(?:set|edit) .*? secret \S+$",
    ],
)
def test_an_expression_with_one_way_passes(text: str) -> None:
    assert not growths(text)
    check_linear(text)


@pytest.mark.parametrize(
    "expression", {**of_platforms(), **of_modules()}.items(), ids=lambda each: each[1][0]
)
def test_every_expression_of_ours_is_linear(expression: tuple[Expression, list[str]]) -> None:
    text = expression[0]
    why = next((why for part, why in NOT_RECOGNISED.items() if part in text.text), None)
    if why is None:
        assert not growths(*text), expression[1]
    else:
        assert growths(*text), "it is recognised now: take it out of the table"
        check_linear(*text)  # by measurement


def remembered(tree: Any) -> bool:
    """Whether `re` remembers each round of a repetition in `tree`: of a group, unless it is possessive."""
    for kind, value in tree:
        if str(kind) in ("MAX_REPEAT", "MIN_REPEAT") and value[1] > 100:
            body = value[2]
            if len(body) > 1 or str(body[0][0]) not in ("IN", "ANY", "LITERAL", "NOT_LITERAL"):
                return True
        inner = value if isinstance(value, tuple | list) else [value]
        for part in inner:
            parts = part if isinstance(part, list) else [part]
            if any(isinstance(each, _parser.SubPattern) and remembered(each) for each in parts):
                return True
    return False


def of_whole_answers() -> Iterator[tuple[str, str]]:
    """The platforms' expressions that search a whole answer, before its long lines are set aside."""
    for name, platform in ((name, registry.platform(name)) for name in registry.names()):
        if platform is not None:
            apis = platform.api.config if platform.api else ()
            commands = [*platform.configs, *(apis if isinstance(apis, tuple) else (apis,))]
            yield from ((name, command.known_by) for command in commands if command.known_by)
            yield name, platform.busy or ""
            yield name, platform.contexts.name if platform.contexts else ""


@pytest.mark.parametrize("name_and_text", dict.fromkeys(of_whole_answers()))
def test_no_mark_of_a_whole_answer_remembers_its_rounds(name_and_text: tuple[str, str]) -> None:
    assert not remembered(_parser.parse(name_and_text[1]))


@pytest.mark.parametrize("expression", of_modules().items(), ids=lambda each: each[1][0])
def test_no_expression_that_sees_a_whole_answer_remembers_its_rounds(
    expression: tuple[Expression, list[str]],
) -> None:
    """A round takes up to 276 bytes: 12 MB of answer took 3.3 GB."""
    text, places = expression
    assert not remembered(_parser.parse(text.text, text.flags)), places


def test_the_modules_are_read() -> None:
    found = of_modules()
    assert any("collectors.session.foreign._LOGGED_ROW" in places for places in found.values())
    assert any("collectors.define.faults, in a call" in places for places in found.values())


PIECES = st.sampled_from(["a", "b", " ", ".", r"\S", r"\w", "[^b]", "(?:a|b)", "(?:ab|a)", r"\b", "$"])
REPEATED = st.tuples(PIECES, st.sampled_from(["", "*", "+", "*?", "?", "*+", "++", "{2,}"])).map(
    lambda pair: pair[0] + (pair[1] if pair[0] not in (r"\b", "$") else "")
)
SEQUENCES = st.lists(REPEATED, min_size=1, max_size=5).map("".join)
GROUPS = st.tuples(SEQUENCES, st.sampled_from(["(?:{})*", "(?>{})", "(?:{})?", "(?={})", "(?:{})*+"])).map(
    lambda pair: pair[1].format(pair[0])
)
EXPRESSIONS = st.tuples(st.sampled_from(["", "^"]), st.lists(SEQUENCES | GROUPS, min_size=1, max_size=3)).map(
    lambda parts: parts[0] + "".join(parts[1])
)


@settings(max_examples=150)
@given(EXPRESSIONS, st.text("ab ", min_size=1, max_size=4), st.text("ab ", max_size=3))
def test_what_passes_is_linear_on_whatever_is_repeated(text: str, word: str, prefix: str) -> None:
    if growths(text):
        return
    compiled = re.compile(text)
    began = time.thread_time()
    for end in ("", "\0", "b"):
        compiled.search(prefix + word * (40_000 // len(word)) + end)
    assert time.thread_time() - began < 1.0  # a quadratic one takes more than 4 s, a linear one less than 0.1


@pytest.mark.parametrize(
    "platform",
    [
        Platform(config=Command("show"), secrets=(hide(r"(\S.*?) *$"),)),
        Platform(config=Command("show"), volatile=(drop(r"X +([^,]+),"),)),
        Platform(config=Command("show"), facts=(fact("x", r"a(.*),"),)),
        Platform(config=Command("show", known_by=r".*?\bfoo")),
        Platform(config=Command("show"), prompt=r"(?:\w+-?)*#"),
        Platform(config=Command("show"), rejected=r"a.*b.*c"),
        Platform(config=Command("show"), secrets=(hide(r"(x)", begins=r"\s+x", ends="y"),)),
    ],
)
def test_a_platform_of_a_plugin_with_too_many_ways_is_refused(platform: Platform) -> None:
    with pytest.raises(ValueError, match=r"takes too long on a line such as"):
        platform.check()


def test_an_expression_stays_within_its_line() -> None:
    text = "key a\nkey b, c\n" * 3
    assert within_line(r"key [^,]+,").findall(text) == ["key b,"] * 3
    assert within_line(r"a\s+k").search(text) is None
    assert within_line(r"[\W]key").search("\nkey") is None
    assert within_line(r"b", "\n").search("a\nb") is not None


@settings(max_examples=150)
@given(
    EXPRESSIONS.filter(lambda text: "$" not in text and not text.startswith("^")),
    st.text("ab \n", max_size=12),
)
def test_an_expression_within_lines_finds_what_each_line_has(text: str, lines: str) -> None:
    here = re.compile(text)
    assert bool(within_line(text).search(lines)) == any(map(here.search, lines.split("\n")))
