"""URLs of services: whether they can be read, and how they are shown without their passwords."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, unquote

HIDDEN = "***"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# Several hosts, as libpq takes them; an IPv6 address in brackets.
_HOST = re.compile(r"(?:\[[0-9A-Za-z:.%_-]+\]|[^\[\]:@?#]*)(?::(\d{1,5})?)?")
# Up to the last `@`: a password that nobody has percent-encoded may hold `/`, `:` and `@`.
_PASSWORD = re.compile(r"(?<=://)([^\s:/@]*):\S*@")
_TOKEN = re.compile(r"(?<=\bhttps://)[^\s/@]+@|(?<=\bhttp://)[^\s/@]+@")
_PARAMETER = re.compile(r"(?i)\b(\w*password=)('[^']*'|[^\s&'\"]+)")


def without_password(text: str) -> str:
    """`text` with the password of every URL in it hidden, and of every `password=…`."""
    text = _PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    text = _TOKEN.sub(f"{HIDDEN}@", text)
    return _PARAMETER.sub(rf"\1{HIDDEN}", text)


def split_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """An `http(s)://` URL without its login, and the user and password; any other URL as it is, and None."""
    scheme, separator, rest = url.partition("://")
    userinfo, at, where = rest.rpartition("@")
    if not at or scheme.lower() not in ("http", "https"):
        return url, None
    user, _, password = userinfo.partition(":")
    return f"{scheme}{separator}{where}", (unquote(user), unquote(password))


def passwords_in(url: str) -> Iterator[str]:
    """The passwords in a URL, as they are written and percent-decoded."""
    _, _, rest = url.partition("://")
    userinfo, at, _ = rest.rpartition("@")
    if at:
        user, colon, password = userinfo.partition(":")
        # A Git host's token may stand where the user name does.
        written = password if colon else user if url.startswith("http") else ""
        yield from {written, unquote(written)} - {""}
    _, _, query = rest.partition("?")
    yield from (value for name, value in parse_qsl(query) if name.lower().endswith("password"))


def url_problem(url: str, schemes: Collection[str]) -> str | None:
    """Why `url` cannot be the address of a service with one of these schemes; None if it can.

    Says nothing of what is in the URL: that may be a part of a password.
    """
    scheme = _SCHEME.match(url)
    known = ", ".join(f"{name}://" for name in schemes)
    if scheme is None or scheme[1].lower() not in schemes:
        return f"must begin with one of {known}"
    if any(char.isspace() or not char.isprintable() for char in url):
        return "must not hold spaces or control characters; percent-encode them"
    authority = re.split(r"[/?#]", url[scheme.end() :], maxsplit=1)[0]
    _, _, hosts = authority.rpartition("@")
    ports = [_HOST.fullmatch(host) for host in hosts.split(",")]
    if not all(port and int(port[1] or 0) <= 65535 for port in ports):
        return "host or port cannot be read; percent-encode '/', ':', '@', '?' and '#' in a password"
    return None


def database_number_problem(url: str) -> str | None:
    """Why a `redis://` URL does not name a database by its number; None if it does, or names none."""
    path = url.partition("://")[2].partition("?")[0].partition("/")[2].strip("/")
    return None if not path or path.isdecimal() else "the path is the number of a Redis database, such as /0"
