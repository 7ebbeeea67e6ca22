"""What the commit of a changed configuration costs: our writer and its peers, on copies of one repo.

Each turn stores one new configuration for each of some devices, one commit per device, by every method. The
consumer gets configurations as the zlib streams that workers made of them; peers get them as texts.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dulwich.repo import Repo

from benchmarks import commit_peers
from benchmarks.cost import own_cpu_s
from benchmarks.fleet import configuration
from benchmarks.report import Goal, Report, Table
from pipeline.store.git.changes import Change
from pipeline.store.git.repo import ConfigsRepo
from pipeline.values.compression import deflate

_PER_GROUP = 100
_OURS, _FAST_IMPORT = "DeviceVault", "git fast-import"


@dataclass(frozen=True, slots=True)
class Size:
    """Repos of so many devices; `turns` of `commits` for each method."""

    devices: tuple[int, ...]
    turns: int
    commits: int


TINY, NORMAL, LARGE = Size((20,), 1, 5), Size((1000, 10_000), 9, 100), Size((1000, 10_000, 100_000), 9, 100)

# Takes what is to be stored, gets ready at nobody's expense, and returns the step that is measured.
_Method = Callable[[Sequence[Change]], Callable[[], object]]


@dataclass(frozen=True, slots=True)
class _Cost:
    cpu_ms: float
    wall_ms: float


def run(size: Size = NORMAL) -> Report:
    """CPU and wall ms per commit by each method, medians of the turns."""
    rows: list[tuple[str | float, ...]] = []
    goals, ours_ms = [], {}
    for devices in size.devices:
        with tempfile.TemporaryDirectory() as folder:
            costs = _measure(Path(folder), devices, size)
        floor = costs[_FAST_IMPORT].cpu_ms
        rows += [
            (f"{devices:,} devices: {method}", cost.cpu_ms, cost.wall_ms, cost.cpu_ms / floor)
            for method, cost in costs.items()
        ]
        ours_ms[devices] = costs[_OURS].cpu_ms
        goals.append(
            Goal(f"{devices:,} devices: CPU of a commit ÷ git fast-import's", 1.0, ours_ms[devices] / floor)
        )
    if {10_000, 100_000} <= ours_ms.keys():
        growth = ours_ms[100_000] / ours_ms[10_000]
        goals.append(Goal("CPU of a commit, 100,000 devices ÷ 10,000", 2.0, growth))
    columns = ("repo: method", "CPU ms", "wall ms", "CPU ÷ git fast-import")
    return Report((Table("One commit of a changed 20 kB configuration", columns, tuple(rows)),), tuple(goals))


def _measure(folder: Path, devices: int, size: Size) -> dict[str, _Cost]:
    paths = [_path(number) for number in range(devices)]
    base = commit_peers.make_base(folder / "base.git", paths, configuration("base", 20_000).encode())
    copies = (shutil.copytree(base, folder / f"copy-{number}.git") for number in itertools.count())
    with ExitStack() as opened:
        ours = opened.enter_context(ConfigsRepo(next(copies)))
        whole = opened.enter_context(ConfigsRepo(next(copies)))
        singly = opened.enter_context(ConfigsRepo(next(copies)))
        dulwich = opened.enter_context(closing(Repo(str(next(copies)))))
        fast_import = next(copies)
        methods: Mapping[str, _Method] = {
            _OURS: lambda changes: lambda: ours.store(changes),
            "DeviceVault, not deflated by a worker": lambda changes: lambda: whole.store(_as_text(changes)),
            "DeviceVault, a batch per commit": lambda changes: lambda: [singly.store([c]) for c in changes],
            _FAST_IMPORT: lambda changes: commit_peers.fast_import(fast_import, changes),
            "dulwich, loose objects": lambda changes: lambda: commit_peers.dulwich_loose(dulwich, changes),
        }
        taken: dict[str, list[_Cost]] = {name: [] for name in methods}
        for turn in range(size.turns + 1):
            changes = _changes(devices, size.commits, turn)
            for name, method in methods.items():
                taken[name].append(_cost_of(method(changes), len(changes)))
    commit_peers.check_same(
        sorted(folder.glob("copy-*.git"))[: len(methods)], (size.turns + 1) * size.commits
    )
    # The first turn fills caches, which a consumer keeps.
    return {name: _median(costs[1:]) for name, costs in taken.items()}


def _cost_of(step: Callable[[], object], commits: int) -> _Cost:
    began, cpu = time.perf_counter(), own_cpu_s()
    step()
    return _Cost(1000 * (own_cpu_s() - cpu) / commits, 1000 * (time.perf_counter() - began) / commits)


def _median(costs: Sequence[_Cost]) -> _Cost:
    return _Cost(
        statistics.median(cost.cpu_ms for cost in costs), statistics.median(cost.wall_ms for cost in costs)
    )


def _path(number: int) -> str:
    return f"site-{number // _PER_GROUP}/sw{number}.cfg"


def _changes(devices: int, count: int, turn: int) -> list[Change]:
    """Another set of devices each turn, spread over the groups."""
    now = datetime.now(UTC)
    step = max(1, devices // count)
    changes = []
    for place in range(count):
        number = (place * step + turn) % devices
        name = f"sw{number}"
        text = configuration("base", 20_000).replace("port 7919\n", f"uplink {number} {turn}\n")
        trailers = {"Task-Identifier": f"nightly:{name}:{turn}", "Device": name, "Schedule": "nightly"}
        changes.append(Change(_path(number), text, name, now, trailers, deflated=deflate(text)))
    return changes


def _as_text(changes: Sequence[Change]) -> list[Change]:
    return [replace(change, deflated=None) for change in changes]
