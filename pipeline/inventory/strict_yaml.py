"""Reads a YAML file into nodes that know their line and column. Only plain data is accepted.

Anchors, aliases, merge keys, tags, duplicate keys and second documents are refused. Depth, size and number of
values are limited while the file is parsed. An inventory comes from a pull request, and 300 bytes of aliases
can stand for gigabytes. A scalar stays the text that was written, so that a device may be called `on`, `010`
or `1e3`; each setting decides what it accepts as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import yaml

from pipeline.inventory import plain_secrets
from pipeline.inventory.problems import Position, Problems, shown

MAX_DEPTH = 20
MAX_VALUES = 250_000
"""As many keys and values as a file may have: some 20,000 devices, which are read in less than a second."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = re.compile(r" '[^']{2,}'")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


# Named tuples, not dataclasses: a large inventory has a million of these, and they cost a third.
class Text(NamedTuple):
    """A scalar as it was written. `plain`: it was written without quotes."""

    value: str
    plain: bool
    line: int
    column: int

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or one of YAML's words for nothing."""
        return self.plain and self.value in _NULLS


class Sequence(NamedTuple):
    """Items in file order."""

    items: tuple[Node, ...]
    line: int
    column: int


class Entry(NamedTuple):
    """One key of a mapping with its value."""

    key: Text
    value: Node


class Mapping(NamedTuple):
    """Entries in file order."""

    entries: dict[str, Entry]
    line: int
    column: int


Node = Text | Sequence | Mapping


class _Mark(Protocol):
    """A position as both parsers of PyYAML have it; counts from 0."""

    line: int
    column: int


class _RefusedError(Exception):
    """The file is not read any further."""

    def __init__(self, position: Position, message: str, hint: str = "") -> None:
        self.position, self.message, self.hint = position, message, hint
        super().__init__(message)


def read(file: str, content: bytes, problems: Problems) -> Mapping | None:
    """The file's top-level mapping, which is empty for an empty file; None if the file cannot be read."""
    if problems.enough:
        problems.unread += 1
        return None
    if plain_secrets.refuses(file, content, problems):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        problems.add(file, position, "not UTF-8 text", "save the file as UTF-8")
        return None
    try:
        node = _Composer(yaml.parse(text, Loader=_LOADER), file, problems).document()
    except _RefusedError as refused:
        problems.add(file, refused.position, refused.message, refused.hint)
    except yaml.MarkedYAMLError as error:
        position = _position(error.problem_mark)
        # The scanner that is written in Python quotes what it found, which may be a secret.
        what = _QUOTED.sub("", error.problem or "it cannot be read")
        hint = "indent with spaces, not tabs" if _is_indented_with_a_tab(text, position.line) else ""
        if "alphabetic or numeric" in what:  # the message about `cron: * * * * *`
            hint = "put it in quotes: '*' and '&' mean something else in YAML"
        problems.add(file, position, f"not YAML: {what}", hint)
    except yaml.reader.ReaderError as error:
        position = Position(text.count("\n", 0, error.position) + 1, 1)
        problems.add(file, position, f"not YAML: {error.reason}")
    else:
        if isinstance(node, Mapping):
            return node
        if node is None or (isinstance(node, Text) and node.is_null):
            return Mapping({}, 1, 1)
        problems.add(file, node, "the file must be a mapping, `name: settings`")
    return None


class _Composer:
    """Builds nodes from the parser's events. It stops at the first event that is not plain data."""

    def __init__(self, events: Iterator[yaml.Event], file: str, problems: Problems) -> None:
        self._events, self._file, self._problems = events, file, problems
        self._left = MAX_VALUES

    def document(self) -> Node | None:
        """The root of the only document; None for an empty file."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _RefusedError(
                _position(after.start_mark), "a second YAML document in one file", "remove the line `---`"
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._left -= 1
        if (
            isinstance(event, yaml.ScalarEvent)
            and event.anchor is None
            and event.tag is None
            and self._left >= 0
            and (mark := event.start_mark)
        ):
            return Text(event.value, event.implicit[0], mark.line + 1, mark.column + 1)
        position = _position(event.start_mark)
        self._refuse(event, position, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(position, depth)
        items: list[Node] = []
        for item in self._events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            items.append(self._node(item, depth + 1))
        return Sequence(tuple(items), *position)

    def _mapping(self, position: Position, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Text):
                self._problems.add(self._file, key, "a key must be plain text")
            elif key.value == "<<" and key.plain:
                self._problems.add(
                    self._file, key, "merge keys are not used here", "write the settings out, or use a group"
                )
            elif key.value in entries:
                first = entries[key.value].key.line
                self._problems.add(
                    self._file, key, f"duplicate key {shown(key.value)}, first on line {first}"
                )
            else:
                entries[key.value] = Entry(key, value)
                continue
            if self._problems.enough:
                raise _RefusedError(position, "too many problems to read on")
        return Mapping(entries, *position)

    def _refuse(self, event: yaml.Event, position: Position, depth: int) -> None:
        """Raise _RefusedError if the event is not plain data, or if it breaks a limit.

        The message shows no value, because a password without quotes may begin with any of these signs.
        """
        if self._left < 0:
            self._problems.enough = True  # a second such file would take as long
            raise _RefusedError(position, f"more than {MAX_VALUES} values in one file", "split the file")
        if depth >= MAX_DEPTH:
            raise _RefusedError(position, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError(
                position, "aliases (*) are not used here", "write the value out, or put it in quotes"
            )
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor is not None:
                raise _RefusedError(
                    position, "anchors (&) are not used here", "use a group, or put the value in quotes"
                )
            if event.tag is not None:
                raise _RefusedError(
                    position, "tags (!) are not used here", "put the value in quotes if it begins with '!'"
                )


def _position(mark: _Mark | None) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


def _is_indented_with_a_tab(text: str, line: int) -> bool:
    *_, last = text.split("\n", line)[:line]
    return "\t" in last[: len(last) - len(last.lstrip())]
