"""Read RANCID's `.cloginrc`: which user, password and method each device has.

Source: cloginrc(5). A line is a Tcl list, `add <setting> <glob> {value} …`. The first line whose glob matches
a device's name, without regard to case, decides the setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.importers.sources.files import read_text, shown_path

_MAX_INCLUDES = 20
_MAX_RULES = 100_000


@dataclass(frozen=True, slots=True, repr=False)
class Rule:
    """One `add` line, and its place. It has no repr, because its values may be passwords."""

    glob: str
    values: tuple[str, ...]
    where: str = ""


_NO_RULE = Rule("", ())


class CloginRc:
    """The file's rules, by setting."""

    def __init__(self, path: Path) -> None:
        """Read the file and the files that it includes; SourceError names a line that cannot be read."""
        self.path = path
        self._rules: dict[str, list[Rule]] = {}
        self._files, self._count = 0, 0
        self._read(path)

    def find(self, setting: str, device: str) -> tuple[str, ...]:
        """The values of the first line that matches the device; () if none does."""
        return self.rule(setting, device).values

    def rule(self, setting: str, device: str) -> Rule:
        """The first line that matches the device; one without values if none does."""
        matching = (rule for rule in self._rules.get(setting, ()) if _matches(rule.glob, device))
        return next(matching, _NO_RULE)

    def settings(self) -> dict[str, str]:
        """Every setting that a line adds, with the place of the first such line."""
        return {setting: rules[0].where for setting, rules in self._rules.items()}

    def says_yes(self, setting: str, device: str) -> bool:
        """Whether a setting such as `autoenable` is on."""
        return self.find(setting, device)[:1] not in ((), ("0",), ("no",), ("false",))

    def _read(self, path: Path) -> None:
        self._files += 1
        if self._files > _MAX_INCLUDES:
            raise SourceError(f"{shown_path(path)}: more than {_MAX_INCLUDES} files include one another")
        for number, line in _logical_lines(read_text(path)):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            words = _words(line)
            if words is None:
                raise SourceError(f"{shown_path(path)}:{number}: braces or quotes that do not end")
            self._apply(path, number, words)

    def _apply(self, path: Path, number: int, words: list[str]) -> None:
        match words:
            case ["add", setting, glob, *values]:
                self._count += 1
                if self._count > _MAX_RULES:
                    raise SourceError(f"{shown_path(path)}: more than {_MAX_RULES} lines")
                self._rules.setdefault(setting, []).append(
                    Rule(glob, tuple(values), f"{shown_path(path)}:{number}")
                )
            case ["include", other, *_]:
                self._read(path.parent / other)
            case _:
                pass  # Tcl beyond `add` and `include` concerns the session, not the login


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers. A line that ends in a backslash goes on in the next one."""
    start, whole = 1, ""
    for number, line in enumerate(text.split("\n"), 1):
        start = start if whole else number
        if line.endswith("\\"):
            whole += line[:-1] + " "
            continue
        yield start, whole + line
        whole = ""
    if whole:
        yield start, whole


def _words(line: str) -> list[str] | None:
    """The words of a Tcl command; None if a brace or quote stays open."""
    words: list[str] = []
    at = 0
    while at < len(line):
        if line[at] in " \t;":
            at += 1
        elif line[at] == "#":
            break
        elif line[at] == "{":
            end = _closing_brace(line, at)
            if end is None:
                return None
            words.append(line[at + 1 : end])
            at = end + 1
        else:
            quoted = line[at] == '"'
            match = re.compile(r'"((?:\\.|[^"\\])*)"' if quoted else r"((?:\\.|[^\s;\\])+|\\)").match(
                line, at
            )
            if match is None:
                return None
            words.append(re.sub(r"\\(.)", r"\1", match[1]))
            at = match.end()
    return words


def _closing_brace(line: str, at: int) -> int | None:
    depth = 0
    for match in re.compile(r"\\.|[{}]").finditer(line, at):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None


def _matches(glob: str, device: str) -> bool:
    return fnmatchcase(device.lower(), _plain(glob))


@lru_cache(maxsize=4096)
def _plain(glob: str) -> str:
    """Tcl's `string match -nocase` as Python's patterns have it, which escape with brackets."""
    return re.sub(r"\\(.)", r"[\1]", glob.lower()).replace("[!", "[\\!")
