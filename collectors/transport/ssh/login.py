"""One login: what the credential holds, in its order, each once. No agent, no key of the worker's user."""

from __future__ import annotations

import contextlib
import io
import re
import threading
from dataclasses import dataclass, field

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from paramiko.auth_handler import AuthHandler

from collectors.errors import AuthenticationFailed, BadRequest, Disconnected
from collectors.transport.host_key import HostKey
from collectors.transport.ssh.algorithms import ModernTransport
from collectors.transport.wire import Deadline

_CONSENT = re.compile(r"\b(?:accept|acknowledge|agree)\b.*\(yes/no\)", re.IGNORECASE | re.DOTALL)
LOGIN_ORDER = ("private_key", "password")


@dataclass(frozen=True, slots=True)
class Login:
    """Where to connect, which key to expect there, and the one credential to offer.

    `device` begins every message; `legacy` also offers what is broken (see collectors.transport.ssh.legacy);
    `order` names the secrets in the order in which they are offered.
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
    order: tuple[str, ...] = LOGIN_ORDER


def authenticate(transport: ModernTransport, login: Login, deadline: Deadline) -> None:
    """Offer the credential once, a secret that the device refuses being the end of it.

    The next one in order is offered to a device that does not take the first kind at all, or that has
    accepted it and wants the other too.
    """
    pending = [name for name in login.order if getattr(login, name) is not None]
    if not pending:
        raise BadRequest(f"{login.device}: the credential holds neither a password nor a private key")
    early: list[str] = []  # what the device did not take yet, and may take after another
    problem: AuthenticationFailed | None = None
    again = False
    while pending:
        name = pending.pop(0)
        left, problem = _offered(transport, login, name, deadline, again=again)
        again = True
        if problem is not None:
            early.append(name)
        elif left:
            problem = AuthenticationFailed(f"{_who(login)}: the device also wants {', '.join(left)}")
            pending, early = early + pending, []
        else:
            return
    assert problem is not None
    raise problem


def _offered(
    transport: ModernTransport, login: Login, name: str, deadline: Deadline, *, again: bool
) -> tuple[list[str], AuthenticationFailed | None]:
    """What the device wants beside this secret; the error of one that takes no secret of this kind."""
    step = "during authentication"
    transport.auth_timeout = deadline.left(step)
    try:
        if name == "private_key":
            return _key(transport, login, again=again), None
        return _password(transport, login.username, login.password or "", again=again), None
    except paramiko.BadAuthenticationType as error:
        failed = AuthenticationFailed(
            f"{_who(login)}: the device takes only {', '.join(error.allowed_types)}"
        )
        failed.__cause__ = error
        return [], failed
    except paramiko.AuthenticationException as error:
        deadline.left(step)
        if not transport.is_active():
            raise AuthenticationFailed(
                f"{_who(login)}: the device closed the connection at the login"
            ) from error
        kind = name.replace("_", " ")
        raise AuthenticationFailed(
            f"{_who(login)}: the device refused the {kind}; one attempt was made"
        ) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Disconnected(f"{login.device}: the connection broke {step}: {error}") from error


def _who(login: Login) -> str:
    return f"{login.device}: user '{login.username}'"


class _SecondMethod(AuthHandler):
    """Tries a further method in the service that is already accepted.

    paramiko asks for the service again before every method, and some servers hang up at that (RFC 4253, 10).
    """

    def _request_auth(self) -> None:
        accepted = paramiko.Message()
        accepted.add_string("ssh-userauth")
        accepted.rewind()
        self._parse_service_accept(accepted)  # type: ignore[attr-defined]


def _key(transport: ModernTransport, login: Login, *, again: bool) -> list[str]:
    key = _private_key(login, transport.rsa_key)
    if not again:
        return transport.auth_publickey(login.username, key)
    event = threading.Event()
    handler = transport.auth_handler = _SecondMethod(transport)
    handler.auth_publickey(login.username, key, event)
    return handler.wait_for_response(event)


def _password(transport: paramiko.Transport, username: str, password: str, *, again: bool) -> list[str]:
    """Password authentication, or its keyboard-interactive form where that is all the device offers.

    A device that offers no method at all is entered without one.
    """
    event = threading.Event()
    try:
        if not again:
            return transport.auth_password(username, password, fallback=False)
        handler = transport.auth_handler = _SecondMethod(transport)
        handler.auth_password(username, password, event)
        return handler.wait_for_response(event)
    except paramiko.BadAuthenticationType as error:
        if not any(error.allowed_types):
            # It takes no secret of any kind here: its command line asks who is there, as over Telnet.
            event = threading.Event()
            handler = transport.auth_handler = _SecondMethod(transport)
            handler.auth_none(username, event)
            return handler.wait_for_response(event)
        if "keyboard-interactive" not in error.allowed_types:
            raise
    asked = False

    def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        nonlocal asked
        if not prompts:
            return []
        if len(prompts) == 1 and _CONSENT.search(prompts[0][0]):
            return ["yes"]  # a statement that stands before the login, as PAN-OS can ask for
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
