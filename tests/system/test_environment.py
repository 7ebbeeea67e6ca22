"""What a child process gets of our environment."""

from __future__ import annotations

from typing import get_args

import pytest

from pipeline.settings import Settings
from pipeline.system.environment import SETTINGS, VARIABLES, Process, is_of_another, passed_on

CREDENTIALS = {
    "LAB_PASSWORD": "x", "GITHUB_TOKEN": "x", "AWS_SECRET_ACCESS_KEY": "x", "DEVICEVAULT_PUSH_URL": "x",
    "DEVICEVAULT_DATABASE_URL": "x", "VAULT_TOKEN": "x", "PYTHON_TOKEN": "x",
    "LC_TOKEN": "x", "XDG_TOKEN": "x",
}  # fmt: skip
PLAIN = {"PATH": "/bin", "HOME": "/root", "LC_ALL": "C"}


@pytest.mark.parametrize("process", get_args(Process))
def test_whatever_is_not_named_stays_here(process: Process) -> None:
    assert passed_on(process, CREDENTIALS | PLAIN) == PLAIN
    assert passed_on(process, CREDENTIALS | PLAIN, ["LAB_PASSWORD"]) == PLAIN | {"LAB_PASSWORD": "x"}


def test_the_push_gets_what_git_and_ssh_read_and_not_what_leads_elsewhere() -> None:
    given = {
        "GIT_SSL_CAINFO": "ca",
        "SSH_AUTH_SOCK": "s",
        "GIT_DIR": "d",
        "GIT_WORK_TREE": "w",
        "PGPASSWORD": "p",
    }
    assert passed_on("push", given) == {"GIT_SSL_CAINFO": "ca", "SSH_AUTH_SOCK": "s"}
    assert passed_on("consumer", given) == {"GIT_SSL_CAINFO": "ca", "SSH_AUTH_SOCK": "s", "PGPASSWORD": "p"}
    assert passed_on("beat", given) == {"PGPASSWORD": "p"}
    assert passed_on("worker", given) == passed_on("git", given) == {}
    assert is_of_another("worker", "PGPASSWORD")
    assert not is_of_another("worker", "LAB_PASSWORD")


def test_each_setting_that_is_a_secret_has_its_processes() -> None:
    """A URL with a login must not reach every process by being forgotten here."""
    assert SETTINGS.keys() <= Settings.model_fields.keys()
    secret = {name for name, field in Settings.model_fields.items() if not field.repr}
    assert secret <= SETTINGS.keys()
    assert set(VARIABLES) == set(get_args(Process))
