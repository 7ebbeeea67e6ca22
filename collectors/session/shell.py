"""A conversation with a command line: prompts, the login where the line asks for it, privilege.

A line counts as the prompt only at the very end of what was received. What proves it:

- the echo of the command stands before it (to a device that is still printing a banner, the command is
  typed ahead, and its echo shows where the banner ended), and the answer is whole; or
- silence: nothing follows for `SETTLE_S`, and for `DOUBT_S` where the answer lacks its end marker, since
  then the line is more likely a part of the configuration that reads like a prompt.

The first prompt is recognised by the platform's expression; the one after the last setup command is
learnt, and from then on only exactly that line is the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.answer import complete
from collectors.define.platform import Platform
from collectors.errors import AuthenticationFailed, Disconnected, PromptNotFound, Rejected
from collectors.session import screen
from collectors.session.reader import SETTLE_S, Reader, Rule
from collectors.transport.wire import Deadline, Wire

DOUBT_S = 2.0
LOGIN_IDLE_S = 30.0
_CLOCK = re.compile(r"(?<!\w)\d\d?:\d\d(?::\d\d)?(?!\w)")
_ASKS_PASSWORD = re.compile(r".{0,80}(?:password|passcode|passphrase)[^:]{0,40}:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who logs in where the command line itself asks for it."""

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
        self.prompt = ""

    def login(self, credential: Credential | None = None) -> None:
        """Wait for the first prompt, giving `credential` on the way where the device asks for it (Telnet).

        Raises PromptNotFound if a question waits there instead, and AuthenticationFailed if the device
        does not take the credential, which is offered once.
        """
        prompts = self._platform.login_prompts
        username = re.compile(prompts.username, re.IGNORECASE)
        password = re.compile(prompts.password, re.IGNORECASE)
        unsaid = [] if credential is None else [username, password]
        answered: set[str] = set()

        def question(line: str) -> re.Pattern[str] | None:
            """What `line` asks for. A prompt behind the login asks for no name, unless it did before."""
            if password.fullmatch(line):
                return password
            if answered and line not in answered and self._prompt_like.fullmatch(line):
                return None
            return username if username.fullmatch(line) else None

        def first(line: str, _text: Callable[[], str]) -> float | None:
            if credential and question(line):
                return SETTLE_S
            if not self._prompt_like.fullmatch(line):
                return None
            # With a setup command its echo will be the proof; without one only silence is. Where a
            # question may follow, nothing is typed ahead: it would be taken for the answer.
            ahead = self._platform.setup and not (credential or self._reader.expects_questions)
            return 0.0 if ahead else SETTLE_S

        while True:
            typed = credential is None or bool(answered)
            line = self._read_login(
                first,
                "after the login" if typed else "before the login",
                credential.password if credential and password not in unsaid else None,
            )
            asked = question(line)
            if credential is None or asked is None:
                self.prompt = line
                return
            if asked not in unsaid:
                raise AuthenticationFailed(
                    f"{self._device}: user '{credential.username}': "
                    "the device refused the password; one attempt was made"
                )
            # A password that was offered leaves no second name to offer either.
            unsaid = [password] if asked is username else []
            answered.add(line)
            self._send(credential.username if asked is username else credential.password)

    @property
    def privileged(self) -> bool:
        """Whether the prompt is that of a privileged user."""
        return self.prompt.endswith("#")

    def enable(self, password: str | None, username: str = "") -> None:
        """Raise privilege. One attempt; AuthenticationFailed if the device refuses the password.

        `username` is for a device that asks who wants it. Where no password was sent, since there is none or
        none was asked for, its refusal is Rejected; that includes the question for one, at which it is left.
        """
        command = self._platform.enable or ""
        asks_name = re.compile(self._platform.login_prompts.username, re.IGNORECASE)

        def prompted(line: str, _text: Callable[[], str]) -> float | None:
            asks = _ASKS_PASSWORD.fullmatch(line) or asks_name.fullmatch(line)
            return 0.0 if asks or self._prompt_like.fullmatch(line) else None

        self._send(command)
        step = f"after '{command}'"
        text, line = self._reader.read(step, self._echoed(command, prompted), LOGIN_IDLE_S, questions=True)
        asked = False
        if line != self.prompt and asks_name.fullmatch(line):
            self._send(username)
            _, line = self._reader.read(f"{step} and its name", prompted, LOGIN_IDLE_S, questions=True)
        if _ASKS_PASSWORD.fullmatch(line):
            if password is None:
                raise Rejected(
                    f"{self._device}: '{command}' asks for a password; the credential has no enable_password"
                )
            self._send(password)
            asked = True
            _, line = self._reader.read(f"{step} and its password", prompted, LOGIN_IDLE_S, questions=True)
        if _ASKS_PASSWORD.fullmatch(line) or not line.endswith("#"):
            refused = f"{self._device}: the device refused '{command}'"
            if not asked:
                words = complete.said(self._platform, self._answer(text, command))
                raise Rejected(f"{refused}{words and ': '}{words}{complete.ADVICE}")
            raise AuthenticationFailed(f"{refused}; one attempt was made")
        self.prompt = line

    def setup(self, command: str) -> str:
        """Send a command that prepares the session, learn the prompt that follows, return the answer."""

        def prompted(line: str, _text: Callable[[], str]) -> float | None:
            if not self._prompt_like.fullmatch(line):
                return None
            # It may be the last prompt's beginning, whose rest is on its way.
            return SETTLE_S if line != self.prompt and self.prompt.startswith(line) else 0.0

        self._send(command)
        text, self.prompt = self._reader.read(
            f"after '{command}'", self._echoed(command, prompted), LOGIN_IDLE_S, questions=True
        )
        answer = screen.after_echo(text, command, prompt=self._prompt_like)
        self._echoes = self._echoes or answer is not None
        return text if answer is None else answer

    def ask(self, command: str, idle_s: float, settle_s: Callable[[str], float]) -> str:
        """Send `command` and return its answer, without echo and prompt.

        `settle_s` says how long it must be silent after an answer that seems to be over: 0 if it is whole.
        Raises TimedOut, Disconnected or TooLarge.
        """

        def exact(line: str, text: Callable[[], str]) -> float | None:
            if self._is_ours(line):
                return settle_s(self._answer(text(), command))
            # Behind an answer that is whole, another prompt is this device's too: the first one was none.
            if self._prompt_like.fullmatch(line) and settle_s(self._answer(text(), command)) == 0.0:
                return DOUBT_S
            return None

        self._send(command)
        text, line = self._reader.read(f"after '{command}'", self._echoed(command, exact), idle_s)
        answer = self._answer(text, command)
        self.prompt = line
        return answer

    def _is_ours(self, line: str) -> bool:
        """Whether `line` is the learnt prompt, whatever time it tells, or at least has the same `host`."""
        if _CLOCK.sub("", line) == _CLOCK.sub("", self.prompt):
            return True
        if "host" not in self._prompt_like.groupindex:
            return False
        now, learnt = self._prompt_like.fullmatch(line), self._prompt_like.fullmatch(self.prompt)
        return now is not None and learnt is not None and now["host"] == learnt["host"]

    def _read_login(self, over: Rule, step: str, tried: str | None) -> str:
        """The line that the device waits at; a session that it closes after the password is its refusal.

        `tried` is the password once it was typed: a device may have echoed it.
        """
        try:
            return self._reader.read(step, over, LOGIN_IDLE_S, fresh=True)[1]
        except PromptNotFound as error:
            if not tried:
                raise
            raise PromptNotFound(str(error).replace(tried, "<hidden>")) from None
        except Disconnected as error:
            if tried is None:
                raise
            raise AuthenticationFailed(
                f"{self._device}: the device closed the session at the login; one attempt was made"
            ) from error

    def _answer(self, text: str, command: str) -> str:
        found = screen.after_echo(text, command, prompt=self._prompt_like if self._echoes else None)
        text = text if found is None else found
        while self._is_ours((shown := text.rstrip()).rpartition("\n")[2].rstrip()):  # a prompt shown twice
            text = shown[: shown.rfind("\n") + 1]
        return text

    def _echoed(self, command: str, rule: Rule) -> Rule:
        """`rule`, with at least `SETTLE_S` of silence where the command's echo is missing."""

        def judge(line: str, text: Callable[[], str]) -> float | None:
            settle_s = rule(line, text)
            if settle_s is None or screen.after_echo(text(), command, prompt=self._prompt_like) is not None:
                return settle_s
            return max(settle_s, SETTLE_S)

        return judge

    def _send(self, line: str) -> None:
        self._wire.send((line + self._platform.enter).encode())
