"""The examples of the documents work: inventories, the platform, and the first steps on one's own network."""

from __future__ import annotations

import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg
import pytest

from collectors import registry
from collectors.collect import PlatformCollector
from collectors.simulator import Fleet
from pipeline.cli.main import cli
from pipeline.errors import PolicyError
from pipeline.inventory import load
from pipeline.inventory.source import TOP_FILES
from pipeline.store.ledger.results import Results
from pipeline.system.spawn import spawn
from pipeline.worker.policy import read_policy
from tests.collectors.recorded import collect_recording
from tests.docs.markdown import Block, Document, document, documents
from tests.journey.deployment import ENABLE, PASSWORD, lab_fleet
from tests.support.waiting import until

README = document("README.md")
BIN = Path(sys.executable).parent


def inventory_of(doc: Document) -> dict[str, str]:
    """The inventory that a document's examples make up, as text by file."""
    blocks = [*doc.blocks("yaml"), *doc.blocks("known_hosts")]
    files = {block.title.partition(":")[0]: block.text for block in blocks}
    return {name: text for name, text in files.items() if name in TOP_FILES or name.startswith("devices/")}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize("name", ["README.md", "docs/inventory.md"])
def test_the_inventory_shown_is_right_and_needs_no_warning(name: str, tmp_path: Path) -> None:
    write(tmp_path, inventory_of(document(name)))
    inventory = load(tmp_path, None, platforms=registry.KnownNames())
    assert inventory.devices
    assert inventory.warnings == ()


def test_the_reference_shows_every_file_of_an_inventory() -> None:
    assert set(TOP_FILES) <= set(inventory_of(document("docs/inventory.md")))


def test_every_yaml_example_is_checked_here() -> None:
    known = {
        *(name for doc in documents() for name in inventory_of(doc)),
        "tests/collectors/recordings/acme_os/access_switch.yaml",
        "policy.yaml",
    }
    assert [b.place for doc in documents() for b in doc.blocks("yaml") if b.title not in known] == []


def test_the_policy_shown_permits_what_it_says(tmp_path: Path) -> None:
    [block] = [
        block for block in document("docs/operations.md").blocks("yaml") if block.title == "policy.yaml"
    ]
    write(tmp_path, {block.title: block.text})
    policy = read_policy(tmp_path / block.title, "DEVICEVAULT_POLICY")
    shown = policy.permit(["env:BACKUP_PASSWORD"], "ssh", ["ssh-ed25519 AAAA"])
    assert shown.cidrs() == ["192.0.2.0/24", "2001:db8::/32"]
    assert policy.permit(["env:OLD_PASSWORD"], "telnet", []).cidrs() == ["198.51.100.0/24"]
    with pytest.raises(PolicyError):
        policy.permit(["env:BACKUP_PASSWORD"], "telnet", [])


def test_the_platform_shown_collects_its_recording(tmp_path: Path) -> None:
    [definition] = README.blocks("python")
    [recording] = [block for block in README.blocks("yaml") if "/recordings/" in block.title]
    write(tmp_path, {definition.title: definition.text, recording.title: recording.text})
    name = Path(definition.title).stem
    assert Path(recording.title).parent.name == name not in registry.names()
    platform = runpy.run_path(str(tmp_path / definition.title))["PLATFORM"]
    result = collect_recording(PlatformCollector(name, platform), tmp_path / recording.title)
    answer = recording.text.partition("    # Saved at 10:15:07 on Monday\n")[2].replace("    ", "")
    assert (result.status, result.facts["os_version"]) == ("success", "7.1.070")
    assert result.device_config == answer.replace("$h$6$notasecret", "<hidden>")
    assert " password hash <hidden>" in README.code()


def test_every_python_example_is_the_platform_of_the_readme() -> None:
    assert [doc.name for doc in documents() for _ in doc.blocks("python")] == [README.name]


@pytest.mark.parametrize("unit", document("docs/operations.md").blocks("ini"), ids=lambda block: block.title)
def test_every_unit_is_whole_and_leaves_the_stopping_to_us(unit: Block) -> None:
    assert re.findall(r"^\[(\w+)\]$", unit.text, re.MULTILINE) == ["Unit", "Service", "Install"]
    # Were all processes signalled at once, the servers would go before those that need them.
    assert "\nKillMode=mixed\n" in unit.text
    start = re.search(
        r"^ExecStart=/opt/devicevault/\.venv/bin/devicevault (\w+) ?(.*)$", unit.text, re.MULTILINE
    )
    assert start is not None
    command = cli.get_command(click.Context(cli), start[1])
    assert command is not None
    command.make_context(start[1], start[2].split())


def test_the_query_shown_finds_devices_without_a_success(database_url: str) -> None:
    [query] = document("docs/operations.md").blocks("sql")
    with Results(database_url) as results:
        results.migrate()
    insert = (
        "INSERT INTO device_backup_result (task_identifier, task_id, device_id, device, status, reason,"
        ' "timestamp", "commit", path, sha256, queued_at, deadline)'
        " VALUES (%(device)s, gen_random_uuid(), %(device)s, %(device)s, %(status)s, %(reason)s,"
        " now() - %(age)s::interval, 'c', 'p', 's', now(), now())"
    )
    with psycopg.connect(database_url) as db:
        for device, status, reason, age in (
            ("fine", "success", None, "1 day"),
            ("stale", "success", None, "3 days"),
            ("never", "failure", "timeout", "1 hour"),
        ):
            db.execute(insert, {"device": device, "status": status, "reason": reason, "age": age})
        found = db.execute(query.text).fetchall()
    assert sorted(device for device, _ in found) == ["never", "stale"]


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """Two devices to stand for those of the README's inventory."""
    with lab_fleet("core-ios", "edge-routeros") as fleet:
        yield fleet


def test_the_first_steps_on_ones_own_network_work(fleet: Fleet, tmp_path: Path) -> None:
    """The README's inventory and its commands, on one machine, with nothing set but what it says."""
    section = Document(README.name, README.section("Your own network"))
    alone, in_another_terminal = section.blocks("sh")
    before, up = alone.text.split("export BACKUP_PASSWORD=...\n")
    begin, before = before.split("\n\n", 1)
    assert up.startswith("devicevault up ")
    network = tmp_path / "network"
    (tmp_path / "enable").write_text(ENABLE)
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("DEVICEVAULT_", "XDG_"))},
        **{"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        **{"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.net"},
        **{"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.net"},
        "BACKUP_PASSWORD": PASSWORD,
    }

    def bash(script: str, *, cwd: Path = network, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-ec", script],
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    bash(begin, cwd=tmp_path)
    write(network / "inventory", on_simulated_devices(inventory_of(README), fleet, tmp_path))
    bash(re.sub(r"^ssh-keyscan .*\n", "", before, flags=re.MULTILINE))
    with running_up(network, env):
        until(lambda: bash("devicevault status --output json", check=False).stdout.count('"success"') == 2)
        printed = bash(in_another_terminal.text).stdout
    assert "1 backup: 1 unchanged" in printed
    assert "+hostname core-ios" in printed


def on_simulated_devices(files: dict[str, str], fleet: Fleet, secrets: Path) -> dict[str, str]:
    """The README's inventory, with simulated devices where its own are."""
    stand_ins = {"192.0.2.11": fleet["core-ios"], "2001:db8::61": fleet["edge-routeros"]}
    devices, credentials = files["devices/frankfurt.yaml"], files["credentials.yaml"]
    for address, device in stand_ins.items():
        assert address in devices
        devices = devices.replace(address, f"{device.address}\n  port: {device.port}")
    return {
        **files,
        "devices/frankfurt.yaml": devices,
        "credentials.yaml": credentials.replace("/run/secrets/enable_password", f"{secrets}/enable"),
        "known_hosts": "".join(f"{device.known_hosts_line}\n" for device in fleet),
    }


@contextmanager
def running_up(network: Path, env: dict[str, str]) -> Iterator[None]:
    """`devicevault up`, ended as Ctrl-C would."""
    log = network.parent / "up.log"
    with log.open("wb") as output:
        process = spawn(
            [BIN / "devicevault", "up"],
            death_signal=signal.SIGTERM,
            cwd=network,
            env=env,
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=60)
    assert status == 0, log.read_text()
