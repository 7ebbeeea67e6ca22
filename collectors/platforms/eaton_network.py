"""Eaton Network-M2 and -M3 cards of UPS and PDU.

Source: Eaton Gigabit Network Card User's Guide, "CLI: save_configuration | restore_configuration".

The answer is one line of JSON whose secrets are encrypted with the passphrase of the command, anew each time.
The passphrase is no secret of ours: `restore_configuration` asks for it. Login counters are left out.
"""

import json
from typing import Any

from collectors.define import Command, Platform, hide

_COUNTERS = ("attemptLogin", "history", "lastLogin", "lastLoginDate")
_NOTHING = object()
_LONGEST = 4 << 20  # characters; a card's configuration has some thousand
_DEEPEST = 100


def _parsed(text: str) -> Any:
    """What the answer holds from its first brace on, without counters; `_NOTHING` if that is no JSON."""
    if len(text) > _LONGEST:
        return _NOTHING
    try:
        return _without_counters(json.loads(text[max(text.find("{"), 0) :]))
    except (ValueError, RecursionError):
        return _NOTHING


def _without_counters(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"it is nested more than {_DEEPEST} deep")
    if isinstance(value, dict):
        kept = {key: held for key, held in value.items() if key not in _COUNTERS}
        return {key: _without_counters(held, depth + 1) for key, held in kept.items()}
    return [_without_counters(held, depth + 1) for held in value] if isinstance(value, list) else value


def fault(text: str) -> str | None:
    """Why the answer is not whole; None if it is."""
    return "it is no JSON" if _parsed(text) is _NOTHING else None


def tidy(text: str) -> str:
    """The answer with a line for each setting, so that a diff shows which one changed."""
    found = _parsed(text)
    if found is _NOTHING:
        return text
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


PLATFORM = Platform(
    transport="exec",
    config=Command(
        "save_configuration -p DeviceVault-1",
        known_by=r'"features"',
        min_lines=1,
        idle_s=120,
        fault=fault,
    ),
    rejected=r"^(?:-?sh: |Usage: |Error|Permission denied|.*: not found)",
    tidy=tidy,
    secrets=(
        hide(
            r'^ *"(?:\w*[pP]ass(?:word|phrase)|passwd|secret|cyphered|ciphered|encrypted|community|hash|salt|'
            r'privateKey|proxyUsername)": "((?:[^"\\]++|\\.)++)"',
            word='": "',
            salted=True,
        ),
        hide(
            r'^ *"name": "((?:[^"\\]++|\\.)++)"',
            begins=r'^ *"communities": \{',
            ends=r'^ *"(?:v3|traps|users)": ',
        ),
    ),
    aliases=("eaton", "eatonnetwork", "eaton_m2", "eaton_m3"),
)
