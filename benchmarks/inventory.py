"""A large inventory: checking it, planning a change, queueing a backup of every device; a command each."""

from __future__ import annotations

import base64
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cost
from benchmarks.cost import Cost
from benchmarks.deployment import commit, own_settings
from benchmarks.report import Goal, Report, Table
from pipeline.local.up import environment, services
from pipeline.settings import Settings

_FILES = 500
_FULL = 100_000
_VALIDATE, _ENQUEUE, _AGAIN = "validate", "enqueue everything", "find nothing due"
_COMMANDS = {
    "plan": ("plan", "--base", "HEAD~1", "--output", "markdown"),
    "dry run": ("collect", "--all", "--dry-run", "--output", "json"),
    _VALIDATE: ("validate",),
}
"""What nobody should wait for. "Warm" is after a change of one file."""


@dataclass(frozen=True, slots=True)
class Size:
    """Inventories of so many devices; those in `enqueued` are queued too."""

    devices: tuple[int, ...]
    enqueued: tuple[int, ...]


TINY, NORMAL, LARGE = (
    Size((40,), (40,)),
    Size((10_000, _FULL), (10_000,)),
    Size((10_000, _FULL), (10_000, _FULL)),
)


def run(size: Size = NORMAL) -> Report:
    """`validate`; `collect --due --no-wait`, which reads the inventory too; and the same a second time."""
    rows: list[tuple[str | float, ...]] = []
    goals: list[Goal] = []
    for devices in size.devices:
        costs = _measure(devices, enqueue=devices in size.enqueued)
        rows += [
            (f"{devices:,} devices: {step}", took.wall_s, took.cpu_s, took.peak_mb)
            for step, took in costs.items()
        ]
        goals += _goals(devices, costs)
    columns = ("step, from cold", "wall s", "CPU s", "peak MB")
    return Report((Table(f"Inventory in {_FILES} files", columns, tuple(rows)),), tuple(goals))


def _goals(devices: int, costs: Mapping[str, Cost]) -> list[Goal]:
    found = []
    if devices == _FULL:
        for command in _COMMANDS:
            cold, warm = costs[f"{command}, cold"], costs[f"{command}, warm"]
            found.append(Goal(f"{devices:,} devices: {command}, cold, wall time", 15, cold.wall_s, "s"))
            found.append(Goal(f"{devices:,} devices: {command}, warm, wall time", 4, warm.wall_s, "s"))
            found.append(Goal(f"{devices:,} devices: {command}, memory", 1024, cold.peak_mb, "MB"))
    if _ENQUEUE in costs:
        took = costs[_ENQUEUE]
        # 100,000 devices in 30 s
        found.append(
            Goal(f"{devices:,} devices: {_ENQUEUE}", 3333, devices / took.wall_s, "devices/s", at_least=True)
        )
        found.append(Goal(f"{devices:,} devices: {_ENQUEUE}, memory", 500, took.peak_mb, "MB"))
    return found


def _measure(devices: int, *, enqueue: bool) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        files = _files(devices)
        settings = own_settings(Path(folder), files)
        env = environment(settings)
        _change(settings, files)
        costs = {}
        for step, words in _COMMANDS.items():
            shutil.rmtree(settings.inventory_cache, ignore_errors=True)
            costs[f"{step}, cold"] = _command(env, *words)
        _change(settings, files)
        for step, words in _COMMANDS.items():
            costs[f"{step}, warm"] = _command(env, *words)
        if enqueue:
            with services(settings) as located:
                for step in (_ENQUEUE, _AGAIN):
                    costs[step] = _command(environment(located), "collect", "--due", "--no-wait")
        return costs


def _change(settings: Settings, files: Mapping[str, str]) -> None:
    """One device's timeout in one file, or that taken back; committed."""
    name = next(name for name in files if name.startswith("devices/"))
    path, text = settings.inventory / name, files[name]
    path.write_text(text.replace("}", ", timeout: 90}", 1) if path.read_text() == text else text)
    commit(settings.inventory, ["commit", "-qam", "change"])


def _command(env: Mapping[str, str], *words: str) -> Cost:
    return cost.run([sys.executable, "-m", "pipeline.cli.main", *words], env)


def _files(devices: int) -> dict[str, str]:
    """Each file a site with its group; every device with a pinned key of its own."""
    sites = min(_FILES, devices)
    lines: dict[int, list[str]] = {site: [] for site in range(sites)}
    hosts = []
    for number in range(devices):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        lines[number % sites].append(f"sw{number}: {{address: {address}, group: site-{number % sites}}}\n")
        key = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + number.to_bytes(32, "big")
        hosts.append(f"{address} ssh-ed25519 {base64.b64encode(key).decode()}\n")
    return {
        "devicevault.yaml": "version: 1\n"
        "defaults: {credential: lab, platform: cisco_ios, schedule: yearly}\n",
        "groups.yaml": "".join(f"site-{site}: {{}}\n" for site in range(sites)),
        # Once a year, so that no slot begins between two of the commands.
        "schedules.yaml": 'yearly: {cron: "17 2 1 1 *", deadline: 4h}\n',
        "credentials.yaml": "lab: {username: bench, password: env:BENCH_PASSWORD}\n",
        "known_hosts": "".join(hosts),
        **{f"devices/site-{site}.yaml": "".join(entries) for site, entries in lines.items()},
    }
