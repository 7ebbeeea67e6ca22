"""Change single settings in a YAML file of the inventory; everything else stays as a person wrote it.

The file has been read by the inventory's own strict reader before: a mapping of entries without anchors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./@+-]*[A-Za-z0-9_/])?")
_NUMBER = re.compile(r"[1-9][0-9]*")
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_WORDS = re.compile(r"(?i)true|false|yes|no|on|off|y|n|null")

_Item = tuple[yaml.ScalarNode, yaml.Node]


class Document:
    """One file's text, and the changes that were asked of it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._changes: list[tuple[int, int, str]] = []
        self._added: dict[str, str] = {}
        root = yaml.compose(text, Loader=_LOADER)
        self._root = root if isinstance(root, yaml.MappingNode) else None
        items: list[_Item] = root.value if isinstance(root, yaml.MappingNode) else []
        self._entries = {key.value: (key, body) for key, body in items}

    @property
    def can_grow(self) -> bool:
        """Whether entries can be appended: a file that is one `{…}` has no end to append to."""
        return self._root is None or not self._root.flow_style

    def __len__(self) -> int:
        return len(self._entries) + len(self._added)

    def __contains__(self, name: str) -> bool:
        return name in self._entries or name in self._added

    def settings(self, name: str) -> Mapping[str, str]:
        """The scalars of one entry."""
        return {
            key.value: value.value for key, value in self._items(name) if isinstance(value, yaml.ScalarNode)
        }

    def entries(self) -> Mapping[str, int]:
        """The entries' names, each with its line."""
        return {name: key.start_mark.line + 1 for name, (key, _) in self._entries.items()}

    def set(self, name: str, setting: str, value: str) -> None:
        """Give one setting of an entry that has settings another value."""
        items = self._items(name)
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
        """Take one setting out of an entry, with its line."""
        for key, node in self._items(name):
            if key.value == setting:
                self._take_out(key, node, flow=bool(self._body(name).flow_style))

    def remove(self, name: str) -> None:
        """Take an entry out. Comments above it stay: nobody knows what else they speak of."""
        key, body = self._entries[name]
        start, end = self._take_out(key, body, flow=bool(self._root and self._root.flow_style))
        # One of the two blank lines around it goes, too.
        if self._text.startswith("\n", end):
            self._replace(end, end + 1, "")
        elif end == len(self._text) and self._text[:start].endswith("\n\n"):
            self._replace(start - 1, start, "")

    def add(self, name: str, settings: Mapping[str, str]) -> None:
        """Append an entry."""
        lines = [f"  {setting}: {scalar(value)}\n" for setting, value in settings.items()]
        self._added[name] = f"{scalar(name)}:{'' if lines else ' {}'}\n" + "".join(lines)

    def text(self) -> str:
        """The text with all changes made."""
        parts, at = [], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[:2]):
            parts += [self._text[at:start], new]
            at = end
        text = "".join([*parts, self._text[at:]])
        if self._added:
            text = text if not text or text.endswith("\n") else text + "\n"
            text += ("" if not text or text.endswith("\n\n") else "\n") + "\n".join(self._added.values())
        return text

    def _items(self, name: str) -> list[_Item]:
        body = self._entries[name][1]
        return body.value if isinstance(body, yaml.MappingNode) else []

    def _body(self, name: str) -> yaml.MappingNode:
        body = self._entries[name][1]
        assert isinstance(body, yaml.MappingNode)
        return body

    def _replace(self, start: int, end: int, new: str) -> None:
        self._changes.append((start, end, new))

    def _take_out(self, key: yaml.Node, value: yaml.Node, *, flow: bool) -> tuple[int, int]:
        """Returns what went, from where to where."""
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


def _end(node: yaml.Node) -> int:
    """Where the node's own text ends: a block ends for the parser only where the next one begins."""
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.index


@lru_cache(maxsize=65536)
def scalar(text: str) -> str:
    """`text` as YAML: plain where every reader takes it for a text or a number, else in double quotes."""
    if _PLAIN.fullmatch(text):
        # `010`, `1e3` and `2025-01-31` are numbers and times for other readers than ours.
        if _NUMBER.fullmatch(text) or not (text[0].isdigit() and not _ADDRESS.fullmatch(text)):
            return f'"{text}"' if _WORDS.fullmatch(text) else text
    elif re.fullmatch(r"(?:env:[A-Za-z0-9_]+|file:/[A-Za-z0-9_./-]+)", text):
        return text
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    printable = "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped)
    return f'"{printable}"'
