"""Configurations for the demo's devices, from the templates in `configs/`.

Names are invented. Addresses are private, or reserved for documentation (RFC 5737). Every secret is derived
from a name and says `fake`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

VLANS = (
    (10, "staff", "STAFF"),
    (20, "voice", "VOICE"),
    (30, "guests", "GUESTS"),
    (40, "printers", "PRINTERS"),
)
"""(number, description, name) of the VLANs that every site has."""


def demo_config(name: str, platform: str, *, number: int, site: str, router: bool = False) -> str:
    """The first configuration of the device `name`.

    `number`, 1 to 199, makes its addresses its own. `router` tells a Cisco IOS router from a switch, and an
    Arista switch that routes from one that does not.
    """
    return (
        _templates()
        .get_template(f"{platform}.j2")
        .render(
            name=name,
            number=number,
            site=site,
            router=router,
            vlans=VLANS,
            fake=lambda purpose: fake_secret(name, purpose),
        )
    )


def fake_secret(name: str, purpose: str) -> str:
    """A text that stands where a secret would, the same every time."""
    return "fake" + hashlib.sha256(f"{name} {purpose}".encode()).hexdigest()[:16]


@cache
def _templates() -> Environment:
    return Environment(  # noqa: S701 (plain text for a terminal, and templates of our own)
        loader=FileSystemLoader(Path(__file__).with_name("configs")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
