"""Nokia SR Linux. Source: Nokia SR Linux CLI Guide, "info" and "environment".

The prompt has two lines; the first, with mode and place, ends up behind every answer and is taken out.
"""

import re

from collectors.define import Command, Platform, hide

_VALUE = r'("(?:[^"\\]++|\\.)*+"|\S+)'


def without_place(text: str) -> str:
    """Take out the first line of the prompt."""
    return re.sub(r"^(?:--|\+ ?--)?-?\{.*\}--.*\n?", "", text, flags=re.MULTILINE)


PLATFORM = Platform(
    prompt=r"[AB]:(?:[\w.\\-]+@)?[\w.-]+#",
    setup=("environment cli-engine type basic", "environment complete-on-space false"),
    config=Command("info from running /", balanced=True, known_by=r"^ *system \{", min_lines=8),
    rejected=r"^\s*(?:Parsing error|Error: |Command execution aborted|% ?Unknown)",
    tidy=without_place,
    secrets=(
        hide(
            r"^ *(?:password|authentication-password|privacy-password|secret-key|auth-password|community|"
            r"hashed-password|auth-key|pre-shared-key|authentication-key|message-digest-key|shared-secret|"
            rf"key-value|ak|private-key|key) (?!\{{|\[|\S+ \{{){_VALUE}"
        ),
        hide(rf"^ *community-entry \S+ \{{ community {_VALUE}"),
    ),
    artefacts={"version": Command("show version | no-more"), "platform": Command("show platform | no-more")},
    aliases=("srl", "srlinux", "nokia_srlinux", "nokia.srlinux", "nokia.srlinux.srlinux"),
)
