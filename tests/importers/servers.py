"""NetBox' and LibreNMS' APIs, as far as an import asks them, on a real HTTPS server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.collectors.httpsd import Asked, Httpsd, answer, certificate, httpsd

TOKEN = "Canary0123456789abcdef"
Reply = Callable[[Asked, BaseHTTPRequestHandler], None]


def netbox_device(number: int, name: str | None, address: str | None, **more: Any) -> dict[str, Any]:
    """A device as NetBox lists it, with what people fill in."""
    device: dict[str, Any] = {
        "id": number,
        "url": f"https://netbox.example.net/api/dcim/devices/{number}/",
        "name": name,
        "device_type": {"id": 1, "manufacturer": {"slug": "cisco"}, "slug": "c9300"},
        "site": {"id": 1, "name": "Frankfurt", "slug": "fra"},
        "platform": {"id": 1, "name": "Cisco IOS", "slug": "cisco-ios"},
        "status": {"value": "active", "label": "Active"},
        "primary_ip": address and {"id": number, "family": {"value": 4}, "address": address},
        "virtual_chassis": None,
        "vc_position": None,
    }
    return device | more


@dataclass
class Api:
    """What the server knows. `reply` answers in its place."""

    devices: Sequence[Mapping[str, Any]] = ()
    page: int = 2
    reply: Reply | None = None
    next_host: str | None = None
    server: Httpsd = field(default_factory=Httpsd)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.port}"

    def answers(self, asked: Asked, to: BaseHTTPRequestHandler) -> None:
        where = urlsplit(asked.path)
        if self.reply is not None:
            self.reply(asked, to)
        elif where.path == "/api/dcim/devices/":
            self._netbox(asked, to, parse_qs(where.query))
        elif where.path == "/api/v0/oxidized":
            self._librenms(asked, to)
        else:
            answer(to, "<html>not found</html>", 404)

    def _netbox(self, asked: Asked, to: BaseHTTPRequestHandler, query: Mapping[str, list[str]]) -> None:
        if asked.headers.get("Authorization") not in (f"Token {TOKEN}", f"Bearer nbt_{TOKEN}"):
            answer(to, json.dumps({"detail": "Invalid token"}), 403, Content_Type="application/json")
            return
        found = list(self.devices)
        if site := query.get("site"):
            found = [device for device in found if device["site"]["slug"] in site]
        start = int(query.get("offset", ["0"])[0])
        end = start + self.page  # a server has a page size of its own
        rest = asked.path.split("&offset=")[0] + f"&offset={end}"
        following = f"{self.next_host or self.url}{rest}" if end < len(found) else None
        page = {"count": len(found), "next": following, "previous": None, "results": found[start:end]}
        answer(to, json.dumps(page), Content_Type="application/json")

    def _librenms(self, asked: Asked, to: BaseHTTPRequestHandler) -> None:
        if asked.headers.get("X-Auth-Token") != TOKEN:
            answer(to, json.dumps({"message": "Unauthenticated."}), 401, Content_Type="application/json")
            return
        answer(to, json.dumps(list(self.devices)), Content_Type="application/json")


@contextmanager
def serving(api: Api, tmp_path: Path) -> Iterator[Api]:
    """The API on loopback; `authority(tmp_path)` is what its certificate is trusted by."""
    with httpsd(lambda asked, to: api.answers(asked, to), tmp_path) as server:
        api.server = server
        yield api


def authority(tmp_path: Path) -> Path:
    """The file for SSL_CERT_FILE."""
    path = tmp_path / "authority.pem"
    pem = certificate().pem
    path.write_bytes(pem[pem.index(b"-----BEGIN CERTIFICATE-----") :])
    return path
