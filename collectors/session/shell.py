"""A conversation with a command line: its prompts, a login where it asks for one, and privilege.

A line can be the prompt only at the very end of what was received. One of two things proves that it is:

- The command's echo stands before it, and the answer is whole. A command may be typed while the device still
  prints a banner; its echo then shows where the banner ended.
- Silence: nothing follows for `SETTLE_S` seconds, or for `DOUBT_S` where the answer lacks its end marker. The
  line is then more likely a part of the configuration that reads like a prompt.

The platform's expression recognises the first prompt. The prompt after the last setup command is learnt, and
from then on only exactly that line is the prompt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.answer import complete
from collectors.define.platform import SPACED_PROMPT, Platform
from collectors.errors import AuthenticationFailed, Disconnected, PromptNotFound, Rejected, TimedOut
from collectors.session import screen
from collectors.session.ending import AT_ONCE, DOUBTFUL, GOES_ON, LIKELY, SETTLE_S, Ending, EndRule
from collectors.session.reader import Reader
from collectors.transport.second_factor import SECOND_FACTOR
from collectors.transport.wire import Deadline, Wire

LOGIN_IDLE_S = 30.0
_LONGEST_PROMPT = 4096  # characters, with the blanks around it
_MOST_PROMPTS = 100
"""So many copies of the prompt may stand behind an answer. A device that prints more has not answered."""
LOGIN_S = 60.0
"""The most that a login takes at the command line, all of its questions together."""
_CLEAR_LINE = "\x15"  # Ctrl-U
_CLOCK = re.compile(r"(?<!\w)\d\d?:\d\d(?::\d\d)?(?!\w)")
_ASKS_PASSWORD = re.compile(r".{0,80}(?:password|passcode|passphrase)[^:]{0,40}:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credential:
    """What is typed where the command line itself asks who logs in."""

    username: str
    password: str = field(repr=False)


class Session:
    """One shell on one device."""

    def __init__(self, wire: Wire, platform: Platform, device: str, deadline: Deadline) -> None:
        self._wire = wire
        self._platform = platform
        self._device = device
        self._reader = Reader(wire, platform, device, deadline)
        self._prompt_like = re.compile(platform.prompt)
        self._echoes = False
        self._left_over = ""
        self._cleared = False
        self.prompt = ""

    def login(self, credential: Credential | None = None) -> None:
        """Wait for the first prompt; type the `credential` where the device asks for it, as over Telnet.

        Raises PromptNotFound if a question waits there instead, and AuthenticationFailed if the device
        refuses the credential, which is offered once.
        """
        prompts = self._platform.login_prompts
        username = re.compile(prompts.username, re.IGNORECASE)
        password = re.compile(prompts.password, re.IGNORECASE)
        untyped = [] if credential is None else [username, password]
        answered: set[str] = set()

        def question(line: str) -> re.Pattern[str] | None:
            """What `line` asks for. After the login a prompt asks for no name, unless the line did before."""
            if password.fullmatch(line):
                return password
            if answered and line not in answered and self._prompt_like.fullmatch(line):
                return None
            return username if username.fullmatch(line) else None

        def prompt_or_question(line: str, _text: Callable[[], str]) -> Ending:
            if credential and question(line):
                return LIKELY
            if not self._prompt_like.fullmatch(line):
                return DOUBTFUL if self._is_odd_prompt(line) else GOES_ON
            # The echo of a setup command will be the proof; without one only silence is. Where a question may
            # follow, nothing is typed ahead: the device would take it for the answer.
            ahead = self._platform.setup and not (credential or self._reader.expects_questions)
            return AT_ONCE if ahead else LIKELY

        until = time.monotonic() + LOGIN_S
        while True:
            typed = credential is None or bool(answered)
            line = self._read_login(
                prompt_or_question,
                until,
                "after the login" if typed else "before the login",
                credential.password if credential and password not in untyped else None,
            )
            asked = question(line)
            if credential is None or asked is None:
                if not self._prompt_like.fullmatch(line):
                    self._prompt_like = re.compile(f"(?:{self._platform.prompt})|{SPACED_PROMPT}")
                self.prompt = line
                return
            if asked not in untyped:
                if SECOND_FACTOR.search(line):
                    raise AuthenticationFailed(
                        f"{self._device}: user '{credential.username}': the device asks for a second factor "
                        "behind the password; give the user of the backup a login that needs none"
                    )
                raise AuthenticationFailed(
                    f"{self._device}: user '{credential.username}': "
                    "the device refused the password; one attempt was made"
                )
            # Once the password was offered, no name is offered again either.
            untyped = [password] if asked is username else []
            answered.add(line)
            self._send(credential.username if asked is username else credential.password)

    def _is_odd_prompt(self, line: str) -> bool:
        """Whether `line` may be this platform's prompt around a name with blanks, which anybody may choose.

        One without a blank, and not like the platform's, is rather that of another platform.
        """
        if " " not in line.rstrip("#> "):
            return False
        prompts = self._platform.login_prompts
        asks = (re.fullmatch(each, line, re.IGNORECASE) for each in (prompts.username, prompts.password))
        return bool(re.fullmatch(SPACED_PROMPT, line)) and not any(asks)

    @property
    def privileged(self) -> bool:
        """Whether the prompt is that of a privileged user."""
        return self.prompt.endswith("#")

    def enable(self, password: str | None, username: str = "") -> None:
        """Raise privilege. One attempt is made; AuthenticationFailed if the device refuses the password.

        `username` is for a device that asks who wants it. If no password was sent, because there is none or
        the device asked for none, the refusal is Rejected. If there is none and the device asks for one, the
        session is left at that question.
        """
        command = self._platform.enable or ""
        asks_name = re.compile(self._platform.login_prompts.username, re.IGNORECASE)

        def prompt_or_question(line: str, _text: Callable[[], str]) -> Ending:
            asks = _ASKS_PASSWORD.fullmatch(line) or asks_name.fullmatch(line)
            return AT_ONCE if asks or self._prompt_like.fullmatch(line) else GOES_ON

        def read(step: str, rule: EndRule = prompt_or_question) -> tuple[str, str]:
            return self._reader.read(step, rule, LOGIN_IDLE_S, questions=True)

        self._send(command)
        step = f"after '{command}'"
        text, line = read(step, self._after_echo(command, prompt_or_question))
        password_sent = False
        if line != self.prompt and asks_name.fullmatch(line):
            self._send(username)
            _, line = read(f"{step} and its name")
        if _ASKS_PASSWORD.fullmatch(line):
            if password is None:
                raise Rejected(
                    f"{self._device}: '{command}' asks for a password; the credential has no enable_password"
                )
            self._send(password)
            password_sent = True
            _, line = read(f"{step} and its password")
        if _ASKS_PASSWORD.fullmatch(line) or not line.endswith("#"):
            refused = f"{self._device}: the device refused '{command}'"
            if not password_sent:
                words = complete.short_answer(self._platform, self._answer(text, command))
                raise Rejected(f"{refused}{words and ': '}{words}{complete.ADVICE}")
            raise AuthenticationFailed(f"{refused}; one attempt was made")
        self.prompt = line

    def setup(self, command: str) -> str:
        """Send a command that prepares the session, learn the prompt that follows, return the answer."""

        def any_prompt(line: str, _text: Callable[[], str]) -> Ending:
            if not self._prompt_like.fullmatch(line):
                return GOES_ON
            # It may be the beginning of the last prompt, whose rest is on its way.
            return LIKELY if line != self.prompt and self.prompt.startswith(line) else AT_ONCE

        self._send(command)
        text, self.prompt = self._reader.read(
            f"after '{command}'", self._after_echo(command, any_prompt), LOGIN_IDLE_S, questions=True
        )
        answer = screen.after_echo(text, command, prompt=self._prompt_like)
        self._echoes = self._echoes or answer is not None
        return text if answer is None else answer

    def ask(self, command: str, idle_s: float, ending: Callable[[str], Ending]) -> str:
        """Send `command` and return its answer, without echo and prompt.

        `ending` judges an answer that seems to be over: AT_ONCE if it is whole. Raises TimedOut, Disconnected
        or TooLarge.
        """

        def learnt_prompt(line: str, text: Callable[[], str]) -> Ending:
            if self._is_prompt(line):
                return ending(self._answer(text(), command))
            if self._left_over_of(line, command) and screen.after_echo(text(), command) is not None:
                return LIKELY
            # After a whole answer another prompt may be this device's too: then the learnt one was no prompt.
            if self._prompt_like.fullmatch(line) and ending(self._answer(text(), command)) == AT_ONCE:
                return DOUBTFUL
            return GOES_ON

        self._clear_line()
        self._send(command)
        text, line = self._reader.read(f"after '{command}'", self._after_echo(command, learnt_prompt), idle_s)
        answer = self._answer(text, command)
        if left_over := self._left_over_of(line, command):
            self._left_over = left_over
        else:
            self.prompt = line if not self._left_over or self._left_over not in line else self.prompt
        return answer

    def _left_over_of(self, line: str, command: str) -> str:
        """What stands behind the prompt on `line`, if that is `command`, or what was left there before.

        Some line editors offer a command with a syntax error again, to be corrected.
        """
        rest = line[len(self.prompt) :].strip() if line.startswith(self.prompt) else ""
        return rest if rest and rest in (command.strip(), self._left_over) else ""

    def _clear_line(self) -> None:
        """Rub out a command that the device offers again, once: the next one would be typed behind it."""
        if not self._left_over or self._cleared:
            return
        self._cleared = True

        def any_prompt(line: str, _text: Callable[[], str]) -> Ending:
            return LIKELY if self._is_prompt(line) or self._left_over_of(line, "") else GOES_ON

        self._send(_CLEAR_LINE)
        self._reader.read("after Ctrl-U", any_prompt, LOGIN_IDLE_S)

    def _is_prompt(self, line: str) -> bool:
        """Whether `line` is the learnt prompt. The time in it may differ; so may all but a group `host`."""
        if _CLOCK.sub("", line) == _CLOCK.sub("", self.prompt):
            return True
        if "host" not in self._prompt_like.groupindex:
            return False
        now, learnt = self._prompt_like.fullmatch(line), self._prompt_like.fullmatch(self.prompt)
        return now is not None and learnt is not None and now["host"] == learnt["host"]

    def _read_login(self, rule: EndRule, until: float, step: str, typed_password: str | None) -> str:
        """The line that the device waits at. A device that hangs up after the password has refused it.

        `typed_password` is None until the password was typed. A device may echo it; no message repeats it.
        """
        try:
            return self._reader.read(step, rule, LOGIN_IDLE_S, login=True, until=until)[1]
        except (PromptNotFound, TimedOut, AuthenticationFailed) as error:
            if not typed_password:
                raise
            raise type(error)(str(error).replace(typed_password, "<hidden>")) from None
        except Disconnected as error:
            if typed_password is None:
                raise
            raise AuthenticationFailed(
                f"{self._device}: the device closed the session at the login; one attempt was made"
            ) from error

    def _answer(self, text: str, command: str) -> str:
        """The answer in `text`: without the command's echo, and without a prompt that is shown twice."""
        found = screen.after_echo(text, command, prompt=self._prompt_like if self._echoes else None)
        text = text if found is None else found
        kept = len(text)
        for _ in range(_MOST_PROMPTS):
            first = max(kept - _LONGEST_PROMPT, 0)
            shown = text[first:kept].rstrip()
            line = shown[shown.rfind("\n") + 1 :]
            if not self._is_prompt(line.rstrip()):
                break
            kept = first + len(shown) - len(line)
        return text[:kept]

    def _after_echo(self, command: str, rule: EndRule) -> EndRule:
        """`rule`, which asks for at least `SETTLE_S` of silence as long as the command's echo is missing."""

        def judge(line: str, text: Callable[[], str]) -> Ending:
            ending = rule(line, text)
            if ending == GOES_ON or screen.after_echo(text(), command, prompt=self._prompt_like) is not None:
                return ending
            return ending.after(SETTLE_S)

        return judge

    def _send(self, line: str) -> None:
        self._wire.send((line + self._platform.enter).encode())
