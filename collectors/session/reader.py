"""Reads from a command line up to the line that ends the answer, past its pagers and its questions.

It never sleeps: it waits for bytes, or for a time in which none come.

A question is answered only if the platform lists it, only once, and never while a configuration is read.
"""

from __future__ import annotations

import math
import re
from typing import NoReturn

from collectors.define.command import Question
from collectors.define.platform import Platform
from collectors.errors import Disconnected, PromptNotFound, TimedOut, TooLarge, quoted
from collectors.session import screen
from collectors.session.ending import AT_ONCE, GOES_ON, SETTLE_S, EndRule
from collectors.transport.wire import COLUMNS, MAX_BYTES, ROWS, Deadline, Wire

PAGER_SETTLE_S = 0.05
_SIZE_WAIT_S = 0.5  # a device that is still silent then waits to be told its size; others go on untold
_SIZE_QUESTION = b"\x1b[6n"  # "where is the cursor?", asked from beyond the corner to learn the screen's size
_SIZE_ANSWER = b"\x1b[%d;%dR" % (ROWS, COLUMNS)


class Reader:
    """Reads what one device prints on one wire. `received` counts its bytes."""

    def __init__(self, wire: Wire, platform: Platform, device: str, deadline: Deadline) -> None:
        self._wire = wire
        self._device = device
        self._enter = platform.enter
        self._deadline = deadline
        self._pager_like = re.compile(platform.pager, re.IGNORECASE)
        self._known_pager: str | None = None
        self._open_questions = list(platform.questions)
        self.received = 0

    @property
    def expects_questions(self) -> bool:
        """Whether the platform lists a question that was not asked yet."""
        return bool(self._open_questions)

    def read(
        self, step: str, rule: EndRule, idle_s: float, *, login: bool = False, questions: bool = False
    ) -> tuple[str, str]:
        """Receive until `rule` says that the last line ends the answer.

        Returns the text before that line, and the line. At the `login` a line that is no prompt is a
        question, even with the cursor below it. With `questions` those of the platform are answered
        elsewhere, too. Raises TimedOut after `idle_s` seconds of silence, PromptNotFound, Disconnected or
        TooLarge; `step` completes their messages.
        """
        pieces: list[str] = []  # each was ended by a pager or a question that has its answer now
        buffer = bytearray()
        asks_size = False
        while True:
            line = screen.last_line(buffer)
            asking_line = screen.last_visible_line(buffer) if login and not line else line
            question = self._question(asking_line) if login or questions else None
            pager_s = SETTLE_S if question else self._pager_silence_s(line)
            before = _TextBefore(pieces, buffer)
            device_waits = pager_s < math.inf
            ending = GOES_ON if device_waits or not line else rule(line, before)
            if ending == AT_ONCE:
                return before(), line
            silence_s = min(pager_s, ending.silence_s)
            if silence_s == math.inf:
                silence_s = _SIZE_WAIT_S if asks_size else idle_s
            wait_s = min(self._deadline.left(step), silence_s)
            data = self._wire.receive(wait_s)
            if data:
                new = max(len(buffer) - len(_SIZE_QUESTION) + 1, 0)
                buffer.extend(data)
                asks_size = asks_size or ((login or questions) and buffer.find(_SIZE_QUESTION, new) >= 0)
                self.received += len(data)
                if self.received > MAX_BYTES:
                    raise TooLarge(f"{self._device}: more than {MAX_BYTES >> 20} MB arrived {step}")
            elif data is not None:
                raise Disconnected(f"{self._device}: the device closed the session {step}")
            elif device_waits:
                pieces.append(_without_last_line(buffer) + ("" if question else self._text_on_pager(line)))
                buffer.clear()
                self._type(line, question)
            elif asks_size and ending == GOES_ON and wait_s >= _SIZE_WAIT_S:
                self._wire.send(_SIZE_ANSWER)  # some switches show no prompt before they know it
                asks_size = False
            elif ending != GOES_ON and wait_s >= min(ending.silence_s, SETTLE_S):
                return before(), line
            else:
                self._give_up(step, line, wait_s, login=login)

    def _question(self, line: str) -> Question | None:
        """The platform's question that stands on `line` and was not answered before."""
        return next((each for each in self._open_questions if line and each.pattern.search(line)), None)

    def _pager_silence_s(self, line: str) -> float:
        """Seconds of silence that prove `line` to be a pager that waits for a key; infinite for no pager.

        A line that was a pager before needs almost none.
        """
        if line and line == self._known_pager:
            return 0.001
        return PAGER_SETTLE_S if line and self._pager_like.fullmatch(line) else math.inf

    def _text_on_pager(self, line: str) -> str:
        """The part of the answer that stands on a pager's line; only a pager with a group `text` has one."""
        found = self._pager_like.fullmatch(line)
        return found["text"] or "" if found and "text" in self._pager_like.groupindex else ""

    def _type(self, line: str, question: Question | None) -> None:
        """Answer what waits on `line`: a question of the platform, else a pager."""
        if question is None:
            self._known_pager = line
            self._wire.send(b" ")
        else:
            self._open_questions.remove(question)
            self._wire.send(question.typed(self._enter))

    def _give_up(self, step: str, line: str, waited_s: float, *, login: bool) -> NoReturn:
        if login and line:
            raise PromptNotFound(
                f"{self._device}: no prompt of this platform within {waited_s:.0f} s {step}; "
                f"the last line is '{quoted(line)}' "
                "(check its `platform`, or answer the device's question by hand once)"
            )
        what = "no prompt" if self.received else "nothing came"
        raise TimedOut(f"{self._device}: {what} within {waited_s:.0f} s {step}")


def _without_last_line(buffer: bytearray) -> str:
    """The text before the cursor's line, its line end included."""
    return screen.decode(buffer[: screen.row_start(buffer)])


class _TextBefore:
    """The text before the cursor's line. It is rendered once, and only if a rule asks for it."""

    __slots__ = ("_buffer", "_pieces", "_text")

    def __init__(self, pieces: list[str], buffer: bytearray) -> None:
        self._pieces = pieces
        self._buffer = buffer
        self._text: str | None = None

    def __call__(self) -> str:
        if self._text is None:
            self._text = screen.visible_text([*self._pieces, _without_last_line(self._buffer)])
        return self._text
