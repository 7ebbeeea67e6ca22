"""The workflow `collect`: what is due is backed up once, however often it is triggered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from collectors.simulator import Fleet
from pipeline.settings import PREFIX
from tests.journey.deployment import Deployment, lab_fleet
from tests.journey.test_schedules import SCHEDULED, YEARLY, count_rows
from tests.support.settings import make_settings
from tests.support.waiting import until
from tests.workflows.github import RUN_URL, GitHub, Job, run_steps
from tests.workflows.network import Network, installs_devicevault

SCHEDULED_RUNS = {"DEVICEVAULT_COLLECT": "true"}


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet("edge-frr", "edge-routeros") as fleet:
        yield fleet


@pytest.fixture
def deployment(network: Network, tmp_path: Path, redis_url: str, database_url: str) -> Deployment:
    """Its inventory is the network's repository, with simulated devices in place of the example."""
    (network.repo / "inventory" / "devices" / "example.yaml").unlink()
    return Deployment(tmp_path, make_settings(tmp_path, redis_url, database_url))


def trigger(
    network: Network,
    deployment: Deployment,
    event: str,
    payload: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] = SCHEDULED_RUNS,
    ref: str = "refs/heads/main",
) -> Job | None:
    """One run on a runner near the servers; None if the host skips the job."""
    env = {name: value for name, value in deployment.environment.items() if name.startswith(PREFIX)}
    del env["DEVICEVAULT_INVENTORY"]
    host = GitHub(
        network.folder, network.repo, event, {**(payload or {}), "repository": {"default_branch": "main"}},
        ref=ref, runner_environment=env, variables=variables,
        runs=len(list(network.folder.glob("run*"))),
    )  # fmt: skip
    found = network.workflow("collect.yml")
    job = host.run(found).get("collect")
    if job is not None:
        assert installs_devicevault(network, job.calls)
        assert {("collect", step) for step in job.output} == run_steps(found)
    return job


def test_what_is_due_is_collected_once_though_it_is_triggered_twice_and_late(
    network: Network, deployment: Deployment, fleet: Fleet
) -> None:
    """The slot was on the first of January; each run comes when it comes."""
    deployment.write_fleet([fleet["edge-frr"]], devicevault=SCHEDULED, schedules=YEARLY)
    with deployment.running("consumer", "worker-default"):
        first = trigger(network, deployment, "schedule")
        second = trigger(network, deployment, "schedule")
        third = trigger(network, deployment, "repository_dispatch", {"action": "devicevault-collect"})
    assert first is not None
    assert (first.status, second and second.status, third and third.status) == ("success",) * 3
    assert first.summary.startswith("**1 backup: 1 changed**\n")
    assert "| `edge-frr` | `edge` | `" in first.summary
    assert [job and job.output["Collect"] for job in (second, third)] == ["nothing is due\n"] * 2
    assert fleet["edge-frr"].sessions == count_rows(deployment) == 1
    assert f"\nRun-URL: {RUN_URL}\n" in deployment.configs("log", "--format=%B")


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("workflow_dispatch", {"inputs": {"device": "edge-frr", "group": ""}}),
        ("repository_dispatch", {"client_payload": {"device": "edge-frr"}}),
    ],
)
def test_one_device_is_collected_when_somebody_asks(
    network: Network, deployment: Deployment, fleet: Fleet, event: str, payload: Mapping[str, Any]
) -> None:
    deployment.write_fleet(list(fleet))
    with deployment.running("consumer", "worker-default"):
        job = trigger(network, deployment, event, payload, variables={})
    assert job is not None
    assert job.status == "success"
    assert [device.sessions for device in fleet] == [1, 0]


def test_what_is_merged_is_followed_by_the_configs_repo(
    network: Network, deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet), devicevault=SCHEDULED, schedules=YEARLY)
    with deployment.running("consumer", "worker-default"):
        trigger(network, deployment, "schedule")
        assert deployment.configs("ls-tree", "-r", "--name-only", "main").count("edge-") == 2
        deployment.write_fleet([fleet["edge-frr"]])
        job = trigger(network, deployment, "schedule")
        until(lambda: deployment.configs("ls-tree", "-r", "--name-only", "main") == "edge/edge-frr.cfg\n")
    assert job is not None
    assert job.output["Collect"] == "nothing is due\n"


def test_a_run_that_is_started_from_a_branch_collects_what_is_merged(
    network: Network, deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet([fleet["edge-frr"]])
    deployment.git("checkout", "--quiet", "-b", "proposed")
    deployment.write_fleet(list(fleet))
    deployment.git("checkout", "--quiet", "main")
    payload = {"inputs": {"device": "edge-routeros", "group": ""}}
    job = trigger(network, deployment, "workflow_dispatch", payload, ref="refs/heads/proposed")
    assert job is not None
    assert job.status == "failure"
    assert job.output["Collect"].startswith("error: no device 'edge-routeros'")


def test_a_device_that_fails_is_named_with_its_reason_and_the_run_is_red(
    network: Network, deployment: Deployment, fleet: Fleet
) -> None:
    gone = "edge-gone: {address: 127.0.0.1, port: 1, platform: linux_frr, group: edge}\n"
    deployment.write_fleet([fleet["edge-frr"]], devices__gone=gone, known_hosts=pinned(fleet))
    payload = {"inputs": {"device": "", "group": "edge"}}
    with deployment.running("consumer", "worker-default"):
        job = trigger(network, deployment, "workflow_dispatch", payload)
    assert job is not None
    assert job.status == "failure"
    assert job.summary.startswith("**2 backups: 1 changed, 1 failed**\n")
    assert "| `edge-gone` | `edge` | `unreachable` | " in job.summary


def pinned(fleet: Fleet) -> str:
    """The devices' keys, and one for the device that is not there."""
    lines = [device.known_hosts_line for device in fleet]
    _, _, key = lines[0].partition(" ")
    return "\n".join([*lines, f"edge-gone {key}"]) + "\n"


@pytest.mark.parametrize("word", ['x"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "--all", "-h"])
def test_an_input_is_a_name_and_never_a_command(
    network: Network, deployment: Deployment, fleet: Fleet, word: str
) -> None:
    deployment.write_fleet([fleet["edge-frr"]])
    job = trigger(network, deployment, "workflow_dispatch", {"inputs": {"device": word, "group": ""}})
    assert job is not None
    assert job.status == "failure"
    assert job.output["Collect"].startswith("error: no device ")
    assert not list(network.folder.rglob("pwned"))
    assert fleet["edge-frr"].sessions == 0


def test_scheduled_runs_wait_for_the_repositorys_variable(network: Network, deployment: Deployment) -> None:
    assert trigger(network, deployment, "schedule", variables={}) is None
