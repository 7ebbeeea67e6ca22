"""Ask a server's API for JSON: with a token that goes to this server alone, and within limits.

Redirects are not followed. Certificates are verified against the system's authorities, or those that
OpenSSL's own variable SSL_CERT_FILE names.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from pipeline.errors import SourceError, UsageError
from pipeline.inventory.problems import shown
from pipeline.values.urls import split_login, url_problem

MAX_BYTES = 32 * 2**20
_SCHEMES = ("https", "http")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and what every request to it carries. `timeout_s` bounds a whole answer."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if problem := url_problem(self.url, _SCHEMES):
            raise UsageError(f"the server's address {problem}")
        if split_login(self.url)[1] is not None:
            raise UsageError("the server's address must not hold a login; give the token with --token-from")
        if self._parts.query or self._parts.fragment or not self._parts.hostname:
            raise UsageError("the server's address is https://HOST, or with the path that it is installed at")

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def in_the_clear(self) -> bool:
        """Whether the token travels unencrypted, and not only inside of this machine."""
        return self._parts.scheme.lower() == "http" and not (self._parts.hostname or "").startswith("127.")

    def path(self, below: str) -> str:
        """The path of an API below the address."""
        return self._parts.path.rstrip("/") + below

    def path_of(self, url: object) -> str:
        """The path of an URL that the server gave; SourceError if it leads elsewhere, where no token goes."""
        parts = urlsplit(url) if isinstance(url, str) and url.isprintable() else urlsplit("")
        with suppress(ValueError):
            if _origin(parts) == _origin(self._parts) and parts.username is None:
                return parts.path + (f"?{parts.query}" if parts.query else "")
        raise SourceError(
            f"{self._name}: its next page is at another server, {shown(str(url))}; not followed"
        )

    def get(self, path: str) -> object:
        """The JSON of an answer; SourceError, in one line, for everything else."""
        status, location, body = self._fetch(path)
        if status in (401, 403):
            raise SourceError(
                f"{self._name}: the server refused the token ({status}); give one that may read"
            )
        if 300 <= status < 400:
            raise SourceError(
                f"{self._name}: the server redirects to {shown(location)}, which is not followed; "
                "give the address that it is reached at"
            )
        if status != 200:
            raise SourceError(f"{self._name}: {shown(path)} was answered with status {status}")
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{self._name}: {shown(path)} was not answered with JSON") from error

    @property
    def _name(self) -> str:
        return f"{self._parts.scheme}://{self._parts.netloc}"

    def _fetch(self, path: str) -> tuple[int, str, bytes]:
        connection = self._connection()
        late = threading.Event()
        try:
            with closing(connection):
                connection.connect()
                with _limited(connection.sock, self.timeout_s, late):
                    connection.request("GET", path, headers={"Accept": "application/json", **self.headers})
                    with connection.getresponse() as response:
                        body = response.read(MAX_BYTES + 1)
                if late.is_set():
                    raise TimeoutError
                if len(body) > MAX_BYTES:
                    raise SourceError(f"{self._name}: an answer of more than {MAX_BYTES >> 20} MiB")
                if response.length:
                    raise SourceError(f"{self._name}: the connection ended within an answer")
                return response.status, response.getheader("Location", ""), body
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceError(f"{self._name}: {self._reason(error, late.is_set())}") from error

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme.lower() == "http":
            return http.client.HTTPConnection(host, port, timeout=self.timeout_s)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=context)

    def _reason(self, error: Exception, late: bool) -> str:
        if late or isinstance(error, TimeoutError):
            return f"no whole answer within {self.timeout_s:g} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not trusted: {error.verify_message}; "
                "name the file of your authority in SSL_CERT_FILE"
            )
        if isinstance(error, ssl.SSLError):
            return "it does not speak TLS here; is it http:// or another port?"
        if isinstance(error, OSError) and error.strerror:
            return error.strerror[:1].lower() + error.strerror[1:]
        return "it does not answer with HTTP"


@contextmanager
def _limited(stream: socket.socket, seconds: float, late: threading.Event) -> Iterator[None]:
    """Break the connection off when the time is over. A socket's own timeout starts anew with every byte."""

    def give_up() -> None:
        late.set()
        with suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, parts.port or _PORTS.get(scheme)
