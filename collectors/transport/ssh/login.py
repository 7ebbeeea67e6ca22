"""One login with the credential's secrets, each once and in its order. No agent and no other key."""

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

from collectors.errors import AuthenticationFailed, BadRequest, Disconnected, quoted
from collectors.transport.host_key import HostKey
from collectors.transport.second_factor import SECOND_FACTOR
from collectors.transport.ssh.algorithms import ModernTransport
from collectors.transport.wire import Deadline

_CONSENT = re.compile(r"\A(?>.*?\b(?:accept|acknowledge|agree)\b).*\(yes/no\)", re.IGNORECASE | re.DOTALL)
LOGIN_ORDER = ("private_key", "password")


@dataclass(frozen=True, slots=True)
class Login:
    """Where to connect, which key to expect there, and the one credential to offer.

    `device` begins every message. `legacy` also offers broken algorithms (see
    collectors.transport.ssh.legacy). `order` names the secrets in the order in which they are offered.
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
    """Offer the credential once. The first secret that the device refuses ends it.

    The next secret is offered only if the device takes no secret of the first kind, or has accepted the first
    and wants another one too.
    """
    pending = [name for name in login.order if getattr(login, name) is not None]
    if not pending:
        raise BadRequest(f"{login.device}: the credential holds neither a password nor a private key")
    postponed: list[str] = []  # the device did not take their kind yet, and may do so after another
    failure: AuthenticationFailed | None = None
    again = False
    while pending:
        name = pending.pop(0)
        match _offer(transport, login, name, deadline, again=again):
            case _KindNotTaken(error=failure):
                postponed.append(name)
            case _Accepted(also_wanted=()):
                return
            case _Accepted(also_wanted=kinds):
                failure = AuthenticationFailed(f"{_who(login)}: the device also wants {', '.join(kinds)}")
                pending, postponed = postponed + pending, []
        again = True
    assert failure is not None
    raise failure


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The device accepted the secret. The login is done unless it also wants secrets of other kinds."""

    also_wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _KindNotTaken:
    """The device takes no secret of this kind, at least not now. `error` is for a login that ends with it."""

    error: AuthenticationFailed


def _offer(
    transport: ModernTransport, login: Login, name: str, deadline: Deadline, *, again: bool
) -> _Accepted | _KindNotTaken:
    """Offer one secret. Raises AuthenticationFailed if the device refuses it."""
    step = "during authentication"
    transport.auth_timeout = deadline.left(step)
    try:
        if name == "private_key":
            return _Accepted(tuple(_offer_key(transport, login, again=again)))
        return _Accepted(tuple(_offer_password(transport, login.username, login.password or "", again=again)))
    except paramiko.BadAuthenticationType as error:
        failure = AuthenticationFailed(
            f"{_who(login)}: the device takes only {', '.join(error.allowed_types)}"
        )
        failure.__cause__ = error
        return _KindNotTaken(failure)
    except _MoreThanAPassword as error:
        raise AuthenticationFailed(
            f"{_who(login)}: the device asks for more than the password, a second factor: "
            f"'{quoted(str(error))}'; give the user of the backup a login that needs none"
        ) from error
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


class _MoreThanAPassword(Exception):
    """The device asked for a second factor; the text is its question."""


class _SecondMethod(AuthHandler):
    """Tries a further method within the service that the server has accepted already.

    paramiko asks for the service again before every method. Some servers hang up then (RFC 4253, 10).
    """

    def _request_auth(self) -> None:
        accepted = paramiko.Message()
        accepted.add_string("ssh-userauth")
        accepted.rewind()
        self._parse_service_accept(accepted)  # type: ignore[attr-defined]


def _offer_key(transport: ModernTransport, login: Login, *, again: bool) -> list[str]:
    key = _private_key(login, transport.rsa_key)
    if not again:
        return transport.auth_publickey(login.username, key)
    event = threading.Event()
    handler = transport.auth_handler = _SecondMethod(transport)
    handler.auth_publickey(login.username, key, event)
    return handler.wait_for_response(event)


def _offer_password(transport: ModernTransport, username: str, password: str, *, again: bool) -> list[str]:
    """Offer the password, or answer the keyboard-interactive prompt if the device takes only that.

    If the device takes no method at all, log in without one. Returns the methods that it also wants.
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
            # It takes no secret of any kind here: its command line will ask who logs in, as over Telnet.
            event = threading.Event()
            handler = transport.auth_handler = _SecondMethod(transport)
            handler.auth_none(username, event)
            wanted = handler.wait_for_response(event)
            transport.wanted_no_secret = True
            return wanted
        if "keyboard-interactive" not in error.allowed_types:
            raise
    asked = False
    more = ""

    def answer(title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        nonlocal asked, more
        if not prompts:
            return []
        if len(prompts) == 1 and _CONSENT.search(prompts[0][0]):
            return ["yes"]  # a statement that stands before the login, as PAN-OS can ask for
        if asked or len(prompts) > 1 or SECOND_FACTOR.search(prompts[0][0]):
            more = prompts[-1][0].strip() or title.strip() or "something"
            raise paramiko.AuthenticationException("asked for more than the password")
        asked = True
        return [password]

    event = threading.Event()
    handler = transport.auth_handler = _SecondMethod(transport)
    handler.auth_interactive(username, answer, event)
    try:
        return handler.wait_for_response(event)
    except paramiko.AuthenticationException as error:
        if not more:
            raise
        raise _MoreThanAPassword(more) from error


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
