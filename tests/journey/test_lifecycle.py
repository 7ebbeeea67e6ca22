"""A merged change of the inventory arrives in the configs repos with the next run."""

from __future__ import annotations

import json
import subprocess

from tests.journey.deployment import Deployment, lab_fleet
from tests.support.git import git
from tests.support.waiting import until


def files(deployment: Deployment, repo: str = "configs") -> set[str]:
    path = deployment.settings.repo_path(repo)
    return set(git(path, "ls-tree", "-r", "--name-only", "HEAD").split())


def test_head_is_the_live_network_after_every_run(deployment: Deployment) -> None:
    with lab_fleet("core-ios", "core-eos", "edge-frr") as fleet:
        devices = list(fleet)
        deployment.write_fleet(devices)
        with deployment.running():
            deployment.cli("collect", "--all")
            assert files(deployment) == {"core/core-ios.cfg", "core/core-eos.cfg", "edge/edge-frr.cfg"}
            text = (deployment.inventory / "devices/all.yaml").read_text()
            renamed = [
                line.replace("core-eos:", "dc-eos:").replace("{", "{id: core-eos, ")
                if line.startswith("core-eos")
                else line
                for line in text.splitlines(keepends=True)
                if not line.startswith("core-ios")
            ]
            commit = deployment.write(
                devices__all="".join(renamed),
                groups="core: {queue_id: core}\nedge: {configs_repo: branches}\n",
            )
            rows = deployment.collect("--all")
            assert {name: row["changed"] for name, row in rows.items()} == {
                "dc-eos": False,
                "edge-frr": False,
            }
            assert files(deployment) == {"core/dc-eos.cfg"}
            assert files(deployment, "branches") == {"edge/edge-frr.cfg"}
            for name, row in rows.items():
                path = deployment.settings.repo_path(row["repo"])
                assert git(path, "show", f"{row['commit']}:{row['path']}") == deployment.cli(
                    "show", name, "--config"
                )
            assert "dc-eos: first backup" not in deployment.configs("log", "--format=%s")
            assert f"Inventory-Commit: {commit}" in deployment.configs("log", "-1", "--format=%B")
            assert len(deployment.cli("log", "dc-eos").splitlines()) == 3
            assert "core-ios" not in deployment.cli("status")


def test_a_look_at_another_revision_moves_nothing(deployment: Deployment) -> None:
    with lab_fleet("core-ios", "core-eos") as fleet:
        deployment.write_fleet(list(fleet))
        with deployment.running("consumer", "worker-core"):
            deployment.cli("collect", "--all")
            deployment.git("checkout", "-qb", "proposal")
            deployment.write_fleet([fleet["core-ios"]])
            deployment.git("checkout", "-q", "main")
            deployment.cli("collect", "--all", "--ref", "proposal")
            assert files(deployment) == {"core/core-ios.cfg", "core/core-eos.cfg"}
            deployment.git("checkout", "-q", "proposal")
            deployment.cli("collect", "--all")
            assert files(deployment) == {"core/core-ios.cfg"}


def test_a_clone_that_is_behind_takes_nothing_back_and_is_told(deployment: Deployment) -> None:
    with lab_fleet("core-ios", "core-eos") as fleet:
        deployment.write_fleet(list(fleet))
        behind = deployment.folder / "behind"
        subprocess.run(["git", "clone", "-q", str(deployment.inventory.parent), str(behind)], check=True)
        newer = deployment.write_fleet([fleet["core-ios"]])
        with deployment.running("consumer", "worker-core"):
            deployment.cli("collect", "--all")
            stale = ("collect", "--all", "--inventory", str(behind / "inventory"))
            done = subprocess.run(
                deployment.command(*stale), env=deployment.environment, capture_output=True, text=True
            )
            assert done.returncode == 3
            assert "core-eos: unlisted" in done.stderr
            assert (
                f"warning: the configs repos follow the inventory at {newer[:10]}, "
                "which this clone does not have: fetch it" in done.stderr
            )
            assert files(deployment) == {"core/core-ios.cfg"}
            git(behind, "fetch", "-q")
            done = subprocess.run(
                deployment.command(*stale), env=deployment.environment, capture_output=True, text=True
            )
            assert f"at {newer[:10]}, which is newer than" in done.stderr
            deployment.cli(*stale, "--adopt")
            assert files(deployment) == {"core/core-ios.cfg", "core/core-eos.cfg"}


def test_beat_puts_a_merged_inventory_in_force(deployment: Deployment) -> None:
    with lab_fleet("core-ios", "core-eos") as fleet:
        deployment.write_fleet(list(fleet))
        with deployment.running("consumer", "worker-core", "beat"):
            deployment.cli("collect", "--all")
            deployment.write_fleet([fleet["core-eos"]])
            until(lambda: files(deployment) == {"core/core-eos.cfg"})


def test_drift_is_told_as_text_json_and_markdown(deployment: Deployment) -> None:
    with lab_fleet("core-ios", "core-eos") as fleet:
        deployment.write_fleet([fleet["core-ios"]])
        with deployment.running("consumer", "worker-core"):
            deployment.cli("collect", "--all")
        assert deployment.cli("drift") == "1 device: no drift\n"
        deployment.write_fleet([fleet["core-eos"]])
        text = deployment.cli("drift", expect=3).splitlines()
        assert [line.split()[:3] for line in text[1:3]] == [
            ["never", "core-eos", "core/core-eos.cfg"],
            ["orphaned", "-", "core/core-ios.cfg"],
        ]
        assert "1 device: 1 never, 1 orphaned" in text
        found = json.loads(deployment.cli("drift", "--output", "json", expect=3))
        assert [(one["kind"], one["device"]) for one in found] == [("never", "core-eos"), ("orphaned", None)]
        assert "| never | `core-eos` |" in deployment.cli("drift", "--output", "markdown", expect=3)
        deployment.git("checkout", "-q", "HEAD~1")
        assert "stale" in deployment.cli("drift", "--max-age", "1s", expect=3)
    assert "--max-age" in deployment.cli("drift", "--max-age", "soon", expect=2)
