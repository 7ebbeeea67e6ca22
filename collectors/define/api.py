"""Configurations over a vendor's HTTPS API: what a platform says about it, and how one is collected.

An API is the platform with another way in. What it changes is declared in `Platform.api`; everything else,
from the rules for secrets to the check that all of it came, stays that of the platform.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from collectors.define.platform import Command, Platform
from collectors.define.rules import Drop, Fact, Hide
from collectors.errors import BadRequest
from collectors.journal import Journal
from collectors.request import Request
from collectors.transport import jump, tls
from collectors.transport.dial import Dial
from collectors.transport.https import PORT, HttpsConnection
from collectors.transport.wire import Deadline

Login = Callable[[HttpsConnection, Request], Mapping[str, str]]
"""The headers that show who asks, made of the request's credential; may ask the device for a key, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """How a platform's configuration is fetched where its options say `transport: https`.

    login      see Login
    config     as in Platform; a command is a method, a path and perhaps a body: "POST /api/ type=export"
    rejected, artefacts
               as in Platform
    volatile, secrets, facts, tidy
               what the answer's format needs; None where the platform's own rules fit
    """

    login: Login
    config: Command | tuple[Command, ...]
    rejected: str | None = None
    artefacts: Mapping[str, Command] = field(default_factory=dict, hash=False)
    volatile: tuple[Drop, ...] | None = None
    secrets: tuple[Hide, ...] | None = None
    facts: tuple[Fact, ...] | None = None
    tidy: Callable[[str], str] | None = None


def spoken(platform: Platform, request: Request) -> Platform:
    """The platform as it answers over the transport that was asked for.

    Raises BadRequest for HTTPS on a platform without an API.
    """
    if request.options.transport != "https":
        return platform
    api = platform.api
    if api is None:
        raise BadRequest(f"{request.device}: this platform is not collected over HTTPS; use SSH")
    return replace(
        platform,
        transport="exec",
        config=api.config,
        rejected=api.rejected,
        busy=None,
        artefacts=api.artefacts,
        files={},
        contexts=None,
        volatile=platform.volatile if api.volatile is None else api.volatile,
        secrets=platform.secrets if api.secrets is None else api.secrets,
        facts=platform.facts if api.facts is None else api.facts,
        tidy=api.tidy or platform.tidy,
    )


@contextmanager
def connected(
    platform: Platform, request: Request, deadline: Deadline, journal: Journal
) -> Iterator[HttpsConnection]:
    """The device's API inside of the block, with the credential's headers set."""
    device, address, port = request.device, request.address, request.port or PORT
    assert platform.api is not None
    if not request.password:
        raise BadRequest(f"{device}: the credential holds no password, and HTTPS has no other login")
    pinned = tls.pins(device, request.host_keys)
    with jump.through(request.jump, device, deadline, request.allowed_networks) as dial:
        host = f"[{address}]" if ":" in address else address
        host += "" if port == PORT else f":{port}"
        connection = HttpsConnection(
            host, device, deadline, lambda: _verified(request, port, pinned, deadline, dial, journal)
        )
        connection.authorize(platform.api.login(connection, request))
        yield connection


def _verified(
    request: Request, port: int, pinned: tuple[bytes, ...], deadline: Deadline, dial: Dial, journal: Journal
) -> tls.TlsStream:
    """A stream for one request. The first one tells the journal that it is connected and verified."""
    reach = jump.noted(dial, request.jump, journal)
    stream = tls.connect(request.device, request.address, port, pinned, deadline, reach)
    if journal.step == "host_key":
        by = "its pin" if pinned else "the system's authorities"
        journal.done(f"the certificate was checked against {by}", then="login")
    return stream


def bearer_token(_connection: HttpsConnection, request: Request) -> Mapping[str, str]:
    """RFC 6750: the credential's password is the token; its username is not used."""
    return {"Authorization": f"Bearer {request.password}"}


def basic(_connection: HttpsConnection, request: Request) -> Mapping[str, str]:
    """RFC 7617: user and password, or an API's key and secret."""
    pair = f"{request.username}:{request.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def xml_fault(text: str) -> str | None:
    """Why `text` is no whole XML document; None if it is one. A document type is refused unread."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type")

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        return f"it is no whole XML: {expat.ErrorString(error.code)} in line {error.lineno}"
    except ValueError as error:
        return str(error)
    return None


def blocks_fault(text: str) -> str | None:
    """Why `text` is no whole FortiOS configuration; None if every `config` and `edit` in it is closed."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)  # certificates and messages hold lines of any kind
    for opens, closes in (("config", "end"), ("edit", "next")):
        words = re.findall(rf"^[ \t]*({opens}|{closes})\b", bare, re.MULTILINE)
        if (left := 2 * words.count(opens) - len(words)) > 0:
            return f"it leaves {left} '{opens}' blocks open"
    return None
