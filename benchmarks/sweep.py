"""A whole sweep as a user starts it: driver, queue, worker, lock, stream, consumer, Git and table.

The simulated devices run beside it and compete for the processor; their CPU is not ours and shown apart.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cost
from benchmarks.deployment import running
from benchmarks.fleet import PASSWORD, USERNAME, Fleet, fleet
from benchmarks.report import Goal, Report, Table

_ROLES = ("driver", "worker", "consumer", "Valkey", "Postgres")
_DEVICES = "devices"
_SECRETS = {"BENCH_PASSWORD": PASSWORD}


@dataclass(frozen=True, slots=True)
class Size:
    """`pools`: Celery's pool and its concurrency."""

    devices: int
    pools: tuple[tuple[str, int], ...]


TINY = Size(4, (("prefork", 2),))
NORMAL = Size(1000, (("prefork", 8), ("threads", 32)))
LARGE = Size(5000, (("prefork", 8), ("threads", 32)))


@dataclass(frozen=True, slots=True)
class _Sweep:
    name: str
    wall_s: float
    cpu_s: Mapping[str, float]

    @property
    def total_cpu_s(self) -> float:
        return sum(self.cpu_s[role] for role in _ROLES)


def run(size: Size = NORMAL) -> Report:
    """Each pool on a deployment of its own: a first sweep, then one in which nothing has changed."""
    sweeps: list[tuple[str, _Sweep]] = []
    with fleet(size.devices + 1, kilobytes=20) as devices:
        for pool, concurrency in size.pools:
            sweeps += ((f"{pool} × {concurrency}", sweep) for sweep in _sweeps(devices, pool, concurrency))
    columns = ("sweep", "wall s", "CPU s", "CPU ms per device", *_ROLES, f"({_DEVICES})")
    rows = (_row(f"{pool}, {sweep.name}", sweep, size.devices) for pool, sweep in sweeps)
    goals = (_goal(pool, sweep, size.devices) for pool, sweep in sweeps)
    return Report(
        (Table(f"Sweep of {size.devices:,} devices, 20 kB each", columns, tuple(rows)),), tuple(goals)
    )


def _row(name: str, sweep: _Sweep, devices: int) -> tuple[str | float, ...]:
    per_device = 1000 * sweep.total_cpu_s / devices
    parts = (sweep.cpu_s[role] for role in (*_ROLES, _DEVICES))
    return (name, sweep.wall_s, sweep.total_cpu_s, per_device, *parts)


def _goal(pool: str, sweep: _Sweep, devices: int) -> Goal:
    return Goal(f"{sweep.name} sweep, {pool}: CPU of a device", 7.5, 1000 * sweep.total_cpu_s / devices, "ms")


def _sweeps(devices: Fleet, pool: str, concurrency: int) -> list[_Sweep]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), _files(devices), pool, concurrency, _SECRETS) as env,
    ):
        _collect(env, "--group", "warm-up")  # the worker is up, its imports are done
        sweeps = [_sweep(name, env) for name in ("first", "unchanged")]
        _check_commits(Path(folder) / "state" / "configs.git", len(devices.ports))
        return sweeps


def _check_commits(configs: Path, expected: int) -> None:
    """One for each device: the first sweep stored everything, and the second found nothing changed."""
    count = ["git", "-C", str(configs), "rev-list", "--count", "main"]
    commits = int(subprocess.run(count, check=True, capture_output=True, text=True).stdout)
    if commits != expected:
        raise RuntimeError(f"the sweeps left {commits} commits and not {expected}")


def _sweep(name: str, env: Mapping[str, str]) -> _Sweep:
    before = _cpu_by_role()
    driver = _collect(env, "--group", "fleet")
    after = _cpu_by_role()
    spent = {role: after[role] - before[role] for role in after}
    return _Sweep(name, driver.wall_s, {**spent, "driver": driver.cpu_s})


def _collect(env: Mapping[str, str], *what: str) -> cost.Cost:
    return cost.run([sys.executable, "-m", "pipeline.cli.main", "collect", *what, "--output", "json"], env)


def _cpu_by_role() -> dict[str, float]:
    """By what our children are; each with all below it."""
    marks = {" worker": "worker", " consume": "consumer", "valkey": "Valkey", "postgres": "Postgres",
             "benchmarks.fleet": _DEVICES}  # fmt: skip
    spent = dict.fromkeys(marks.values(), 0.0)
    for pid, command in cost.children().items():
        role = next((role for mark, role in marks.items() if mark in command), None)
        if role is None:
            raise RuntimeError(f"whose is this process? {command}")
        spent[role] += cost.tree_cpu_s(pid)
    return spent


def _files(devices: Fleet) -> dict[str, str]:
    lines = [
        f"sw{number}: {{address: 127.0.0.1, port: {port}, group: {'fleet' if number else 'warm-up'}}}"
        for number, port in enumerate(devices.ports)
    ]
    return {
        "devicevault.yaml": "version: 1\ndefaults: {credential: lab, platform: cisco_ios, secrets: hide}\n",
        "groups.yaml": "fleet: {}\nwarm-up: {}\n",
        "credentials.yaml": f"lab: {{username: {USERNAME}, password: env:BENCH_PASSWORD}}\n",
        "devices/all.yaml": "\n".join(lines) + "\n",
        "known_hosts": "".join(f"[127.0.0.1]:{port} {devices.host_key}\n" for port in devices.ports),
    }
