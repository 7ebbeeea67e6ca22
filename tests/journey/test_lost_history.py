"""A person loses the configs repo, and is told by every command what to do."""

from __future__ import annotations

import shutil
import subprocess

from tests.journey.deployment import Deployment, lab_fleet
from tests.support.git import git


def test_a_lost_repo_is_said_and_brought_back_or_begun_anew(deployment: Deployment) -> None:
    repo = deployment.settings.configs_path
    with lab_fleet("core-ios") as fleet:
        deployment.write_fleet([fleet["core-ios"]])
        with deployment.running("consumer", "worker-core"):
            deployment.cli("collect", "--all")
        copy = repo.with_name("copy.git")
        shutil.move(repo, copy)
        last = git(copy, "rev-parse", "main").strip()

        def consume(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = deployment.command("consume", "--until-empty", *arguments)
            return subprocess.run(command, env=deployment.environment, capture_output=True, text=True)

        refused = consume()
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert f"the last commit was {last[:12]}" in refused.stderr
        assert not repo.exists()
        doctor = subprocess.run(
            deployment.command("doctor"), env=deployment.environment, capture_output=True, text=True
        )
        assert doctor.returncode == 1
        assert last[:12] in doctor.stdout
        drift = subprocess.run(
            deployment.command("drift"), env=deployment.environment, capture_output=True, text=True
        )
        assert drift.returncode == 1
        assert last[:12] in drift.stderr

        subprocess.run(["git", "clone", "-q", "--bare", str(copy), str(repo)], check=True)
        assert consume().returncode == 0
        assert deployment.cli("drift") == "1 device: no drift\n"

        shutil.rmtree(repo)
        assert consume("--new-history", "the disk broke").returncode == 0
        with deployment.running("consumer", "worker-core"):
            deployment.cli("collect", "--all")
        assert git(repo, "rev-list", "--count", "main").strip() == "1"
        assert deployment.cli("drift") == "1 device: no drift\n"
