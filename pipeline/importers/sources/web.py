"""Ask a server's API for JSON: with a token that goes to this server alone, and within limits.

Redirects are not followed. Certificates are verified against the system's authorities, or those that
OpenSSL's own variable SSL_CERT_FILE names. No proxy is used, whatever the environment says.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from errno import ECONNABORTED
from socket import SHUT_RDWR
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import httpx

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
    # Made once: to read a system's authorities costs ten times as much as a request.
    _tls: ssl.SSLContext = field(
        default_factory=ssl.create_default_context, init=False, repr=False, compare=False
    )

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
        """Status, `Location` and body of the answer to a GET of `path`, all of it over one connection."""
        deadline = _Deadline(self.timeout_s, "start_tls" if self._is_https else "connect_tcp")
        extensions = {"trace": deadline.trace}
        try:
            # The host is that of `self.url`, whatever `path` holds.
            url = httpx.URL(self.url).copy_with(raw_path=path.encode("ascii"))
            with (
                # trust_env: a proxy, or a login in ~/.netrc, would be one that nobody gave to this command.
                httpx.Client(verify=self._tls, trust_env=False, timeout=self.timeout_s) as client,
                deadline,
                client.stream("GET", url, headers=self._headers, extensions=extensions) as response,
            ):
                body = self._body(response)
            if deadline.passed:
                raise TimeoutError
            return response.status_code, response.headers.get("Location", ""), body
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise SourceError(f"{self._name}: {self._reason(error, deadline.passed)}") from error

    @property
    def _is_https(self) -> bool:
        return self._parts.scheme.lower() == "https"

    @property
    def _headers(self) -> Mapping[str, str]:
        # An answer that is not compressed cannot become a larger one than what MAX_BYTES counts.
        ours = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "devicevault"}
        return {**ours, **self.headers}

    def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            for part in response.iter_raw():
                body += part
                if len(body) > MAX_BYTES:
                    raise SourceError(f"{self._name}: an answer of more than {MAX_BYTES >> 20} MiB")
        except httpx.RemoteProtocolError as error:
            if "Content-Length" in response.headers:
                message = "the connection ended within an answer"
                raise ConnectionAbortedError(ECONNABORTED, message) from error
            raise
        return bytes(body)

    def _reason(self, error: BaseException, late: bool) -> str:
        causes = list(_causes(error))
        if late or any(isinstance(cause, TimeoutError | httpx.TimeoutException) for cause in causes):
            return f"no whole answer within {self.timeout_s:g} s"
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return (
                    f"its certificate is not trusted: {cause.verify_message}; "
                    "name the file of your authority in SSL_CERT_FILE"
                )
            if isinstance(cause, ssl.SSLError):
                return "it does not speak TLS here; is it http:// or another port?"
            if isinstance(cause, OSError) and cause.strerror:
                return cause.strerror[:1].lower() + cause.strerror[1:]
        return "it does not answer with HTTP"


class _Deadline:
    """Break a connection off when the time is over. httpx's own timeouts start anew with every byte.

    The time begins when the connection stands: with the step `connect_tcp`, or `start_tls`.
    """

    def __init__(self, seconds: float, step: str) -> None:
        self._seconds, self._step = seconds, f"connection.{step}.complete"
        self._timer: threading.Timer | None = None
        self._passed = threading.Event()

    @property
    def passed(self) -> bool:
        """Whether the connection was broken off."""
        return self._passed.is_set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Take note of a step of httpx's, as its extension `trace` tells of them."""
        if event == self._step:
            stream = about["return_value"]
            self._timer = threading.Timer(self._seconds, self._give_up, [stream.get_extra_info("socket")])
            self._timer.daemon = True
            self._timer.start()

    def _give_up(self, connection: Any) -> None:
        self._passed.set()
        with suppress(OSError):
            connection.shutdown(SHUT_RDWR)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those behind it: httpx wraps the socket's own, and hides it with `from None`."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, parts.port or _PORTS.get(scheme)
