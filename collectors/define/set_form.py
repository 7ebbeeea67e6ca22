"""A configuration in set form: the commands that would make it, each on a line of its own. Pure functions.

Junos and PAN-OS print it instead of braces if they are asked to, or are set so. Nothing in it shows that it
is whole. Only the device can say that, by the exit status or by its prompt.
"""

from __future__ import annotations

import re

# A quoted text begins a word, and may hold line ends. Possessive, so that a text of many quotes is read once.
_QUOTED = re.compile(r'(?<=[\s\[])(?:"(?:[^"\\]++|\\.)*+"|\'[^\'\n]*+\')(?=[\s\]]|\Z)', re.DOTALL)
_OPEN = re.compile(r'(?<=[\s\[])"')
_COMMAND = re.compile(
    r"(?:set|delete|activate|deactivate|protect|unprotect|annotate|insert|edit|top|up)(?: .*)?|#.*"
)


def set_form_fault(text: str) -> str | None:
    """Why `text` is no configuration in set form; None if it is one. No word of the text is repeated.

    In set form every quoted text is closed, every other line is a command or a comment, and the first command
    is a `set`.
    """
    bare = _QUOTED.sub("q", text)
    if _OPEN.search(bare):
        return "a quoted text does not end"
    lines = [line for line in bare.split("\n") if line.strip()]
    for line in lines:
        if not _COMMAND.fullmatch(line.rstrip()):
            return "a line is no set command"
    first = next((line for line in lines if not line.startswith("#")), "")
    return None if first.startswith("set ") else "no set command comes first"


def is_set_form(text: str) -> bool:
    """Whether every line of `text` is that of a configuration in set form."""
    return set_form_fault(text) is None
