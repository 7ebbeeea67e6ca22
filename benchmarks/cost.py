"""What processes cost, read from the kernel: CPU seconds and memory of a process and all below it.

Run by path it starts a command and writes what that cost: a small process in between, since the kernel
counts the memory of whoever starts a program towards the program's peak.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one command, from start to end. `cpu_s` is user and system time; `peak_mb` its largest process."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    status: int = 0


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    cpu_s: float


def own_cpu_s() -> float:
    """CPU seconds of this process, its threads, and its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and all below it, those that have ended too. Counted in ticks of 10 ms."""
    processes = _processes()
    return sum(processes[each].cpu_s for each in _tree(pid, processes) if each in processes)


def tree_memory_mb(pid: int) -> float:
    """Memory of a process and all below it; a page that several share counts once (PSS)."""
    return sum(_pss_kb(each) for each in _tree(pid, _processes())) / 1024


def children() -> Mapping[int, str]:
    """Our direct children and their command lines."""
    mine = (pid for pid, process in _processes().items() if process.parent == os.getpid())
    return {pid: _read(f"/proc/{pid}/cmdline").replace("\0", " ") for pid in mine}


def run(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end. What it prints is dropped, unless it fails: then it is the error's text."""
    with tempfile.NamedTemporaryFile("r") as told:
        wrapped = [sys.executable, "-I", "-S", __file__, told.name, *argv]
        done = subprocess.run(wrapped, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(
                f"{' '.join(argv)} ended with {done.returncode}: {done.stdout[-500:]}{done.stderr}"
            )
        return Cost(**json.load(told))


def _processes() -> dict[int, _Process]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if stat := _read(f"{entry}/stat"):
            fields = stat.rpartition(")")[2].split()  # proc(5): state ppid …; 11–14: u, s, cu, cs
            found[int(entry.name)] = _Process(int(fields[1]), sum(map(int, fields[11:15])) / _TICKS_PER_S)
    return found


def _tree(pid: int, processes: Mapping[int, _Process]) -> list[int]:
    below = [child for child, process in processes.items() if process.parent == pid]
    return [pid, *(each for child in below for each in _tree(child, processes))]


def _pss_kb(pid: int) -> int:
    lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _read(path: str) -> str:
    """ "" for a process that has ended since it was listed."""
    try:
        return Path(path).read_text(errors="replace")
    except (OSError, ProcessLookupError):
        return ""


def _main(told: str, argv: Sequence[str]) -> int:
    began = time.perf_counter()
    status = subprocess.run(argv, check=False).returncode
    wall_s = time.perf_counter() - began
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, status)
    Path(told).write_text(json.dumps(asdict(cost)))
    return status


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2:]))
