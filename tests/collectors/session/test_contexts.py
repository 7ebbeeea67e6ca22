"""Virtual devices: every one behind its header, in order, or no backup at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors import registry
from collectors.collect import collect_by
from collectors.define import Command, Contexts, Platform, drop, hide
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.shells import Shell, over_ssh
from tests.collectors.threads import no_thread_is_left
from tests.collectors.waits import short_doubt

__all__ = ["no_thread_is_left", "short_doubt"]

VDOMS = Contexts(
    list=Command("list vdoms"),
    name=r"^vdom=(\S+)",
    enter="config vdom\nedit {name}",
    leave="end",
    header="# vdom {name}",
)
FIREWALL = Platform(
    prompt=r"fw1(?: \([\w-]+\))? #",
    setup=("no page",),
    config=Command("show", ends_with=r"^end$"),
    rejected=r"^Unknown action|^entry not found",
    volatile=(drop(r"^#clock"),),
    secrets=(hide(r"^set psk (\S+)"),),
    contexts=VDOMS,
)


class Firewall:
    """Two virtual devices that are listed out of order; `broken` names one whose answer is cut."""

    def __init__(self, vdoms: str = "vdom=zone\nvdom=guest\n", broken: str = "") -> None:
        self._vdoms, self._broken = vdoms, broken

    asks_login = False

    def shell(self) -> Shell:
        return Shell(self.say, prompt="fw1 # ")

    def say(self, shell: Shell, line: str) -> str:
        inside = shell.prompt.partition("(")[2].partition(")")[0]
        match line.split():
            case ["config", "vdom"]:
                shell.prompt = "fw1 (vdom) # "
            case ["edit", "locked"]:
                return "entry not found\n"
            case ["edit", name] if inside == "vdom":
                shell.prompt = f"fw1 ({name}) # "
            case ["end"]:
                shell.prompt = "fw1 # "
            case ["list", "vdoms"]:
                return self._vdoms
            case ["show"] if inside and inside == self._broken:
                return f"config {inside}\nset psk s3cret\n"
            case ["show"]:
                return f"#clock {len(shell.typed)}\nconfig {inside or 'base'}\nset psk s3cret\nend\n"
        return ""


def run(
    firewall: Firewall,
    platform: Platform = FIREWALL,
    *,
    contexts: bool = True,
    artefacts: tuple[str, ...] = (),
) -> dict[str, Any]:
    options = {"contexts": contexts, "artefacts": list(artefacts)}
    with asyncssh_server(over_ssh(firewall.shell)) as server:
        return collect_by(platform, config_for(server, options=options), 10)


def part(name: str) -> str:
    return f"config {name}\nset psk <hidden>\nend\n"


def test_every_context_stands_behind_its_header_in_order_of_name() -> None:
    result = run(Firewall())
    expected = part("base") + "# vdom guest\n" + part("guest") + "# vdom zone\n" + part("zone")
    assert result["device_config"] == expected, result["log"]


def test_contexts_are_left_alone_unless_they_are_asked_for() -> None:
    assert run(Firewall(), contexts=False)["device_config"] == part("base")


def test_a_platform_may_always_collect_its_contexts() -> None:
    always = replace(FIREWALL, contexts=replace(VDOMS, always=True))
    assert run(Firewall(), always, contexts=False)["device_config"].count("# vdom") == 2
    assert run(Firewall("no vdoms\n"), always, contexts=False)["device_config"] == part("base")


def test_artefacts_are_asked_for_after_the_last_context_was_left() -> None:
    platform = replace(FIREWALL, artefacts={"status": Command("show")})
    assert run(Firewall(), platform, artefacts=("status",))["artefacts"] == {"status": part("base")}


@pytest.mark.usefixtures("short_doubt")
@pytest.mark.parametrize(
    ("firewall", "reason", "says"),
    [
        (Firewall(broken="zone"), "truncated", "r1: context zone: 'show'"),
        (Firewall("vdom=locked\n"), "rejected", "r1: 'edit locked' was refused: entry not found"),
        (Firewall("Unknown action 0\n"), "rejected", "r1: 'list vdoms' was refused"),
        (Firewall("no vdoms\n"), "empty", "'list vdoms' names no context"),
    ],
)
def test_one_context_that_fails_fails_the_whole_backup(firewall: Firewall, reason: str, says: str) -> None:
    result = run(firewall)
    assert (result["status"], result["reason"], result["device_config"]) == ("failure", reason, None)
    assert says in result["log"][-1]["message"]


def test_contexts_that_a_platform_does_not_know_are_a_bad_request() -> None:
    result = run(Firewall(), replace(FIREWALL, contexts=None))
    assert result["reason"] == "bad_request"


@pytest.mark.parametrize(("name", "enter"), [(r"^\S+", "enter {name}"), (r"^(\S+)", "enter")])
def test_a_definition_that_can_name_no_context_is_refused(name: str, enter: str) -> None:
    with pytest.raises(ValueError, match="contexts need"):
        Contexts(list=Command("list"), name=name, enter=enter, leave="exit")


def test_contexts_need_a_prompt() -> None:
    with pytest.raises(ValueError, match="transport 'shell'"):
        Platform(transport="exec", config=Command("show"), contexts=VDOMS)


ASA = "ASA Version 9.12(4)\n!\nhostname {name}\n!\nenable password $sha512$SECRET pbkdf2\n: end\n"
GAIA = "# Configuration of {name}\n" + "set hostname {name}\n" * 10 + "set snmp community SECRET read-only\n"
NETSCALER = (
    "#NS13.1 Build 48.47\n" + "set ns hostName {name}\n" * 10 + "add snmp community SECRET ALL\n Done\n"
)
ASA_CONTEXTS = """\
Context Name      Class      Interfaces           Mode         URL
*admin            default    Management0/0        Routed       disk0:/admin.cfg
 blue             default    GigabitEthernet0/1   Routed       disk0:/blue.cfg
"""
REAL = {
    "cisco_asa": (
        ASA, "show context", ASA_CONTEXTS, ["admin", "blue"], "changeto context ", "! context {name}\n",
        "asa1#", "asa1/{name}#",
    ),
    "checkpoint_gaia": (
        GAIA, "show virtual-system all", "VS ID   VS NAME\n\n0       gw1\n2       dmz\n",
        ["2"], "set virtual-system ", "# virtual system {name}\n", "gw1:0>", "gw1:{name}>",
    ),
    "netscaler": (
        NETSCALER, "show ns partition", "1) Name: default\n2) Name: red\n Done\n", ["red"],
        "switch ns partition ", "# partition {name}\n", "> ", "{name}> ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_the_virtual_devices_of_a_real_platform_are_found_entered_and_left(name: str) -> None:
    text, listing, names, found, enter, header, prompt, inside = REAL[name]
    definition = registry.platform(name)
    assert definition is not None
    home = {"changeto system", "set virtual-system 0", "switch ns partition default"}

    def say(shell: Shell, line: str) -> str:
        if line in home:
            shell.prompt = prompt
            return " Done\n" if name == "netscaler" else ""
        if line.startswith(enter):
            shell.prompt = inside.replace("{name}", line.removeprefix(enter))
            return " Done\n" if name == "netscaler" else ""
        if line == listing:
            return names
        if line in {command.text for command in definition.configs}:
            return text.replace("{name}", shell.prompt.strip("> #"))
        return ""

    with asyncssh_server(over_ssh(lambda: Shell(say, prompt=prompt))) as server:
        options = {"contexts": True, "secrets": "hide"}
        result = collect_by(definition, config_for(server, options=options), 30)
    kept = result["device_config"] or ""
    assert result["status"] == "success", result["log"]
    assert "SECRET" not in kept
    headers = [line for line in kept.splitlines() if line.startswith(header.split("{")[0])]
    assert headers == [header.replace("{name}", each).strip() for each in found]
    for each in found:
        assert (
            inside.replace("{name}", each).strip("> #") in kept.partition(header.replace("{name}", each))[2]
        )
