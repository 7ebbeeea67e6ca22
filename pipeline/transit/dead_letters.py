"""Messages that were refused, in Redis: results that nobody could read, and orders that a worker refused.

    <stream>:dead          results: the entry as it came, and `problem`
    <stream>:orders:dead   orders: `problem`, and as much of the message as a log line has room for

A letter's name is its stream's kind and the entry's id, such as `result/1796092577745-0`. What a letter holds
may be anything, secrets included, so that only what is listed here is ever shown of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args

import redis

from pipeline.errors import UsageError
from pipeline.transit.connect import service_errors
from pipeline.transit.protocol import dead_key, orders_dead_key
from pipeline.values.checks import quote

Kind = Literal["result", "order"]

_IDENTIFIER = re.compile(rb'"task_identifier": *"([^"\\]{1,600})"')
_NAME = re.compile(rf"({'|'.join(get_args(Kind))})/([0-9]{{1,20}}-[0-9]{{1,20}})")
_PORTION = 500

_Fields = dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A refused message. `size` is in bytes; `task_identifier` is what it says of itself, if anything."""

    name: str
    at: datetime
    task_identifier: str | None
    problem: str
    size: int

    @property
    def kind(self) -> Kind:
        """Whether a worker sent it, or a driver."""
        return cast("Kind", self.name.partition("/")[0])


class DeadLetterStreams:
    """The dead letters of one deployment. Every method raises ServiceError if Redis is away."""

    def __init__(self, client: redis.Redis, stream: str) -> None:
        self._redis = client
        self._stream = stream
        self._keys: dict[Kind, str] = {"result": dead_key(stream), "order": orders_dead_key(stream)}

    def all(self) -> Iterator[DeadLetter]:
        """All of them: results first, the oldest first."""
        for kind, key in self._keys.items():
            start = "-"
            while portion := self._range(key, start, "+", _PORTION):
                yield from (_letter(kind, entry_id, fields) for entry_id, fields in portion)
                start = f"({portion[-1][0].decode()}"

    def get(self, names: Collection[str]) -> list[DeadLetter]:
        """The letters of these names, in their order; UsageError if there is no such letter."""
        letters = []
        for name in names:
            kind, entry_id = _parse(name)
            found = self._range(self._keys[kind], entry_id, entry_id, 1)
            if not found:
                raise UsageError(f"there is no dead letter {name}")
            letters.append(_letter(kind, *found[0]))
        return letters

    def retry(self, letter: DeadLetter) -> None:
        """Put a result back on the stream, in one step, for the consumer to read once more.

        UsageError for an order: its backup is queued again by itself, as long as there is time.
        """
        if letter.kind == "order":
            raise UsageError(
                f"{letter.name} is an order, which is queued again by itself while its backup is in time"
            )
        key, entry_id = self._keys["result"], letter.name.partition("/")[2]
        with service_errors(), self._redis.pipeline(transaction=True) as pipe:
            for _, fields in self._range(key, entry_id, entry_id, 1):
                fields.pop(b"problem", None)
                pipe.xadd(self._stream, fields)  # type: ignore[arg-type]
                pipe.xdel(key, entry_id)
            pipe.execute()

    def drop(self, letter: DeadLetter) -> None:
        """Delete a letter."""
        with service_errors():
            self._redis.xdel(self._keys[letter.kind], letter.name.partition("/")[2])

    def count(self) -> int:
        """How many there are."""
        with service_errors():
            return sum(int(self._redis.xlen(key)) for key in self._keys.values())

    def _range(self, key: str, start: str, end: str, count: int) -> Sequence[tuple[bytes, _Fields]]:
        with service_errors():
            found = self._redis.xrange(key, start, end, count)
            return cast("Sequence[tuple[bytes, _Fields]]", found)


def _parse(name: str) -> tuple[Kind, str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise UsageError(f"{quote(name)} is no dead letter's name, such as result/1796092577745-0")
    return cast("Kind", match[1]), match[2]


def _letter(kind: Kind, entry_id: bytes, fields: _Fields) -> DeadLetter:
    text = entry_id.decode()
    at = datetime.fromtimestamp(int(text.partition("-")[0]) / 1000, UTC)
    identifier = fields.get(b"task_identifier")
    if identifier is None and (match := _IDENTIFIER.search(fields.get(b"message", b""))):
        identifier = match[1]
    return DeadLetter(
        name=f"{kind}/{text}",
        at=at,
        task_identifier=None if identifier is None else identifier.decode(errors="replace"),
        problem=fields.get(b"problem", b"").decode(errors="replace"),
        size=sum(map(len, fields.values())),
    )
