"""The one edge at which text leaves for a terminal: a device's words are shown there and never obeyed.

What a device prints, in a refusal, a file's name, a fact or its whole configuration, may hold the commands of
a terminal: a title, colours, a cursor that moves over what stands there. On a terminal each is shown as `^[`
and so on. A pipe or a file gets every byte as it is, because `show --config > file` has to be exact.
"""

from __future__ import annotations

import re
import sys

import click

# Control characters but for tab and line end; and characters that are not seen and reorder or hide others.
_UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_COLOUR = re.compile(r"(\x1b\[[\d;]*m)")
_DIFF = {"+": "green", "-": "red", "@": "cyan"}


def visible(text: str) -> str:
    """`text` with what a terminal would obey written out: ESC as `^[`, U+202E as `<U+202E>`."""
    return _UNSEEN.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"^{chr(code ^ 64)}" if code < 128 else f"<U+{code:04X}>"


def on_terminal(*, err: bool = False) -> bool:
    """Whether a person reads stdout, or stderr: colour, and tables that fit the terminal's width."""
    stream = sys.stderr if err else sys.stdout
    return stream is not None and stream.isatty()


def shown(text: str, *, err: bool = False) -> str:
    """`text` as it may go to stdout, or to stderr: `visible` on a terminal."""
    return visible(text) if on_terminal(err=err) else text


def echo(
    text: object = "", *, err: bool = False, nl: bool = True, fg: str | None = None, bold: bool = False
) -> None:
    """Print `text`, or bytes, as click.echo does; in one colour where that is wanted and seen."""
    if isinstance(text, bytes) and not on_terminal(err=err):
        click.echo(text, nl=nl, err=err)
        return
    words = shown(text.decode(errors="replace") if isinstance(text, bytes) else str(text), err=err)
    click.echo(click.style(words, fg=fg, bold=bold or None) if fg or bold else words, nl=nl, err=err)


def echo_diff(diff: bytes) -> None:
    """Print a diff that has no colours, in those of git."""
    if not on_terminal():
        echo(diff, nl=False)
        return
    in_head = True
    for line in diff.decode(errors="replace").splitlines(keepends=True):
        in_head = line.startswith("diff ") or (in_head and not line.startswith("@"))
        echo(line, nl=False, fg=None if in_head else _DIFF.get(line[:1]), bold=in_head)


def echo_git(text: str) -> None:
    """Print what git has coloured. Colours stay; whatever else a terminal would obey is made visible."""
    parts = _COLOUR.split(text)
    click.echo("".join(part if index % 2 else shown(part) for index, part in enumerate(parts)), nl=False)
