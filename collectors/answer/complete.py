"""Is this answer a whole configuration? Pure functions that raise an error which says why it is not."""

from __future__ import annotations

import re
from itertools import islice

from collectors.answer.text import without_secrets
from collectors.define.command import Command
from collectors.define.platform import Platform
from collectors.define.rules import finder
from collectors.errors import CollectError, EmptyConfig, Rejected, Truncated, quoted

ADVICE = " (check its `platform`, and what the user may run)"
"""What a person should look at if a device answers with something else than a configuration."""

_EDGE = 500  # characters
_REFUSAL = re.compile(  # how an authorization server refuses a command on any platform, alone on its line
    r"\s*(?:%+ ?|error: ?)?(?:"
    r"(?:(?:command|aaa) )?authorization (?:failed|denied)|(?:(?:this )?command (?:is )?)?not authorized"
    r"|(?:permission|access) denied|(?:you have )?insufficient (?:privileges?|permissions?|rights)"
    # These name what may not be done. They must say "command", because a banner speaks of systems.
    r"|(?:you|users?) (?:(?:do|does) not|don't|doesn't) have .{0,40}(?:permission|privilege|right).{0,40}"
    r"\bcommand.{0,80}|(?:you are )?not (?:authorized|allowed|permitted) to .{0,40}\bcommand.{0,80}"
    r")(?: (?:for|to) (?:the |this |run |execute ){0,3}(?:role|user|command|operation)\b.{0,80})?[.!]?\s*",
    re.IGNORECASE,
)
_NOT_BLANK = re.compile(r"[^\s\x00-\x1f].*")
_SHORT = 3  # lines: an answer of no more is a message, and not a part of a configuration
_SECRETIVE = re.compile(r"pass|secret|key|communit|psk|hash|crypt|cipher", re.IGNORECASE)
_RIGHTS = re.compile(r"authori|permi|denied|privilege|access|allowed|rights", re.IGNORECASE)
_MARK = re.compile(r'[{}"]|##|/\*')
_STRING = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+("?)', re.DOTALL)


def check(device: str, platform: Platform, command: Command, text: str) -> None:
    """Return if `text` is all of a configuration.

    Raises Rejected, Truncated or EmptyConfig. The message names the device, the command and what is missing,
    and repeats a short answer that the device gave instead of a configuration.
    """
    try:
        _check_config(f"{device}: '{command.text}'", platform, command, text)
    except (Rejected, Truncated, EmptyConfig) as error:
        raise _with_advice(error, platform, text) from None


def _check_config(where: str, platform: Platform, command: Command, text: str) -> None:
    _check_answer(where, platform, command, text)
    if command.known_by is not None and not finder(command.known_by).search("\n" + text):
        raise EmptyConfig(f"{where}: no line of the answer is that of a configuration")
    count = sum(1 for _ in islice(_NOT_BLANK.finditer(text), command.min_lines))
    if count < command.min_lines:
        raise EmptyConfig(
            f"{where} was answered with {_lines(count)}; a configuration has {command.min_lines}"
        )


def check_artefact(device: str, platform: Platform, command: Command, text: str) -> None:
    """Return if `text` is an answer that came to its end, however short it is. Raises what `check` raises."""
    _check_answer(f"{device}: '{command.text}'", platform, command, text)


def _check_answer(where: str, platform: Platform, command: Command, text: str) -> None:
    if not text.strip():
        raise EmptyConfig(f"{where} was answered with nothing")
    if platform.busy is not None and (match := finder(platform.busy).search("\n" + text)):
        words = match.string[match.start() :].lstrip("\n").partition("\n")[0]
        raise Truncated(f"{where} was not answered in full: {quoted(words)}")
    if command.or_form is not None and command.or_form(text):
        return
    whole = command.marked and ends(command, text)
    if not whole and (refused := refusal(platform, text)):
        raise Rejected(f"{where} was refused: {quoted(refused)}")
    if command.balanced and (depth := open_braces(text)):
        raise _truncation(where, text, f"leaves {depth} braces open")
    if command.ends_with is not None and not whole:
        raise _truncation(where, text, f"has no end marker /{command.ends_with}/")
    if command.fault is not None and (fault := command.fault(text)):
        raise _truncation(where, text, f"is not whole: {fault}")


def _truncation(where: str, text: str, how: str) -> Truncated:
    count = text.rstrip().count("\n") + 1
    return Truncated(f"{where}: the answer of {_lines(count)} {how}")


def _with_advice(error: CollectError, platform: Platform, text: str) -> CollectError:
    """`error` with the words of a short answer and ADVICE, unless the answer is about the user's rights."""
    words = short_answer(platform, text)
    if not words or _RIGHTS.search(words):
        return error
    quotation = "" if isinstance(error, Rejected) else f"; it says: {words}"
    return type(error)(f"{error}{quotation}{ADVICE}")


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"


def short_answer(platform: Platform, text: str) -> str:
    """A short answer on one line, for a message; "" for a longer one, and for one that may hold a secret."""
    lines = [match[0] for match in islice(_NOT_BLANK.finditer(text), _SHORT + 1)]
    whole = "".join(f"{line}\n" for line in lines)
    if len(lines) > _SHORT or _SECRETIVE.search(whole) or without_secrets(platform, whole) != whole:
        return ""
    return " / ".join(quoted(line.rstrip()) for line in lines if re.search(r"[^\W\d_]", line))


def ends(command: Command, text: str) -> bool:
    """Whether `text` carries the marks by which `command` shows that its answer is complete."""
    if command.ends_with is not None:
        last = text[-4096:].rstrip().rsplit("\n", 1)[-1]
        if not re.search(command.ends_with, last):
            return False
    return not command.balanced or ("{" in text and open_braces(text) == 0)


def evidence(command: Command, text: str) -> str:
    """The marks by which `check` knew that an answer is whole. Nothing of the answer itself is in it."""
    if command.or_form is not None and command.or_form(text):
        return "in its other form, and the device said that it was done"
    marks = [f"end marker /{command.ends_with}/ seen"] if command.ends_with else []
    marks += ["braces balanced"] if command.balanced and "{" in text else []
    marks += ["structure closed"] if command.fault is not None else []
    marks += [f"a line matches /{command.known_by}/"] if command.known_by else []
    return ", ".join(marks) or "the device said that it was done"


def refusal(platform: Platform, text: str) -> str | None:
    """The line by which the device refuses the command; None if there is none.

    It is looked for at both ends of the answer only: a banner inside a configuration may quote a refusal.
    """
    edges = text if len(text) <= 2 * _EDGE else text[:_EDGE] + "\n" + text[-_EDGE:]
    refuses = re.compile(platform.rejected or "(?!)").search
    lines = (line for line in edges.split("\n") if line.strip())
    return next((line.strip() for line in lines if refuses(line) or _REFUSAL.fullmatch(line)), None)


def open_braces(text: str) -> int:
    """How many braces open and never close, outside of strings and comments; -1 if one closes too many."""
    depth = at = 0
    no_string_before = 0  # where a text in quotes would begin that has no end
    comments_end = text.rfind("*/")
    while mark := _MARK.search(text, at):
        at = mark.end()
        match mark[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
                if depth < 0:
                    return -1
            case "##":
                at = _index(text, "\n", at)
            case "/*":
                at = text.index("*/", at) + 2 if at <= comments_end else at
            case _ if mark.start() >= no_string_before:
                string = _STRING.match(text, mark.start())
                assert string is not None
                at, no_string_before = (string.end(), 0) if string[1] else (at, string.end())
    return depth


def _index(text: str, what: str, start: int) -> int:
    """Where `what` stands in `text`, or the end of `text`."""
    at = text.find(what, start)
    return len(text) if at < 0 else at
