"""What a device prints that belongs to no answer: messages that it logs to the terminal of whoever is there.

They come at any time: inside of an answer, behind a prompt or a pager, with or without a line end before
them. Pure functions.
"""

from __future__ import annotations

import re

_CLOCK = r"\d\d:\d\d:\d\d"
# In the forms of IOS, ASA, NX-OS, IOS XR, VRP, Comware and Cisco's small switches. Only a time of day may
# stand before it: an event handler may name such a message in the configuration.
_DAY = r"[A-Z][a-z]{2} +\d{1,2}|\d{1,2}-[A-Z][a-z]{2}-\d{4}|\d{4}[-/]\d\d[-/]\d\d"
_DATE = rf"(?:[A-Z][a-z]{{2}} )?(?:\d{{4}} )?(?:{_DAY})"
_STAMP = rf"(?:[\w/]{{1,20}}: ?)?[*.]?(?:{_DATE}(?: \d{{4}})?[ T])?{_CLOCK}[^\r\n%]{{0,60}}"
_FACILITY = (
    rf"(?:{_STAMP})?%(?:(?:[A-Z][A-Z0-9_]*-){{1,8}}(?:[0-7]|[ACDEINW])-\w+ ?:|%\d\d\w+/\d/\w+)"
    rf"|%\w{{3}} +\d+ {_CLOCK}[^\r\n]{{0,60}}/\d/"
)
_OTHER = (
    r"<\d{1,3}>(?:\d )? ?(?:[A-Z][a-z]{2} +\d|\d{4}-\d\d-\d\dT)"  # RFC 3164, RFC 5424
    r"|SYSLOG: ?<\d+>"  # FastIron, as the next one
    rf"|[A-Z][a-z]{{2}} +\d{{1,2}} {_CLOCK}:[A-Z]:"
    rf"|[DEIMW] \d\d/\d\d/\d\d {_CLOCK} \d{{5}} \w+:"  # ProCurve
    rf"|\d\d/\d\d/\d{{4}} {_CLOCK}\.\d+ <\w+:[\w.]+>"  # EXOS
    rf"|CP\d +\[\d\d/\d\d/\d\d {_CLOCK}|1 \d{{4}}-\d\d-\d\dT{_CLOCK}\S* \S+ CP\d "  # VOSS
)
_LOGGED_ROW = re.compile(rf"(?:{_FACILITY}|{_OTHER})")
# rsyslogd and wall(1) write a heading, and the message in the line below.
_HEADING = re.compile(r"Message from syslogd@|Broadcast message from ")
_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
"""What messages begin with that hold no `%`."""
_MAYBE = re.compile(rb"%|<\d|SYSLOG|Message from|Broadcast|\d\d:\d\d:\d\d")
_ROW = re.compile(r"[^\r\n]++")
_WAITS = re.compile(r"[>#$\]:)-] *+")
_LONGEST_HEAD = 200  # characters of a prompt or a pager before a message on its line


def without_messages(text: str) -> str:
    """`text` without the lines that were logged into it. One blank line before a message goes with it."""
    lines = text.split("\n")
    if not any(is_message(line) for line in lines if line[:1] in _FIRST or "%" in line):
        return text
    kept: list[str] = []
    below = 0  # lines that still belong to a heading
    for line in lines:
        if below:
            below = below - 1 if line.strip() else below
            if line.startswith(" ") or not below or not line.strip():
                continue
        if is_message(line):
            below = 1 if _HEADING.match(line) else 0
            if kept and not kept[-1]:
                kept.pop()
            continue
        kept.append(line)
    return "\n".join(kept)


def is_message(text: str) -> bool:
    """Whether `text` begins like a message."""
    return _LOGGED_ROW.match(text) is not None or _HEADING.match(text) is not None


def start_at_end(data: bytes | bytearray, first: int) -> int:
    """Where the messages at the end of `data` begin, or the line end before them; its length if none do.

    The first of them may stand on the line of what waits there: behind a prompt, a pager or a question. Only
    what follows `first` is looked at.
    """
    stop = len(data)
    if not _MAYBE.search(data, first):
        return stop
    tail = data[first:].decode("latin-1")
    rows = list(_ROW.finditer(tail))
    at = len(rows) - 1
    while at >= 0:
        offset = _message_in(rows[at][0])
        above = at - 1
        if offset < 0 and at > 0 and _HEADING.search(rows[at - 1][0]):
            offset, above = _message_in(rows[at - 1][0]), at - 2
        if offset > 0:
            return first + rows[above + 1].start() + offset
        if offset == 0:
            stop = first + (rows[above].end() if above >= 0 else 0)
            at = above
        elif at > 0 and "\n" not in tail[rows[at - 1].end() : rows[at].start()]:
            at -= 1  # a carriage return may stand in a message
        else:
            break
    return stop


def _message_in(row: str) -> int:
    """Where on `row` a message begins: at 0, or behind what waits there; -1 if there is none."""
    if is_message(row):
        return 0
    found = _WAITS.finditer(row[:_LONGEST_HEAD])
    return next((each.end() for each in found if is_message(row[each.end() :])), -1)
