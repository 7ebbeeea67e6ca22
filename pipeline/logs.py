"""Logs: one JSON object per line, each with its task_identifier, or text on a terminal; secrets masked.

While a collection runs, its worker registers its secrets. Every handler then masks them, in messages
and in tracebacks, whichever library wrote them, in whichever thread. Passwords of service URLs are masked
always.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TextIO
from urllib.parse import quote

from pythonjsonlogger.json import JsonFormatter

from pipeline.settings import Settings

MASK = "********"
_MIN_SECRET = 4  # characters; masking "a" would only shred the log

_task_identifier: ContextVar[str | None] = ContextVar("task_identifier", default=None)


@contextmanager
def about(task_identifier: str) -> Iterator[None]:
    """Every line that is logged inside the block carries this task_identifier."""
    token = _task_identifier.set(task_identifier)
    try:
        yield
    finally:
        _task_identifier.reset(token)


class _Masks:
    """The secrets of every collection that runs in this process.

    They count for all threads: a library's own threads know nothing of our context.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: Counter[str] = Counter()
        self._longest_first: tuple[str, ...] = ()

    def add(self, spellings: Iterable[str]) -> None:
        with self._lock:
            self._uses.update(spellings)
            self._sort()

    def remove(self, spellings: Iterable[str]) -> None:
        with self._lock:
            self._uses.subtract(spellings)
            self._uses = +self._uses
            self._sort()

    def _sort(self) -> None:
        # A secret that contains another must not be cut up.
        self._longest_first = tuple(sorted(self._uses, key=len, reverse=True))

    def apply(self, text: str) -> str:
        for spelling in self._longest_first:
            text = text.replace(spelling, MASK)
        return text


_masks = _Masks()


@contextmanager
def masking(secrets: Iterable[str]) -> Iterator[None]:
    """Inside the block, these values are masked in every line that any thread logs, and by `mask`."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    _masks.add(spellings)
    try:
        yield
    finally:
        _masks.remove(spellings)


def mask(text: str) -> str:
    """`text` without the secrets registered by `masking`."""
    return _masks.apply(text)


def _spellings(secret: str) -> Iterator[str]:
    """The secret and each of its lines (a private key has several), as URLs, repr() and JSON write them."""
    for part in {secret, *secret.splitlines()}:
        if len(part) >= _MIN_SECRET:
            spellings = {part, quote(part, safe=""), repr(part)[1:-1]}
            for _ in range(2):  # a library's JSON is a string in ours
                spellings |= {
                    json.dumps(text, ensure_ascii=ascii_only)[1:-1]
                    for text in spellings
                    for ascii_only in (True, False)
                }
            yield from spellings


class _MaskingFormatter(logging.Formatter):
    """Formats with another formatter, then masks: arguments and tracebacks are part of the text by then."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        record.task_identifier = _task_identifier.get()
        return mask(self._inner.format(record))


class _TextFormatter(logging.Formatter):
    """One line for a person.

    Control characters are escaped: a device's answer can neither move the cursor nor look like another line.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        message = mask(record.message)  # before a secret is escaped, and no longer recognised
        record.message = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """As logging does, a line for each line of the traceback, with a device's words in it escaped."""
        text = mask(super().formatException(ei))
        return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


class _Handler(logging.StreamHandler[TextIO]):
    """Names the place of a message that cannot be formatted. Python's own handler prints its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        with suppress(OSError, ValueError):  # stderr itself is gone
            place = f"{record.pathname}:{record.lineno}"
            self.stream.write(f"a message of {record.name} could not be logged ({place})\n")
            self.flush()


def configure(settings: Settings, process: str) -> None:
    """Log to stderr from now on. `process` is this process's name in every line: worker, consumer, beat …"""
    log_format = settings.log_format
    if log_format == "auto":
        log_format = "text" if sys.stderr.isatty() else "json"
    if log_format == "json":
        inner: logging.Formatter = JsonFormatter(
            ["asctime", "levelname", "name", "message", "task_identifier"],
            rename_fields={"asctime": "timestamp", "levelname": "severity", "name": "source"},
            static_fields={"process": process},
            defaults={"task_identifier": None},
        )
        inner.converter = time.gmtime
        inner.default_time_format, inner.default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"
    else:
        inner = _TextFormatter(f"%(asctime)s %(levelname)-7s {process}: %(message)s", "%H:%M:%S")
    _masks.add({spelling for password in settings.passwords() for spelling in _spellings(password)})
    handler = _Handler(sys.stderr)
    handler.setFormatter(_MaskingFormatter(inner))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # Below WARNING paramiko logs packets, with the password in them, and Celery logs task arguments.
    for library in ("paramiko", "celery", "kombu", "amqp"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
