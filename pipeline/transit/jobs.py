"""Jobs on their groups' queues: sending them, and how many wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from celery import Celery

from pipeline.transit.broker import broker_away, broker_errors, make_queue, queue_name
from pipeline.transit.signing import SigningKey, canonical, digest
from pipeline.values.job import Job

_PATIENCE = {"max_retries": 3, "interval_start": 0.2, "interval_step": 0.5, "timeout": 10}
"""How long to wait for a broker that restarts; in seconds."""
_BATCH = 250  # messages that Redis gets in one go


SIGNATURE = "devicevault-signature"
"""The header of a task's message that holds its driver's signature."""


def order_digest(task: str, queue: str, arguments: Mapping[str, Any]) -> bytes:
    """What a driver signs of a message: the task, the queue and all arguments, deadline and all."""
    return digest("order", task.encode(), queue.encode(), canonical(arguments))


def send(
    app: Celery,
    task: str,
    jobs: Sequence[Job],
    expires: datetime | None = None,
    **arguments: Any,
) -> Iterator[Job]:
    """Queue a task for each job and yield the job once its message is with the broker.

    `arguments` go to the task beside the job. If the app has a key, the messages are signed with it. A worker
    that finds a message after `expires` drops it. Raises ServiceError if the broker is away: what was
    yielded by then is queued, and a few more may be.
    """
    url: str = app.conf.broker_url
    names = {queue_name(job.device.queue_id) for job in jobs}
    away = broker_errors(app.connection_for_write())
    try:
        with app.producer_pool.acquire(block=True, timeout=10) as producer:
            producer.connection.ensure_connection(**_PATIENCE)
            # Bound once: kombu would copy a queue, and look whether it is there, with every message.
            queues = {name: make_queue(url, name)(producer.channel) for name in names}
            for start in range(0, len(jobs), _BATCH):
                batch = jobs[start : start + _BATCH]
                orders = [{"job": job.to_json(), **arguments} for job in batch]
                headers = _signed(getattr(app, "signing_key", None), task, batch, orders)
                with producer.batch():
                    for job, order, header in zip(batch, orders, headers, strict=True):
                        app.send_task(
                            task,
                            kwargs=order,
                            headers=header,
                            task_id=job.task_id,
                            queue=queues[queue_name(job.device.queue_id)],
                            soft_time_limit=job.soft_limit_s,
                            time_limit=job.hard_limit_s,
                            expires=expires,
                            producer=producer,
                            ignore_result=True,
                            # Arguments appear in events and Flower; the identifier is what a person wants.
                            argsrepr="()",
                            kwargsrepr=repr(job.task_identifier),
                        )
                yield from batch
    except away as error:
        raise broker_away(app, error) from error


def queue_length(app: Celery, queue: str) -> int:
    """How many messages wait in a queue; 0 if there is no such queue. ServiceError if the broker is away."""
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(**_PATIENCE)
            with closing(connection.channel()) as channel:
                return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except connection.channel_errors:
        return 0
    except broker_errors(connection) as error:
        raise broker_away(app, error) from error


def _signed(
    key: SigningKey | None, task: str, jobs: Sequence[Job], orders: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, str] | None]:
    """For each message the header with its signature."""
    if key is None:
        return [None] * len(jobs)
    digests = [
        order_digest(task, queue_name(job.device.queue_id), order)
        for job, order in zip(jobs, orders, strict=True)
    ]
    return [{SIGNATURE: signature} for signature in key.sign_all(digests)]
