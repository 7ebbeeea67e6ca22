"""Reading from a command line up to a line that ends the answer, past its pagers and its questions.

Never a sleep: what is awaited is bytes, or their absence for a time.

A question is answered only where the platform lists it, once, and never while a configuration is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from collectors.define.command import Question
from collectors.define.platform import Platform
from collectors.errors import Disconnected, PromptNotFound, TimedOut, TooLarge, quoted
from collectors.session import screen
from collectors.transport.wire import COLUMNS, MAX_BYTES, ROWS, Deadline, Wire

SETTLE_S = 0.1
PAGER_SETTLE_S = 0.05
_WAITS_S = 0.5  # after so long a device that asks waits for the answer; the others have gone on without
_ASKS_SIZE = b"\x1b[6n"  # where is the cursor? Asked from beyond the corner, to learn how large the screen is
_SIZE = b"\x1b[%d;%dR" % (ROWS, COLUMNS)
Rule = Callable[[str, Callable[[], str]], float | None]
"""Whether a last line ends an answer.

It gets the line and a function that renders what came before it, and returns the seconds of silence that
prove the end: 0 if nothing more is needed, None if this is not the end.
"""


class Reader:
    """What a device prints. `received` counts its bytes."""

    def __init__(self, wire: Wire, platform: Platform, device: str, deadline: Deadline) -> None:
        self._wire = wire
        self._device = device
        self._enter = platform.enter
        self._deadline = deadline
        self._pager_like = re.compile(platform.pager, re.IGNORECASE)
        self._known_pager: str | None = None
        self._unasked = list(platform.questions)
        self.received = 0

    @property
    def expects_questions(self) -> bool:
        """Whether the platform lists a question that was not asked yet."""
        return bool(self._unasked)

    def read(
        self, step: str, over: Rule, idle_s: float, *, fresh: bool = False, questions: bool = False
    ) -> tuple[str, str]:
        """Receive until `over` accepts the last line. Returns what came before that line, and the line.

        `fresh` is the login, where a line that is no prompt means a question, even with the cursor below
        it; `questions` lets those of the platform be answered elsewhere too. Raises TimedOut after `idle_s`
        seconds of silence, PromptNotFound, Disconnected or TooLarge; `step` completes their messages.
        """
        pieces: list[str] = []  # what each answered pager or question has ended
        buffer = bytearray()
        asks_size = False
        while True:
            line = screen.last_line(buffer)
            asked = screen.last_shown_line(buffer) if fresh and not line else line
            question = self._question(asked) if fresh or questions else None
            pager_s = SETTLE_S if question else self._pager_patience(line)
            before = _Before(pieces, buffer)
            settle_s = over(line, before) if line and pager_s is None else None
            if settle_s == 0:
                return before(), line
            quiet_s = pager_s if pager_s is not None else settle_s
            if quiet_s is None and asks_size:
                quiet_s = _WAITS_S
            left_s = self._deadline.left(step)
            wait_s = min(left_s, idle_s if quiet_s is None else quiet_s)
            data = self._wire.receive(wait_s)
            if data:
                new = max(len(buffer) - len(_ASKS_SIZE) + 1, 0)
                buffer.extend(data)
                asks_size = asks_size or ((fresh or questions) and buffer.find(_ASKS_SIZE, new) >= 0)
                self.received += len(data)
                if self.received > MAX_BYTES:
                    raise TooLarge(f"{self._device}: more than {MAX_BYTES >> 20} MB arrived {step}")
            elif data is not None:
                raise Disconnected(f"{self._device}: the device closed the session {step}")
            elif pager_s is not None:
                pieces.append(_without_last_line(buffer) + ("" if question else self._interrupted(line)))
                buffer.clear()
                self._type(line, question)
            elif asks_size and settle_s is None and wait_s >= _WAITS_S:
                self._wire.send(_SIZE)  # some switches show no prompt before they know
                asks_size = False
            elif settle_s is not None and wait_s >= min(settle_s, SETTLE_S):
                return before(), line
            else:
                self._gave_up(step, line, wait_s, fresh=fresh)

    def _question(self, line: str) -> Question | None:
        """The platform's question that stands on `line` and was not answered before."""
        return next((each for each in self._unasked if line and each.pattern.search(line)), None)

    def _pager_patience(self, line: str) -> float | None:
        """Seconds of silence after which `line` is a pager that waits; None if it is none.

        A pager is believed at once when it has been seen before.
        """
        if line and line == self._known_pager:
            return 0.001
        return PAGER_SETTLE_S if line and self._pager_like.fullmatch(line) else None

    def _interrupted(self, line: str) -> str:
        """What stands before a pager on its own line; only a pager with a group `text` stands so."""
        found = self._pager_like.fullmatch(line)
        return found["text"] or "" if found and "text" in self._pager_like.groupindex else ""

    def _type(self, line: str, question: Question | None) -> None:
        """Answer what waits on `line`: a question of the platform, else a pager."""
        if question is None:
            self._known_pager = line
            self._wire.send(b" ")
        else:
            self._unasked.remove(question)
            self._wire.send(question.typed(self._enter))

    def _gave_up(self, step: str, line: str, waited_s: float, *, fresh: bool) -> None:
        if fresh and line:
            raise PromptNotFound(
                f"{self._device}: no prompt of this platform within {waited_s:.0f} s {step}; "
                f"the last line is '{quoted(line)}' "
                "(check its `platform`, or answer the device's question by hand once)"
            )
        what = "no prompt" if self.received else "nothing came"
        raise TimedOut(f"{self._device}: {what} within {waited_s:.0f} s {step}")


def _without_last_line(buffer: bytearray) -> str:
    """What stands before the cursor's line, up to and with the line end."""
    return screen.decode(buffer[: screen.row_start(buffer)])


class _Before:
    """What stands before the cursor's line; rendered once, and only if somebody asks."""

    __slots__ = ("_buffer", "_pieces", "_text")

    def __init__(self, pieces: list[str], buffer: bytearray) -> None:
        self._pieces = pieces
        self._buffer = buffer
        self._text: str | None = None

    def __call__(self) -> str:
        if self._text is None:
            self._text = screen.shown([*self._pieces, _without_last_line(self._buffer)])
        return self._text
