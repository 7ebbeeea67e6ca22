"""One session's command line: a typed line → the device's reply. Pure; no bytes, no sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collectors.simulator.personality import Personality, words


@dataclass(frozen=True, slots=True)
class Reply:
    """The device's answer to one line.

    `is_config` marks the answer on which faults act, and `paged` one that a pager may stop. After a `secret`
    reply the next line is a password and not echoed. `leaves` ends the session.
    """

    text: str = ""
    is_config: bool = False
    paged: bool = False
    secret: bool = False
    leaves: bool = False
    refused: bool = False


class Conversation:
    """Privilege, paging and place in a recording of one session."""

    ENABLE_TRIES = 3

    def __init__(
        self,
        personality: Personality,
        name: str,
        username: str,
        read_config: Callable[[], str],
        enable_password: str | None = None,
    ) -> None:
        """`enable_password`: None is privileged from the start, "" enables without being asked."""
        self._personality = personality
        self._name, self._username = name, username
        self._read_config = read_config
        self._enable_password = enable_password
        self._privileged = enable_password is None
        self._enable_tries = 0
        self._place = 0
        self.paging = personality.pager is not None

    @property
    def greeting(self) -> str:
        """What the device shows after the login, before its first prompt."""
        return self._fill(self._personality.motd)

    @property
    def prompt(self) -> str:
        """What the device shows when it waits; empty while it asks for a password instead."""
        if self._enable_tries:
            return ""
        shown = self._personality.prompt if self._privileged else self._personality.user_prompt
        return self._fill(shown)

    def answer(self, line: str) -> Reply:
        """The reply to `line`, without echo and prompt."""
        if self._enable_tries:
            return self._check_enable(line)
        personality, line = self._personality, line.strip()
        if not line:
            return Reply()
        command, pipes = self._split_pipes(line)
        paged = "no-more" not in pipes
        if (recorded := self._recorded_answer(command)) is not None:
            return Reply(_apply_pipes(recorded, pipes), paged=paged)
        if personality.means_one_of(command, personality.leave):
            return Reply(leaves=True)
        if personality.means(command, personality.enter) and not self._privileged:
            return self._ask_enable()
        if personality.means_one_of(command, personality.paging_off):
            self.paging = False
            return Reply()
        if personality.means_one_of(command, personality.setup):
            return Reply()
        if self._privileged and personality.means_one_of(command, personality.config):
            return Reply(_apply_pipes(self._read_config(), pipes), is_config=True, paged=paged)
        shown = self.prompt.rpartition("\n")[2]
        return Reply(personality.refuse(line, shown, privileged=self._privileged), refused=True)

    def _split_pipes(self, line: str) -> tuple[str, list[str]]:
        """`show x | no-more` → (`show x`, [`no-more`]). A pipe that the OS does not know stays."""
        pipes: list[str] = []
        while True:
            command, bar, pipe = line.rpartition("|")
            if not bar or words(pipe)[:1] not in [[known] for known in self._personality.pipes]:
                return line.strip(), pipes
            line, pipes = command, [pipe.strip(), *pipes]

    def _recorded_answer(self, command: str) -> str | None:
        answers = self._personality.answers
        first = self._place if self._personality.ordered else 0
        for index in range(first, len(answers)):
            if self._personality.means(command, answers[index][0]):
                self._place = index + 1
                return self._fill(answers[index][1])
        return None

    def _fill(self, text: str) -> str:
        return text.replace("{name}", self._name).replace("{username}", self._username)

    def _ask_enable(self) -> Reply:
        if not self._enable_password:
            self._privileged = True
            return Reply()
        self._enable_tries = 1
        return Reply("Password: ", secret=True)

    def _check_enable(self, line: str) -> Reply:
        if line == self._enable_password:
            self._privileged, self._enable_tries = True, 0
            return Reply()
        if self._enable_tries < self.ENABLE_TRIES:
            self._enable_tries += 1
            return Reply("Password: ", secret=True)
        self._enable_tries = 0
        return Reply(self._personality.bad_enable, refused=True)


def _apply_pipes(text: str, pipes: list[str]) -> str:
    """`text` without the lines that an `exclude` leaves out."""
    excluded = [pipe.partition(" ")[2].strip() for pipe in pipes if pipe.startswith("exclude ")]
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(pattern in line for pattern in excluded))
