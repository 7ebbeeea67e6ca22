"""Dataclasses as the dicts that travel, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pipeline.errors import MessageError
from pipeline.values.times import iso

_SCALARS = (str, int, float, bool, type(None))  # most values, and there is nothing inside them to convert

_T = TypeVar("_T")


def to_plain(value: object) -> Any:
    """A dataclass as a dict, as are the dataclasses in it. `dataclasses.asdict` would copy every text."""
    if isinstance(value, tuple):
        return tuple(map(to_plain, value))
    names = getattr(value, "__dataclass_fields__", None)  # dataclasses.fields() would copy it each time
    if not names:
        return value
    return {
        name: part if type(part := getattr(value, name)) in _SCALARS else to_plain(part) for name in names
    }


def to_plain_fields(value: object, keys: Mapping[str, str]) -> dict[str, Any]:
    """Some fields of a dataclass as they travel; `keys` says under which key each goes.

    A time is ISO 8601 in UTC; everything else is as `to_plain` makes it.
    """
    return {
        key: part if type(part := getattr(value, name)) in _SCALARS else _to_travel(part)
        for name, key in keys.items()
    }


def _to_travel(value: object) -> Any:
    return iso(value) if isinstance(value, datetime) else to_plain(value)


def known_fields(cls: type, raw: object) -> dict[str, Any]:
    """`raw` as keyword arguments for `cls`. Unknown keys are dropped, so that a newer sender can add some.

    MessageError if it is no dict.
    """
    if not isinstance(raw, dict):
        raise MessageError(f"{cls.__name__} must be an object, not {type(raw).__name__}")
    names = cls.__dataclass_fields__  # type: ignore[attr-defined]  # dataclasses.fields() would copy it
    return {key: value for key, value in raw.items() if key in names}


def build(cls: type[_T], values: dict[str, Any]) -> _T:
    """`cls(**values)`; MessageError names the fields that are missing."""
    try:
        return cls(**values)
    except TypeError as error:
        # The interpreter's words, without the name of the method: "missing 2 required ... arguments: ..."
        raise MessageError(f"{cls.__name__}: {str(error).partition(' ')[2]}") from error
