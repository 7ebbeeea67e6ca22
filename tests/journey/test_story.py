"""The whole story of a network that moves in: from Oxidized's list to a merged pull request.

The expected reports lie in golden/; what differs from run to run is <port>, <commit> or <folder> there.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from collectors.simulator import Fleet
from pipeline.store.git.commit_message import read_trailers
from tests.journey.deployment import ENABLE, PASSWORD, Deployment, lab_fleet
from tests.support.git import git

GOLDEN = Path(__file__).parent / "golden"
OXIDIZED = """\
---
source:
  default: csv
  csv:
    file: router.db
    delimiter: !ruby/regexp /:/
    map: {name: 0, ip: 1, model: 2, username: 3, password: 4, group: 5}
    vars_map: {ssh_port: 6, enable: 7}
"""
MODELS = {"core-ios": "ios", "core-eos": "eos", "core-nxos": "nxos"}


def router_db(fleet: Fleet) -> str:
    return "".join(
        f"{name}:{fleet[name].address}:{model}:backup:{PASSWORD}:core:{fleet[name].port}:{ENABLE}\n"
        for name, model in MODELS.items()
    )


def secrets_of(file: Path) -> dict[str, str]:
    """The variables of an env file, as a shell reads them."""
    words = shlex.split(file.read_text(), comments=True)
    return dict(word.split("=", 1) for word in words)


def matches(golden: str, text: str, folder: Path) -> None:
    """Hold a report against the expected one, without what differs from run to run."""
    text = text.replace(str(folder), "<folder>")
    text = re.sub(r"\b[0-9a-f]{10,40}\b", "<commit>", text)
    text = re.sub(r"(?<=port )\d+|(?<=: )\d{5}\b", "<port>", text)
    expected = (GOLDEN / golden).read_text(encoding="utf-8")
    assert text == expected, f"--- {golden} should be\n{text}"


def test_from_oxidized_to_a_merged_pull_request(deployment: Deployment) -> None:
    network, host = deployment.folder / "network", deployment.folder / "host" / "network.git"
    inventory = network / "inventory"
    with lab_fleet(*MODELS, "edge-frr") as fleet:
        # A repository, the devices of Oxidized, and the keys that they show.
        deployment.cli("init", str(network))
        (inventory / "devices" / "example.yaml").unlink()
        source = deployment.folder / "oxidized"
        source.mkdir()
        (source / "router.db").write_text(router_db(fleet))
        (source / "config").write_text(OXIDIZED)
        deployment.cli("import", "oxidized", str(source), "--into", str(inventory), "--write")
        deployment.cli("hostkeys", "scan", "--all", "--write")
        assert "ok: 3 devices" in deployment.cli("validate", "--worktree")
        git(network, "add", "-A")
        git(network, "commit", "-qm", "Take over what Oxidized has")
        assert PASSWORD not in git(network, "log", "-p", "--all")

        # The host that everybody works with; the servers read its main branch.
        git(deployment.folder, "init", "-q", "--bare", "-b", "main", str(host))
        git(network, "remote", "add", "origin", str(host))
        git(network, "push", "-q", "origin", "main")
        deployment.env = secrets_of(inventory / "credentials.env")
        names = ",".join(["LAB_*", *deployment.env])
        deployment.settings = deployment.settings.model_copy(update={"secret_variables": names})
        served = {"inventory": host / "inventory", "inventory_ref": "main"}
        server = Deployment(deployment.folder, deployment.settings.model_copy(update=served), deployment.env)

        with server.running():
            server.cli("collect", "--all")

            # A pull request: one device comes, one is renamed, one goes, and nights become earlier.
            git(network, "checkout", "-qb", "proposal")
            devices = inventory / "devices" / "core.yaml"
            blocks = re.split(r"(?m)^(?=[a-z])", devices.read_text())
            kept = [block for block in blocks if not block.startswith("core-ios")]
            text = "".join(kept).replace("core-eos:\n", "dc-eos:\n  id: core-eos\n")
            frr = fleet["edge-frr"]
            text += (
                f"edge-frr:\n  address: {frr.address}\n  port: {frr.port}\n  platform: linux_frr\n"
                "  group: core\n  credential: lab\n"
            )
            devices.write_text(text)
            with (inventory / "known_hosts").open("a") as hosts:
                hosts.write(frr.known_hosts_line + "\n")
            with (inventory / "credentials.yaml").open("a") as credentials:
                credentials.write("lab: {username: backup, password: env:LAB_PASSWORD}\n")
            schedules = inventory / "schedules.yaml"
            schedules.write_text(re.sub(r'cron: "[^"]*"', 'cron: "41 1 * * *"', schedules.read_text()))
            git(network, "commit", "-qam", "Change the core")
            matches(
                "validate.txt",
                deployment.cli("validate", "--output", "github", "--base", "main"),
                deployment.folder,
            )
            plan = ("plan", "--base", "main", "--now", "2026-03-01T12:00:00Z")
            matches("plan.txt", deployment.cli(*plan), deployment.folder)
            matches("plan.md", deployment.cli(*plan, "--output", "markdown"), deployment.folder)
            deployment.cli(*plan, "--detailed-exitcode", expect=2)

            # Merged; the next run applies it.
            git(network, "checkout", "-q", "main")
            git(network, "merge", "-q", "--no-ff", "-m", "Merge the proposal", "proposal")
            git(network, "push", "-q", "origin", "main")
            rows = server.collect("--all")
        assert {name: row["changed"] for name, row in rows.items()} == {
            "core-nxos": False, "dc-eos": False, "edge-frr": True,
        }  # fmt: skip
        assert server.configs("ls-tree", "-r", "--name-only", "HEAD").split() == [
            "core/core-nxos.cfg", "core/dc-eos.cfg", "core/edge-frr.cfg",
        ]  # fmt: skip
        assert server.cli("drift") == "3 devices: no drift\n"

    # From a commit of the configs repo back to what asked for it, by its trailers alone.
    message = server.configs("log", "-1", "--format=%B", "--", "core/edge-frr.cfg")
    commit = read_trailers(message.encode())["Inventory-Commit"]
    assert git(host, "log", "-1", "--format=%s", commit) == "Merge the proposal\n"
    assert "edge-frr" in git(host, "diff", f"{commit}^1", commit, "--", "inventory/devices/core.yaml")
    assert (
        server.configs("log", "--follow", "--format=%s", "--", "core/dc-eos.cfg")
        .splitlines()[-1]
        .startswith("core-eos: first backup")
    )
    assert "Inventory-Commit: " + commit in server.configs("log", "--format=%B", "--diff-filter=D")
