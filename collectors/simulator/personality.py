"""What makes a simulated device one of its vendor: prompts, commands, pager, wording. All data.

A command is written in full (`show running-config`). Where the OS `abbreviates`, a person at the
terminal may shorten each word (`sh run`). `*` stands for any one word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

_WORD = re.compile(r"""[^\s"']+""")

_PLACEHOLDER = re.compile(r"\{(?:caret|line|word)\}")


@dataclass(frozen=True, slots=True)
class Noise:
    """What differs between two answers though nobody changed anything.

    `answers` counts the configurations that were printed, `now` is the device's clock (UTC), `changed_at` and
    `changed_by` are those of the last real change.
    """

    now: datetime
    changed_at: datetime
    changed_by: str
    answers: int


Frame = Callable[[str, Noise], str]
"""The stored configuration → what the device prints for it: header, clocks, counters."""


@dataclass(frozen=True, slots=True)
class Pager:
    """`text` is shown after each screen of `lines`, whatever the size of the user's terminal.

    `erase` is sent once a key was pressed.
    """

    text: str
    erase: str
    lines: int = 23


@dataclass(frozen=True, slots=True)
class Personality:
    r"""One operating system as its users see it.

    platform        the inventory's word for it
    prompt          once privileged; `{name}` and `{username}` are filled in
    user_prompt     before `enter`, on devices that have an enable password
    enter           the command that leads from the one to the other
    config          commands that print the configuration, to the privileged
    answers         (command, text) pairs; with `ordered`, each is found after the one before
    setup           commands that are accepted and answer nothing
    paging_off      commands that end paging for this session
    pipes           what may follow a `|`, of `no-more` and `exclude`
    unknown         the refusal of an unknown command; knows {line}, {word} and {caret}
    incomplete      the refusal of half a command
    refusal         the refusal of a command that this user may not run
    bad_enable      the refusal of a wrong enable password
    shell, exec     whether an interactive shell, or a command on the exec channel, is taken
    exec_line_end   line end on the exec channel; a shell always sends \r\n
    rejected_status exit status of a refused command on the exec channel
    leave           commands that end the session
    banner          shown before the login, `motd` after it
    ssh_version     how its SSH server calls itself
    """

    platform: str
    prompt: str
    config: tuple[str, ...] = ()
    frame: Frame = lambda config, _: config
    user_prompt: str = "{name}>"
    enter: str = "enable"
    answers: tuple[tuple[str, str], ...] = ()
    ordered: bool = False
    setup: tuple[str, ...] = ()
    paging_off: tuple[str, ...] = ()
    pipes: tuple[str, ...] = ()
    abbreviates: bool = True
    pager: Pager | None = None
    unknown: str = "{caret}\n% Invalid input detected at '^' marker.\n\n"
    incomplete: str = "% Incomplete command.\n\n"
    refusal: str = "% Authorization failed.\n\n"
    bad_enable: str = "% Access denied\n\n"
    shell: bool = True
    exec: bool = True
    exec_line_end: str = "\r\n"
    rejected_status: int = 0
    leave: tuple[str, ...] = ("exit", "logout", "quit")
    banner: str = ""
    motd: str = ""
    ssh_version: str = "OpenSSH_9.2"

    def known(self, *, privileged: bool) -> tuple[str, ...]:
        """Every command that this OS understands from such a user."""
        answered = tuple(command for command, _ in self.answers) + (self.config if privileged else ())
        return answered + self.setup + self.paging_off + self.leave + (self.enter,)

    def means(self, line: str, command: str) -> bool:
        """Whether the typed `line` is `command`; quotes are as optional as a shell makes them."""
        typed, full = words(line), words(command)
        return len(typed) == len(full) and self._leads(typed, full) == len(typed)

    def means_one_of(self, line: str, commands: Sequence[str]) -> bool:
        """Whether the typed `line` is one of `commands`."""
        return any(self.means(line, command) for command in commands)

    def refuse(self, line: str, prompt: str, *, privileged: bool) -> str:
        """What the vendor says to an unknown `line` that was typed after `prompt`."""
        typed, known = list(_WORD.finditer(line)), self.known(privileged=privileged)
        understood = max(self._leads(words(line), words(command)) for command in known)
        if understood == len(typed):
            return self.incomplete
        stranger = typed[understood]
        caret = " " * (len(prompt) + stranger.start()) + "^"
        fillings = {"{caret}": caret, "{line}": line.strip(), "{word}": stranger.group()}
        return _PLACEHOLDER.sub(lambda found: fillings[found.group()], self.unknown)

    def _leads(self, typed: Sequence[str], full: Sequence[str]) -> int:
        """How many leading words of `typed` fit `full`."""
        count = 0
        for given, wanted in zip(typed, full, strict=False):
            if not (given == wanted or wanted == "*" or (self.abbreviates and wanted.startswith(given))):
                break
            count += 1
        return count


def words(line: str) -> list[str]:
    """The words of a command line, without quotes."""
    return _WORD.findall(line)
