"""The worker process: Celery, with the queues of one or more groups and the default queue."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Sequence
from typing import Any, Literal

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning

from pipeline import logs
from pipeline.settings import Settings
from pipeline.transit.broker import (
    TASKS,
    broker_url,
    check_broker,
    make_app,
    make_queue,
    queue_name,
    unacked_keys,
)
from pipeline.transit.connect import check_redis, open_redis
from pipeline.transit.protocol import orders_dead_key
from pipeline.transit.trust import open_trust
from pipeline.worker import answering, backup, host_keys, probe
from pipeline.worker.connections import Connections
from pipeline.worker.credentials import check_fingerprint_key
from pipeline.worker.envelopes import tolerant
from pipeline.worker.gate import DeadLetters, Gate, guarded
from pipeline.worker.policy import PolicyInForce

Pool = Literal["prefork", "threads", "solo"]


def queues_of(queue_ids: Collection[str], *, default: bool = True) -> list[str]:
    """The queues of a worker for these groups, and with `default` the queue that any worker takes."""
    return [
        *(queue_name(queue_id) for queue_id in sorted(set(queue_ids))),
        *([queue_name(None)] if default else []),
    ]


def run(settings: Settings, queues: Sequence[str], pool: Pool = "prefork") -> int:
    """Work until stopped (SIGTERM: finish what runs) and return Celery's exit status.

    Raises ServiceError if the broker or Redis cannot be reached at the start; later outages are waited out.
    """
    app = make_app(settings)
    # Taken by name: a worker has rights on its own queues, and on what it has taken from them.
    app.conf.broker_transport_options |= unacked_keys(queues)
    url = broker_url(settings)
    app.conf.task_queues = [make_queue(url, name) for name in queues]
    app.conf.worker_pool = pool
    app.conf.worker_concurrency = settings.worker_concurrency
    trust = open_trust(settings, "worker")
    policy = PolicyInForce(settings)
    check_fingerprint_key(settings.fingerprint_key)
    connections = Connections(settings, trust)
    _guard(
        app, connections, orders_dead_key(settings.stream), queues,
        remote_control=settings.worker_remote_control,
    )  # fmt: skip
    backup.register(app, settings, connections, policy)
    for question in (probe.question(settings, policy), *host_keys.questions(policy)):
        answering.register(app, connections, question)
    _check_services(app, settings)

    @signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
    def keep_our_logging(**_: Any) -> None:
        """Celery leaves logging alone while this signal has a receiver."""

    logs.configure(settings, "worker")
    # Celery warns of root because of pickle (we take JSON only), and of its next version at every outage.
    warnings.simplefilter("ignore", SecurityWarning)
    warnings.simplefilter("ignore", CPendingDeprecationWarning)
    # Two workers of one name on one host would fight for a control queue.
    hostname = f"{settings.worker_name}.{os.getpid()}@%h"
    arguments = ["--quiet", "worker", "--hostname", hostname, "--without-gossip", "--without-mingle"]
    try:
        app.worker_main([*arguments, "--loglevel", settings.log_level])
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def _guard(
    app: Celery, connections: Connections, letters_key: str, queues: Sequence[str], *, remote_control: bool
) -> None:
    """Keep what is no order away from Celery, and let nobody command the worker without a signature."""
    letters = DeadLetters(lambda: connections.redis, letters_key)
    gate = Gate(TASKS, queues, connections.trust.verifier)
    app.conf.worker_consumer = guarded(gate, letters)
    app.amqp.Connection = tolerant(letters.refuse)
    # Celery's remote control has no login: whoever reaches the broker could end the worker, or change it.
    app.conf.worker_enable_remote_control = remote_control


def _check_services(app: Celery, settings: Settings) -> None:
    with open_redis(settings) as client:
        check_redis(client)
    check_broker(app)
