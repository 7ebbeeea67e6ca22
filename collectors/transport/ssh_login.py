"""One login: the one credential, offered once. No agent, no key file of the worker's user."""

from __future__ import annotations

import contextlib
import io
import threading
from dataclasses import dataclass, field

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from paramiko.auth_handler import AuthHandler

from collectors.errors import AuthenticationFailed, BadRequest, Disconnected
from collectors.transport.algorithms import ModernTransport
from collectors.transport.host_key import HostKey
from collectors.transport.wire import Deadline


@dataclass(frozen=True, slots=True)
class Login:
    """Where to connect, which key to expect there, and the one credential to offer.

    `device` begins every message; `legacy` also offers what is broken (see collectors.transport.legacy).
    """

    device: str
    address: str
    port: int
    host_keys: tuple[HostKey, ...]
    username: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    legacy: bool = False


def authenticate(transport: ModernTransport, login: Login, deadline: Deadline) -> None:
    """Offer the one credential once. A device that wants more than that gets no second attempt."""
    step = "during authentication"
    transport.auth_timeout = deadline.left(step)
    who = f"{login.device}: user '{login.username}'"
    try:
        if login.private_key is not None:
            left = transport.auth_publickey(login.username, _private_key(login, transport.rsa_key))
        elif login.password is not None:
            left = _password(transport, login.username, login.password)
        else:
            raise BadRequest(f"{login.device}: the credential holds neither a password nor a private key")
    except paramiko.BadAuthenticationType as error:
        raise AuthenticationFailed(
            f"{who}: the device takes only {', '.join(error.allowed_types)}"
        ) from error
    except paramiko.AuthenticationException as error:
        deadline.left(step)
        if not transport.is_active():
            raise AuthenticationFailed(f"{who}: the device closed the connection at the login") from error
        kind = "private key" if login.private_key is not None else "password"
        raise AuthenticationFailed(f"{who}: the device refused the {kind}; one attempt was made") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Disconnected(f"{login.device}: the connection broke {step}: {error}") from error
    if left:
        raise AuthenticationFailed(f"{who}: the device also wants {', '.join(left)}")


class _SecondMethod(AuthHandler):
    """Tries a further method in the service that is already accepted.

    paramiko asks for the service again before every method, and some servers hang up at that (RFC 4253, 10).
    """

    def _request_auth(self) -> None:
        accepted = paramiko.Message()
        accepted.add_string("ssh-userauth")
        accepted.rewind()
        self._parse_service_accept(accepted)  # type: ignore[attr-defined]


def _password(transport: paramiko.Transport, username: str, password: str) -> list[str]:
    """Password authentication, or its keyboard-interactive form where that is all the device offers."""
    try:
        return transport.auth_password(username, password, fallback=False)
    except paramiko.BadAuthenticationType as error:
        if "keyboard-interactive" not in error.allowed_types:
            raise
    asked = False

    def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        nonlocal asked
        if not prompts:
            return []
        if asked or len(prompts) > 1:
            raise paramiko.AuthenticationException("asked for more than the password")
        asked = True
        return [password]

    event = threading.Event()
    handler = transport.auth_handler = _SecondMethod(transport)
    handler.auth_interactive(username, answer, event)
    return handler.wait_for_response(event)


def _private_key(login: Login, rsa_key: type[paramiko.RSAKey]) -> paramiko.PKey:
    """The credential's key in any format that OpenSSL or OpenSSH writes; BadRequest if it cannot be read."""
    text = ((login.private_key or "").strip() + "\n").encode()
    secret = login.passphrase.encode() if login.passphrase else None
    load = (
        serialization.load_ssh_private_key if b"BEGIN OPENSSH" in text else serialization.load_pem_private_key
    )
    try:
        plain = load(text, secret).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, rsa_key):
            with contextlib.suppress(paramiko.SSHException):
                return kind.from_private_key(io.StringIO(plain.decode()))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadRequest(
            f"{login.device}: the private key or its passphrase cannot be used: {error}"
        ) from error
    raise BadRequest(f"{login.device}: the private key is of no type that SSH accepts here")
