"""The Celery app: broker, queues and the limits that decide whether a message is lost.

The broker is a hint; the table is the ledger. Correctness relies on nothing here. The limits are set so that
the ledger seldom has to repair anything.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

from celery import Celery
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import BatchPublishError, OperationalError

from pipeline.errors import ServiceError, SettingsError
from pipeline.settings import PREFIX, Settings
from pipeline.transit.endpoint import broker_endpoints, ca_file, check_logins, explained, redis_endpoint
from pipeline.transit.signing import SigningKey
from pipeline.values.urls import without_password

TASK = "device.collect"
PROBE_TASK = "device.probe"
SCAN_TASK = "device.hostkeys"
VERIFY_TASK = "device.hostkeys.verify"
TASKS = (TASK, PROBE_TASK, SCAN_TASK, VERIFY_TASK)
"""All that a worker does."""
QUEUES = "collector."
"""What the names of our queues begin with."""
DEFAULT_QUEUE = f"{QUEUES}default"

# Longer than any hard limit, countdown and prefetch wait together: an unacknowledged message that the
# broker hands out again while it runs would be a second session at the device. The sweep is faster.
_VISIBILITY_TIMEOUT_S = 6 * 3600
_SOCKET_TIMEOUT_S = 15
_SETTING = "devicevault_broker_setting"  # ours among Celery's: which variable named the broker


def queue_name(queue_id: str | None) -> str:
    """`collector.group.<queue_id>`, or the default queue that any worker takes."""
    return f"{QUEUES}group.{queue_id}" if queue_id else DEFAULT_QUEUE


def unacked_keys(queues: Iterable[str]) -> dict[str, str]:
    """kombu's options for where Redis keeps the messages that workers of these queues have not finished.

    By itself kombu keeps those of all queues in one place, where each worker could read and drop them all.
    """
    names = ",".join(sorted(queues))
    return {f"{key}_key": f"{key}:{names}" for key in ("unacked", "unacked_index", "unacked_mutex")}


def broker_url(settings: Settings) -> str:
    """The broker's URL in kombu's spelling. If no broker is set, Redis is the broker, too."""
    url = settings.broker_url or settings.redis_url
    if not url:
        raise SettingsError(
            "DEVICEVAULT_BROKER_URL and DEVICEVAULT_REDIS_URL are empty and no embedded service runs in "
            f"{settings.state_dir}; set them, or start `devicevault up`"
        )
    if url.startswith("unix://"):
        path, _, query = url.removeprefix("unix://").partition("?")
        database = dict(part.partition("=")[::2] for part in query.split("&")).get("db", "0")
        return f"redis+socket://{path}?virtual_host={database}"
    return url


def make_queue(url: str, name: str) -> Queue:
    """A queue as both the driver and the workers declare it; on RabbitMQ a replicated quorum queue.

    On RabbitMQ its exchange is a topic exchange: a retry then waits in the broker, and not in a worker's
    prefetch, where it would block others.
    """
    if is_amqp(url):
        arguments = {"x-queue-type": "quorum"}
        return Queue(name, Exchange(name, type="topic"), routing_key=name, queue_arguments=arguments)
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


def is_amqp(url: str) -> bool:
    """Whether the broker is RabbitMQ."""
    return url.startswith(("amqp", "pyamqp"))


def _tls(url: str, cas: str | None) -> dict[str, Any] | bool:
    """How kombu talks TLS. By itself it checks no name with RabbitMQ, and nothing at all with Redis."""
    if url.startswith("amqps:"):
        # Without a name here, kombu fills in the host's.
        return {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": cas, "server_hostname": None}
    if url.startswith("rediss:"):
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": cas, "ssl_check_hostname": True}
    return False


class App(Celery):
    """Celery, and the key that signs the orders that it sends; None where nobody checks signatures."""

    signing_key: SigningKey | None = None


def make_app(settings: Settings, signing_key: SigningKey | None = None) -> App:
    """A Celery app for these settings, without tasks; see `pipeline.worker.backup.register`.

    Raises SettingsError if the broker is another machine's and asks for no login.
    """
    url = broker_url(settings)
    if settings.broker_url:
        check_logins(settings, broker_endpoints(settings.broker_url))
    elif settings.redis_url:
        check_logins(settings, [redis_endpoint(settings.redis_url)])
    app = App("devicevault", broker=url, set_as_current=False)
    app.signing_key = signing_key
    if is_amqp(url):
        # Without confirms a publish into a dying RabbitMQ succeeds and is gone.
        transport: dict[str, Any] = {
            "confirm_publish": True,
            "connect_timeout": 5,
            "read_timeout": _SOCKET_TIMEOUT_S,
            "write_timeout": _SOCKET_TIMEOUT_S,
        }
    else:
        transport = {
            "visibility_timeout": _VISIBILITY_TIMEOUT_S,
            "socket_timeout": _SOCKET_TIMEOUT_S,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 30,
            "priority_steps": [0],  # one list for each queue: no order is more urgent than another
        }
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        # A result backend would keep every configuration for a day.
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_default_queue=DEFAULT_QUEUE,
        task_queues=[make_queue(url, DEFAULT_QUEUE)],
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=5,
        broker_transport_options=transport,
        broker_use_ssl=_tls(url, ca_file(settings)),
        broker_heartbeat=30,
        task_publish_retry_policy={
            "max_retries": 5,
            "interval_start": 0,
            "interval_step": 0.5,
            "interval_max": 2,
        },
        timezone="UTC",
        **{_SETTING: f"{PREFIX}{'BROKER' if settings.broker_url else 'REDIS'}_URL"},
        enable_utc=True,
    )
    return app


def check_broker(app: Celery) -> str:
    """Connect once and return the broker's address without its password; ServiceError if it is away."""
    with app.connection_for_write() as connection:
        try:
            connection.ensure_connection(max_retries=2, interval_start=0.2, interval_step=0.2, timeout=10)
            return str(connection.as_uri())
        except broker_errors(connection) as error:
            raise broker_away(app, error) from error


def broker_errors(connection: Connection) -> tuple[type[Exception], ...]:
    """The exceptions of a broker that is away, or that refuses us."""
    kinds = (
        OSError,
        OperationalError,
        BatchPublishError,
        *connection.connection_errors,
        *connection.channel_errors,
    )
    # Kombu counts a KeyError of Redis' to them; here it would hide a bug.
    return tuple(kind for kind in kinds if kind is not KeyError)


def broker_away(app: Celery, error: Exception) -> ServiceError:
    """The broker's failure as one line that names the setting."""
    message = explained(without_password(" ".join(str(error).split())) or type(error).__name__)
    return ServiceError(f"{app.conf[_SETTING]}: cannot use the broker: {message}")
