"""What a device measures or counts, in the artefacts beside its configuration. Pure functions.

The time, how long it has been up, temperatures, fan speeds, voltages and loads, counters, and the versions
of signatures that come by themselves are no changes of the device. A line that only tells such a value is
left out. In other lines, and in the tables that list such values, the value alone is replaced, so that a
status beside it, such as a failed fan, still shows.
"""

from __future__ import annotations

import re

from collectors.define.rules import compiled

_LONGEST = 400
"""Characters. A longer line is kept as it is: that bounds the time which the expressions below take."""
READING = "…"
"""What stands in the place of a value."""

_CLOCK = r"\d\d?:\d\d(?::\d\d)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_SPAN = r"\d+ ?(?:years?|yrs?|weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_PART = r"(?:cpu|memory|mem|heap|buffer|disk|flash|swap|load|process(?:es|or)?)"
_USE = r"(?:usage|utili[sz]ation|used|free|available|load|average|idle|busy|states?)"
_COUNTED = r"(?:packets|bytes|octets|errors|frames)"
_CHANGES = r"(?:modified|changed?|login|logged in|accessed|polled|updated?|synchroni[sz]ed)"
_LABEL = r"[^\n]{0,60}?"
_IS = r"(?: *[:=.]+ *| +is:? +| {2,}|: *)"
_ALONE = (
    r"(?:"
    # how long it has been up
    rf"^{_LABEL}\b(?:up ?-?time|time up|running time|time since)\b(?:\(\w+\))?[^\n]*\d"
    rf"|^{_LABEL}\bup (?:for )?{_SPAN}"
    r"|^\W*(?:\S+ ){0,3}up since\b"
    # what time it is, and when it was asked
    rf"|^\W*(?:the )?(?:(?:current|system|local|device|switch|present|utc|gmt|sntp|ntp|real[- ]time) ?)*"
    rf"(?:clock|date|time|date ?(?:and|&|/) ?time|time ?(?:and|&|/) ?date)\b(?: of day)?{_IS}[^\n]*\d"
    rf"|^\W*(?:generated|exported|collected|printed|retrieved|queried)\b[^\n]*{_CLOCK}"
    rf"|^\W*(?:{_WEEKDAY},? +{_MONTH} +\d+ +{_CLOCK}|{_CLOCK}[.\d]* )[^\n]*\b(?:19|20)\d\d\b"
    # when somebody last did something: who changed what is in the configuration
    rf"|^{_LABEL}\b(?:last|configuration) {_CHANGES}\b[^\n]*{_CLOCK}"
    # what comes from the vendor by itself
    r"|^\W*[\w /-]{0,40}\b(?:[\w]+-)?(?:ET)?(?:DB|database|definitions?|signatures?)\b[\w /()-]{0,30}: *\S*\d"
    r"|^\W*(?:app|av|threat|wildfire\w*|url\w*|global-protect|device-dictionary|signature|definition)"
    r"-[\w-]*(?:version|date|release)\b[^\n]*\d"
    # counters and loads
    rf"|^\W*(?:[\w()/-]+ ){{0,4}}{_PART}\b[\w ()/-]{{0,40}}\b{_USE}\b[^\n]*\d"
    r"|^\W*load averages?\b"
    r"|^\W*(?:total |current |active |number of )*(?:sessions?|users? logged|connections?|packets?|octets?"
    r"|bytes)\b(?: \w+){0,3} *[:=] *\d+ *$"
    r"|^\W*(?:[\w/]+ ){0,3}(?:input|output|rx|tx|received|transmitted|sent)"
    rf"[\w /-]* {_COUNTED}\b[^\n]*\d"
    r"|^\W*\d+ (?:packets|bytes|octets|frames|sessions|users) \w+"
    r")"
)
"""Tried on short lines only; see `_LONGEST`."""
_UNITS = re.compile(
    r"(?<![\d.])[-+]?\d++(?:\.\d++)?(?= ?(?:°|º|deg(?:rees)?\b|celsius\b|fahrenheit\b|rpm\b|dBm\b|m[AVW]\b)"
    r"| ?\(?[CF]\)?(?:\W|$))",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"temp|thermal|sensor|celsius|fahrenheit|\bfans?\b|rpm|volt|\bcurrent\b|\bamps?\b|\bwatt|humidity|dBm"
    r"|power (?:draw|usage|consum|input|output)|[rt]x power|utili[sz]ation|\bload\b|airflow",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:S/?N|serial|PID|VID|part|model|rev|descr)\b", re.IGNORECASE)
_HEADING = re.compile(
    r"\b(?:temp(?:erature)?s?|celsius|degC|fans?|rpm|volts?|voltage|amps?|watts|humidity|dBm|up ?-?time"
    r"|utili[sz]ation|usage|counters?|readings?|lo limit)\b|\(C\)|temp\(|speed\(",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"(?<![\w.,:/-])[-+]?\d[\d.,:]*+(?:[CFVAW%]|rpm|dBm)?(?![\w/-])|(?<![\w.])\d++%", re.IGNORECASE
)
_COLUMNS = re.compile(r"\S {2,}+\S|^\s*+-++(?: ++-++)++\s*+$|\|")
_SIGN = re.compile(r"[:=]|\.{2,}+")
_OF_RULES = frozenset(" \t\r|+=-")
"""What a line under a heading is drawn with."""


def without_readings(text: str) -> str:
    """`text` without clocks, uptimes and counters, and with each measured value replaced by READING."""
    kept: list[str] = []
    table = False
    for line in text.split("\n"):
        if len(line) > _LONGEST:
            kept.append(line)
            continue
        if not line.strip():
            table = False
        elif _is_heading(line):
            table = True
        elif table and not _is_rule(line):
            kept.append(_row(line))
            continue
        elif compiled(_ALONE, re.IGNORECASE).search(line):
            continue
        elif _MEASURED.search(line) and not _NAMED.search(line):
            line = _UNITS.sub(READING, _measured(line))
        kept.append(line)
    return "\n".join(kept)


def _is_heading(line: str) -> bool:
    """Whether `line` names the columns of a table of readings: words only, and more than one column."""
    return bool(_HEADING.search(line) and _COLUMNS.search(line.strip()) and not re.search(r"\d", line))


def _is_rule(line: str) -> bool:
    return "---" in line and _OF_RULES.issuperset(line)


def _row(line: str) -> str:
    """A row of a table: every number but the first column's, which counts the rows, is a reading."""
    words = line.lstrip()
    start = len(line) - len(words) + len(words.split(maxsplit=1)[0])
    return line[:start] + _VALUE.sub(READING, line[start:])


def _measured(line: str) -> str:
    """A line that tells a measured value behind a colon, an equals sign or dots."""
    sign = _SIGN.search(line)
    return line if sign is None else line[: sign.end()] + _VALUE.sub(READING, line[sign.end() :])
