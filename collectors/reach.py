"""How a platform's device is reached: by SSH, by Telnet or by its HTTPS API, as the device's options ask.

Whatever a platform decides about the way is decided here, so that `collectors.transport` knows no platform.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from collectors.define.api import Api
from collectors.define.platform import Platform
from collectors.errors import BadRequest
from collectors.journal import Journal
from collectors.request import Request
from collectors.transport import connect
from collectors.transport.wire import Connection, Deadline


class Reach(Protocol):
    """How a device is reached. Every failure is a CollectError and leaves nothing open."""

    def __call__(
        self, platform: Platform, request: Request, deadline: Deadline, journal: Journal
    ) -> AbstractContextManager[Connection]:
        """A connection that stands inside of the block."""
        ...


def reach(
    platform: Platform, request: Request, deadline: Deadline, journal: Journal
) -> AbstractContextManager[Connection]:
    """A connection inside of the block; over SSH it is logged in, over Telnet the command line will ask.

    Raises BadRequest where the platform is not collected over the transport that was asked for. Every failure
    is a CollectError and leaves nothing open.
    """
    transport = request.options.transport
    if transport == "https":
        return connect.over_https(request, _api(platform, request).login, deadline, journal)
    if transport == "telnet":
        if platform.transport != "shell":
            raise BadRequest(f"{request.device}: this platform is collected over SSH, not over Telnet")
        return connect.over_telnet(request, deadline, journal)
    return connect.over_ssh(request, platform.port, deadline, journal)


def definition_for(platform: Platform, request: Request) -> Platform:
    """The platform as it answers over the transport that was asked for: over HTTPS, as its API says.

    Raises BadRequest for HTTPS on a platform without an API.
    """
    if request.options.transport != "https":
        return platform
    api = _api(platform, request)
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


def _api(platform: Platform, request: Request) -> Api:
    if platform.api is None:
        raise BadRequest(f"{request.device}: this platform is not collected over HTTPS; use SSH")
    return platform.api
