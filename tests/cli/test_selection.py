"""Every command that takes devices takes them in the same ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.support.commands import Answer
from tests.support.values import NOW, make_job

ALL = ["core-sw1", "core-sw2", "edge-sw1"]
SPELLINGS: dict[str, tuple[list[str], list[str]]] = {
    "a name": (["core-sw2"], ["core-sw2"]),
    "names": (["edge-sw1", "core-sw1"], ["core-sw1", "edge-sw1"]),
    "the old spelling": (["--device", "core-sw1", "--device", "edge-sw1"], ["core-sw1", "edge-sw1"]),
    "a group": (["--group", "core"], ["core-sw1", "core-sw2"]),
    "groups": (["--group", "core", "--group", "edge"], ALL),
    "a name and a group": (["core-sw1", "--group", "edge"], ["core-sw1", "edge-sw1"]),
    "all": (["--all"], ALL),
    "what has changed": (["--changed-since", "HEAD~1"], ["core-sw2"]),
}


def _devices(report: list[dict[str, Any]]) -> list[str]:
    return [item["device"] for item in report]


COMMANDS: dict[str, tuple[list[str], Callable[[Any], list[str]]]] = {
    "collect": (["collect", "--no-wait"], lambda report: [name.split(":")[1] for name in report["queued"]]),
    "collect --dry-run": (["collect", "--dry-run"], lambda report: _devices(report["would_queue"])),
    "probe": (["probe", "--timeout", "0.2"], lambda report: _devices(report["reports"])),
    "hostkeys scan": (["hostkeys", "scan", "--timeout", "2"], lambda report: _devices(report["devices"])),
    "hostkeys verify": (["hostkeys", "verify", "--timeout", "2"], lambda report: _devices(report["devices"])),
    "status": (["status"], _devices),
    "drift": (["drift"], _devices),
}
NEED_SOME = [name for name in COMMANDS if name not in ("status", "drift")]
"""The others are for all devices unless they are told otherwise."""


@pytest.fixture
def network(shell: Shell) -> Shell:
    """Three devices in two groups; the last commit has changed the address of one."""
    core = (shell.deployment.inventory / "devices" / "core.yaml").read_text()
    edge = "edge-sw1: {address: 127.0.0.3, group: edge, platform: cisco_ios}\n"
    shell.deployment.write(devices__edge=edge)
    shell.deployment.write(devices__core=core.replace("127.0.0.2", "127.0.0.9"))
    return shell


def ask(shell: Shell, command: str, *arguments: str) -> Answer:
    return shell(*COMMANDS[command][0], *arguments, "--output", "json")


def asked(shell: Shell, command: str, arguments: Sequence[str]) -> list[str]:
    """The devices that the command was about."""
    answer = ask(shell, command, *arguments)
    assert answer.status in (0, 3), answer
    return COMMANDS[command][1](json.loads(answer.out))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_devices_in_every_spelling(network: Shell, command: str) -> None:
    if command == "status":
        network.store("hostname x\n", *ALL)
    for spelling, (arguments, devices) in SPELLINGS.items():
        assert asked(network, command, arguments) == devices, spelling


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["core-sw"], ("no device 'core-sw'", "did you mean 'core-sw")),
        (["--device", "core-sw"], ("no device 'core-sw'",)),
        (["--group", "cor"], ("no group 'cor'", "core, edge")),
        (["--changed-since", "nowhere"], ("no revision 'nowhere'",)),
        (["core-sw1", "--changed-since", "HEAD"], ("--changed-since", "do not name devices")),
        (["--all", "--changed-since", "HEAD"], ("--changed-since", "leave out --group and --all")),
        (["--group", "core", "--changed-since", "HEAD"], ("--changed-since", "leave out --group and --all")),
    ],
)
def test_a_selection_that_makes_no_sense_is_one_line(
    network: Shell, command: str, arguments: list[str], words: tuple[str, ...]
) -> None:
    ask(network, command, *arguments).is_refusal(2, *words)


@pytest.mark.parametrize("command", NEED_SOME)
def test_a_command_that_needs_devices_says_how_to_name_them(network: Shell, command: str) -> None:
    ask(network, command).is_refusal(2, "name devices", "--group", "--all", "--changed-since")


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_no_mistake_that_nothing_has_changed(network: Shell, command: str) -> None:
    answer = ask(network, command, "--changed-since", "HEAD")
    assert (answer.status, answer.err) == (0, "")
    assert COMMANDS[command][1](json.loads(answer.out)) == []
    text = network(*COMMANDS[command][0], "--changed-since", "HEAD")
    assert text.status == 0
    if command.startswith(("collect", "probe")):
        assert text.out.endswith(": no device is new or collected in another way\n")


def test_what_is_due_is_nothing_that_one_chooses(network: Shell) -> None:
    for arguments in (["core-sw1"], ["--changed-since", "HEAD"], ["--group", "core"]):
        network("collect", "--due", *arguments).is_refusal(2, "--due", "--changed-since")


def test_a_scan_takes_replaced_devices_beside_every_other_choice(network: Shell) -> None:
    """Nothing answers at these addresses, so nothing is written."""
    replacing = ["--changed-since", "HEAD~1", "--replace", "core-sw1", "--write"]
    assert asked(network, "hostkeys scan", replacing) == ["core-sw1", "core-sw2"]
    assert asked(network, "hostkeys scan", ["--missing", "--group", "edge"]) == ["edge-sw1"]


class TestStatus:
    def test_a_device_without_a_backup_is_named(self, network: Shell) -> None:
        network.store("hostname x\n", "core-sw1")
        answer = network("status", "--group", "core")
        assert answer.status == 0
        assert [line.split()[0] for line in answer.out.splitlines()] == ["DEVICE", "core-sw1"]
        assert answer.err == "note: 1 device without a backup: core-sw2\n"
        nothing = network("status", "edge-sw1")
        assert (nothing.status, nothing.out) == (0, "none of these devices has been backed up yet\n")
        assert nothing.err == "note: 1 device without a backup: edge-sw1\n"

    def test_its_exit_status_is_about_the_chosen_devices(self, network: Shell) -> None:
        network.store("hostname x\n", "core-sw1")
        network.store("", "core-sw2")
        assert network("status").status == 3
        assert network("status", "core-sw1").status == 0
        assert network("status", "core-sw2", "--failed").status == 3
        assert network("status", "core-sw1", "--failed").out == "no device failed\n"

    def test_without_a_choice_no_inventory_is_read(self, network: Shell) -> None:
        network.store("hostname x\n", "core-sw1")
        nowhere = ("--inventory", str(network.folder / "nowhere"))
        assert network("status", *nowhere).status == 0
        network("status", "core-sw1", *nowhere).is_refusal(2, "there is no directory")


class TestAccept:
    @pytest.fixture
    def shrunk(self, network: Shell) -> Iterator[Shell]:
        """Both devices of group core have a configuration in quarantine, and a consumer runs."""
        network.store("hostname x\n" + "interface\n" * 40, "core-sw1", "core-sw2")
        network.store("hostname x\n", "core-sw1", "core-sw2", slot=NOW + timedelta(days=1))
        with network.deployment.running("consumer"):
            yield network

    @pytest.mark.parametrize(
        ("arguments", "devices"),
        [
            (["core-sw2"], ["core-sw2"]),
            (["--device", "core-sw1"], ["core-sw1"]),
            (["core-sw2", "core-sw1"], ["core-sw1", "core-sw2"]),
            (["--group", "core"], ["core-sw1", "core-sw2"]),
            (["--all"], ["core-sw1", "core-sw2"]),
            (["--changed-since", "HEAD~1"], ["core-sw2"]),
        ],
    )
    def test_what_is_quarantined_of_the_chosen_devices_is_committed(
        self, shrunk: Shell, arguments: list[str], devices: list[str]
    ) -> None:
        answer = shrunk("accept", *arguments, "--output", "json")
        assert (answer.status, answer.err) == (0, "")
        assert [(row["device"], row["status"]) for row in json.loads(answer.out)] == [
            (device, "success") for device in devices
        ]
        shrunk("accept", *devices).is_refusal(2, "nothing is quarantined for core/")

    def test_a_device_that_is_named_must_have_something_in_quarantine(self, shrunk: Shell) -> None:
        shrunk("accept", "core-sw1", "edge-sw1").is_refusal(2, "nothing is quarantined for edge/edge-sw1.cfg")
        shrunk("accept", "--group", "edge").is_refusal(2, "nothing is quarantined for any of these devices")
        shrunk("accept").is_refusal(2, "name devices", "--group", "--all", "--changed-since")


class TestDrift:
    def test_a_file_of_no_device_is_looked_for_only_without_a_choice(self, network: Shell) -> None:
        network.store("hostname x\n", *ALL)
        network.deployment.write(devices__edge="")
        every = network("drift")
        assert (every.status, every.out.splitlines()[1].split()[:3]) == (
            3,
            ["orphaned", "-", "core/edge-sw1.cfg"],
        )
        assert network("drift", "--all").out == every.out
        chosen = network("drift", "--group", "core")
        assert (chosen.status, chosen.out) == (0, "2 devices: no drift\n")


def test_a_renamed_device_is_found_by_its_new_name(network: Shell) -> None:
    with network.deployment.results() as results:
        results.expect([make_job("core-sw1", device_id="core-sw1")])
    core = (network.deployment.inventory / "devices" / "core.yaml").read_text()
    network.deployment.write(devices__core=core.replace("core-sw1: {", "dc-sw1: {id: core-sw1, "))
    assert asked(network, "status", ["dc-sw1"]) == ["core-sw1"]
