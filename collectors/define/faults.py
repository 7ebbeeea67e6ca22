"""Why a text is no whole document of its format, where neither an end line nor a brace could show it.

Pure functions for `Command.fault`: they return the reason, or None for a text that is whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

# A text that does not end reaches to the end of all. Otherwise each quote in it would be tried once more.
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+("?)', re.DOTALL)
_VDOMS = re.compile(r"^config vdom\b", re.MULTILINE)
_DEEPEST = 1000
"""Elements within each other. No configuration is nested so deeply, and each level takes memory."""


def xml_fault(text: str) -> str | None:
    """Why `text` is no whole XML document; None if it is one. One with a document type is refused unread."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type")

    depth = 0

    def descend(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} deep")

    def ascend(_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = descend, ascend
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        return f"it is no whole XML: {expat.ErrorString(error.code)} in line {error.lineno}"
    except ValueError as error:
        return str(error)
    return None


def lacks_line(pattern: str) -> Callable[[str], str | None]:
    """A fault for a mark that is not the last line: says that no line matches `pattern`, if none does."""
    mark = re.compile(pattern, re.MULTILINE)

    def fault(text: str) -> str | None:
        return None if mark.search(text) else f"it has no line that matches /{pattern}/"

    return fault


def blocks_fault(text: str) -> str | None:
    """Why `text` is no whole FortiOS configuration; None if every `config` and `edit` in it is closed."""
    # Certificates and messages hold lines of any kind.
    bare = _QUOTED.sub(lambda quoted: '""' if quoted[1] else '"', text)
    if bare.count('"') % 2:
        return "a quoted text does not end"
    # An `edit` of a VDOM is closed by the `end` of its list.
    pairs = (("config", "end"), *(() if _VDOMS.search(bare) else (("edit", "next"),)))
    for opens, closes in pairs:
        words = re.findall(rf"^[ \t]*({opens}|{closes})\b", bare, re.MULTILINE)
        if (left := 2 * words.count(opens) - len(words)) > 0:
            return f"it leaves {left} '{opens}' blocks open"
    return None
