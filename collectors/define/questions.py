"""What devices of any platform ask between the login and the prompt, and what only needs a key or a no.

Whatever changes the device, or needs a person's word, has no answer here. A statement that has to be accepted
before anybody may log in is accepted: whoever gave the credential has accepted it.
"""

from __future__ import annotations

import re

from collectors.define.command import Question, question

_Y_N = r"[\[(<] ?y ?(?:/|\||or) ?n\b"
_YES_NO = r"[\[(<] ?yes ?(?:/|\||or) ?no\b"
_CHOICE = r"[\[(<] ?y(?:es)? ?(?:/|\||or) ?no?\b"
_ACCEPTS = r"\b(?:accept|agree|acknowledge|consent)\w*\b"
_PASSWORD = r"\b(?:password|passphrase)\b"  # noqa: S105 - the word
_CHANGE = r"\b(?:change|modify|update|reset|set)\b"

COMMON_QUESTIONS: tuple[Question, ...] = (
    question(r"\bctrl[-+ ]?y to \w+", "\x19"),
    question(r"\b(?:press|hit|type|strike) (?:the )?\W?(?:return|enter)\W?(?: key)? to \w+", ""),
    question(r"\b(?:press|hit|strike) (?:any|a) key\b", " "),
    question(r"\bpress '?a'? to accept\b", "a"),
    question(r"\bpress '?y'? to (?:accept|agree)\b", "y"),
    question(rf"\bsave\b.{{0,100}}{_CHOICE}", "n\n"),
    question(
        rf"{_PASSWORD}.{{0,160}}{_CHOICE}|{_CHANGE}.{{0,40}}\b(?:now|it|later)\b.{{0,40}}{_CHOICE}", "n\n"
    ),
    question(rf"{_ACCEPTS}.{{0,200}}{_YES_NO}", "yes"),
    question(rf"{_ACCEPTS}.{{0,200}}{_Y_N}", "y\n"),
)
"""In the order in which they are tried."""

_MENU = re.compile(r"\b(?:select|choose|choice|selection|option|menu|item)\b", re.IGNORECASE)
_COMMAND_LINE = re.compile(
    r"^[ \t]*+[\[(]?(\w)[\])]?[.:) -]++.{0,40}?\b(?:command[- ]line|CLI)\b", re.MULTILINE | re.IGNORECASE
)


def menu_choice(screen: str, last: str) -> Question | None:
    """The choice of the command line in a menu, whose last line is `last`; None if `screen` shows none."""
    item = _COMMAND_LINE.search(screen) if _MENU.search(last) else None
    if item is None:
        return None
    return Question(_MENU, item[1] if "press" in last.lower() else f"{item[1]}\n")
