"""Logins at an HTTPS API: from the request's credential to the headers that prove who asks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Protocol

from collectors.request import Request


class ApiConnection(Protocol):
    """What a login may ask of the device's API."""

    def exchange(self, method: str, path: str, body: str, *, named: str) -> str:
        """The whole text of a short answer.

        `named` stands for the request in messages, because `body` may hold a credential. Every failure is a
        CollectError: AuthenticationFailed for the statuses 401 and 403, Rejected for any other refusal.
        """
        ...


Login = Callable[[ApiConnection, Request], Mapping[str, str]]
"""The headers that show who asks, made of the request's credential; may ask the device for a key, once."""


def bearer_token(_connection: ApiConnection, request: Request) -> Mapping[str, str]:
    """RFC 6750: the credential's password is the token; its username is not used."""
    return {"Authorization": f"Bearer {request.password}"}


def basic(_connection: ApiConnection, request: Request) -> Mapping[str, str]:
    """RFC 7617: user and password, or an API's key and secret."""
    pair = f"{request.username}:{request.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
