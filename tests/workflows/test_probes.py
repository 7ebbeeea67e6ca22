"""The workflow `probe`: on request, the devices that a pull request adds are reached and not backed up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.simulator import Fleet
from pipeline.settings import PREFIX
from tests.journey.deployment import Deployment, lab_fleet
from tests.support.git import git
from tests.support.settings import make_settings
from tests.workflows.github import REPOSITORY, GitHub, run_steps
from tests.workflows.network import Network, installs_devicevault


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet("edge-frr", "edge-routeros") as fleet:
        yield fleet


def test_the_devices_of_a_branch_are_probed_by_the_reviewed_program(
    network: Network, fleet: Fleet, tmp_path: Path, redis_url: str, database_url: str
) -> None:
    (network.repo / "inventory" / "devices" / "example.yaml").unlink()
    deployment = Deployment(tmp_path, make_settings(tmp_path, redis_url, database_url))
    deployment.write_fleet([fleet["edge-frr"]])
    git(network.repo, "checkout", "--quiet", "-b", "add-routeros")
    # What the branch says of the program counts for nothing before it is merged.
    network.commit({".devicevault/requirements.txt": "evil==1\n", "Makefile": "setup:\n\ttouch pwned\n"})
    deployment.write_fleet(list(fleet))
    git(network.repo, "checkout", "--quiet", "main")
    env = {name: value for name, value in deployment.environment.items() if name.startswith(PREFIX)}
    del env["DEVICEVAULT_INVENTORY"]
    payload = {"inputs": {"ref": "add-routeros"}, "repository": {"default_branch": "main"}}
    approved = git(network.repo, "rev-parse", "add-routeros").strip()

    def push_another() -> None:
        """Once somebody has looked, the branch becomes something else."""
        git(network.repo, "checkout", "--quiet", "add-routeros")
        evil = (network.repo / "inventory" / "devices" / "all.yaml").read_text().replace("edge-", "evil-")
        network.commit({"inventory/devices/all.yaml": evil})
        git(network.repo, "checkout", "--quiet", "main")

    host = GitHub(
        network.folder, network.repo, "workflow_dispatch", payload, runner_environment=env,
        approve=push_another,
    )  # fmt: skip
    found = network.workflow("probe.yml")
    assert found["jobs"]["probe"]["environment"] == "devicevault-probe"
    with deployment.running("worker-default"):
        jobs = host.run(found)
    job = jobs["probe"]
    assert {(name, step) for name, each in jobs.items() for step in each.output} == run_steps(found)
    assert jobs["resolve"].summary == (
        f"To be approved: [{approved}](https://github.example/{REPOSITORY}/commit/{approved})\n"
    )
    assert found["jobs"]["probe"]["name"].endswith("${{ needs.resolve.outputs.commit }}")
    assert installs_devicevault(network, job.calls)
    assert job.status == "success", job.output
    assert "edge-routeros" in job.summary
    assert "edge-frr" not in job.summary
    assert "evil-" not in job.summary
    assert [device.sessions for device in fleet] == [0, 1]
    assert not deployment.settings.configs_path.exists()
