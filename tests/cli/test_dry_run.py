"""`collect --dry-run`: what would be queued, with no service but the table, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.text.words import counted
from tests.cli.shell import Shell
from tests.inventory.files import Files
from tests.support.commands import Run, run

__all__ = ["run"]

SCHEDULES = 'nightly: {cron: "0 0 * * *"}\n'


@pytest.fixture
def files(tmp_path: Path) -> Files:
    found = Files(tmp_path / "network" / "inventory", tmp_path / "network")
    found.write()
    found["devices/more.yaml"] = "lone: {address: 192.0.2.9, platform: cisco_ios}\n"
    return found


class TestWithoutServices:
    @pytest.mark.parametrize(
        ("options", "queues"),
        [
            (["--all"], ["collector.group.core", "collector.group.core", "collector.default"]),
            (["--group", "core"], ["collector.group.core", "collector.group.core"]),
            (["--device", "lone"], ["collector.default"]),
        ],
    )
    def test_devices_are_listed_with_queue_and_identifier(
        self, files: Files, run: Run, options: list[str], queues: list[str]
    ) -> None:
        files.commit()
        said = run("collect", "--dry-run", "--inventory", files.path, "--state-dir", files.repo, *options)
        assert (said.status, said.err) == (0, "")
        *rows, last = said.out.splitlines()
        assert [row.split()[1].split(":")[0] for row in rows] == ["manual"] * len(queues)
        assert [row.split()[0] for row in rows] == queues
        assert last == f"{counted(len(queues), 'backup')} would be queued"

    def test_what_is_due_needs_the_table_and_says_so(self, files: Files, run: Run) -> None:
        files.commit()
        said = run("collect", "--dry-run", "--due", "--inventory", files.path, "--state-dir", files.repo)
        assert (said.status, said.out) == (1, "")
        assert "depends on what has been recorded" in said.err
        assert "DEVICEVAULT_DATABASE_URL" in said.err
        assert "REDIS" not in said.err

    def test_a_broken_inventory_is_told_as_validate_tells_it(self, files: Files, run: Run) -> None:
        files["groups.yaml"] = "core: {port: 0}\n"
        said = run("collect", "--dry-run", "--all", "--worktree", "--inventory", files.path)
        assert said.status == 1
        assert "groups.yaml:1:14" in said.err


class TestDue:
    def due(self, shell: Shell, *options: str) -> list[dict[str, str]]:
        answer = shell("collect", "--dry-run", "--due", "--output", "json", *options)
        assert (answer.status, answer.err) == (0, "")
        found = json.loads(answer.out)["would_queue"]
        assert isinstance(found, list)
        return found

    def test_slots_are_listed_and_nothing_is_written_not_even_the_table(self, shell: Shell) -> None:
        shell.deployment.write(
            schedules=SCHEDULES, devicevault="version: 1\ndefaults: {credential: lab, schedule: nightly}\n"
        )
        first, second = self.due(shell)
        assert (first["device"], first["schedule"]) == ("core-sw1", "nightly")
        assert first["task_identifier"] == f"nightly:core-sw1:{first['slot']}"
        assert first["queue"] == second["queue"] == "collector.group.core"
        shell.nothing_is_written()

    def test_what_has_a_row_is_not_due(self, shell: Shell) -> None:
        shell.deployment.write(
            schedules=SCHEDULES, devicevault="version: 1\ndefaults: {credential: lab, schedule: nightly}\n"
        )
        assert shell("collect", "--due", "--no-wait").status == 0
        assert self.due(shell) == []
        assert shell("collect", "--dry-run", "--due").out == "nothing is due\n"
