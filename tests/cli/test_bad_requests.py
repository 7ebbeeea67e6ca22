"""What is asked for and does not exist: told in one line, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.support.values import make_job


def test_every_problem_of_an_inventory_is_one_line_with_its_place(shell: Shell) -> None:
    shell.deployment.write(
        groups="core: {queue_id: core, platform: cisco_iso}\nedge: {prot: 1}\n",
        devices__more="sw9: {address: 192.0.2.9, group: [}\n",
    )
    answer = shell("collect", "--all")
    assert (answer.status, answer.out) == (1, "")
    assert [line.split(": ", 2)[:2] for line in answer.err.splitlines()] == [
        ["error", "devices/more.yaml:1:35"],
        ["error", "groups.yaml:1:34"],
        ["error", "groups.yaml:2:8"],
    ]
    assert "did you mean 'cisco_ios'?" in answer.err
    assert "did you mean 'port'?" in answer.err
    shell.nothing_is_written()


def _nowhere(shell: Shell) -> list[str]:
    return ["--inventory", str(shell.folder / "nowhere")]


def _not_in_git(shell: Shell) -> list[str]:
    (shell.folder / "plain" / "devices").mkdir(parents=True)
    return ["--inventory", str(shell.folder / "plain")]


def _not_committed(shell: Shell) -> list[str]:
    fresh = shell.deployment.inventory.parent / "fresh"
    fresh.mkdir()
    return ["--inventory", str(fresh)]


def _a_file(shell: Shell) -> list[str]:
    return ["--inventory", str(shell.deployment.inventory / "groups.yaml")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (_nowhere, ("there is no directory", "nowhere", "--inventory")),
        (_not_in_git, ("plain", "not in a Git repository", "commit it")),
        (_not_committed, ("fresh", "is not committed", "--worktree")),
        (_a_file, ("groups.yaml", "not a directory")),
        (lambda _: ["--ref", "nightly"], ("no revision 'nightly'",)),
        (lambda _: ["--ref", ""], ("no revision ''",)),
    ],
)
def test_an_inventory_that_is_not_there_is_named(
    shell: Shell, options: Callable[[Shell], list[str]], words: tuple[str, ...]
) -> None:
    shell("collect", "--all", *options(shell)).is_refusal(2, *words)
    shell.nothing_is_written()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ("nothing to collect", "--device", "--all")),
        (["--due", "--all"], ("--due",)),
        (["--due", "--device", "core-sw1"], ("--due",)),
        (["--all", "--no-wait", "--timeout", "5"], ("--timeout", "--no-wait")),
        (["--device", "core-sw"], ("no device 'core-sw'", "did you mean 'core-sw")),
        (["--device", "core-sw1", "--device", "x\ny"], ("no device 'x\\ny'",)),
        (["--group", "cor"], ("no group 'cor'", "core, edge")),
        (["--group", "edge"], ("no device matches",)),
    ],
)
def test_a_collect_that_makes_no_sense_is_refused(
    shell: Shell, arguments: list[str], words: tuple[str, ...]
) -> None:
    shell("collect", *arguments).is_refusal(2, *words)
    shell.nothing_is_written()


@pytest.mark.parametrize(
    "arguments",
    [
        ["collect", "--all", "--timeout", "-1"],
        ["collect", "--all", "--timeout", "soon"],
        ["collect", "--all", "--timeout", "nan"],
        ["collect", "--all", "--ref", "main", "--worktree"],
        ["collect", "--all", "--output", "yaml"],
        ["collect", "core-sw1", "--ref", "main", "--worktree"],
        ["beat", "--ref", "main", "--worktree"],
        ["up", "--ref", "main", "--worktree"],
        ["up", "--concurrency", "0"],
        ["worker", "--no-default"],
        ["log", "core-sw1", "--limit", "0"],
        ["show"],
        ["show", "core-sw1", "--config", "--output", "json"],
        ["colect"],
    ],
)
def test_wrong_usage_is_told_with_the_commands_own_help(shell: Shell, arguments: list[str]) -> None:
    answer = shell(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("Usage: ")
    assert "Error: " in answer.err
    shell.nothing_is_written()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["statsu"], "No such command 'statsu'. Did you mean 'status'?"),
        (["STATUS"], "No such command 'STATUS'. Did you mean 'status'?"),
        (["hostkey", "scan"], "No such command 'hostkey'. Did you mean 'hostkeys'?"),
        (["qqq\n"], "No such command 'qqq\\n'."),
        (
            ["show", "core-sw1", "--config", "--output", "json"],
            "--config prints the configuration as it is; leave out --output json",
        ),
    ],
)
def test_wrong_usage_says_what_to_type_instead(shell: Shell, arguments: list[str], message: str) -> None:
    assert shell(*arguments).err.splitlines()[-1] == f"Error: {message}"


def test_one_is_counted_as_one(shell: Shell) -> None:
    shell.store("hostname x\n", "core-sw1")
    queued = shell("collect", "--device", "core-sw1", "--no-wait")
    assert queued.out == "1 backup queued\n"
    assert "1 backup would be queued" in shell("collect", "--device", "core-sw1", "--dry-run").out
    waited = shell("collect", "--device", "core-sw1", "--timeout", "0")
    assert waited.out.splitlines()[-1] == "1 backup: 1 waiting"


@pytest.mark.parametrize(
    "arguments",
    [
        ["log", "core-sw9"],
        ["show", "core-sw9"],
        ["show", "nightly:core-sw9:2026-01-01T00:00:00Z", "--config"],
        ["diff", "core-sw9"],
        ["log", "bad\udcff"],
    ],
)
def test_a_backup_that_is_not_there_is_wrong_usage(shell: Shell, arguments: list[str]) -> None:
    shell(*arguments).is_refusal(2, "no backup of a device", "devicevault status")


def test_a_device_without_a_success_has_nothing_to_show(shell: Shell) -> None:
    with shell.deployment.results() as results:
        results.expect([make_job()])
    shell("show", "core-sw1", "--config").is_refusal(2, "core-sw1", "no configuration is stored")
    shell("diff", "core-sw1").is_refusal(2, "core-sw1", "no configuration is stored")


def test_an_unknown_platform_is_told_with_the_nearest(shell: Shell) -> None:
    shell("platforms", "cisco_iso").is_refusal(2, "no platform 'cisco_iso'", "did you mean 'cisco_ios'?")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("BATCH_SIZE", "lots", ("integer", "'lots'")),
        ("BATCH_SIZE", "0", ("greater than or equal to 1", "'0'")),
        ("PUSH_TIMEOUT", "-5", ("greater than 0", "'-5'")),
        ("RETRY_BACKOFF", "inf", ("finite", "'inf'")),
        ("WORKER_CONCURRENCY", "0", ("greater than or equal to 1",)),
        ("LOG_LEVEL", "verbose", ("DEBUG", "'VERBOSE'")),
        ("LOG_FORMAT", "xml", ("'json' or 'text'", "'xml'")),
        ("PUSH_BRANCH", "main branch", ("branch", "'main branch'")),
        ("AUTHOR_NAME", "A <a@b>", ("pattern",)),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(
    shell: Shell, variable: str, value: str, words: tuple[str, ...]
) -> None:
    answer = shell("collect", "--all", env={f"DEVICEVAULT_{variable}": value})
    answer.is_refusal(1, f"DEVICEVAULT_{variable}: ", *words)
    shell.nothing_is_written()


def test_every_wrong_setting_is_told_at_once(shell: Shell) -> None:
    answer = shell("status", env={"DEVICEVAULT_BATCH_SIZE": "lots", "DEVICEVAULT_LOG_FORMAT": "xml"})
    assert answer.status == 1
    assert len(answer.err.splitlines()) == 2


def test_a_misspelt_variable_is_told_and_others_are_left_alone(shell: Shell) -> None:
    env = {"DEVICEVAULT_REDISURL": "redis://elsewhere", "DEVICEVAULT_LAB_PASSWORD": "secret"}
    answer = shell("status", env=env)
    assert (answer.status, answer.out) == (0, "nothing has been backed up yet\n")
    assert answer.err == (
        "warning: DEVICEVAULT_REDISURL is not a setting and does nothing; "
        "did you mean DEVICEVAULT_REDIS_URL?\n"
    )


def test_without_services_the_missing_settings_are_named(shell: Shell) -> None:
    env = {"DEVICEVAULT_REDIS_URL": "", "DEVICEVAULT_DATABASE_URL": ""}
    answer = shell("collect", "--all", env=env)
    answer.is_refusal(1, "DEVICEVAULT_REDIS_URL", "DEVICEVAULT_DATABASE_URL", "devicevault up")


def test_an_unset_home_is_no_reason_to_stop_where_the_state_directory_is_given(shell: Shell) -> None:
    answer = shell.process("status", "--state-dir", str(Path(shell.folder, "s")), env={"HOME": ""})
    assert (answer.status, answer.err) == (0, "")
