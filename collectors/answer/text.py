"""What is stored of a device's answers: a tidy text, no volatile lines, secrets masked. Pure functions.

Every text ends with exactly one newline. Without a mask its secrets stay.
"""

from __future__ import annotations

from collectors.answer import net
from collectors.answer.filters import hide_lines, without_volatile
from collectors.answer.masks import Mask, hidden
from collectors.answer.readings import without_readings
from collectors.answer.stems import lines_of_interest
from collectors.define.noise import WRITTEN_BY_ITSELF
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
        text += _stored(platform, platform.tidy(answer) if platform.tidy else answer, mask)
    return text


def artefact_text(platform: Platform, answer: str, *, mask: Mask | None = hidden) -> str:
    """The artefact that is stored, without what the device measures or counts.

    It is not tidied, because `tidy` knows configurations only.
    """
    return _stored(platform, without_readings(answer), mask)


def _stored(platform: Platform, answer: str, mask: Mask | None) -> str:
    text = without_volatile(answer.strip("\n") + "\n", (*platform.volatile, *WRITTEN_BY_ITSELF))
    if mask is not None:
        text = without_secrets(platform, text, mask)
    return text.strip("\n") + "\n"


def without_secrets(platform: Platform, text: str, mask: Mask = hidden) -> str:
    """`text` with every secret masked: those that the platform's rules know, then what the net finds."""
    padded = "\n" + text
    padded, spans = hide_lines(padded, lines_of_interest(padded), platform.hides, mask)
    return net.masked(padded, spans, platform.public, mask)[1:]
