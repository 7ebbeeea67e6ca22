"""Terminal bytes → the text that a person would have seen. Pure functions.

Devices end lines with CR LF, CR CR LF, LF, LF CR or a bare CR, rub pagers out with backspaces, blanks and
escape sequences, wrap the echo of what was typed, and send NUL bytes. None of that is configuration.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()*+][0-9A-Z]|[=>78A-Zc])")
_ERASE_LINE = re.compile(r"\x1b\[\d*[KJ]")
# After an answered pager: its own line end, or else whatever rubs it out. Blanks behind the last backspace
# end the line that the pager interrupted.
_MOVES = r"\x1b\[[0-?]*[a-zA-Z]"
_PAGER_END = re.compile(
    rf"(?:{_MOVES})*\r*\n|(?:[\r\b \0]|{_MOVES})*[\b\0](?= *\r*\n)"
    rf"|(?:[\r\b \0]|{_MOVES})*(?:[\r\b\0]|{_MOVES})"
)
_PAINTED = re.compile(r"[\r\b\x1b]")
_TAIL = 1024
_EDGE = 1024  # PAN-OS fills the line above its prompt with blanks, up to the terminal's width
_FEED = re.compile(r"\x1b(?:E|\[1M)")  # a line feed of those who paint a screen: by name, or by scrolling it
_PAINTED_ENDS = (b"\x1bE", b"\x1b[1M", b"\x1b[2K")  # of rows, beside CR and LF
# What a device logs to the terminal, in the forms of IOS, ASA, NX-OS, IOS XR, VRP and Comware. Only a time of
# day may stand before it: an event handler may name such a message in the configuration.
_LOGGED = (
    r"(?:(?:[^\n%]{0,60}\d\d:\d\d:\d\d[^\n%]{0,60})?"
    r"%(?:(?:[A-Z][A-Z0-9_]*-)+[0-7]-\w+ ?:|%\d\d\w+/\d/\w+)"
    r"|%\w{3} +\d+ \d\d:\d\d:\d\d[^\n]{0,60}/\d/)[^\n]*"
)
_MESSAGE = re.compile(rf"(?:^\n)?^{_LOGGED}(?:\n|\Z)", re.MULTILINE)
_LOGS = re.compile(r"%(?:[A-Z][\w-]*-[0-7]-|%\d\d|\w{3} +\d+ \d\d:)")
_MESSAGES_AT_END = re.compile(rf"(?:[\r\n]+{_LOGGED})+[\r\n]+\Z".encode())

# Where one is and with which role: [/]  (gl)[/configure]  [edit]  {master:0}
_UPPER_LINE = re.compile(
    r"\n(?:[*!]{0,2}(?:\(\w\w\))?\[/[^\]\n]*\]|\[edit(?: [^\]\n]*)?\]|\{\w{1,20}(?::\w{1,20})?\})\s*\Z"
)


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
    if "\x1b" in text:
        text = _FEED.sub("\n", text)
    if "\r" in text and text.count("\r") == text.count("\r\n"):
        text = text.replace("\r", "")  # of CR LF, and three times as cheap as to look for both
    elif "\r" in text:
        while "\r\n" in text:
            text = text.replace("\r\n", "\n")
        if text.count("\r") > text.count("\n"):
            text = text.replace("\r", "\n")
    if "\r" in text or "\b" in text or "\x1b" in text:
        text = "\n".join(_rendered(line) if _PAINTED.search(line) else line for line in text.split("\n"))
    return text.replace("\a", "")


def last_line(data: bytearray) -> str:
    """What stands on the cursor's line. Looks at the last kilobyte only, so it can follow every read."""
    start, stop = _row(data)
    if stop - start > _TAIL:
        return ""  # far too long for a prompt
    line = data[start:stop].decode("latin-1").replace("\0", "")
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    line = line.replace("\a", "")
    return (_overwritten(line) if "\b" in line else line).rstrip()


def last_shown_line(data: bytearray) -> str:
    """The last line that is not blank, within the last kilobyte."""
    tail = _ESCAPE.sub("", _FEED.sub("\n", data[-_TAIL:].decode("latin-1"))).rstrip()
    return last_line(bytearray(tail.encode("latin-1")))


def row_start(data: bytearray) -> int:
    """Where the cursor's line begins in `data`: behind a line end, or what moves to another or wipes it."""
    return _row(data)[0]


def _row(data: bytearray) -> tuple[int, int]:
    """Where that line begins and ends: a message that is logged behind a prompt does not move the prompt."""
    stop = len(data)
    first = max(stop - _TAIL - 1, 0)
    if data.endswith((b"\n", b"\r")) and data.find(b"%", first) >= 0:
        logged = _MESSAGES_AT_END.search(data, first)
        stop = logged.start() if logged else stop
    start = max(data.rfind(b"\n", first, stop), data.rfind(b"\r", first, stop)) + 1
    if data.find(b"\x1b", start, stop) >= 0:
        for end in _PAINTED_ENDS:
            if (at := data.rfind(end, start, stop)) >= 0:
                start = max(start, at + len(end))
    return start, stop


def config_lines(text: str) -> str:
    """`text` without what is none of the answer's lines: messages logged meanwhile, a prompt's upper line."""
    if _LOGS.search(text):
        text = _MESSAGE.sub("", text)
    return without_upper_line(text)


def without_upper_line(text: str) -> str:
    """`text` without the line above the prompt, which tells where one is or with which role."""
    upper = _UPPER_LINE.search(text, max(len(text) - _EDGE, 0))
    return text[: upper.start() + 1] if upper else text


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
