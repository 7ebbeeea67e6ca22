"""Every source as people have them: what comes of it, that it can be used, and where its passwords are."""

from __future__ import annotations

import shutil

import pytest

from tests.importers.cases import CASES, Case, reviewed
from tests.importers.desk import Desk
from tests.support.git import git

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture
def ready(desk: Desk, case: Case) -> Desk:
    shutil.copytree(case.source, desk.source)
    return desk


@each_case
def test_a_source_becomes_the_inventory_that_was_reviewed(ready: Desk, case: Case) -> None:
    answer = ready.run(case.kind)
    assert answer.err == ""
    assert answer.out == case.report
    assert reviewed(ready.inventory) == case.inventory
    assert answer.status == (3 if "left out" in case.report else 0)


@each_case
def test_the_inventory_is_right(ready: Desk, case: Case) -> None:
    ready.run(case.kind)
    found = ready.loaded()
    assert {device.name for device in found.devices} == {
        device["name"] for device in ready.report(case.kind)["devices"]
    }
    assert {warning.message.partition(": ")[2] for warning in found.warnings} <= {"no host key"}


@each_case
def test_passwords_are_in_one_file_that_git_ignores_and_nobody_else_reads(ready: Desk, case: Case) -> None:
    answers = [ready.run(case.kind), ready.run(case.kind), ready.run(case.kind, "source", "--output", "json")]
    canaries = case.canaries()
    assert canaries
    said = "".join(answer.out + answer.err for answer in answers)
    elsewhere = {name: text for name, text in ready.written().items() if name != str(ready.secrets)}
    for word in {*canaries, "Canary"}:
        assert word not in said
        assert [name for name, text in elsewhere.items() if word.encode() in text] == []
    assert "Canary" in ready.secrets.read_text()
    assert ready.mode() == 0o600
    git(ready.folder, "add", "-A")
    assert "credentials.env" not in git(ready.folder, "ls-files", "inventory")


@each_case
def test_the_second_import_of_the_same_changes_nothing(ready: Desk, case: Case) -> None:
    ready.run(case.kind)
    before = ready.written()
    answer = ready.run(case.kind, "source", "--write", "--prune")
    assert "the inventory is up to date" in answer.out or "all of it is there already" in answer.out
    assert ready.written() == before


def test_devices_with_one_login_share_one_credential(desk: Desk) -> None:
    desk.put("source/router.db", "a:192.0.2.1:ios:x:p:e\nb:192.0.2.2:ios:x:p:e\nc:192.0.2.3:ios:x:p:f\n")
    desk.run("oxidized")
    used = {device.name: device.credential.name for device in desk.loaded().devices}
    assert used == {"a": "oxidized-x", "b": "oxidized-x", "c": "oxidized-x-2"}


def test_the_secrets_can_be_sourced_by_a_shell(desk: Desk) -> None:
    import subprocess

    password = """it's a "$HOME" `x` \\ !"""
    desk.put("source/router.db", f"a:192.0.2.1:ios:x:{password}\n")
    desk.run("oxidized")
    script = 'set -a; . ./credentials.env; printf %s "$OXIDIZED_X_PASSWORD"'
    done = subprocess.run(["sh", "-c", script], cwd=desk.inventory, capture_output=True, text=True)
    assert done.stdout == password
