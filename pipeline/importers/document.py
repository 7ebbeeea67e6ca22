"""Change single settings in a YAML file of the inventory. Every other byte stays as a person wrote it.

The inventory's own strict reader has read the file before, so it is a mapping of entries without anchors.
Why this is not done with ruamel.yaml: docs/decisions/yaml-editing.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./@+-]*[A-Za-z0-9_/])?")
_NUMBER = re.compile(r"[1-9][0-9]*")
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_WORDS = re.compile(r"(?i)true|false|yes|no|on|off|y|n|null")

_Item = tuple[yaml.ScalarNode, yaml.Node]


class _Loader(_LOADER):  # type: ignore[misc, valid-type]
    """Reads scalars as text. Nothing here needs their types, and finding them out would double the time."""

    def resolve(self, *_: object) -> str:
        return ""


class Document:
    """One file's text, and the edits that are to be made in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._changes: list[tuple[int, int, str]] = []
        self._added: dict[str, str] = {}
        root, entries = _compose(text)
        self._is_flow = root is not None and bool(root.flow_style)
        self._lines = {name: key.start_mark.line + 1 for name, (key, _) in entries.items()}
        self._settings = {
            name: {
                sys.intern(key.value): value.value
                for key, value in _items(body)
                if isinstance(value, yaml.ScalarNode)
            }
            for name, (_, body) in entries.items()
        }

    @cached_property
    def _entries(self) -> dict[str, _Item]:
        """The entries with their places in the text.

        Only a file that is edited is read for these: for a whole inventory they would take half a gigabyte.
        """
        return _compose(self._text)[1]

    @property
    def can_grow(self) -> bool:
        """Whether entries can be appended. A file that is one `{…}` has no end to append to."""
        return not self._is_flow

    def __len__(self) -> int:
        return len(self._lines) + len(self._added)

    def __contains__(self, name: str) -> bool:
        return name in self._lines or name in self._added

    def settings(self, name: str) -> Mapping[str, str]:
        """The settings of one entry whose values are scalars."""
        return self._settings[name]

    def entries(self) -> Mapping[str, int]:
        """The line of each entry, by the entry's name."""
        return self._lines

    def set(self, name: str, setting: str, value: str) -> None:
        """Give a setting of an entry another value, or add it. The entry must have a setting already."""
        items = _items(self._entries[name][1])
        for key, node in items:
            if key.value == setting:
                blank = " " if node.start_mark.index == key.end_mark.index + 1 else ""
                self._replace(node.start_mark.index, node.end_mark.index, blank + scalar(value))
                return
        first = items[0][0].start_mark
        flow = self._body(name).flow_style
        rest = ", " if flow else "\n" + " " * first.column
        self._replace(first.index, first.index, f"{setting}: {scalar(value)}{rest}")

    def unset(self, name: str, setting: str) -> None:
        """Remove one setting from an entry, with its line."""
        for key, node in _items(self._entries[name][1]):
            if key.value == setting:
                self._cut(key, node, flow=bool(self._body(name).flow_style))

    def remove(self, name: str) -> None:
        """Remove an entry. Comments above it stay, because they may be about other entries, too."""
        key, body = self._entries[name]
        start, end = self._cut(key, body, flow=self._is_flow)
        # There were blank lines before and after the entry; one of them is enough now.
        if self._text.startswith("\n", end):
            self._replace(end, end + 1, "")
        elif end == len(self._text) and self._text[:start].endswith("\n\n"):
            self._replace(start - 1, start, "")

    def add(self, name: str, settings: Mapping[str, str]) -> None:
        """Append an entry at the end of the file."""
        lines = [f"  {setting}: {scalar(value)}\n" for setting, value in settings.items()]
        self._added[name] = f"{scalar(name)}:{'' if lines else ' {}'}\n" + "".join(lines)

    def text(self) -> str:
        """The text with all edits made."""
        parts, at = [], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[:2]):
            parts += [self._text[at:start], new]
            at = end
        text = "".join([*parts, self._text[at:]])
        if self._added:
            text = text if not text or text.endswith("\n") else text + "\n"
            text += ("" if not text or text.endswith("\n\n") else "\n") + "\n".join(self._added.values())
        return text

    def _body(self, name: str) -> yaml.MappingNode:
        body = self._entries[name][1]
        assert isinstance(body, yaml.MappingNode)
        return body

    def _replace(self, start: int, end: int, new: str) -> None:
        self._changes.append((start, end, new))

    def _cut(self, key: yaml.Node, value: yaml.Node, *, flow: bool) -> tuple[int, int]:
        """Cut out a key and its value, and return the start and end of what is cut."""
        start, end = key.start_mark.index, _end(value)
        if flow:
            if after := re.compile(r"\s*,\s*").match(self._text, end):
                end = after.end()
            elif before := re.search(r"\s*,\s*\Z", self._text[:start]):
                start = before.start()
        else:
            start = self._text.rfind("\n", 0, start) + 1
            end = self._text.find("\n", end) + 1 or len(self._text)
        self._replace(start, end, "")
        return start, end


def _compose(text: str) -> tuple[yaml.MappingNode | None, dict[str, _Item]]:
    """The root node, and the entries by name."""
    root = yaml.compose(text, Loader=_Loader)
    if not isinstance(root, yaml.MappingNode):
        return None, {}
    return root, {key.value: (key, body) for key, body in root.value}


def _items(body: yaml.Node) -> list[_Item]:
    return body.value if isinstance(body, yaml.MappingNode) else []


def _end(node: yaml.Node) -> int:
    """Where the node's own text ends. For the parser a block ends only where the next one begins."""
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.index


@lru_cache(maxsize=65536)
def scalar(text: str) -> str:
    """`text` as YAML: plain if every reader takes it for a text or a number, else in double quotes."""
    if _PLAIN.fullmatch(text):
        # Other readers than ours take `010`, `1e3` and `2025-01-31` for numbers and times.
        if _NUMBER.fullmatch(text) or not (text[0].isdigit() and not _ADDRESS.fullmatch(text)):
            return f'"{text}"' if _WORDS.fullmatch(text) else text
    elif re.fullmatch(r"(?:env:[A-Za-z0-9_]+|file:/[A-Za-z0-9_./-]+)", text):
        return text
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    printable = "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped)
    return f'"{printable}"'
