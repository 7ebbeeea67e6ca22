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
    rf"(?:{_STAMP})?%(?:(?:[A-Z][A-Z0-9_]*-)+(?:[0-7]|[ACDEINW])-\w+ ?:|%\d\d\w+/\d/\w+)"
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
_LINE = rf"(?:{_FACILITY}|{_OTHER})[^\r\n]*+"
# rsyslogd and wall(1) write a heading, and the message in the line below.
_HEADED = (
    r"Message from syslogd@[^\r\n]*+(?:[\r\n]{1,3} [^\r\n]*+)?"
    r"|Broadcast message from [^\r\n]*+[\r\n]{0,6}[^\r\n]*+"
)
_MESSAGE = rf"(?:{_LINE}|{_HEADED})"

_IN_TEXT = re.compile(rf"(?:^\n)?^{_MESSAGE}(?:\n|\Z)", re.MULTILINE)
_HINT = re.compile(
    r"%(?:[A-Z][\w-]*-[0-7ACDEINW]-|%\d\d|\w{3} +\d+ \d\d:)|^<\d+>|SYSLOG:"
    r"|^(?:Message|Broadcast message) from |^1 \d{4}-\d\d-"
    rf"|^[A-Z][a-z]{{2}} +\d+ {_CLOCK}:|^[DEIMW] \d\d/|^\d\d/\d\d/\d{{4}} {_CLOCK}|^CP\d +\[",
    re.MULTILINE,
)
_AT_END = re.compile(rf"(?<![\r\n])(?:[\r\n]++{_MESSAGE})++[\r\n]*+\Z".encode())
_MAYBE = re.compile(rb"%|<\d|SYSLOG|Message from|Broadcast|\d\d:\d\d:\d\d")
_BEHIND = re.compile(rf"[>#$\]:)-] *+({_MESSAGE}(?:[\r\n]++{_MESSAGE})*+[\r\n]*+)\Z".encode())
_STARTS = re.compile(_MESSAGE)


def without_messages(text: str) -> str:
    """`text` without the lines that were logged into it. One blank line before a message goes with it."""
    return _IN_TEXT.sub("", text) if _HINT.search(text) else text


def is_message(text: str) -> bool:
    """Whether `text` begins like a message."""
    return _STARTS.match(text) is not None


def start_at_end(data: bytes | bytearray, first: int) -> int:
    """Where the messages at the end of `data` begin, or the line end before them; its length if none do.

    The first of them may stand on the line of what waits there: behind a prompt, a pager or a question. Only
    what follows `first` is looked at.
    """
    stop = len(data)
    if not _MAYBE.search(data, first):
        return stop
    if found := _AT_END.search(data, first):
        stop = found.start()
    behind = _BEHIND.search(data, first, stop)
    return behind.start(1) if behind else stop
