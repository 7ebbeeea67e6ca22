"""Terminal bytes → the text that a person would have seen. Pure functions.

Devices end lines with CR LF, CR CR LF, LF, LF CR or a bare CR, rub pagers out with backspaces, blanks and
escape sequences, wrap the echo of what was typed, and send NUL bytes. None of that is configuration.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()*+][0-9A-Z]|[=>78A-Zc])")
_ERASE_LINE = re.compile(r"\x1b\[\d*[KJ]")
# After an answered pager: its own line end, or else whatever rubs it out.
_PAGER_END = re.compile(
    r"(?:\x1b\[[0-?]*[a-zA-Z])*\r*\n|(?:[\r\b \0]|\x1b\[[0-?]*[a-zA-Z])*(?:[\r\b\0]|\x1b\[[0-?]*[a-zA-Z])"
)
_LONE_CR = re.compile(r"\r[^\n]")
_TAIL = 1024


def decode(data: bytes | bytearray) -> str:
    """UTF-8, else Latin-1, without NUL bytes: every byte that is not noise stays in the text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\0", "") if "\0" in text else text


def shown(pieces: list[str]) -> str:
    """The lines that `pieces` leave on the screen, each ended by LF.

    Every piece but the last was stopped by a pager, whose text is already gone.
    """
    text = pieces[0] + "".join(
        _PAGER_END.sub("", piece, count=1) if _PAGER_END.match(piece) else piece for piece in pieces[1:]
    )
    if "\r" in text and not text.endswith("\r") and not _LONE_CR.search(text):
        text = text.replace("\r", "")  # of CR LF, and three times as cheap as to look for both
    elif "\r" in text:
        while "\r\n" in text:
            text = text.replace("\r\n", "\n")
        if text.count("\r") > text.count("\n"):
            text = text.replace("\r", "\n")
    if "\r" in text or "\b" in text or "\x1b" in text:
        return "\n".join(_rendered(line) for line in text.split("\n"))
    return text


def last_line(data: bytearray) -> str:
    """What stands on the cursor's line. Looks at the last kilobyte only, so it can follow every read."""
    tail = data[-_TAIL:].decode("latin-1").replace("\0", "")
    if "\x1b" in tail:
        tail = _ESCAPE.sub("", tail)
    line = tail[max(tail.rfind("\n"), tail.rfind("\r")) + 1 :]
    if len(line) == len(tail) and len(data) > _TAIL:
        return ""  # the line began before the window: far too long for a prompt
    return (_overwritten(line) if "\b" in line else line).rstrip()


def after_echo(text: str, command: str, *, prompt: re.Pattern[str] | None = None) -> str | None:
    """`text` behind the echo of `command`, or None if no echo is there.

    With `prompt`, lines before the echo are passed over if the echo stands behind a prompt: they are
    what a slow banner left. Without it the echo must come first, because a configuration may well
    hold a line that reads like a command.
    """
    first = text.lstrip("\r\n ")
    if match := _echo(command).match(first):
        return first[match.end() :]
    line, _, rest = first.partition("\n")
    scrolled = line.strip().lstrip("$<")  # a line editor that scrolls shows the end of a long command
    if len(scrolled) >= 8 and len(scrolled) < len(command) and command.endswith(scrolled):
        return rest
    if prompt is not None:
        head = text[: 4096 + len(command)]
        for found in _echo(command).finditer(head):
            before = head[head.rfind("\n", 0, found.start()) + 1 : found.start()]
            if not before.strip() or prompt.fullmatch(before.strip()):
                return text[found.end() :]
    return None


@lru_cache(maxsize=256)
def _echo(command: str) -> re.Pattern[str]:
    """The command as devices echo it: broken anywhere by a line wrap, then ended by a line end."""
    return re.compile(
        r"[ \r\n\b]*".join(re.escape(char) for char in command if char != " ") + r"[ \r\b]*(?:\n|\Z)"
    )


def _rendered(line: str) -> str:
    """One line with carriage returns, backspaces and escape sequences carried out.

    A blank run after a carriage return rubs out what stood there; other text begins a line of its own.
    """
    lines: list[str] = []
    for index, segment in enumerate(line.split("\r")):
        if index and lines and _ERASE_LINE.match(segment):
            lines.pop()
        plain = _ESCAPE.sub("", segment) if "\x1b" in segment else segment
        plain = _overwritten(plain) if "\b" in plain else plain
        if plain.strip(" "):
            lines.append(plain)
        elif lines and plain and len(plain) >= len(lines[-1].rstrip()):
            lines.pop()
    return "\n".join(lines)


def _overwritten(text: str) -> str:
    cells: list[str] = []
    column = 0
    for char in text:
        if char == "\b":
            column = max(column - 1, 0)
        else:
            cells[column : column + 1] = char
            column += 1
    return "".join(cells).rstrip()
