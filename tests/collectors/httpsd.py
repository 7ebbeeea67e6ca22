"""A real HTTPS server on loopback that answers as a test says, with a certificate made for it."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collectors.transport.tls import pin_of


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files hold them."""

    pem: bytes
    der: bytes

    @property
    def pin(self) -> str:
        return pin_of(self.der)


@cache
def certificate(name: str = "device") -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificate(
        private + signed.public_bytes(serialization.Encoding.PEM),
        signed.public_bytes(serialization.Encoding.DER),
    )


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Httpsd:
    """Where the server listens, and what it was asked."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


Answer = Callable[[Asked, BaseHTTPRequestHandler], None]


def answer(
    to: BaseHTTPRequestHandler, body: bytes | str = b"", status: int = 200, **headers: str | int
) -> None:
    """A whole answer of a known length, unless `headers` say another one."""
    data = body.encode() if isinstance(body, str) else body
    to.send_response(status)
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    for name, value in {"Content-Length": str(len(data)), **named}.items():
        to.send_header(name, value)
    to.end_headers()
    to.wfile.write(data)


@contextmanager
def httpsd(answers: Answer, tmp_path: Path, shows: Certificate | None = None) -> Iterator[Httpsd]:
    """Serve until the block ends; its threads have ended then."""
    seen = Httpsd()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with suppress(OSError):  # a client that leaves early is what the tests are about
                super().handle_one_request()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = Asked(self.command, self.path, dict(self.headers), body)
            seen.asked.append(asked)
            self.close_connection = True
            answers(asked, self)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def finish_request(self, request: object, client_address: object) -> None:
            with suppress(OSError):  # a handshake that the client breaks off
                tls = context.wrap_socket(request, server_side=True)  # type: ignore[arg-type]
                try:
                    super().finish_request(tls, client_address)
                finally:
                    tls.close()

    pem = tmp_path / "server.pem"
    pem.write_bytes((shows or certificate()).pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = Server(("127.0.0.1", 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield seen
    finally:
        seen.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
