"""Where Redis, the broker and Postgres are, as their URLs say: on this machine or not, encrypted or not.

The URLs are read by the libraries that connect to them, so that what is checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kombu.utils.url import parse_url as kombu_url
from psycopg import Error as PostgresError
from psycopg.conninfo import conninfo_to_dict
from redis.connection import parse_url as redis_py_url

from pipeline.errors import SettingsError
from pipeline.settings import PREFIX, Settings

CA_SETTING = f"{PREFIX}CA_FILE"
NO_LOGIN_SETTING = f"{PREFIX}ALLOW_NO_LOGIN"
_WELL_KNOWN = ("guest", "guest")
"""The login of a new RabbitMQ, which kombu takes where a URL has none."""
_UNCHECKED = (ssl.CERT_NONE, "none", "CERT_NONE", "optional", "CERT_OPTIONAL", ssl.CERT_OPTIONAL)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server of a service, as `setting` names it. `host` is None for a Unix socket.

    `is_checked` says whether the server's certificate is checked, and its name with it.
    """

    setting: str
    host: str | None
    has_login: bool
    is_encrypted: bool = False
    is_checked: bool = False

    @property
    def is_local(self) -> bool:
        """Whether it is a Unix socket, or a name or address that leads to this machine's loopback alone."""
        return self.host is None or is_loopback(self.host)


def endpoints(settings: Settings) -> list[Endpoint]:
    """The servers that the settings name. What is empty, or embedded, has none or a Unix socket."""
    found = []
    if settings.redis_url is not None:
        found.append(redis_endpoint(settings.redis_url))
    if settings.broker_url is not None:
        found += broker_endpoints(settings.broker_url)
    if settings.database_url is not None:
        found += database_endpoints(settings.database_url)
    return found


def redis_endpoint(url: str, setting: str = f"{PREFIX}REDIS_URL") -> Endpoint:
    """The server of a `redis://`, `rediss://` or `unix://` URL."""
    options = redis_py_url(url)
    has_login = bool(options.get("password") or options.get("ssl_certfile"))
    if "path" in options:
        return Endpoint(setting, None, has_login)
    encrypted = url.startswith("rediss://")
    return Endpoint(
        setting, str(options.get("host") or "localhost"), has_login, encrypted, encrypted and _checks(options)
    )


def broker_endpoints(urls: str) -> list[Endpoint]:
    """The servers of a broker's URL; there are several with `;` between them, for one that is away."""
    return [_broker_endpoint(url) for url in urls.split(";")]


def _broker_endpoint(url: str) -> Endpoint:
    setting = f"{PREFIX}BROKER_URL"
    scheme = url.partition("://")[0]
    if scheme in ("redis", "rediss", "unix"):
        return redis_endpoint(url, setting)
    if scheme == "redis+socket":
        return Endpoint(setting, None, has_login=False)
    options = kombu_url(url if "://" in url else f"amqp://{url}")
    login = (options["userid"] or _WELL_KNOWN[0], options["password"] or _WELL_KNOWN[1])
    encrypted = scheme == "amqps"
    return Endpoint(setting, options["hostname"] or "localhost", login != _WELL_KNOWN, encrypted, encrypted)


def _checks(options: Mapping[str, Any]) -> bool:
    unnamed = options.get("ssl_check_hostname", True) in (False, "False", "false", "0", "no")
    return options.get("ssl_cert_reqs") not in _UNCHECKED and not unnamed


def database_endpoints(url: str) -> list[Endpoint]:
    """The servers of a Postgres URL. Its own rules decide who needs a password, so that is not judged."""
    try:
        options = conninfo_to_dict(url)
    except PostgresError:
        return []  # whoever connects says what is wrong with it
    mode = str(options.get("sslmode") or "prefer")
    hosts = str(options.get("hostaddr") or options.get("host") or "").split(",")
    return [
        Endpoint(
            f"{PREFIX}DATABASE_URL",
            None if not host or host.startswith(("/", "@")) else host,
            has_login=True,
            is_encrypted=mode in ("require", "verify-ca", "verify-full"),
            is_checked=mode == "verify-full",
        )
        for host in hosts
    ]


def is_loopback(host: str) -> bool:
    """Whether a name or an address leads to this machine alone. A name that leads nowhere does not."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_is_loopback(str(entry[4][0])) for entry in found)


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def check_logins(settings: Settings, found: Iterable[Endpoint]) -> None:
    """SettingsError if a server that others can reach asks nobody who they are, unless that is allowed."""
    if settings.allow_no_login:
        return
    for endpoint in found:
        if not endpoint.has_login and not endpoint.is_local:
            raise SettingsError(
                f"{endpoint.setting}: {endpoint.host} is not this machine, and the URL has no login: whoever "
                "reaches that server reads the jobs and results, and can hold them up. Give it users and "
                f"passwords (`devicevault redis-acl`), or set {NO_LOGIN_SETTING}=true"
            )


def ca_file(settings: Settings) -> str | None:
    """The file of the CAs that may sign a server's certificate; None: those that the system trusts.

    SettingsError if it holds none that can be read.
    """
    if settings.ca_file is None:
        return None
    try:
        ssl.create_default_context(cafile=settings.ca_file)
    except ssl.SSLError as error:
        raise SettingsError(f"{CA_SETTING}: {settings.ca_file}: no certificates in PEM format") from error
    except OSError as error:
        raise SettingsError(f"{CA_SETTING}: {settings.ca_file}: {error.strerror}") from error
    return str(settings.ca_file)


_PROBLEMS: tuple[tuple[str, str], ...] = (
    (r"certificate has expired", "its certificate has expired"),
    (r"certificate is not yet valid", "its certificate is not valid yet"),
    (r"mismatch|does not match host name", "its certificate is another server's"),
    (r"unable to get .*issuer|self-signed certificate", f"no CA of {CA_SETTING} has signed its certificate"),
    # libpq does not say why.
    (
        r"certificate verify failed|signature failure",
        f"no CA of {CA_SETTING} has signed its certificate, or it is not valid now",
    ),
    (r"(?i)wrong.version.number|server does not support SSL", "there is no TLS on that port"),
    # A Redis waits for the rest of a command that it takes TLS for.
    (
        r"Timeout connecting to server",
        "no answer; if the URL begins with rediss://, perhaps there is no TLS on that port",
    ),
    (r"root certificate file .* does not exist", f"set {CA_SETTING} to the file of its CA"),
)  # fmt: skip


def explained(message: str) -> str:
    """A failure of TLS with what it means before it; any other message as it is."""
    for pattern, meaning in _PROBLEMS:
        if re.search(pattern, message):
            return f"{meaning} ({message})"
    return message
