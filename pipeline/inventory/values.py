"""Turns the text of a setting into a checked value. Pure.

Each function returns the value or raises BadValueError. The error's text continues the setting's name: "port"
and "must be a whole number". It shows a value only if that cannot be a secret.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from functools import lru_cache

from pipeline.inventory import plain_secrets
from pipeline.inventory.problems import shown
from pipeline.inventory.strict_yaml import Node, Sequence, Text
from pipeline.values.device import LOGIN_ORDER
from pipeline.values.identifier import RESERVED_NAMES
from pipeline.values.names import name_problem
from pipeline.values.options import ARTEFACT_NAME
from pipeline.values.schedule import cron_problem, timezone_problem

FORMAT_VERSION = "1"
"""The version of the inventory's format that this DeviceVault reads."""

MAX_TEXT = 1024
MAX_ITEMS = 100
"""As many items as a list may have, because each may be compared with every device."""
MAX_TIMEOUT = timedelta(days=1)
MAX_DEADLINE = timedelta(days=31)

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s?([smhd]?)", re.ASCII)
RECIPIENT = re.compile(r"age1[a-z0-9]{20,200}|ssh-(?:ed25519|rsa) [A-Za-z0-9+/=]{40,2000}(?: .*)?")
PERCENT = re.compile(r"\d{1,3} ?%", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NUMBER = re.compile(r"\d+|0[xX][0-9A-Fa-f]*", re.ASCII)
"""The last part of an address as inet_aton(3) reads it; no name ends so (URL Standard, 3.5)."""
_ZONE = re.compile(r"[A-Za-z0-9._-]{1,15}", re.ASCII)
HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
IDENTIFIER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")


class BadValueError(ValueError):
    """What is wrong with a value, and a hint if there is one."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


class PlainSecretError(BadValueError):
    """The value is a secret, or may be one, and stands where everybody reads it."""


def text(node: Node) -> str:
    """Text of one line that is not empty."""
    if not isinstance(node, Text):
        raise BadValueError("must be a single value, not a list or mapping")
    value = node.value
    if node.is_null or not value:
        raise BadValueError("has no value", "give it one or remove the line")
    if len(value) > MAX_TEXT or not value.isprintable() or value != value.strip():
        raise BadValueError("must be one line of text without spaces around it or control characters")
    return value


def identifier(node: Node) -> str:
    """A queue's or device's id: letters, digits, `.`, `_` and `-`."""
    value = text(node)
    if not IDENTIFIER.fullmatch(value):
        raise BadValueError(
            "must be 1 to 128 letters, digits, '.', '_' or '-', with a letter or digit at both ends"
        )
    return value


def port(node: Node) -> int:
    """A TCP port."""
    value = text(node)
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= 65535:
        raise BadValueError("must be a whole number from 1 to 65535")
    return int(value)


def timeout_s(node: Node) -> float:
    """The time for one collection, in seconds."""
    return _duration(node, MAX_TIMEOUT).total_seconds()


def deadline(node: Node) -> timedelta:
    """The time from enqueueing to the outcome."""
    return _duration(node, MAX_DEADLINE)


def one_of(node: Node, choices: tuple[str, ...]) -> str:
    """One of these choices."""
    value = text(node)
    if value not in choices:
        raise BadValueError(f"must be {' or '.join(map(repr, choices))}")
    return value


def yes_or_no(node: Node) -> bool:
    """`true` or `false`."""
    return one_of(node, ("true", "false")) == "true"


def names(node: Node) -> tuple[str, ...]:
    """A list of names; one name is a list of one."""
    items = node.items if isinstance(node, Sequence) else (node,)
    if len(items) > MAX_ITEMS:
        raise BadValueError(f"must have at most {MAX_ITEMS} items")
    return tuple(map(text, items))


def recipients(node: Node) -> tuple[str, ...]:
    """A list of public keys that sealed copies are encrypted to."""
    found = names(node)
    for key in found:
        if not RECIPIENT.fullmatch(key):
            raise BadValueError("must be a list of public keys, age1… or ssh-ed25519 …")
    return found


def artefacts(node: Node) -> tuple[str, ...]:
    """A list of names of artefacts, the further outputs of a platform."""
    found = names(node)
    for name in found:
        if not ARTEFACT_NAME.fullmatch(name):
            raise BadValueError("must be a list of names, such as [version, inventory]")
    return found


def login_order(node: Node) -> tuple[str, ...]:
    """The order in which a credential's secrets are offered."""
    found = names(node)
    if len(set(found)) != len(found) or not set(found) <= set(LOGIN_ORDER):
        raise BadValueError("must be [private_key, password] or [password, private_key]")
    return found


def share(node: Node) -> float:
    """A percentage, as a share from 0 to 1."""
    value = text(node)
    if not PERCENT.fullmatch(value) or int(value.rstrip("% ")) > 100:
        raise BadValueError("must be a percentage such as 50%")
    return int(value.rstrip("% ")) / 100


def networks(node: Node) -> tuple[str, ...]:
    """A list of IP networks, each in its shortest spelling; one network is a list of one."""
    found = names(node)
    try:
        if zoned := [name for name in found if "%" in name]:
            raise ValueError(f"{zoned[0]!r} names an interface, and a network has none")
        return tuple(str(ipaddress.ip_network(name)) for name in found)
    except ValueError as error:
        raise BadValueError(
            f"must be a list of networks: {shown(str(error))}", "for example [192.0.2.0/24, 2001:db8::/32]"
        ) from error


@lru_cache(maxsize=1024)
def _networks(prefixes: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(prefix) for prefix in prefixes)


def is_allowed(address: str, prefixes: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks. True for a name, and if there are no networks."""
    if not prefixes:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return True
    return any(found in network for network in _networks(prefixes))


def repo(node: Node) -> str:
    """The name of a configs repo. It becomes the name of a directory and a part of a URL."""
    value = text(node)
    if problem := name_problem(value):
        raise BadValueError(f"{shown(value)} is not a name: {problem}")
    return value


def address(node: Node) -> str:
    """An IP address or host name, without port or prefix length."""
    value = text(node)
    if IPV4.fullmatch(value):
        return value
    if "@" in value:
        hint = f"leave out all up to the '@' and {plain_secrets.INSTEAD}; {plain_secrets.CHANGE_IT}"
        raise PlainSecretError("must be an address without a login", hint)
    if "://" in value:
        raise BadValueError("must be an address, not a URL", "set 'transport' and 'port' for the rest")
    if "/" in value:
        raise BadValueError("must be an address without a prefix length", "remove what follows the '/'")
    try:
        ip = ipaddress.ip_address(value)
    except ValueError:
        pass
    else:
        zone = getattr(ip, "scope_id", None)
        if zone is not None and not (ip.is_link_local and _ZONE.fullmatch(zone)):
            raise BadValueError("must be an address; only a link-local one has an interface, after '%'")
        return value
    if re.fullmatch(r"\[.*\](:\d+)?|[^:]*:\d+", value):
        raise BadValueError("must be an address without brackets or port", "give the port as 'port'")
    if not HOST_NAME.fullmatch(value) or len(value) > 253:
        raise BadValueError("must be an IP address or a host name")
    if _NUMBER.fullmatch(value.rstrip(".").rpartition(".")[2]):
        raise BadValueError(
            "is not a valid IPv4 address", "write four numbers from 0 to 255 without leading zeros"
        )
    return value


def canonical_address(value: str) -> str:
    """The one spelling of an address or host name by which they are compared."""
    if IPV4.fullmatch(value) or ":" not in value:
        return value.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return value.lower()


@lru_cache(maxsize=256)
def _cron_problem(value: str) -> str | None:
    return cron_problem(value)


def cron(node: Node) -> str:
    """Five cron fields."""
    value = text(node)
    if problem := _cron_problem(value):
        raise BadValueError(
            f"{shown(value)} is not understood: {problem}",
            'for example "17 2 * * *" for every night at 02:17',
        )
    return value


@lru_cache(maxsize=256)
def _timezone_problem(value: str) -> str | None:
    return timezone_problem(value)


def timezone(node: Node) -> str:
    """An IANA time zone."""
    value = text(node)
    if problem := _timezone_problem(value):
        raise BadValueError(f"{shown(value)} is {problem}")
    return value


def reference(node: Node) -> str:
    """Where a secret is: `env:NAME` or `file:/path`. The value is never shown: it may be a secret."""
    value = text(node)
    if not plain_secrets.is_reference(value):
        hint = f"put the secret into the worker's environment or a file, {plain_secrets.CHANGE_IT}"
        raise PlainSecretError("must be a reference, env:NAME or file:/path, never the secret itself", hint)
    return value


def username(node: Node) -> str:
    """Plain text, or a reference."""
    value = text(node)
    return reference(node) if value.startswith(("env:", "file:")) else value


def device_name(name: str) -> str:
    """The name, if it can be the name of a file in the configs repo."""
    if problem := name_problem(name):
        lower = name.lower()
        hint = f"did you mean '{lower}'?" if lower != name and not name_problem(lower) else ""
        raise BadValueError(f"is not a name: {problem}", hint)
    return name


def schedule_name(name: str) -> str:
    """The name, if a task identifier can begin with it."""
    if name in RESERVED_NAMES:
        raise BadValueError("is not a name for a schedule: backups on demand and by events are called so")
    if problem := name_problem(name):
        raise BadValueError(f"is not a name: {problem}")
    return name


def _duration(node: Node, limit: timedelta) -> timedelta:
    return duration(text(node), limit)


def duration(value: str, limit: timedelta = timedelta(days=3650)) -> timedelta:
    """Seconds, or a number with s, m, h or d: at least a second, and at most `limit`."""
    match = DURATION.fullmatch(value)
    found = timedelta(seconds=float(match[1]) * _UNITS[match[2]]) if match else timedelta(0)
    if not timedelta(seconds=1) <= found <= limit:
        raise BadValueError(f"must be seconds or a time such as 30s, 15m, 4h or 1d, from 1s to {limit.days}d")
    return found
