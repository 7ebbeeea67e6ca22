"""Redis as every process reaches it: the client of the settings, and its failures as one error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import redis

from pipeline.errors import ServiceError
from pipeline.settings import Settings
from pipeline.transit.endpoint import ca_file, check_logins, explained, redis_endpoint
from pipeline.values.urls import without_password

_SOCKET_TIMEOUT_S = 15.0


def connect(redis_url: str, ca_file: str | None = None) -> redis.Redis:
    """A client with bounded waits: a stopped but connected server must not block for ever.

    Over TLS the server's certificate is checked against the CAs of `ca_file`, or else the system's.
    """
    tls = redis_url.startswith("rediss:") and ca_file is not None and "ssl_ca_certs=" not in redis_url
    return redis.Redis.from_url(
        redis_url,
        protocol=2,  # one shape of answer from every server version
        socket_timeout=_SOCKET_TIMEOUT_S,
        socket_connect_timeout=5.0,
        **({} if redis_url.startswith("unix:") else {"socket_keepalive": True}),
        health_check_interval=30,
        **({"ssl_ca_certs": ca_file} if tls else {}),
    )


@contextmanager
def open_redis(settings: Settings) -> Iterator[redis.Redis]:
    """A client of the server that `pipeline.services.locate` found; closed at the end."""
    with closing(client_of(settings)) as client:
        yield client


def client_of(settings: Settings) -> redis.Redis:
    """A client of the server that `pipeline.services.locate` found; the caller closes it.

    Raises SettingsError if the server is another machine's and asks for no login.
    """
    assert settings.redis_url is not None, "locate() fills it in"
    check_logins(settings, [redis_endpoint(settings.redis_url)])
    return connect(settings.redis_url, ca_file(settings))


def check_redis(client: redis.Redis) -> None:
    """ServiceError if Redis is away."""
    with service_errors():
        client.ping()


@contextmanager
def service_errors() -> Iterator[None]:
    """Translate what a server that is away, full, read-only or not ours answers into one ServiceError."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, redis.ResponseError) as error:
        message = explained(without_password(" ".join(str(error).split())))
        raise ServiceError(f"DEVICEVAULT_REDIS_URL: cannot use Redis: {message}") from error
