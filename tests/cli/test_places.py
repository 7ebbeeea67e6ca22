"""Directories that cannot be used as they are: the configs repo, the state directory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.store.git.repo import ConfigsRepo
from pipeline.system.embedded import Embedded
from tests.cli.shell import Shell
from tests.support import unprivileged


def _a_file(path: Path) -> None:
    path.write_text("notes\n")


def _a_folder(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("notes\n")


def _a_working_tree(path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_a_file, ("Not a directory",)),
        (_a_folder, ("is not a Git repository", "empty or missing")),
        (_a_working_tree, ("working tree", "git clone --bare")),
    ],
)
def test_a_path_that_cannot_be_the_configs_repo_is_left_as_it_is(
    shell: Shell, make: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    path = shell.deployment.settings.configs_path
    make(path)
    before = _listing(path)
    answer = shell.process("consume", "--until-empty")
    answer.is_refusal(1, "DEVICEVAULT_CONFIGS_REPO: ", str(path), *words)
    assert _listing(path) == before
    doctor = shell("doctor")
    assert doctor.status == 1
    assert "problem  configs repo: " in doctor.out


def test_a_configs_repo_below_a_file_is_told(shell: Shell) -> None:
    (shell.folder / "notes").write_text("notes\n")
    path = shell.folder / "notes" / "configs.git"
    answer = shell.process("consume", "--until-empty", env={"DEVICEVAULT_CONFIGS_REPO": str(path)})
    answer.is_refusal(1, "DEVICEVAULT_CONFIGS_REPO: ", str(path), "Not a directory")


def test_a_read_only_configs_repo_is_told(shell: Shell) -> None:
    path = shell.deployment.settings.configs_path
    ConfigsRepo(path).close()
    (path / "devicevault.lock").unlink()
    path.chmod(0o500)
    try:
        answer = shell.process("consume", "--until-empty", prefix=unprivileged.PREFIX)
    finally:
        path.chmod(0o700)
    answer.is_refusal(1, "DEVICEVAULT_CONFIGS_REPO: ", str(path), "Permission denied")


def test_a_second_consumer_of_a_configs_repo_is_told_who_has_it(shell: Shell) -> None:
    with ConfigsRepo(shell.deployment.settings.configs_path):
        answer = shell.process("consume", "--until-empty")
    answer.is_refusal(1, "DEVICEVAULT_CONFIGS_REPO: ", "another consumer", str(os.getpid()))


def test_a_configuration_of_a_repo_that_is_gone_is_told(shell: Shell) -> None:
    shell.store("hostname a\n", "core-sw1")
    path = shell.deployment.settings.configs_path
    path.rename(path.with_name("away.git"))
    shell("show", "core-sw1", "--config").is_refusal(1, "DEVICEVAULT_CONFIGS_REPO: ", str(path))
    shell("diff", "core-sw1").is_refusal(1, "DEVICEVAULT_CONFIGS_REPO: ", str(path))


@pytest.fixture
def alone(shell: Shell) -> dict[str, str]:
    """The environment of somebody who lets `up` start the services."""
    state = shell.deployment.settings.state_dir
    state.mkdir(exist_ok=True)
    return {"DEVICEVAULT_REDIS_URL": "", "DEVICEVAULT_DATABASE_URL": "", "DEVICEVAULT_STATE_DIR": str(state)}


def test_a_state_directory_of_another_version_is_left_as_it_is(shell: Shell, alone: dict[str, str]) -> None:
    state = shell.deployment.settings.state_dir
    (state / "version").write_text("99\n")
    shell.process("up", env=alone).without_log.is_refusal(1, str(state), "'99'", "DEVICEVAULT_STATE_DIR")
    assert (state / "version").read_text() == "99\n"


def test_a_state_directory_in_use_is_told_with_its_owner(shell: Shell, alone: dict[str, str]) -> None:
    state = shell.deployment.settings.state_dir
    with Embedded(state, want_redis=False, want_postgres=False):
        shell.process("up", env=alone).without_log.is_refusal(1, str(state), "in use", str(os.getpid()))


def test_a_state_directory_that_is_a_file_is_told(shell: Shell, alone: dict[str, str]) -> None:
    file = shell.folder / "file"
    file.write_text("notes\n")
    env = {**alone, "DEVICEVAULT_STATE_DIR": str(file)}
    shell.process("up", env=env).without_log.is_refusal(1, str(file), "cannot be used")
    assert file.read_text() == "notes\n"


def test_up_with_a_wrong_inventory_starts_nothing(shell: Shell, alone: dict[str, str]) -> None:
    shell.deployment.write(devices__core="core-sw1: {address: 127.0.0.1, platform: cisco_iso}\n")
    answer = shell.process("up", env=alone)
    answer.is_refusal(1, "devices/core.yaml:1:42", "did you mean 'cisco_ios'?")
    assert list(shell.deployment.settings.state_dir.iterdir()) == []


def _listing(path: Path) -> list[str]:
    return sorted(str(found) for found in path.rglob("*") if ".git/" not in str(found))
