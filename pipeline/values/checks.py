"""Checks of values that come from a queue, a stream or a row.

Each check raises MessageError, whose one line names the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from reprlib import Repr
from types import MappingProxyType
from typing import Any, cast

from pipeline.errors import MessageError
from pipeline.values.times import from_iso

_FIRST_YEAR, _LAST_YEAR = 1971, 2200
_MAX_TEXT = 2000
_MAX_HOST_KEY = 20_000
_MAX_QUOTED = 80
_SHORT = Repr()
_SHORT.maxlevel = 4
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 2 * _MAX_QUOTED

_SAME: Mapping[str, str] = MappingProxyType({})


def check_keys(keys: Iterable[object], name: str = "host_keys") -> None:
    """Raise MessageError unless each is a text on one line; a host key may be long."""
    if not all(is_text(key, _MAX_HOST_KEY) for key in keys):
        raise MessageError(f"'{name}' must hold texts on one line")


def as_moment(value: object, name: str) -> datetime:
    """A time in ISO 8601 as a datetime in UTC; MessageError unless both Postgres and Git can hold it."""
    if not isinstance(value, str):
        raise MessageError(f"'{name}' is not a time: {quote(value)}")
    try:
        moment = from_iso(value)
    except (ValueError, OverflowError) as error:
        raise MessageError(f"'{name}' is not a time: {quote(value)}") from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise MessageError(f"'{name}' is not a believable time: {quote(value)}")
    return moment


def check_number(name: str, value: object, low: float, high: float, *kinds: type) -> None:
    """Raise MessageError unless `value` is of one of these types and within both bounds."""
    # type(), not isinstance(): True is an int. A NaN is in no range.
    if type(value) not in kinds or not low <= cast("float", value) <= high:
        raise MessageError(f"'{name}' must be a number from {low} to {high}, not {quote(value)}")


def check_texts(
    value: object, names: Iterable[str], optional: Iterable[str], keys: Mapping[str, str] = _SAME
) -> None:
    """Raise MessageError unless these fields of `value` are texts on one line, or None if `optional`.

    `keys` says how a field is called where it travels, if that is not its name.
    """
    for name in names:
        text = getattr(value, name)
        if not text or not is_text(text):
            raise MessageError(f"'{keys.get(name, name)}' must be a text on one line, not {quote(text)}")
    for name in optional:
        text = getattr(value, name)
        if text is not None and not is_text(text):
            key = keys.get(name, name)
            raise MessageError(f"'{key}' must be a text on one line, or null, not {quote(text)}")


def is_text(value: object, longest: int = _MAX_TEXT) -> bool:
    """Whether `value` is a text that a table, a log line, a Redis key and a commit's trailer can all hold."""
    return isinstance(value, str) and len(value) <= longest and value.isprintable()


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can hold `text`. It cannot hold lone surrogates, which JSON can spell."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_tuple(value: object, name: str) -> tuple[Any, ...]:
    """A list as a tuple; null is an empty one. MessageError for anything else."""
    if value is not None and not isinstance(value, list | tuple):
        raise MessageError(f"'{name}' must be a list, not {type(value).__name__}")
    return tuple(value or ())


def quote(value: object) -> str:
    """A value as a message can quote it. It may be large, or nested deeper than Python can spell."""
    text = _SHORT.repr(value)
    return text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 3]}..."
