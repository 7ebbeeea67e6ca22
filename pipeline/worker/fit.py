"""A result fits into an outcome: what the consumer would refuse is cut here, or fails with a reason. Pure.

A log and facts are cut, which costs nobody a backup. A configuration or an artefact is never cut.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from collectors.contract import CollectorResult, LogEntry
from collectors.errors import MalformedResult, TooLarge
from pipeline.errors import MessageError
from pipeline.text.words import printable
from pipeline.values.checks import as_moment, is_utf8
from pipeline.values.limits import (
    MAX_ARTEFACT_BYTES,
    MAX_ARTEFACTS,
    MAX_CONFIG,
    MAX_FACT,
    MAX_FACTS,
    MAX_LOG,
    MAX_LOG_TEXT,
)
from pipeline.values.options import ARTEFACT_NAME
from pipeline.values.outcome import BASE64

_MAX_WORD = 100
_SHORT_MESSAGE = 400
_MUCH_LOG = 2**18
"""Characters of a log's messages. Beyond, each is cut shorter, so that the outcome keeps to MAX_ENVELOPE even
if JSON spells every character in six bytes."""


def check_fits(result: CollectorResult) -> None:
    """Raise TooLarge if the configuration or an artefact is, and MalformedResult if no store can hold it."""
    _check_moment(result.timestamp)
    _check_config(result.device_config)
    _check_artefacts(result)


def cut_log(log: Sequence[LogEntry]) -> tuple[dict[str, str], ...]:
    """The log as an outcome carries it: of a long one its beginning and its end.

    Mask secrets before: half of one is not recognised.
    """
    if len(log) > MAX_LOG:
        half = MAX_LOG // 2
        words = f"{len(log) - MAX_LOG + 1} entries are left out"
        gap = LogEntry(log[half].timestamp, "warning", "worker", words)
        log = (*log[: half - 1], gap, *log[-half:])
    longest = MAX_LOG_TEXT if sum(len(entry.message) for entry in log) <= _MUCH_LOG else _SHORT_MESSAGE
    return tuple(
        {
            "timestamp": _line(entry.timestamp, _MAX_WORD),
            "severity": entry.severity,
            "source": _line(entry.source, _MAX_WORD),
            "message": _text(entry.message, longest),
        }
        for entry in log
    )


def cut_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as an outcome carries them."""
    return {_line(name, _MAX_WORD): _text(text, MAX_FACT) for name, text in list(facts.items())[:MAX_FACTS]}


def _check_moment(timestamp: str) -> None:
    try:
        as_moment(timestamp, "timestamp")
    except MessageError as error:
        raise MalformedResult(str(error)) from error


def _check_config(config: str | None) -> None:
    size = 0 if config is None else len(config.encode())
    if size > MAX_CONFIG:
        raise TooLarge(_too_large("the configuration", size, MAX_CONFIG))


def _check_artefacts(result: CollectorResult) -> None:
    artefacts = result.artefacts
    if len(artefacts) > MAX_ARTEFACTS:
        raise MalformedResult(f"{len(artefacts)} artefacts; at most {MAX_ARTEFACTS} can be stored")
    for name, text in artefacts.items():
        if not ARTEFACT_NAME.fullmatch(name):
            raise MalformedResult(f"the artefact {name[:40]!r} has a name that no file can have")
        if not is_utf8(text) or not _is_base64(text):
            raise MalformedResult(f"the artefact '{name}' is neither text nor the base64 that it says it is")
    size = sum(len(text.encode()) for text in artefacts.values())
    if size > MAX_ARTEFACT_BYTES:
        names = ", ".join(sorted(artefacts))
        raise TooLarge(_too_large(f"the artefacts ({names[:200]})", size, MAX_ARTEFACT_BYTES))


def _is_base64(text: str) -> bool:
    """Whether a text that says that it is base64 is that; true for any other."""
    if not text.startswith(BASE64):
        return True
    try:
        base64.b64decode(text.removeprefix(BASE64), validate=True)
    except ValueError:
        return False
    return True


def _too_large(what: str, size: int, most: int) -> str:
    return f"{what}: {size / 2**20:.1f} MB; at most {most >> 20} MB can be stored"


def _line(text: str, longest: int) -> str:
    return printable(text)[:longest]


def _text(text: str, longest: int) -> str:
    """The text with what UTF-8 can hold of it, at most `longest` characters."""
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return text if is_utf8(text) else text.encode(errors="replace").decode()
