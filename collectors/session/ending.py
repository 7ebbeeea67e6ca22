"""Whether the last line that has come ends an answer: at once, after a silence, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

SETTLE_S = 0.1
"""A silence that proves an end that is likely anyway."""
DOUBT_S = 2.0
"""A silence that proves the end of an answer that lacks its end marker."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The line ends the answer once nothing has come for `silence_s` seconds."""

    silence_s: float

    def after(self, silence_s: float) -> Ending:
        """The same ending, after a silence of at least `silence_s` seconds."""
        return self if self.silence_s >= silence_s else Ending(silence_s)


AT_ONCE = Ending(0.0)
"""Nothing more has to prove it."""
LIKELY = Ending(SETTLE_S)
DOUBTFUL = Ending(DOUBT_S)
GOES_ON = Ending(math.inf)
"""No silence makes this line an end."""

EndRule = Callable[[str, Callable[[], str]], Ending]
"""Judges the last line. It also gets a function that renders the text before that line."""
