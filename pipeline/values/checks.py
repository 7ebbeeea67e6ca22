"""Reading what travels: times as text, and the checks of whoever takes a value off a queue or stream.

Each check raises MessageError in one line that names the field.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar, cast

from pipeline.errors import MessageError

ZLIB_LEVEL = 1
"""It costs half the time of zlib's default and a tenth more space, which putting packs together gets back."""

_MAX_TEXT = 2000
_MAX_HOST_KEY = 20_000
_MAX_INFLATED = 256 * 1024 * 1024

_SCALARS = (str, int, float, bool, type(None))  # most of what there is, and nothing to look into

_SAME: Mapping[str, str] = MappingProxyType({})

_T = TypeVar("_T")


def iso(moment: datetime) -> str:
    """Aware datetime → `2025-01-31T02:17:00Z`; microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """`2025-01-31T02:17:00Z` → aware datetime in UTC; ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    return moment.astimezone(UTC)


def plain(value: object) -> Any:
    """Dataclasses as dicts, all the way down; `dataclasses.asdict` copies every text in them, too."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    names = getattr(value, "__dataclass_fields__", None)  # what dataclasses.fields() looks at, anew each time
    if not names:
        return value
    return {name: part if type(part := getattr(value, name)) in _SCALARS else plain(part) for name in names}


def plain_fields(value: object, keys: Mapping[str, str]) -> dict[str, Any]:
    """Some fields of a dataclass as `plain` makes them; `keys` says under which key each goes."""
    return {
        key: part if type(part := getattr(value, name)) in _SCALARS else plain(part)
        for name, key in keys.items()
    }


def deflated(text: str) -> bytes:
    """A text as a zlib stream; a pack of Git's can hold it as it is."""
    return zlib.compress(text.encode(errors="replace"), ZLIB_LEVEL)


def inflated(data: bytes) -> bytes:
    """What one zlib stream holds; MessageError if it is none, or holds more than 256 MB."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, _MAX_INFLATED)
    except zlib.error as error:
        raise MessageError(f"not a zlib stream: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise MessageError("a zlib stream is cut short, or larger than 256 MB, or more than one")
    return content


def inflated_text(data: bytes) -> str:
    """The text that one zlib stream holds; MessageError as for `inflated`, or where it is not UTF-8."""
    try:
        return inflated(data).decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"a configuration that is not UTF-8: {error}") from error


def check_keys(keys: Iterable[object], name: str = "host_keys") -> None:
    """Raise MessageError unless each is a text on one line; a host key may be long."""
    if not all(is_text(key, _MAX_HOST_KEY) for key in keys):
        raise MessageError(f"'{name}' must hold texts on one line")


def check_times(*moments: str | None) -> None:
    """Raise MessageError unless each is a time that both Postgres and Git can hold."""
    for moment in moments:
        try:
            in_range = moment is None or 1971 <= from_iso(moment).year <= 2200
        except (ValueError, TypeError, OverflowError) as error:
            raise MessageError(f"not a time: {short(moment)}") from error
        if not in_range:
            raise MessageError(f"not a believable time: {short(moment)}")


def check_number(name: str, value: object, low: float, high: float, *kinds: type) -> None:
    """Raise MessageError unless `value` is of one of these types and within both bounds."""
    # type(), not isinstance(): True is an int. A NaN is in no range.
    if type(value) not in kinds or not low <= cast("float", value) <= high:
        raise MessageError(f"'{name}' must be a number from {low} to {high}, not {short(value)}")


def check_texts(
    value: object, names: Iterable[str], optional: Iterable[str], keys: Mapping[str, str] = _SAME
) -> None:
    """Raise MessageError unless these fields of `value` are texts on one line, or None if `optional`.

    `keys` says how a field is called where it travels, if that is not its name.
    """
    for name in names:
        text = getattr(value, name)
        if not text or not is_text(text):
            raise MessageError(f"'{keys.get(name, name)}' must be a text on one line, not {short(text)}")
    for name in optional:
        text = getattr(value, name)
        if text is not None and not is_text(text):
            key = keys.get(name, name)
            raise MessageError(f"'{key}' must be a text on one line, or null, not {short(text)}")


def is_text(value: object, longest: int = _MAX_TEXT) -> bool:
    """What a table, a log line, a Redis key and a commit's trailer can all hold."""
    return isinstance(value, str) and len(value) <= longest and value.isprintable()


def is_utf8(text: str) -> bool:
    """False for lone surrogates, which JSON can spell and nothing else can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def listed(value: object, name: str) -> tuple[Any, ...]:
    """A list as a tuple; null is an empty one."""
    if value is not None and not isinstance(value, list | tuple):
        raise MessageError(f"'{name}' must be a list, not {type(value).__name__}")
    return tuple(value or ())


def short(value: object) -> str:
    """A value as a message can quote it."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def known(cls: type, raw: object) -> dict[str, Any]:
    """`raw` as keyword arguments; unknown keys are dropped, so that a newer sender can add some."""
    if not isinstance(raw, dict):
        raise MessageError(f"{cls.__name__} must be an object, not {type(raw).__name__}")
    names = cls.__dataclass_fields__  # type: ignore[attr-defined]  # what dataclasses.fields() copies each time
    return {key: value for key, value in raw.items() if key in names}


def build(cls: type[_T], values: dict[str, Any]) -> _T:
    """`cls(**values)`; MessageError names the fields that are missing."""
    try:
        return cls(**values)
    except TypeError as error:
        # The interpreter's words, without the name of the method: "missing 2 required ... arguments: ..."
        raise MessageError(f"{cls.__name__}: {str(error).partition(' ')[2]}") from error
