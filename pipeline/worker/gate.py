"""The gate between the broker and Celery: a message that is no order of a trusted driver gets no further.

Celery believes what a message says of itself, and some of what it may say ends the worker. So the gate looks
first. It takes a task that this worker has, as JSON of a bounded size, without compression, with arguments
by name only; signed by a driver for a queue that this worker serves, where signers are known. Of a message's
headers it keeps what Celery needs, and makes the rest anew from the order.

What is refused becomes one line in the log and a dead letter, and is acknowledged: it never comes back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import redis
from celery.worker.consumer import Consumer
from kombu.message import Message

from pipeline.errors import ForgedError, MessageError, ServiceError
from pipeline.transit.broker import queue_name
from pipeline.transit.connect import service_errors
from pipeline.transit.jobs import SIGNATURE, order_digest
from pipeline.transit.signing import Verifier
from pipeline.values.checks import quote
from pipeline.values.job import task_id_of

log = logging.getLogger("devicevault.worker")

MAX_ORDER = 256 * 1024
"""Bytes of a message's body. A job with a hundred keys and networks has some twenty thousand."""
_MAX_RETRIES = 1000
_MAX_WAIT = timedelta(hours=1)
"""A retry waits two minutes at the most; clocks differ."""
_DAY_S = 86_400
_MAX_LETTERS = 1000
_MAX_SHOWN = 4096

Admit = Callable[[Message], None]


class Gate:
    """Checks messages. `tasks` are the names of tasks that this worker has, `queues` those that it serves."""

    def __init__(self, tasks: Collection[str], queues: Collection[str], verifier: Verifier | None) -> None:
        self._tasks = frozenset(tasks)
        self._queues = frozenset(queues)
        self._verifier = verifier

    def check(self, message: Message) -> None:
        """Give an order the headers that Celery may see; MessageError if it is no trusted order."""
        headers = message.headers
        if not isinstance(headers, dict):
            raise MessageError("it has no headers")
        task = headers.get("task")
        if not isinstance(task, str) or task not in self._tasks:
            raise MessageError(f"no task of ours: {quote(task)}")
        arguments = _arguments(message)
        job = arguments.get("job")
        identifier = job.get("task_identifier") if isinstance(job, dict) else None
        if not isinstance(job, dict) or not isinstance(identifier, str):
            raise MessageError("it holds no job")
        queue_id = job.get("queue_id")
        queue = queue_name(queue_id if isinstance(queue_id, str) else None)
        if queue not in self._queues:
            raise ForgedError(f"it was ordered for {quote(queue)}, which this worker does not serve")
        if self._verifier is not None:
            self._verifier.verify("driver", order_digest(task, queue, arguments), headers.get(SIGNATURE))
        message.headers = _headers(task, identifier, headers)


def _arguments(message: Message) -> dict[str, Any]:
    """A task's arguments by name; MessageError for anything else than that."""
    if message.content_type != "application/json" or str(message.content_encoding).lower() != "utf-8":
        raise MessageError(f"it is {quote(message.content_type)}, not JSON in UTF-8")
    if (message.headers or {}).get("compression"):
        raise MessageError("it is compressed")
    body = message.body
    if not isinstance(body, str | bytes) or len(body) > MAX_ORDER:
        raise MessageError(f"its body is no text of at most {MAX_ORDER >> 10} KiB")
    try:
        parts = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"it is not JSON: {error}") from error
    if not isinstance(parts, list) or len(parts) != 3:
        raise MessageError("it is no task's message")
    positional, arguments, embedded = parts
    if positional or not isinstance(arguments, dict):
        raise MessageError("a task takes its arguments by name")
    # Callbacks name further tasks, which nobody has signed.
    if embedded and (not isinstance(embedded, dict) or any(embedded.values())):
        raise MessageError("it asks for further tasks")
    return arguments


def _headers(task: str, identifier: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of a message of ours. Its sender decides only about numbers, times and the signature."""
    task_id = task_id_of(identifier)
    limits = given.get("timelimit")
    if limits is not None and not (
        isinstance(limits, list | tuple) and len(limits) == 2 and all(map(_is_limit, limits))
    ):
        raise MessageError(f"'timelimit' is {quote(limits)}")
    retries = given.get("retries") or 0
    if type(retries) is not int or not 0 <= retries <= _MAX_RETRIES:
        raise MessageError(f"'retries' is {quote(retries)}")
    return {
        "lang": "py",
        "task": task,
        "id": task_id,
        "root_id": task_id,
        "parent_id": None,
        "group": None,
        "retries": retries,
        "eta": _moment(given.get("eta"), "eta", latest=datetime.now(UTC) + _MAX_WAIT),
        "expires": _moment(given.get("expires"), "expires"),
        "timelimit": limits,
        "argsrepr": "()",
        "kwargsrepr": repr(identifier),
        "ignore_result": True,
        SIGNATURE: given.get(SIGNATURE),
    }


def _is_limit(value: object) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 2 * _DAY_S
    )


def _moment(value: object, name: str, latest: datetime | None = None) -> str | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(cast("str", value))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if latest is not None and aware > latest:
            raise MessageError(f"'{name}' is {quote(value)}, too far away")
    except (TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"'{name}' is {quote(value)}") from error
    return aware.isoformat()


class DeadLetters:
    """A short stream in Redis of refused messages: the newest thousand, cut to a readable length."""

    def __init__(self, client: Callable[[], redis.Redis], key: str) -> None:
        self._client = client
        self.key = key

    def refuse(self, message: object, problem: str, *, is_forged: bool = False) -> None:
        """Log why a message is refused, and keep what there is of it. Redis may be away: the log has it."""
        log.error("refused a message that is %s: %s", "forged" if is_forged else "unreadable", problem)
        fields = {"problem": problem, "message": _shown(message)[:_MAX_SHOWN]}
        try:
            with service_errors():
                self._client().xadd(self.key, fields, maxlen=_MAX_LETTERS, approximate=True)  # type: ignore[arg-type]
        except ServiceError as error:
            log.error("a refused message could not be kept: %s", error)


def _shown(message: object) -> str:
    headers = getattr(message, "headers", None)
    body = getattr(message, "body", message)
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    return f"{str(headers)[: _MAX_SHOWN // 2]}\n{text[:_MAX_SHOWN]}"


def guarded(gate: Gate, letters: DeadLetters) -> type[Consumer]:
    """Celery's consumer behind the gate."""

    def refuse(message: Any, error: Exception) -> None:
        problem = " ".join(str(error).split()) or type(error).__name__
        letters.refuse(message, problem, is_forged=isinstance(error, ForgedError))
        if not isinstance(message, Message):
            message.channel.basic_ack(
                message.delivery_tag
            )  # as it came from RabbitMQ: kombu could not open it
        elif not message.acknowledged:
            message.ack_log_error(log, (Exception,))

    class GuardedConsumer(Consumer):
        """Celery's consumer, which sees what the gate lets pass."""

        def create_task_handler(self, *args: Any, **kwargs: Any) -> Admit:
            """What is done with each message."""
            deliver: Admit = super().create_task_handler(*args, **kwargs)

            def admit(message: Message) -> None:
                try:
                    gate.check(message)
                    deliver(message)
                except Exception as error:  # noqa: BLE001 - no message may end the worker
                    refuse(message, error)

            return admit

        def on_decode_error(self, message: Any, exc: Exception) -> None:
            """A message whose envelope is broken."""
            refuse(message, exc)

    return GuardedConsumer
