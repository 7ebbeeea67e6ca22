"""What is stored of a device's answers: a tidy text, no volatile lines, secrets masked. Pure functions.

Every text ends with exactly one newline. Without a mask its secrets stay.

No rule looks at a line of more than LONGEST_LINE characters. Such a line is masked as a whole, because nobody
can say what in it is secret; without a mask it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from collectors.answer import net
from collectors.answer.filters import hide_lines, without_volatile
from collectors.answer.masks import Mask, hidden
from collectors.answer.pieces import pieces, set_long_lines_aside, with_long_lines
from collectors.answer.readings import without_readings
from collectors.answer.stems import lines_of_interest
from collectors.define.noise import WRITTEN_BY_ITSELF
from collectors.define.platform import Platform


def _go_on() -> None:
    """No limit."""


def config_text(
    platform: Platform,
    config: str,
    contexts: tuple[tuple[str, str], ...] = (),
    *,
    mask: Mask | None = hidden,
    check: Callable[[], object] = _go_on,
) -> str:
    """The configuration that is stored: the base one, then each context behind its header.

    `contexts` are (header, answer) of each virtual device. `check` is called again and again; what it raises
    ends the work.
    """
    text = ""
    for header, answer in (("", config), *contexts):
        text += f"{header}\n" if header else ""
        text += _stored(platform, tidy_text(platform, answer), mask, check)
    return text


def tidy_text(platform: Platform, answer: str) -> str:
    """The answer as the platform's `tidy` rewrites it."""
    return platform.tidy(answer) if platform.tidy else answer


def artefact_text(
    platform: Platform, answer: str, *, mask: Mask | None = hidden, check: Callable[[], object] = _go_on
) -> str:
    """The artefact that is stored, without what the device measures or counts.

    It is not tidied, because `tidy` knows configurations only.
    """
    return _stored(platform, answer, mask, check, edit=without_readings)


def _stored(
    platform: Platform,
    answer: str,
    mask: Mask | None,
    check: Callable[[], object],
    edit: Callable[[str], str] = str,
) -> str:
    """The text without volatile lines, each piece of it first edited by `edit`."""
    text, long_lines = set_long_lines_aside(answer.strip("\n") + "\n")
    kept = []
    inside: set[int] = set()
    for found in pieces(text):
        check()
        # Without its last line end, behind which an empty line seems to follow.
        piece = edit(found.removesuffix("\n"))
        piece = without_volatile(piece, (*platform.volatile, *WRITTEN_BY_ITSELF))
        if mask is not None and piece:
            check()
            piece = without_secrets(platform, piece, mask, inside)
        kept.append(f"{piece}\n" if piece else "")
    shown = long_lines if mask is None else [mask(line) for line in long_lines]
    return with_long_lines("".join(kept), shown).strip("\n") + "\n"


def without_secrets(
    platform: Platform, text: str, mask: Mask = hidden, inside: set[int] | None = None
) -> str:
    """`text` with every secret masked: those that the platform's rules know, then what the net finds.

    `inside` is for a text that comes in pieces; see `filters.hide_lines`.
    """
    padded = "\n" + text
    padded, spans = hide_lines(padded, lines_of_interest(padded), platform.hides, mask, inside)
    return net.masked(padded, spans, platform.public, mask)[1:]
