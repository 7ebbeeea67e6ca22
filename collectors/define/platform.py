"""What a platform is: data that reads like a vendor's cheat sheet.

A platform is one file in `collectors/platforms/`, named for the operating system, that holds one
`PLATFORM = Platform(...)`. Everything in it is a fact about that OS. Where an OS needs a decision, a
function stands beside its data (`tidy`), and the engine stays as it is.

Regular expressions are Python's; for those of `drop`, `hide` and `fact` see collectors.define.rules. `prompt`
and `pager` must match a whole line; `rejected`, `busy` and questions are searched in a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from collectors.define.api import Api
from collectors.define.command import Command, Contexts, File, LoginPrompts, Question
from collectors.define.ios_like import ANYWHERE
from collectors.define.rules import Drop, Fact, Hide, Rule

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
"""The pagers that answer to a space, as they stand on the last line."""

# What a prompt may hold: a name, with a role, a mode or a time around it. Names outside of ASCII are common,
# and what is no UTF-8 stands here as Latin-1.
_NAME = r"\w\x80-\xff.()/:@~+&%,*!$=^'\[\]\-"
PROMPT = rf"(?=\W*\w)[{_NAME}]+ ?[>#]"
SPACED_PROMPT = rf"(?=\W*\w)[{_NAME}][{_NAME} ]{{0,80}}[>#]"
"""The prompt where a name may hold blanks, or stands apart from what is around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One network operating system.

    transport  "shell" types at a prompt over SSH; "exec" runs one command per SSH channel; "file" fetches
               over SFTP, or else SCP, what the configuration's command names
    prompt     a whole line that asks for a command; only a shell has one. Where it changes from command to
               command (it counts them), a group `host` holds what stays the same
    pager      a whole line that waits for a key; a group `text` is the part of the answer that stands on it
    enter      what a line ends with that is typed at a prompt
    enable     the command that raises privilege, used with an enable password at a prompt without `#`
    setup      sent before the configuration is asked for; a device that refuses one is still collected
    config     the command, or several: each is tried only if the device refuses the one before
    rejected   a line by which the device refuses a command
    busy       a line by which the device says that the answer is incomplete and may be whole later
    secrets    what is masked, beside what is secret in any configuration
    tidy       rewrites the whole text before the rules see it
    recorded   whether sessions of real devices are collected in the tests; else it rests on documentation
    aliases    what other tools call this platform
    questions  what may be asked before a prompt appears: after the login, a setup command or `enable`; a
               question that is not listed fails the collection, since nobody may answer for a person
    artefacts  further outputs by name ("version", "inventory"), for those that options["artefacts"] names;
               one that is refused, empty or without its `ends_with` is a warning and fails nothing, and
               `min_lines` does not apply; `volatile` and `secrets` do
    files      further files by name, fetched as bytes for those that options["artefacts"] names
    contexts   the configurations of virtual devices, appended to the base one
    login_prompts  what Telnet's login looks like, and that of the few that ask again behind SSH's
    api        how the configuration is fetched over HTTPS instead, where the options ask for that
    """

    config: Command | tuple[Command, ...]
    transport: Literal["shell", "exec", "file"] = "shell"
    prompt: str = PROMPT
    enter: Literal["\n", "\r"] = "\n"
    enable: str | None = None
    setup: tuple[str, ...] = ()
    pager: str = PAGER
    rejected: str | None = None
    busy: str | None = None
    volatile: tuple[Drop, ...] = ()
    secrets: tuple[Hide, ...] = ()
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
        """Compile all that is compiled when it is first used; re.error or ValueError where it cannot be."""
        commands = [*self.configs, *self.artefacts.values()]
        if self.contexts is not None:
            commands += [each for each in (self.contexts.list, self.contexts.config) if each]
        rules: list[Rule] = [*self.volatile, *self.secrets, *self.facts]
        texts = [self.prompt, self.pager, self.rejected, self.busy]
        texts += self.login_prompts.username, self.login_prompts.password
        if self.api is not None:
            commands += [*_configs(self.api.config), *self.api.artefacts.values()]
            rules += [*(self.api.volatile or ()), *(self.api.secrets or ()), *(self.api.facts or ())]
            texts.append(self.api.rejected)
        for rule in rules:
            rule.check()
        for text in [
            *texts,
            *(mark for command in commands for mark in (command.ends_with, command.known_by)),
        ]:
            re.compile(text or "")

    @property
    def hides(self) -> tuple[Hide, ...]:
        """Everything that is masked: the platform's own secrets, and those that stand anywhere."""
        return (*self.secrets, *ANYWHERE)

    @property
    def configs(self) -> tuple[Command, ...]:
        """The configuration commands in the order in which they are tried."""
        return _configs(self.config)


def _configs(config: Command | tuple[Command, ...]) -> tuple[Command, ...]:
    return (config,) if isinstance(config, Command) else config
