"""Sessions per second and per gigabyte of one worker: threads and forked processes, fast and slow devices.

A real device takes seconds to answer, so what a gigabyte can wait for counts more than what a core can do.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import pool
from benchmarks.collector import Target
from benchmarks.fleet import fleet
from benchmarks.report import Report, Table

_POOLS = (("1 thread", 0, 1), ("16 threads", 0, 16), ("64 threads", 0, 64),
          ("prefork × 2", 2, 1), ("prefork × 8", 8, 1), ("2 processes × 16 threads", 2, 16))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """Sessions per pool with devices that answer at once, and per place of a pool with slow ones."""

    sessions: int
    slow_rounds: int
    answer_after_s: float
    pools: tuple[tuple[str, int, int], ...] = _POOLS


TINY = Size(4, 1, 0.01, (("2 threads", 0, 2), ("prefork × 2", 2, 1)))
NORMAL = Size(240, 2, 0.5)
LARGE = Size(2400, 10, 1.0)


def run(size: Size = NORMAL) -> Report:
    """Each pool once against fast devices, then once against slow ones."""
    return Report((_fast(size), _slow(size)))


def _fast(size: Size) -> Table:
    rows = []
    with fleet(kilobytes=50) as devices:
        target = Target(devices.ports[0], devices.host_key)
        for name, processes, threads in size.pools:
            took = pool.measure(processes, threads, size.sessions, target)
            rows.append((name, took.sessions / took.wall_s, 1000 * took.cpu_s / took.sessions))
    return Table(
        "One worker, 50 kB, devices that answer at once", ("pool", "sessions/s", "CPU ms each"), tuple(rows)
    )


def _slow(size: Size) -> Table:
    rows = []
    with fleet(kilobytes=50, answer_after_s=size.answer_after_s) as devices:
        target = Target(devices.ports[0], devices.host_key)
        for name, processes, threads in size.pools:
            places = max(processes, 1) * threads
            if places == 1:
                continue
            took = pool.measure(processes, threads, places * size.slow_rounds, target)
            per_s = took.sessions / took.wall_s
            per_gb = 1024 * per_s / took.memory_mb
            rows.append((name, per_s, took.memory_mb, per_gb))
    return Table(
        f"One worker, 50 kB, devices that answer after {size.answer_after_s:g} s",
        ("pool", "sessions/s", "memory MB", "sessions/s per GB"),
        tuple(rows),
    )
