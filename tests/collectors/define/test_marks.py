"""Every platform knows a whole configuration by its beginning and its end, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors import registry
from collectors.answer.complete import check, ends, refusal
from collectors.define import Command, Platform
from collectors.define.passages import ends_inside, without_passages
from collectors.errors import CollectError, Rejected, Truncated
from collectors.reach import definition_for
from collectors.request import Options, Request


def _definitions() -> dict[str, Platform]:
    found = {}
    for name in registry.names():
        if name == "noop" or (definition := registry.platform(name)) is None:
            continue
        found[name] = definition
        if definition.api is not None:
            request = Request("t", name, name, "192.0.2.1", name, options=Options(transport="https"))
            found[f"{name} over HTTPS"] = definition_for(definition, request)
    return found


ALL = _definitions()
COMMANDS = [
    (name, command)
    for name, definition in ALL.items()
    for command in (
        *definition.configs,
        *([definition.contexts.config] if definition.contexts and definition.contexts.config else []),
    )
]
each_command = pytest.mark.parametrize(
    ("name", "command"), COMMANDS, ids=[f"{name}: {command.text[:40]}" for name, command in COMMANDS]
)
LAST_LINES = (
    "end", ": end", "return", "}", "OK", " Done", "# Finished TUE JAN 07 08:15:43 2025 UTC", "</pfsense>",
    "</opnsense>", "</profile>", "==> end <==", "! ###END OF CONFIG###", "]",
    "[Switch Configuration End : 0]",
)  # fmt: skip
"""One of them ends the answer to every command that has a mark of the end."""
NOTHING = "Building configuration...\n!\nboot-start-marker\nboot-end-marker\n!\n#\n# \n! \n!\n!\n!\n!\n!\n"
"""What is left of a configuration for a user who may see none of it."""


@each_command
def test_a_configuration_shows_its_beginning_and_its_end_or_the_platform_says_why_not(
    name: str, command: Command
) -> None:
    definition = ALL[name]
    assert command.known_by or definition.no_beginning
    assert command.shows_its_end or definition.no_end


@pytest.mark.parametrize("name", ALL)
def test_a_platform_gives_no_reason_for_a_mark_that_it_has(name: str) -> None:
    definition, commands = ALL[name], [command for each, command in COMMANDS if each == name]
    assert not definition.no_beginning or not all(command.known_by for command in commands)
    assert not definition.no_end or not all(command.shows_its_end for command in commands)


@each_command
def test_what_a_user_without_rights_gets_is_no_configuration(name: str, command: Command) -> None:
    for last in LAST_LINES:
        with pytest.raises(CollectError):
            check("r1", ALL[name], command, f"{NOTHING}{last}\n")


@pytest.mark.parametrize(
    ("name", "command"),
    # Elsewhere each line of a banner is a command, or there is no line that ends a configuration.
    [each for each in COMMANDS if ALL[each[0]].passages and each[1].ends_with is not None],
)
def test_an_end_inside_of_a_banner_ends_nothing(name: str, command: Command) -> None:
    definition = ALL[name]
    for last in (each for each in LAST_LINES if ends(replace(command, balanced=False), each)):
        for text in (f"x\nbanner motd ^C\nstaff only\n{last}\n", f"x\nbanner login ~\n{last}\n"):
            assert not ends(command, text, definition.passages)
            with pytest.raises(CollectError):
                check("r1", definition, command, text)


WHOLE_BANNERS = (
    "banner motd ^C\n% Invalid input\nend\n^C\n",
    "banner login #\n% Authorization failed\n#\n",
    "header shell information %\nError: Unrecognized command\n%\n",
)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("banner", WHOLE_BANNERS)
def test_a_refusal_that_stands_in_a_banner_refuses_nothing(name: str, banner: str) -> None:
    definition = ALL[name]
    if definition.passages:
        assert refusal(definition, f"hostname r1\n{banner}interface 1\n") is None
        assert without_passages(f"a\n{banner}b\n", definition.passages).count("\n") <= 3
        assert not ends_inside(banner, definition.passages)


def test_a_banner_of_stars_in_single_lines_is_not_waited_for() -> None:
    asa = ALL["cisco_asa"]
    text = "ASA Version 9.1\nhostname fw1\nbanner motd *\nbanner motd # no entry\n: end\n"
    check("fw1", asa, asa.configs[0], text)


def test_what_a_device_can_never_print_is_a_warning_at_the_last_attempt() -> None:
    routeros = ALL["mikrotik_routeros"]
    text = '/ip address\nadd address=192.0.2.1\n#error exporting "/interface/lte"\n/user\n'
    with pytest.raises(Truncated, match="error exporting"):
        check("r1", routeros, routeros.configs[0], text)
    check("r1", routeros, routeros.configs[0], text, flawed=True)


def test_a_lacking_right_is_a_reason_of_its_own_and_says_what_to_grant() -> None:
    ios = ALL["cisco_ios"]
    for text in ("% Authorization failed.\n", f"{NOTHING}end\n"):
        with pytest.raises(Rejected, match="grant the user privilege level 15") as caught:
            check("r1", ios, ios.configs[0], text)
        assert caught.value.reason == "authorization"
