"""Reads the pinned host keys of an inventory: OpenSSH's known_hosts format, with names in plain text.

Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Hashed names, patterns and markers are refused, because a
reviewer could not see which device a line is for.

The certificate of a device that is collected over HTTPS is pinned here too. Its line is
`<name> https-sha256 <base64>`, with the SHA-256 of the certificate in DER form.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import io
import re
from collections.abc import Mapping

from pipeline.inventory import plain_secrets
from pipeline.inventory.cache import Cache
from pipeline.inventory.problems import Position, Problems
from pipeline.inventory.source import KNOWN_HOSTS
from pipeline.inventory.values import canonical_address

DEFAULT_PORT = 22
MAX_LINE_BYTES = 16_384
MAX_LINES = 2_000_000
MAX_NAMES = 1_000_000
_BRACKETED = re.compile(r"\[([^\]]+)\]:(\d{1,5})", re.ASCII)

_CERTIFICATE = "https-sha256"
_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=")  # the base64 of 32 bytes

HostKeys = Mapping[str, tuple[str, ...]]
"""The keys, as `<type> <base64>`, by name, address or `[address]:port`."""


def read(content: bytes, problems: Problems, cache: Cache) -> HostKeys:
    """The keys of all lines of the file. What is wrong with a line goes to `problems`."""
    if kept := cache.get("known_hosts", content):
        return {name: tuple(keys) for name, keys in kept.items()}
    before = problems.count
    found = _read(content, problems)
    if problems.count == before:
        cache.put("known_hosts", content, found)
    return found


def _read(content: bytes, problems: Problems) -> HostKeys:
    keys: dict[str, list[str]] = {}
    if problems.enough:
        problems.unread += 1
        return {}
    if plain_secrets.refuses(KNOWN_HOSTS, content, problems):
        return {}
    if content.count(b"\n") > MAX_LINES:
        problems.add(KNOWN_HOSTS, None, f"more than {MAX_LINES} lines")
        return {}
    left = MAX_NAMES
    # The file is read line by line, because it may have 64 MiB of wrong lines.
    for number, raw in enumerate(io.BytesIO(content.removeprefix(codecs.BOM_UTF8)), 1):
        position = Position(number, 1)
        if len(raw) > MAX_LINE_BYTES:
            problems.add(KNOWN_HOSTS, position, f"a line longer than {MAX_LINE_BYTES} bytes")
            break
        try:
            fields = raw.decode("utf-8").split()
        except UnicodeDecodeError:
            problems.add(KNOWN_HOSTS, position, "not UTF-8 text")
            break
        if not fields or fields[0].startswith("#"):
            continue
        if problem := _problem(fields):
            problems.add(KNOWN_HOSTS, position, *problem)
            if problems.enough:
                break
            continue
        names, key_type, key = fields[:3]
        left -= names.count(",") + 1
        if left < 0:
            problems.add(KNOWN_HOSTS, position, f"more than {MAX_NAMES} names in all lines")
            break
        for name in names.split(","):
            keys.setdefault(canonical_name(name), []).append(f"{key_type} {key}")
    return {name: tuple(dict.fromkeys(found)) for name, found in keys.items()}


def keys_of(hosts: HostKeys, name: str, address: str, port: int) -> tuple[str, ...]:
    """The keys that are pinned for the device's name, its canonical address, or its address and port."""
    found = [keys for host in (name, address, f"[{address}]:{port}") if (keys := hosts.get(host))]
    if len(found) == 1:
        return found[0]
    return tuple(dict.fromkeys(key for keys in found for key in keys))


def _problem(fields: list[str]) -> tuple[str, str] | None:
    """What is wrong with a line, and a hint; None if the line is right."""
    names = fields[0]
    if names.startswith("@"):
        return "markers such as @cert-authority are not supported", "pin the host's own key"
    if names.startswith("|"):
        return "hashed names cannot be reviewed", "write the name or address, as ssh-keyscan does without -H"
    if any(sign in names for sign in "*?!"):
        return "patterns are not supported", "write one line for each name or address"
    if len(fields) < 3:
        return "a line must be `<name or address> <key type> <base64 key>`", ""
    if fields[1] == _CERTIFICATE:
        if _DIGEST.fullmatch(fields[2]):
            return None
        return "the fingerprint is not the base64 of 32 bytes", "copy the whole line again"
    if _key_type(fields[2]) != fields[1]:
        return "the key is damaged or not of the type named before it", "copy the whole line again"
    return None


def _key_type(key: str) -> str | None:
    """The type that the key's blob begins with (RFC 4253, section 6.6), or None if it is not a whole key."""
    try:
        blob = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return None
    # The blob is a row of fields, each after its length. A key that was cut short ends within a field.
    ends = [0]
    while ends[-1] + 4 <= len(blob):
        ends.append(ends[-1] + 4 + int.from_bytes(blob[ends[-1] : ends[-1] + 4], "big"))
    if ends[-1] != len(blob) or len(ends) < 3:
        return None
    return blob[4 : ends[1]].decode("ascii", "replace")


def endpoint(address: str, port: int | None) -> tuple[str, int]:
    """The canonical address and the port. No two devices of an inventory share both."""
    return canonical_address(address), port or DEFAULT_PORT


def canonical_name(name: str) -> str:
    """The one spelling of a name, an address or an `[address]:port` by which they are compared."""
    if match := _BRACKETED.fullmatch(name):
        return f"[{canonical_address(match[1])}]:{int(match[2])}"
    return canonical_address(name)
