"""What a platform says about a conversation: its commands, questions, logins, contexts and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command that prints a configuration, and how to tell that all of it came.

    ends_with   regex that the last line that is not blank must match
    known_by    the mark of the beginning: regex of a line that every whole configuration holds, and that a
                message or a user's part of a configuration does not
    balanced    every brace that opens also closes (outside of strings and comments)
    fault       says why a text is not whole, where no end line and no brace could; None if it is whole
    or_form     whether a text is the configuration in another form, to which a device may be set and which
                has none of these marks. Then only the device's word counts: an exit status, or a prompt that
                is doubted
    min_lines   fewer lines than this, blank ones not counted, are no configuration
    idle_s      seconds of silence after which the device is given up; a big device may think before it prints
    """

    text: str
    ends_with: str | None = None
    known_by: str | None = None
    balanced: bool = False
    min_lines: int = 3
    idle_s: float = 60.0
    fault: Callable[[str], str | None] | None = None
    or_form: Callable[[str], bool] | None = None

    @property
    def marked(self) -> bool:
        """Whether the answer itself shows that it is complete."""
        return self.ends_with is not None or self.balanced

    @property
    def shows_its_end(self) -> bool:
        """Whether a mark, or the structure of the whole answer, shows that it is complete."""
        return self.marked or self.fault is not None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a device asks where its prompt is expected, and the reply. Made by `question`."""

    pattern: re.Pattern[str]
    reply: str

    def typed(self, enter: str) -> bytes:
        """The bytes of the reply: a single character is a key press, any other reply ends with `enter`."""
        return (self.reply if len(self.reply) == 1 else self.reply.removesuffix("\n") + enter).encode()


def question(pattern: str, reply: str) -> Question:
    """Answer with `reply`, once in a session, if `pattern` is found in the last line, in any case.

    A single character is typed as a key, without Enter: `question(r"Press any key.*", " ")`. Longer replies
    are lines, `"yes"`, or `""` for Enter alone. A character that needs Enter carries it: `"y\\n"`.
    """
    return Question(re.compile(pattern, re.IGNORECASE), reply)


@dataclass(frozen=True, slots=True)
class LoginPrompts:
    """How a device without SSH asks who logs in. Each expression matches the whole last line, in any case.

    A question ends with a colon. Terminal servers end it with `>`, and then nothing else is on the line,
    because `core-login>` is a host's prompt.

    again  whether it may also ask after an SSH login; if not, whatever asks there gets no answer
    """

    username: str = (
        r".{0,80}?(?:login|account|user ?(?:name|id)?)(?: name| as)? ?:"
        r"|(?:enter )?(?:login|user ?(?:name|id))(?: name)? ?>"
    )
    password: str = r"(?!.*\b(?:new|old|current) ).{0,80}?(?:password|passcode)[^:]{0,40}:"  # noqa: S105 - asks
    again: bool = False

    @property
    def asked(self) -> tuple[str, str]:
        """Both expressions."""
        return (self.username, self.password)


@dataclass(frozen=True, slots=True)
class Contexts:
    """Configurations beside the base one: VDOMs, security contexts, virtual systems, partitions.

    list     the command that prints the names; it is asked after the base configuration
    name     regex with one group; every match in that answer, line by line, is a context
    enter    the lines that enter the context `{name}`; `leave` are those that leave it. The platform's
             `prompt` must match inside of it, too
    config   the command that is asked inside of each; None is the platform's first command
    header   the comment line that stands before each configuration
    always   whether they are always collected; otherwise only if options["contexts"] is true
    """

    list: Command
    name: str
    enter: str
    leave: str
    config: Command | None = None
    header: str = "! context {name}"
    always: bool = False

    def __post_init__(self) -> None:
        """ValueError for a definition that can name no context."""
        if re.compile(self.name).groups != 1 or "{name}" not in self.enter:
            raise ValueError(f"contexts need one group in {self.name!r}, and {{name}} in {self.enter!r}")


@dataclass(frozen=True, slots=True)
class File:
    """A binary artefact: the device writes it, SFTP or else SCP fetches it, and the device removes it.

    path     the file's name at the device's file server
    before   commands that make the file; if one is refused, the artefact is left out
    after    commands that remove it; they are sent in any case once `before` was
    """

    path: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    idle_s: float = 60.0
