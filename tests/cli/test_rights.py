"""The commands that write users and rights: lines with hashes, passwords in files, plain names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.cli.shell import Shell


def test_the_lines_hold_hashes_and_a_second_run_makes_no_new_passwords(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "passwords"
    options = ["--worker", "core=core", "--worker", "rest=dmz,@default", "--passwords", str(folder)]
    for command in ("redis-acl", "rabbitmq-permissions"):
        first = shell(command, *options)
        second = shell(command, *options)
        assert (first.status, second.status, second.err) == (0, 0, "")
        assert first.out == second.out
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0
            assert file.read_text().strip() not in first.out
    driver = hashlib.sha256((folder / "devicevault-driver").read_text().strip().encode()).hexdigest()
    lines = shell("redis-acl", *options).out.splitlines()
    assert lines[0].startswith(f"user devicevault-driver reset on #{driver} ")
    assert lines[-1] == "user default off"
    (folder / "devicevault-driver").chmod(0o644)
    shell("redis-acl", *options).is_refusal(1, "others than its owner")


@pytest.mark.parametrize("worker", ["core", "core=", "=core", "core=a,,b", "core=*", "c/d=core", "core=a b"])
def test_a_worker_without_a_plain_name_and_queues_is_refused(shell: Shell, worker: str) -> None:
    shell("redis-acl", "--worker", worker).is_refusal(2)
