"""Is this answer a whole configuration? Pure functions that raise an error which says why it is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import islice

from collectors.answer.text import without_secrets
from collectors.define.command import Command
from collectors.define.passages import Passage, ends_inside, without_passages
from collectors.define.platform import Platform
from collectors.define.rules import compiled, finder
from collectors.errors import AuthorizationFailed, CollectError, EmptyConfig, Rejected, Truncated, quoted

ADVICE = " (check its `platform`, and what the user may run)"
"""What a person should look at if a device answers with something else than a configuration."""

_EDGE = 500  # characters
_HEAD = 2  # lines: the mark below the command, and the refusal
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
_RIGHT = re.compile(
    r"authori[sz]ation (?:failed|denied)|(?:not |un)authori[sz]ed|permission|privilege|access (?:is )?denied|"
    r"insufficient|not (?:allowed|permitted)|failed to authori[sz]e",
    re.IGNORECASE,
)
_NOT_BLANK = re.compile(r"[^\s\x00-\x1f].*")
_SHORT = 3  # lines: an answer of no more is a message, and not a part of a configuration
_SECRETIVE = re.compile(r"pass|secret|key|communit|psk|hash|crypt|cipher", re.IGNORECASE)
_RIGHTS = re.compile(r"authori|permi|denied|privilege|access|allowed|rights", re.IGNORECASE)
_MARK = re.compile(r'[{}"]|##|/\*')
_STRING = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+("?)', re.DOTALL)


def check(device: str, platform: Platform, command: Command, text: str, *, flawed: bool = False) -> None:
    """Return if `text` is all of a configuration; with `flawed`, all that this device can print of it.

    Raises Rejected, Truncated or EmptyConfig. The message names the device, the command and what is missing,
    and repeats a short answer that the device gave instead of a configuration.
    """
    try:
        _check_config(f"{device}: '{command.text}'", platform, command, text)
        if not flawed and (words := flaw(platform, text)):
            raise Truncated(f"{device}: '{command.text}' was not answered in full: {words}")
    except AuthorizationFailed as error:
        raise AuthorizationFailed(f"{error}{grant(platform, command)}") from None
    except (Rejected, Truncated, EmptyConfig) as error:
        raise _with_advice(error, platform, text) from None


def _check_config(where: str, platform: Platform, command: Command, text: str) -> None:
    _check_answer(where, platform, command, text)
    if not _begins(command, text):
        if command.marked and ends(command, text):
            raise AuthorizationFailed(
                f"{where}: the answer ends, but no line matches /{command.known_by}/: it is a part of a "
                "configuration, or another platform's"
            )
        raise EmptyConfig(f"{where}: no line of the answer is that of a configuration")
    count = _count(command, text)
    if count < command.min_lines:
        raise EmptyConfig(
            f"{where} was answered with {_lines(count)}; a configuration has {command.min_lines}"
        )


def grant(platform: Platform, command: Command) -> str:
    """The end of a message: what the user of the backup needs."""
    right = platform.grant or f"the right to run '{command.text}' and to see all that it prints"
    return f"; grant the user {right}"


def flaw(platform: Platform, text: str) -> str:
    """The device's words that it could not print a part; "" if it says none."""
    return _words_of(platform.flaw, text)


def is_busy(platform: Platform, text: str) -> bool:
    """Whether the device says that the answer may be whole later."""
    return bool(_words_of(platform.busy, text))


def _words_of(pattern: str | None, text: str) -> str:
    """The first line of `text` that matches, for a message."""
    found = finder(pattern).search("\n" + text) if pattern is not None else None
    return quoted(found.string[found.start() :].lstrip("\n").partition("\n")[0]) if found else ""


def _begins(command: Command, text: str) -> bool:
    return command.known_by is None or bool(finder(command.known_by).search("\n" + text))


def _count(command: Command, text: str) -> int:
    return sum(1 for _ in islice(_NOT_BLANK.finditer(text), command.min_lines))


def check_artefact(device: str, platform: Platform, command: Command, text: str) -> None:
    """Return if `text` is an answer that came to its end, however short it is. Raises what `check` raises."""
    _check_answer(f"{device}: '{command.text}'", platform, command, text)


def _check_answer(where: str, platform: Platform, command: Command, text: str) -> None:
    if not text.strip():
        raise EmptyConfig(f"{where} was answered with nothing")
    if words := _words_of(platform.busy, text):
        raise Truncated(f"{where} was not answered in full: {words}")
    if command.or_form is not None and command.or_form(text):
        return
    if refused := refusal(platform, text, command):
        if lacks_right(refused):
            raise AuthorizationFailed(f"{where} was refused: {quoted(refused)}")
        raise Rejected(f"{where} was refused: {quoted(refused)}")
    if command.balanced and (depth := open_braces(text)):
        raise _truncation(where, text, f"leaves {depth} braces open")
    if ends_inside(text, platform.passages):
        raise _truncation(where, text, "stops inside of a banner")
    if command.ends_with is not None and not ends(command, text):
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


def ends(command: Command, text: str, passages: Sequence[Passage] = ()) -> bool:
    """Whether `text` carries the marks by which `command` shows that its answer is complete.

    A mark inside of one of `passages` is none.
    """
    if command.ends_with is not None:
        last = text[-4096:].rstrip().rsplit("\n", 1)[-1]
        if not re.search(command.ends_with, last):
            return False
    if command.balanced and ("{" not in text or open_braces(text)):
        return False
    return not ends_inside(text, passages)


def evidence(command: Command, text: str) -> str:
    """The marks by which `check` knew that an answer is whole. Nothing of the answer itself is in it."""
    if command.or_form is not None and command.or_form(text):
        return "in its other form, and the device said that it was done"
    marks = [f"end marker /{command.ends_with}/ seen"] if command.ends_with else []
    marks += ["braces balanced"] if command.balanced and "{" in text else []
    marks += ["structure closed"] if command.fault is not None else []
    marks += [f"a line matches /{command.known_by}/"] if command.known_by else []
    return ", ".join(marks) or "the device said that it was done"


def refusal(platform: Platform, text: str, command: Command | None = None) -> str | None:
    """The line by which the device refuses the command; None if there is none.

    It is looked for at both ends of the answer only, and not in a banner, which may quote a refusal. An
    answer to `command` that has the marks of a whole configuration is no refusal, or one only in its first
    lines or its very last one if no mark shows its end.
    """
    edges = text if len(text) <= 2 * _EDGE else text[:_EDGE] + "\n" + text[-_EDGE:]
    lines = [line for line in edges.split("\n") if line.strip()]
    if not any(map(partial(_refuses, platform), lines)):
        return None
    if command is not None and command.marked and ends(command, text, platform.passages):
        return None
    lines = [line for line in without_passages(text, platform.passages).split("\n") if line.strip()]
    if command is not None and command.known_by and _begins(command, text) and not command.marked:
        lines = [*lines[:_HEAD], *lines[_HEAD:][-1:]] if _count(command, text) >= command.min_lines else lines
    elif len(text) > 2 * _EDGE:
        kept = "\n".join(lines)
        lines = [line for line in (kept[:_EDGE] + "\n" + kept[-_EDGE:]).split("\n") if line.strip()]
    return next((line.strip() for line in lines if _refuses(platform, line)), None)


def lacks_right(refused: str) -> bool:
    """Whether a refusal is about what the user may do, and not about the command."""
    return bool(_REFUSAL.fullmatch(refused) or _RIGHT.search(refused))


def _refuses(platform: Platform, line: str) -> bool:
    if platform.rejected is not None and compiled(platform.rejected).search(line):
        return True
    return _REFUSAL.fullmatch(line) is not None


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
