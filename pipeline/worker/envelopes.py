"""Messages whose envelope is broken, or that are compressed: refused, where kombu would give up or inflate.

kombu keeps a message in an envelope of JSON. One that is not as it expects raises in the middle of its loop,
which ends the worker; and the message goes back to the head of its queue, where the next worker finds it.
RabbitMQ checks a message's frame itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from kombu.connection import Connection
from kombu.transport import pyamqp
from kombu.transport import redis as kombu_redis
from kombu.transport.virtual import Empty

log = logging.getLogger("devicevault.worker")

Refuse = Callable[[object, str], None]
"""What is done with the remains of a message; the second argument is what is wrong with it."""


COMPRESSION = "compression"
"""By this header kombu inflates a message before anybody has looked at it: a megabyte becomes gigabytes."""


def problem_of(envelope: object) -> str | None:
    """What is wrong with an envelope; None if kombu can open it."""
    if not isinstance(envelope, dict):
        return "its envelope is no object"
    properties = envelope.get("properties")
    if not isinstance(properties, dict) or not isinstance(properties.get("delivery_tag"), str):
        return "its envelope names no delivery"
    where = properties.get("delivery_info")
    if not isinstance(where, dict) or not all(
        isinstance(where.get(name), str) for name in ("exchange", "routing_key")
    ):
        return "its envelope does not say where it goes"
    if properties.get("body_encoding") not in (None, "base64"):
        return "its envelope has an unknown encoding"
    if not isinstance(envelope.get("body"), str | None) or not isinstance(
        envelope.get("headers"), dict | None
    ):
        return "its envelope holds no message"
    return None


def tolerant(refuse: Refuse) -> type[Connection]:
    """kombu's connection, with a transport that gives broken envelopes to `refuse`, and inflates nothing."""

    class Channel(kombu_redis.Channel):
        """A channel that survives what it reads."""

        def _brpop_read(self, **options: Any) -> Any:
            try:
                return super()._brpop_read(**options)
            except (Empty, OSError, *self.connection_errors):
                raise
            except Exception as error:  # noqa: BLE001 - it was taken off the queue, and is not JSON
                refuse("", f"its envelope cannot be read: {type(error).__name__}")
                return True

    class Transport(kombu_redis.Transport):
        """A transport that looks at an envelope before it is opened."""

        def _deliver(self, message: Any, queue: str) -> None:
            problem = problem_of(message)
            if problem is None:
                super()._deliver(message, queue)
            else:
                refuse(message, problem)

    Transport.Channel = Channel

    class AmqpChannel(pyamqp.Channel):
        """A channel of RabbitMQ whose messages nobody inflates."""

        def message_to_python(self, raw_message: Any, *args: Any, **kwargs: Any) -> Any:
            """The message, with a header that the gate refuses if it says that it is compressed."""
            headers = raw_message.properties.get("application_headers")
            if headers and COMPRESSION in headers:
                headers["task"] = f"{COMPRESSION} {headers.pop(COMPRESSION)!s}"
            return super().message_to_python(raw_message, *args, **kwargs)

    class AmqpConnection(pyamqp.Connection):
        """A connection with such channels."""

        Channel = AmqpChannel

    class AmqpTransport(pyamqp.Transport):
        """A transport with such connections."""

        Connection = AmqpConnection

    class TolerantConnection(Connection):
        """A connection with the transports of this module."""

        def get_transport_cls(self) -> Any:
            """The transport's class."""
            found = super().get_transport_cls()
            if issubclass(found, kombu_redis.Transport):
                return Transport
            return AmqpTransport if issubclass(found, pyamqp.Transport) else found

    return TolerantConnection
