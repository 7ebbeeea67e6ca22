"""`devicevault probe` that cannot even begin: one line, the right status, and nothing on a queue."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

import pytest

from tests.cli.shell import Shell
from tests.servers.processes import started

NO_SERVICES = {"DEVICEVAULT_REDIS_URL": "", "DEVICEVAULT_DATABASE_URL": ""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ("name devices", "--changed-since")),
        (["core-sw1", "--changed-since", "HEAD"], ("name devices", "--changed-since")),
        (["core-sw"], ("no device 'core-sw'", "did you mean 'core-sw")),
        (["x\ny"], ("no device 'x\\ny'",)),
        (["--changed-since", "nowhere"], ("no revision 'nowhere'",)),
        (["--changed-since", "a\nb"], ("no revision 'a\\nb'",)),
        (["--changed-since", ""], ("no revision ''",)),
        (["core-sw1", "--ref", "nowhere"], ("no revision 'nowhere'",)),
    ],
)
def test_what_makes_no_sense_is_refused(shell: Shell, arguments: list[str], words: tuple[str, ...]) -> None:
    shell("probe", *arguments).is_refusal(2, *words)
    shell.nothing_is_written()


@pytest.mark.parametrize(
    "arguments",
    [
        ["core-sw1", "--timeout", "0"],
        ["core-sw1", "--timeout", "nan"],
        ["core-sw1", "--timeout", "1e9"],
        ["core-sw1", "--ref", "main", "--worktree"],
        ["core-sw1", "--output", "yaml"],
    ],
)
def test_wrong_usage_is_told_with_the_commands_own_help(shell: Shell, arguments: list[str]) -> None:
    answer = shell("probe", *arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("Usage: ")
    shell.nothing_is_written()


def test_a_base_that_is_no_inventory_is_named(shell: Shell) -> None:
    shell.deployment.write(devices__more="sw9: {address: [}\n")
    (shell.deployment.inventory / "devices" / "more.yaml").unlink()
    shell.deployment.write()
    shell("probe", "--changed-since", "HEAD~1").is_refusal(1, "at HEAD~1", "devices/more.yaml:1")


def test_nothing_that_changed_needs_no_services(shell: Shell) -> None:
    answer = shell("probe", "--changed-since", "HEAD", env=NO_SERVICES)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == "nothing to probe: no device is new or collected in another way\n"


def test_without_services_the_missing_settings_are_named(shell: Shell) -> None:
    shell("probe", "core-sw1", env=NO_SERVICES).is_refusal(1, "DEVICEVAULT_REDIS_URL", "devicevault up")
    # The table is not asked for.
    answer = shell("probe", "core-sw1", "--timeout", "0.5", env={"DEVICEVAULT_DATABASE_URL": ""})
    assert answer.status == 3
    assert "no worker took it from the queue collector.group.core" in answer.out


def test_a_person_who_waits_in_vain_is_told_why_before_the_end(shell: Shell) -> None:
    ours, theirs = os.openpty()
    command = shell.deployment.command("probe", "core-sw1", "--timeout", "60")
    env = shell.variables({"TERM": "xterm", "COLUMNS": "200"})
    with started(command, env=env, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while b"running?" not in said:
            said += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            with suppress(OSError):
                said += os.read(ours, 4096)
    os.close(ours)
    assert b"nothing yet: is `devicevault worker --queue core` running?" in said
    assert process.returncode == 130


def test_a_broker_that_is_away_is_named(shell: Shell) -> None:
    env = {"DEVICEVAULT_BROKER_URL": "redis://:canary-url@127.0.0.1:1/0"}
    for arguments in (["probe", "core-sw1"], ["hostkeys", "scan", "core-sw1", "--via-worker"]):
        answer = shell(*arguments, env=env)
        answer.is_refusal(1, "DEVICEVAULT_BROKER_URL", "refused")
        assert "canary-url" not in answer.err


def test_what_differs_between_two_inventories_is_probed_and_nothing_else(shell: Shell) -> None:
    """A schedule, a timeout or a note is no reason to log in; a new address, credential or key is."""
    base = shell.deployment.git("rev-parse", "HEAD").strip()

    def asked() -> list[str]:
        answer = shell("probe", "--changed-since", base, "--timeout", "0.3")
        return [line.split(" ")[0] for line in answer.out.splitlines() if "(cisco_ios" in line]

    shell.deployment.write(
        schedules="nightly: {cron: '17 2 * * *'}\n",
        devicevault="version: 1\ndefaults: {credential: lab, timeout: 20, schedule: nightly}\n",
    )
    assert asked() == []
    core = (shell.deployment.inventory / "devices" / "core.yaml").read_text()
    shell.deployment.write(devices__core=core + "core-sw3: {address: 127.0.0.3, group: core}\n")
    assert asked() == ["core-sw3"]
    shell.deployment.write(devices__core=core.replace("127.0.0.2", "127.0.0.9"))
    assert asked() == ["core-sw2"]
    shell.deployment.write(
        devices__core=core, credentials="lab: {username: backup, password: env:OTHER_PASSWORD}\n"
    )
    assert asked() == ["core-sw1", "core-sw2"]
