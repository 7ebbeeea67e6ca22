"""HTTPS as a Connection: each request has a stream of its own, whose certificate was verified.

`run` takes a request as a platform writes it: a method, a path and perhaps a body. Redirects are not
followed, because the credential is for the device that was asked. No credential is ever part of a path.
"""

from __future__ import annotations

import http.client
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager

from collectors.errors import (
    AuthenticationFailed,
    BadRequest,
    CollectError,
    Disconnected,
    Incompatible,
    Rejected,
    TimedOut,
    TooLarge,
    Truncated,
    Unreachable,
    quoted,
)
from collectors.transport.tls import TlsStream
from collectors.transport.wire import Deadline, Wire

PORT = 443
_ANSWER_S = 180.0  # a big firewall writes its whole configuration before the first byte
_CHUNK = 1 << 16
_INFLATED = 1 << 20  # bytes at a time, so that the byte cap stops a decompression bomb
_LOGIN_CAP = 1 << 20


class HttpsConnection:
    """A device that answers requests.

    `host` is the device as a URL names it; `open_stream` opens a verified stream for one request.
    """

    def __init__(
        self, host: str, device: str, deadline: Deadline, open_stream: Callable[[], TlsStream]
    ) -> None:
        self._host = host
        self._device = device
        self._deadline = deadline
        self._open_stream = open_stream
        self._headers: Mapping[str, str] = {}

    @property
    def alive(self) -> bool:
        """True: between two requests nothing is open that could break."""
        return True

    def authorize(self, headers: Mapping[str, str]) -> None:
        """Send `headers` with every request from now on."""
        for value in headers.values():
            if not (value.isascii() and value.isprintable()):
                raise BadRequest(f"{self._device}: the credential holds characters that no HTTP header can")
        self._headers = headers

    def run(self, command: str) -> HttpsAnswer:
        """Send a request such as "GET /path" or "POST /path a=1&b=2" and return the answer's body.

        Raises AuthenticationFailed (401, 403), Rejected (a redirect, any other 4xx), Unreachable (429, 5xx).
        """
        method, path, *body = command.split(" ", 2)
        return self.request(method, path, "".join(body), named=command)

    def request(self, method: str, path: str, body: str, *, named: str) -> HttpsAnswer:
        """As `run`. `named` stands for the request in messages, because `body` may hold a credential."""
        step = f"after '{named}'"
        stream = self._open_stream()
        try:
            stream.patience_s = _ANSWER_S
            with http_errors(self._device, step):
                self._send(stream, method, path, body)
                response = http.client.HTTPResponse(stream, method=method)  # type: ignore[arg-type]
                response.begin()
            self._check(response, named)
            return HttpsAnswer(response, stream, self._device, step)
        except BaseException:
            stream.close()
            raise

    def exchange(self, method: str, path: str, body: str, *, named: str) -> str:
        """The whole text of a short answer, such as that of a login."""
        answer = bytearray()
        with closing(self.request(method, path, body, named=named)) as channel:
            while data := channel.receive(_ANSWER_S):
                answer += data
                if len(answer) > _LOGIN_CAP:
                    raise TooLarge(f"{self._device}: more than {_LOGIN_CAP >> 20} MB arrived after '{named}'")
            if data is None:
                raise TimedOut(f"{self._device}: nothing came for {_ANSWER_S:.0f} s after '{named}'")
            channel.exit_status(0)
        return answer.decode(errors="replace")

    @property
    def asks_login(self) -> bool:
        """No: every request carries who asks."""
        return False

    def shell(self) -> Wire:
        """BadRequest: there is no command line behind an API."""
        raise BadRequest(f"{self._device}: there is no command line over HTTPS")

    def fetch(self, path: str, cap: int, idle_s: float) -> bytes:  # noqa: ARG002 - Connection's
        """BadRequest: files are fetched over SSH."""
        raise BadRequest(f"{self._device}: the file '{path}' can be fetched over SSH only")

    def close(self) -> None:
        """Nothing is open between two requests."""

    def _send(self, stream: TlsStream, method: str, path: str, body: str) -> None:
        headers = {
            "Host": self._host,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "close",
            **self._headers,
        }
        if body:
            is_json = body.startswith("{")
            headers["Content-Type"] = "application/json" if is_json else "application/x-www-form-urlencoded"
        writer = http.client.HTTPConnection(self._host)
        writer.sock = stream
        writer.request(method, path, body.encode() if body else None, headers)
        writer.sock = None

    def _check(self, response: http.client.HTTPResponse, named: str) -> None:
        """Return if the answer's status says that it holds what was asked for."""
        status = response.status
        if status == http.HTTPStatus.OK:
            return
        answer = f"{self._device}: '{named}' was answered with {status} {quoted(response.reason)}"
        if status in (401, 403):
            raise AuthenticationFailed(f"{answer}: the device refused the credential; one attempt was made")
        if 300 <= status < 400:
            raise Rejected(f"{answer}: redirects are not followed; check the device's address and port")
        if status == 429 or status >= 500:
            raise Unreachable(answer)
        raise Rejected(answer)


class HttpsAnswer:
    """The body of one answer as a Channel. A body in gzip is inflated."""

    def __init__(self, response: http.client.HTTPResponse, stream: TlsStream, device: str, step: str) -> None:
        self._response = response
        self._stream = stream
        self._device = device
        self._step = step
        self._ended = self._cut = False
        encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise Incompatible(f"{device}: the answer is encoded as {quoted(encoding)} {step}")
        self._gzip = None if encoding == "identity" else zlib.decompressobj(wbits=31)

    def send(self, data: bytes) -> None:  # noqa: ARG002 - Wire's
        """BadRequest: the request is over."""
        raise BadRequest(f"{self._device}: nothing more can be sent {self._step}")

    def receive(self, timeout_s: float) -> bytes | None:
        """See Wire."""
        self._stream.patience_s = timeout_s
        while not self._ended:
            pending = b"" if self._gzip is None else self._gzip.unconsumed_tail
            if not pending:
                try:
                    with http_errors(self._device, self._step):
                        pending = self._response.read1(_CHUNK)
                except TimedOut:
                    return None
                except http.client.IncompleteRead:
                    self._ended = self._cut = True  # a chunk, or its end, is missing
                    break
                self._ended = not pending
            if data := self._inflate(pending):
                return data
        return b""

    def exit_status(self, timeout_s: float) -> int:  # noqa: ARG002 - Wire's
        """0 if the answer came to the end that it announced; Truncated if it ended before."""
        if self._cut or self._response.length or (self._gzip is not None and not self._gzip.eof):
            raise Truncated(f"{self._device}: the answer broke off {self._step}")
        return 0

    def complaint(self) -> str:
        """Empty: an error has an HTTP status of its own."""
        return ""

    def close(self) -> None:
        """See Wire."""
        self._response.close()
        self._stream.close()

    def _inflate(self, data: bytes) -> bytes:
        if self._gzip is None or self._gzip.eof:
            return data if self._gzip is None else b""
        try:
            return self._gzip.decompress(data, _INFLATED)
        except zlib.error as error:
            raise Disconnected(f"{self._device}: damaged gzip data came {self._step}") from error


@contextmanager
def http_errors(device: str, step: str) -> Iterator[None]:
    """Raise exceptions of http.client, ssl and the socket as ours. IncompleteRead passes as it is."""
    try:
        yield
    except (CollectError, http.client.IncompleteRead):
        raise
    except TimeoutError as error:
        raise TimedOut(f"{device}: no answer {step}") from error
    except OSError as error:  # http.client's RemoteDisconnected and all of ssl's are among them
        raise Disconnected(
            f"{device}: the connection broke {step}: {error or 'closed by the device'}"
        ) from error
    except http.client.HTTPException as error:
        kind = type(error).__name__
        raise Incompatible(f"{device}: what answers is not HTTP {step} ({kind})") from error
