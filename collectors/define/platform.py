"""What a platform is: data that reads like a vendor's cheat sheet.

A platform is one file in `collectors/platforms/`, named for the operating system, that holds one
`PLATFORM = Platform(...)`. Everything in it is a fact about that OS. If an OS needs a decision, a function
stands beside its data (`tidy`), and the engine stays as it is.

Regular expressions are Python's; for those of `drop`, `hide` and `fact` see collectors.define.rules. `prompt`
and `pager` must match a whole line; `rejected`, `busy` and questions are searched for in a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from collectors.define.api import Api
from collectors.define.command import Command, Contexts, File, LoginPrompts, Question
from collectors.define.growth import Expression, check_linear
from collectors.define.ios_like import ANYWHERE
from collectors.define.passages import BANNERS, Passage
from collectors.define.rules import Drop, Fact, Hide, Public, Rule

PAGER = (
    r"\s*(?:<?-+ ?\(?more(?: ?\d+%)?\)? ?-+>?"  # --More--  <--- More --->  ---(more 45%)---
    r"(?:,.{0,80}| {0,2}(?:or )?[(<\[][<\dqs].{0,80})?"  # -- MORE --, next page: ...  --More-- or (q)uit
    r"|-+ ?more ?\(.{0,60}\) ?-+"  # ----More (q=Quit, space/return=Continue)----
    r"|more: ?<space>,.{0,60}"  # More: <space>,  Quit: q or CTRL+Z, One line: <return>
    r"|press <space> to continue or <q> to quit:?"
    r"|press q to quit, enter to print next line or any other key to print next page\.?"
    r"|ctrl\+c .{0,20}quit .{0,20}next page.{0,60}"  # CTRL+C ESC q Quit SPACE n Next Page ENTER Next Entry
    r"|press any key to continue.{0,40})\s*"
)
"""The pagers for which a space shows the next page, as they stand on the last line."""

# A prompt holds a name, perhaps with a role, a mode or a time around it. Names outside of ASCII are common.
# Bytes that are no UTF-8 are seen here as Latin-1.
_NAME = r"\w\x80-\xff.()/:@~+&%,*!$=^'\[\]\-"
PROMPT = rf"(?=\W*\w)[{_NAME}]+ ?[>#]"
SPACED_PROMPT = rf"(?=\W*\w)[{_NAME}][{_NAME} ]{{0,80}}[>#]"
"""The prompt of systems whose names may hold blanks, or stand apart from what is around them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One network operating system.

    transport  "shell" types at a prompt over SSH; "exec" runs one command per SSH channel; "file" fetches
               over SFTP, or else SCP, the file that the configuration's command names
    prompt     a whole line that asks for a command; only a shell has one. If it changes from command to
               command (some count them), a group `host` holds the part that stays the same
    pager      a whole line that waits for a key; a group `text` is the part of the answer on that line
    enter      what ends a line that is typed at a prompt
    enable     the command that raises privilege, used with an enable password at a prompt without `#`
    setup      sent before the configuration is asked for; a device that refuses one is still collected
    config     the command, or several: each is tried only if the device refuses the one before
    rejected   a line by which the device refuses a command
    grant      what a user needs in order to see the whole configuration, for the message that a right lacks
    busy       a line by which the device says that the answer is incomplete and may be whole later
    flaw       a line by which the device says that it cannot print a part, now or ever. It is tried again; at
               the last attempt the rest is a success with a warning
    passages   texts of several lines, such as banners, in which no line is an end or a refusal
    no_beginning, no_end
               why no line of the configuration shows where it begins, or that it has ended: what the
               commands' `known_by`, and their `ends_with`, `balanced` or `fault` would show
    secrets    what is masked, beside what is secret in any configuration
    public     what the net below these rules must leave, beside collectors.define.not_secret, with reasons
    tidy       rewrites the whole text before the rules see it
    recorded   whether the tests collect sessions of real devices; if not, the definition rests on
               documentation
    aliases    what other tools call this platform
    questions  what the device may ask before a prompt: after the login, a setup command or `enable`. A
               question that is not listed fails the collection, because nobody may answer for a person
    artefacts  further outputs by name ("version", "inventory"), collected if options["artefacts"] names them.
               One that is refused, empty or without its `ends_with` is a warning and fails nothing.
               `volatile` and `secrets` apply to them, `min_lines` does not
    files      further files by name, fetched as bytes if options["artefacts"] names them
    contexts   the configurations of virtual devices, appended to the base one
    login_prompts  how Telnet's login asks, and that of the few systems that ask again after SSH's login
    api        how the configuration is fetched over HTTPS instead, if the options ask for that
    """

    config: Command | tuple[Command, ...]
    transport: Literal["shell", "exec", "file"] = "shell"
    prompt: str = PROMPT
    enter: Literal["\n", "\r"] = "\n"
    enable: str | None = None
    setup: tuple[str, ...] = ()
    pager: str = PAGER
    rejected: str | None = None
    grant: str = ""
    busy: str | None = None
    flaw: str | None = None
    passages: tuple[Passage, ...] = BANNERS
    no_beginning: str = ""
    no_end: str = ""
    volatile: tuple[Drop, ...] = ()
    secrets: tuple[Hide, ...] = ()
    public: tuple[Public, ...] = ()
    facts: tuple[Fact, ...] = ()
    tidy: Callable[[str], str] | None = None
    recorded: bool = False
    aliases: tuple[str, ...] = ()
    port: int = 22
    questions: tuple[Question, ...] = ()
    artefacts: Mapping[str, Command] = field(default_factory=dict, hash=False)
    files: Mapping[str, File] = field(default_factory=dict, hash=False)
    contexts: Contexts | None = None
    login_prompts: LoginPrompts = field(default_factory=LoginPrompts)
    api: Api | None = None

    def __post_init__(self) -> None:
        """ValueError for a definition that contradicts itself."""
        if self.transport != "shell" and self.contexts:
            raise ValueError("contexts are entered at a prompt: they need the transport 'shell'")

    def check(self) -> None:
        """Compile all expressions now, which otherwise happens at their first use.

        Raises re.error or ValueError for one that cannot be used, or takes more than linear time.
        """
        for rule in self._rules():
            rule.check()
        for passage in self.passages:
            passage.check()
        for expression in self.expressions():
            check_linear(*expression)

    def expressions(self) -> Iterator[Expression]:
        """All expressions that see what a device prints, those of its rules and of its functions included."""
        for rule in self._rules():
            yield from rule.expressions
        yield Expression(self.prompt, use="fullmatch")
        yield Expression(self.pager, re.IGNORECASE, "fullmatch")
        yield from (Expression(asked, re.IGNORECASE, "fullmatch") for asked in self.login_prompts.asked)
        yield from (Expression.of(question.pattern) for question in self.questions)
        apis = () if self.api is None else (self.api,)
        for text in (self.rejected, self.busy, self.flaw, *(api.rejected for api in apis)):
            yield Expression(text or "")
        for passage in self.passages:
            yield from passage.expressions
        commands = [*self.configs, *self.artefacts.values()]
        if self.contexts is not None:
            yield Expression(self.contexts.name, re.MULTILINE)
            commands += [each for each in (self.contexts.list, self.contexts.config) if each]
        for api in apis:
            commands += [*_configs(api.config), *api.artefacts.values()]
        for command in commands:
            yield Expression(command.ends_with or "")
            yield Expression(command.known_by or "")
        functions: list[object] = [self.tidy, *(api.tidy for api in apis)]
        functions += [each for command in commands for each in (command.fault, command.or_form)]
        for function in functions:
            named = getattr(function, "__globals__", {}).values()
            yield from (Expression.of(each) for each in named if isinstance(each, re.Pattern))

    def _rules(self) -> list[Rule]:
        rules: list[Rule] = [*self.volatile, *self.secrets, *self.public, *self.facts]
        if self.api is not None:
            rules += [*(self.api.volatile or ()), *(self.api.secrets or ()), *(self.api.facts or ())]
        return rules

    @property
    def hides(self) -> tuple[Hide, ...]:
        """All rules for secrets: the platform's own, and those for any configuration."""
        return (*self.secrets, *ANYWHERE)

    @property
    def configs(self) -> tuple[Command, ...]:
        """The configuration commands in the order in which they are tried."""
        return _configs(self.config)


def _configs(config: Command | tuple[Command, ...]) -> tuple[Command, ...]:
    return (config,) if isinstance(config, Command) else config
