"""Logs: one JSON object per line, each with its task_identifier, or text on a terminal; secrets masked.

A worker registers the secrets of a collection while it runs; every handler masks them, in messages and
in tracebacks, whichever library wrote them, in whichever thread. Passwords of service URLs are masked always.
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
from typing import TextIO
from urllib.parse import quote

from pythonjsonlogger.json import JsonFormatter

from pipeline.settings import Settings

MASK = "********"
_MIN_MASKED = 4  # masking "a" would only shred the log

_task_identifier: ContextVar[str | None] = ContextVar("task_identifier", default=None)


@contextmanager
def about(task_identifier: str) -> Iterator[None]:
    """Every line logged inside carries this task_identifier."""
    token = _task_identifier.set(task_identifier)
    try:
        yield
    finally:
        _task_identifier.reset(token)


class _Masks:
    """What is masked now, in the whole process: a library's own threads know nothing of our context."""

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
    """Mask these values in every line that any thread logs meanwhile, and in `mask`."""
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
    """A secret and each of its lines (a private key has several), as URLs, repr() and JSON write them."""
    for part in {secret, *secret.splitlines()}:
        if len(part) >= _MIN_MASKED:
            written = {part, quote(part, safe=""), repr(part)[1:-1]}
            for _ in range(2):  # a library's JSON is a string in ours
                written |= {json.dumps(text, ensure_ascii=a)[1:-1] for text in written for a in (True, False)}
            yield from written


class _Masked(logging.Formatter):
    """Formats with another formatter, then masks: the last step sees arguments and tracebacks too."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        record.task_identifier = _task_identifier.get()
        return mask(self._inner.format(record))


class _Text(logging.Formatter):
    """One line for a person. What a device said cannot move the cursor, nor pass for a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        said = mask(record.message)  # now: escaped, a secret could not be recognised
        record.message = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in said)
        return super().formatMessage(record)


class _Handler(logging.StreamHandler[TextIO]):
    """Tells of a line that cannot be formatted; the standard one would print its arguments unmasked."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        with suppress(OSError, ValueError):  # stderr itself is gone
            place = f"{record.pathname}:{record.lineno}"
            self.stream.write(f"a message of {record.name} could not be logged ({place})\n")
            self.flush()


def configure(settings: Settings, process: str) -> None:
    """Log to stderr from now on. `process` names this one in every line: worker, consumer, beat …"""
    written = settings.log_format
    if written == "auto":
        written = "text" if sys.stderr.isatty() else "json"
    if written == "json":
        inner: logging.Formatter = JsonFormatter(
            ["asctime", "levelname", "name", "message", "task_identifier"],
            rename_fields={"asctime": "timestamp", "levelname": "severity", "name": "source"},
            static_fields={"process": process},
            defaults={"task_identifier": None},
        )
        inner.converter = time.gmtime
        inner.default_time_format, inner.default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"
    else:
        inner = _Text(f"%(asctime)s %(levelname)-7s {process}: %(message)s", "%H:%M:%S")
    _masks.add({spelling for password in settings.passwords() for spelling in _spellings(password)})
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Masked(inner))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # Below WARNING paramiko logs packets, with the password in them, and Celery logs task arguments.
    for noisy in ("paramiko", "celery", "kombu", "amqp"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
