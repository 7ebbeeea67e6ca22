"""Markdown that a Git host shows: whatever a device or a pull request says stays text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.text.markdown import bounded, code, escape, table

SIGNS = st.text(st.sampled_from("\\`*_[]()<>#|~$&@:/!-+.a1 \n\r\t\x1b\u202e\u2028é"), max_size=30)


def tokens(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)


def cells(markdown: str) -> list[list[Token]]:
    """The inline tokens of each cell of the table that the Markdown is, and of nothing else."""
    found = tokens(markdown)
    assert (found[0].type, found[-1].type) == ("table_open", "table_close"), markdown
    return [token.children or [] for token in found if token.type == "inline"]


def one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()


@given(SIGNS)
def test_a_cell_shows_the_text_and_no_markup(text: str) -> None:
    [_, [*shown]] = cells("\n".join(table(["what"], [["x" + escape(text) + "x"]])))
    assert {token.type for token in shown} <= {"text", "text_special"}
    said = "".join(token.content for token in shown).replace("\u200b", "")
    assert said == "x" + "".join(sign if sign.isprintable() else " " for sign in text) + "x"


@given(SIGNS)
def test_a_code_span_shows_the_name_and_no_markup(text: str) -> None:
    [_, shown] = cells("\n".join(table(["what"], [[code(text)]])))
    [span] = shown
    assert span.type == "code_inline"
    assert span.content.strip() == one_line(text)


def test_nobody_is_called_and_nothing_becomes_a_link() -> None:
    assert escape("ask @noc at https://noc.example #1") == (
        "ask @\u200bnoc at https:\u200b//noc.example \\#1"
    )


def test_what_does_not_fit_is_counted_and_no_line_is_cut() -> None:
    lines = [f"| line {number} é |" for number in range(1000)]
    text = bounded(lines, 2000)
    assert len(text.encode()) <= 2000
    kept = text.splitlines()[:-2]
    assert kept == lines[: len(kept)]
    assert text.endswith(f"… and {1000 - len(kept)} more lines, which do not fit here.\n")
    assert bounded(lines[:3]) == "\n".join(lines[:3]) + "\n"
