"""What is stored of a device's answers: a tidy text, no volatile lines, secrets masked. Pure functions.

Every text ends with exactly one newline. Without a mask its secrets stay.
"""

from __future__ import annotations

from collectors.answer.filters import hide_secrets, without_volatile
from collectors.answer.masks import Mask, hidden
from collectors.define.platform import Platform


def config_text(
    platform: Platform,
    config: str,
    contexts: tuple[tuple[str, str], ...] = (),
    *,
    mask: Mask | None = hidden,
) -> str:
    """The configuration that is stored: the base one, then each context behind its header.

    `contexts` are (header, answer) of each virtual device.
    """
    text = ""
    for header, answer in (("", config), *contexts):
        text += f"{header}\n" if header else ""
        text += artefact_text(platform, platform.tidy(answer) if platform.tidy else answer, mask=mask)
    return text


def artefact_text(platform: Platform, answer: str, *, mask: Mask | None = hidden) -> str:
    """The artefact that is stored; it is not tidied, because `tidy` knows configurations only."""
    text = without_volatile(answer.strip("\n") + "\n", platform.volatile)
    if mask is not None:
        text = hide_secrets(text, platform.hides, mask)
    return text.strip("\n") + "\n"
