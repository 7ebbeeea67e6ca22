"""The workflow `inventory`: what a pull request is told."""

from __future__ import annotations

import json

import pytest

from pipeline.plan.markdown import MARKER
from tests.servers.processes import require
from tests.workflows.github import RUN_URL, GitHub, run_steps
from tests.workflows.network import Network, device, installs_devicevault

NEW = {"inventory/devices/new.yaml": device("frankfurt-sw1")}
BROKEN = {"inventory/devices/new.yaml": "frankfurt-sw1:\n  address: 192.0.2.300\n  platform: cisco_ios\n"}


@pytest.fixture(autouse=True)
def programs() -> None:
    """GitHub's program has a `jq` of its own; its stand-in takes the real one."""
    require("jq", "jq")


def ours(host: GitHub) -> list[str]:
    return [
        c["body"] for c in host.comments if c["body"].startswith(MARKER) and "[bot]" in c["user"]["login"]
    ]


def test_a_right_change_is_planned_in_the_summary_and_in_a_comment(network: Network) -> None:
    host = network.pull_request(NEW)
    jobs = host.run(network.workflow("inventory.yml"))
    assert {name: job.status for name, job in jobs.items()} == {"check": "success", "comment": "success"}, (
        jobs
    )
    assert installs_devicevault(network, jobs["check"].calls)
    assert "ok: 2 devices" in jobs["check"].output["Validate"]
    assert "frankfurt-sw1" in jobs["check"].summary
    [body] = ours(host)
    assert body == jobs["check"].summary
    assert body.startswith(f"{MARKER}\n")


def test_a_mistake_is_marked_at_its_line_and_there_is_no_plan(network: Network) -> None:
    host = network.pull_request(BROKEN)
    jobs = host.run(network.workflow("inventory.yml"))
    assert {name: job.status for name, job in jobs.items()} == {"check": "failure", "comment": "success"}
    assert "::error file=inventory/devices/new.yaml,line=2" in jobs["check"].output["Validate"]
    assert "Plan" not in jobs["check"].output
    assert ours(host) == [
        f"{MARKER}\nThere is no plan, because a check has failed: [the run]({RUN_URL}) says what is wrong.\n"
    ]


def test_the_comment_is_found_again_and_nobody_elses_is_touched(network: Network) -> None:
    host = network.pull_request(BROKEN)
    others = [
        {"id": 1, "user": {"login": "ada"}, "body": f"{MARKER}\nquoted by a person"},
        {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "coverage: 97%"},
        {"id": 3, "user": {"login": "ada"}, "body": "looks good"},
    ]
    host.comments += json.loads(json.dumps(others))
    host.run(network.workflow("inventory.yml"))
    assert len(host.comments) == 4
    again = network.pull_request({**BROKEN, "README.md": "more\n"})
    again.comments, again.runs = host.comments, host.runs
    again.run(network.workflow("inventory.yml"))
    assert again.comments[:3] == others
    assert len(ours(again)) == len(again.comments) - 3 == 1


def test_a_fork_gets_its_checks_and_no_comment(network: Network) -> None:
    host = network.pull_request(BROKEN, source="mallory/network")
    assert host.run(network.workflow("inventory.yml")).keys() == {"check"}
    assert host.comments == []


@pytest.mark.parametrize("line", ["a changed device é\n", "x" * 3_000 + "\n"])
def test_a_plan_too_long_for_a_comment_leads_to_the_summary(network: Network, line: str) -> None:
    found = network.workflow("inventory.yml")
    found["jobs"] = {"comment": {**found["jobs"]["comment"], "needs": []}}
    host = network.pull_request(NEW)
    host.artifacts["plan"] = {"plan.md": (f"{MARKER}\n" + line * 5_000).encode()[:500_000]}
    host.run(found)
    [body] = ours(host)
    head, _, tail = body.rpartition("\n\n")
    assert tail == f"The rest does not fit here: [the summary of the run]({RUN_URL}) has all of it.\n"
    assert set(head.splitlines()[1:]) == {line.strip()}


def test_between_them_every_step_was_executed(network: Network) -> None:
    found = network.workflow("inventory.yml")
    executed = set()
    for number, change in enumerate((NEW, BROKEN)):
        host = network.pull_request(change)
        host.runs = 10 * number
        executed |= {(name, step) for name, job in host.run(found).items() for step in job.output}
    assert executed == run_steps(found)
