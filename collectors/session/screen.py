"""Terminal bytes → the text that a person would have seen. Pure functions.

Devices end lines with CR LF, CR CR LF, LF, LF CR or a bare CR. They rub pagers out with backspaces, blanks
and escape sequences, wrap the echo of what was typed, and send NUL bytes. None of that is configuration.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from collectors.session import foreign

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()*+][0-9A-Z]|[=>78A-Zc])")
_ERASE_LINE = re.compile(r"\x1b\[\d*[KJ]")
_MOVES = r"\x1b\[[0-?]*[a-zA-Z]"
# Possessive, because a device may send megabytes of blanks: what could be given back takes memory.
_LINE_END = re.compile(rf"(?:{_MOVES})*+\r*+\n")
_RUB_OUT = re.compile(rf"(?:[\r\b \0]++|{_MOVES})*+")
_BLANK_END = re.compile(r" *+\r*+\n")
_RETURNS = re.compile(r"(?<!\r)\r++(?=\n)")
_PAINTED = re.compile(r"[\r\b\x1b]")
_TAIL = 1024
_EDGE = 1024  # PAN-OS fills the line above its prompt with blanks, up to the terminal's width
# Devices that paint a screen send these as a line feed: next line, or scroll by one line.
_FEED = re.compile(r"\x1b(?:E|\[1M)")
_PAINTED_ENDS = (b"\x1bE", b"\x1b[1M", b"\x1b[2K")
"""What ends a row of a painted screen, beside CR and LF."""
# The line above a prompt tells the place in the configuration, or the role: [/]  (gl)[/configure]  {master:0}
_UPPER_LINE = re.compile(
    r"\n(?:[*!]{0,2}(?:\(\w\w\))?\[/[^\]\n]*\]|\[edit(?: [^\]\n]*)?\]|\{\w{1,20}(?::\w{1,20})?\})\s*\Z"
)


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8, and no others, as Latin-1."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("devicevault.latin-1", _as_latin_1)


def decode(data: bytes | bytearray) -> str:
    """Decode UTF-8, each byte that is none as Latin-1, and drop NUL bytes. All that is not noise stays."""
    text = data.decode("utf-8", "devicevault.latin-1")
    return text.replace("\0", "") if "\0" in text else text


def visible_text(pieces: list[str]) -> str:
    """The lines that `pieces` leave on the screen, each ended by LF.

    A pager stopped every piece but the last; the pager's own text is already gone.
    """
    text = pieces[0] + "".join(piece[_rubbed_out(piece) :] for piece in pieces[1:])
    if "\x1b" in text:
        text = _FEED.sub("\n", text)
    if "\r" in text and text.count("\r") == text.count("\r\n"):
        text = text.replace("\r", "")  # a third of the cost of replacing each CR LF
    elif "\r" in text:
        text = _RETURNS.sub("", text)
        if text.count("\r") > text.count("\n"):
            text = text.replace("\r", "\n")
    if "\r" in text or "\b" in text or "\x1b" in text:
        text = "\n".join(_render(line) if _PAINTED.search(line) else line for line in text.split("\n"))
    return text.replace("\a", "")


def _rubbed_out(piece: str) -> int:
    """How much of a piece belongs to the pager before it: a line end of its own, or else what rubs it out.

    Blanks after the last backspace belong to the line that the pager interrupted.
    """
    if ended := _LINE_END.match(piece):
        return ended.end()
    rubbed = _RUB_OUT.match(piece)
    run = rubbed[0] if rubbed else ""
    last = max(run.rfind("\b"), run.rfind("\0")) + 1
    return last if last and _BLANK_END.match(piece, last) else len(run.rstrip(" "))


def last_line(data: bytearray) -> str:
    """The text on the cursor's line. It looks at the last kilobyte only, so that it may follow every read."""
    start, stop = _row(data)
    if stop - start > _TAIL:
        return ""  # far too long for a prompt
    line = data[start:stop].decode("latin-1").replace("\0", "")
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    line = line.replace("\a", "")
    return (_overwrite(line) if "\b" in line else line).rstrip()


def last_visible_line(data: bytearray) -> str:
    """The last line that is not blank, within the last kilobyte."""
    tail = _ESCAPE.sub("", _FEED.sub("\n", data[-_TAIL:].decode("latin-1"))).rstrip()
    return last_line(bytearray(tail.encode("latin-1")))


def row_start(data: bytearray) -> int:
    """Where the cursor's line begins in `data`: after a line end, or after what moves to it or wipes it."""
    return _row(data)[0]


def _row(data: bytearray) -> tuple[int, int]:
    """Where the cursor's line begins and ends. A message that is logged after a prompt does not move it."""
    first = max(len(data) - _TAIL - 1, 0)
    stop = foreign.start_at_end(data, first)
    start = max(data.rfind(b"\n", first, stop), data.rfind(b"\r", first, stop)) + 1
    if data.find(b"\x1b", start, stop) >= 0:
        for end in _PAINTED_ENDS:
            if (at := data.rfind(end, start, stop)) >= 0:
                start = max(start, at + len(end))
    return start, stop


def config_lines(text: str) -> str:
    """`text` without messages that were logged meanwhile, and without the line above the prompt."""
    return without_upper_line(foreign.without_messages(text))


def without_upper_line(text: str) -> str:
    """`text` without the line above the prompt, which tells the place in the configuration, or the role."""
    upper = _UPPER_LINE.search(text, max(len(text) - _EDGE, 0))
    return text[: upper.start() + 1] if upper else text


def after_echo(text: str, command: str, *, prompt: re.Pattern[str] | None = None) -> str | None:
    """`text` after the echo of `command`, or None if no echo is there.

    With `prompt`, the echo may also stand after a prompt, and the lines before it are left out: a slow banner
    printed them. Without `prompt` the echo must come first, because a configuration may hold a line that
    reads like a command.
    """
    first = text.lstrip("\r\n ")
    if match := _echo(command).match(first):
        return first[match.end() :]
    line, _, rest = first.partition("\n")
    command_end = line.strip().lstrip("$<")  # a line editor that scrolls shows only the end of a long command
    if len(command_end) >= 8 and len(command_end) < len(command) and command.endswith(command_end):
        return rest
    if prompt is not None:
        head = text[: 4096 + len(command)]
        for found in _echo(command).finditer(head):
            before = head[head.rfind("\n", 0, found.start()) + 1 : found.start()]
            before = before.strip()
            if not before or prompt.fullmatch(before) or foreign.is_message(before):
                return text[found.end() :]
    return None


@lru_cache(maxsize=256)
def _echo(command: str) -> re.Pattern[str]:
    """The command as devices echo it: a line wrap may break it anywhere, and a line end follows it."""
    return re.compile(
        r"[ \r\n\b]*".join(re.escape(char) for char in command if char != " ") + r"[ \r\b]*(?:\n|\Z)"
    )


def _render(line: str) -> str:
    """Carry out the carriage returns, backspaces and escape sequences in one line.

    Blanks after a carriage return rub out the text that stood there; other text begins a line of its own.
    """
    lines: list[str] = []
    shown = 0  # the length of the last line, without the blanks at its end
    for index, segment in enumerate(line.split("\r")):
        if index and lines and _ERASE_LINE.match(segment):
            lines.pop()
            shown = len(lines[-1].rstrip()) if lines else 0
        plain = _ESCAPE.sub("", segment) if "\x1b" in segment else segment
        plain = _overwrite(plain) if "\b" in plain else plain
        if plain.strip(" "):
            lines.append(plain)
            shown = len(plain.rstrip())
        elif lines and plain and len(plain) >= shown:
            lines.pop()
            shown = len(lines[-1].rstrip()) if lines else 0
    return "\n".join(lines)


def _overwrite(text: str) -> str:
    """Carry out backspaces: the next character replaces the one that it stands on."""
    cells: list[str] = []
    column = 0
    for char in text:
        if char == "\b":
            column = max(column - 1, 0)
        else:
            cells[column : column + 1] = char
            column += 1
    return "".join(cells).rstrip()
