"""TLS for the servers of the tests: authorities, certificates, and TLS in front of a server that has none."""

from __future__ import annotations

import ipaddress
import os
import select
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.system.postgres_server import PostgresProgram, find_postgres
from pipeline.system.server import ENV
from pipeline.system.spawn import plain_identities, spawn, stop
from tests.servers.processes import free_port, missing, until_ready

_PLAIN = serialization.NoEncryption()
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a server's certificate and its key."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


class Authority:
    """A CA of one's own; `file` is its certificate."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name).issuer_name(self._name).public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2)).not_valid_after(now + timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(certificate.public_bytes(_PEM))

    def issue(self, name: str, *names: str, expired: bool = False) -> Certificate:
        """A certificate for these host names and addresses, in files called `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        until = now - timedelta(hours=1) if expired else now + timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip
        chain, file = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        chain.write_bytes(certificate.public_bytes(_PEM))
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, _PLAIN))
        return Certificate(chain, file)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


Connect = Callable[[], socket.socket]


def to_unix(path: str) -> Connect:
    """A way to a server on a Unix socket."""

    def connect() -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        return server

    return connect


def to_port(port: int) -> Connect:
    """A way to a server on a loopback port."""
    return lambda: socket.create_connection(("127.0.0.1", port))


@contextmanager
def relay(connect: Connect, certificate: Certificate | None) -> Iterator[int]:
    """A port on all of this machine's loopback that leads to a server; with a certificate, over TLS."""
    context = None if certificate is None else certificate.context()
    threads: list[threading.Thread] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        over = threading.Event()

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=_serve, args=(client, context, connect, over)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(10)
            for thread in threads:
                thread.join(10)


def _serve(
    client: socket.socket, context: ssl.SSLContext | None, connect: Connect, over: threading.Event
) -> None:
    with ExitStack() as stack, suppress(OSError):
        stack.enter_context(client)
        client.settimeout(10)
        if context is not None:
            client = stack.enter_context(context.wrap_socket(client, server_side=True))
        server = stack.enter_context(connect())
        while not over.is_set():
            # What TLS has decrypted already does not show in select.
            pending = isinstance(client, ssl.SSLSocket) and client.pending()
            readable = [client] if pending else select.select([client, server], [], [], 0.1)[0]
            for source in readable:
                data = source.recv(65536)
                if not data:
                    return
                (server if source is client else client).sendall(data)


@contextmanager
def serve_postgres(folder: Path, certificate: Certificate | None) -> Iterator[int]:
    """A Postgres of its own on a loopback port, that takes nobody without TLS where it has a certificate."""
    # The wheel's is built without TLS.
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or missing("no Debian package postgresql")
    program = find_postgres(installed[-1], identities=plain_identities())
    owner = program.identity.owner
    folder.mkdir(mode=0o700)
    if certificate is not None:
        for file, name in ((certificate.chain, "server.crt"), (certificate.key, "server.key")):
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(file.read_bytes())
    if owner is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, *owner)
    log, data, port = folder / "log", folder / "data", free_port()
    _run_to_its_end(
        program, log,
        ["initdb", "-D", data, "--username", "backup", "--auth", "trust", "--no-sync", "--encoding", "UTF8",
         "--locale", "C"],
    )  # fmt: skip
    kind = "host" if certificate is None else "hostssl"
    (data / "pg_hba.conf").write_text(f"{kind} all all 127.0.0.1/32 trust\n")
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
    if certificate is not None:
        options |= {
            "ssl": "on",
            "ssl_cert_file": folder / "server.crt",
            "ssl_key_file": folder / "server.key",
        }
    settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with log.open("ab") as output:
        process = spawn(
            [program.bin / "postgres", "-D", data, *settings],
            death_signal=signal.SIGQUIT,
            identity=program.identity,
            cwd=Path("/"),
            env=ENV,
            stdout=output,
            stderr=output,
        )
    try:
        until_ready(lambda: _takes(port), process, log, 60)
        yield port
    finally:
        stop(process, signal.SIGINT, 20)


def _run_to_its_end(program: PostgresProgram, log: Path, command: list[str | Path]) -> None:
    with log.open("ab") as output:
        process = spawn(
            [program.bin / command[0], *command[1:]],
            death_signal=signal.SIGKILL,
            identity=program.identity,
            cwd=Path("/"),
            env=ENV,
            stdout=output,
            stderr=output,
        )
    assert process.wait(60) == 0, log.read_text()


def _takes(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://backup@127.0.0.1:{port}/postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
