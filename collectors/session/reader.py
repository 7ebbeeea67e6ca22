"""Reads from a command line up to the line that ends the answer, past its pagers and its questions.

It never sleeps: it waits for bytes, or for a time in which none come.

A question is answered only if the platform lists it, only once, and never while a configuration is read.
"""

from __future__ import annotations

import math
import re
import time
from typing import NoReturn

from collectors.answer.filters import hide_secrets
from collectors.define.command import Question
from collectors.define.platform import Platform
from collectors.define.questions import COMMON_QUESTIONS, menu_choice
from collectors.errors import (
    AuthenticationFailed,
    Disconnected,
    PromptNotFound,
    TimedOut,
    TooLarge,
    quoted,
)
from collectors.session import screen
from collectors.session.ending import AT_ONCE, GOES_ON, SETTLE_S, EndRule
from collectors.transport.second_factor import SECOND_FACTOR
from collectors.transport.wire import COLUMNS, MAX_BYTES, ROWS, Deadline, Wire

PAGER_SETTLE_S = 0.05
_COMMON_S = {True: 1.0, False: 3.0}
"""The silence that proves a question which the platform does not list, with the cursor behind or below it."""
_ASKED_S = 10.0  # a line that reads like a question, and that nothing here answers, is told after that time
_ASKS = re.compile(r"[?:\])]$|\b(?:press|select|choose|enter|type|y/n|yes/no)\b", re.IGNORECASE)
_SCREEN = 4096  # characters of a menu
_SHOWN = 3  # lines of the screen in a message
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
        self._common_questions = list(COMMON_QUESTIONS)
        self._hides = platform.hides
        self._chose = False
        self.received = 0

    @property
    def expects_questions(self) -> bool:
        """Whether the platform lists a question that was not asked yet."""
        return bool(self._open_questions)

    def read(
        self,
        step: str,
        rule: EndRule,
        idle_s: float,
        *,
        login: bool = False,
        questions: bool = False,
        until: float = math.inf,
    ) -> tuple[str, str]:
        """Receive until `rule` says that the last line ends the answer.

        Returns the text before that line, and the line. At the `login` a line that is no prompt is a
        question, even with the cursor below it. With `questions` those of the platform are answered
        elsewhere, too. `until` is a moment of the monotonic clock at which all waiting ends. Raises TimedOut
        after `idle_s` seconds of silence, PromptNotFound, AuthenticationFailed for a second factor,
        Disconnected or TooLarge; `step` completes their messages.
        """
        pieces: list[str] = []  # each was ended by a pager or a question that has its answer now
        buffer = bytearray()
        asks_size = False
        while True:
            before = _TextBefore(pieces, buffer)
            line = screen.last_line(buffer)
            asking_line = screen.last_visible_line(buffer) if login and not line else line
            question = self._question(asking_line) if login or questions else None
            pager_s = SETTLE_S if question else self._pager_silence_s(line)
            ending = GOES_ON if pager_s < math.inf or not line else rule(line, before)
            if (login or questions) and pager_s == math.inf and ending == GOES_ON:
                question = self._common_question(asking_line, before)
                pager_s = _COMMON_S[bool(line)] if question else math.inf
            device_waits = pager_s < math.inf
            if ending == AT_ONCE:
                return before(), line
            silence_s = min(pager_s, ending.silence_s)
            if silence_s == math.inf:
                asks = login and _ASKS.search(line)
                silence_s = _SIZE_WAIT_S if asks_size else min(idle_s, _ASKED_S) if asks else idle_s
            left_s = max(until - time.monotonic(), 0.0)
            wait_s = min(self._deadline.left(step), silence_s, left_s)
            data = self._wire.receive(wait_s)
            if data and left_s > 0:
                new = max(len(buffer) - len(_SIZE_QUESTION) + 1, 0)
                buffer.extend(data)
                asks_size = asks_size or ((login or questions) and buffer.find(_SIZE_QUESTION, new) >= 0)
                self.received += len(data)
                if self.received > MAX_BYTES:
                    raise TooLarge(f"{self._device}: more than {MAX_BYTES >> 20} MB arrived {step}")
            elif data is not None and left_s > 0:
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
                self._give_up(step, before, line, max(wait_s, idle_s if left_s <= 0 else 0.0), login=login)

    def _question(self, line: str) -> Question | None:
        """The platform's question that stands on `line` and was not answered before."""
        return next((each for each in self._open_questions if line and each.pattern.search(line)), None)

    def _common_question(self, line: str, before: _TextBefore) -> Question | None:
        """The question of any platform that stands on `line`, or the choice of the menu above it."""
        if not line:
            return None
        for each in self._common_questions:
            if each.pattern.search(line):
                return each
        return None if self._chose else menu_choice(f"{before()[-_SCREEN:]}{line}", line)

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
            for known in (self._open_questions, self._common_questions):
                if question in known:
                    known.remove(question)
                    break
            else:
                self._chose = True
            self._wire.send(question.typed(self._enter))

    def _give_up(
        self, step: str, before: _TextBefore, line: str, waited_s: float, *, login: bool
    ) -> NoReturn:
        lines = [each.strip() for each in f"{before()}{line}".split("\n") if each.strip()][-_SHOWN:]
        shown = hide_secrets("\n".join(lines), self._hides).split("\n")
        last = lines[-1] if lines else ""
        if login and SECOND_FACTOR.search(last):
            raise AuthenticationFailed(
                f"{self._device}: the device asks for a second factor {step}: '{quoted(last)}'; "
                "give the user of the backup a login that needs none"
            )
        where = f"{self._device}: no prompt of this platform within {waited_s:.0f} s {step}"
        if len(shown) > 1:
            seen = f"the screen ends with '{' / '.join(map(quoted, shown))}'"
        else:
            seen = f"the last line is '{quoted(shown[0])}'"
        if login and last and (line or _ASKS.search(last)):
            raise PromptNotFound(
                f"{where}; {seen} (check its `platform`, or answer the device's question by hand once)"
            )
        if login and last:
            raise TimedOut(f"{self._device}: no prompt within {waited_s:.0f} s {step}; {seen}")
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
