"""A worker without its queue: many sessions of our collector in threads or forked processes.

`python -m benchmarks.pool PROCESSES THREADS SESSIONS PORT HOST_KEY` prints what it took as JSON.
PROCESSES 0: threads of this very process, as Celery's thread pool has them.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Barrier

from benchmarks.collector import Target, devicevault
from benchmarks.cost import tree_cpu_s, tree_memory_mb


@dataclass(frozen=True, slots=True)
class Throughput:
    """`sessions` in `wall_s`, for `cpu_s` and `memory_mb` of all the pool's processes together."""

    sessions: int
    wall_s: float
    cpu_s: float
    memory_mb: float


def measure(processes: int, threads: int, sessions: int, target: Target) -> Throughput:
    """Run `sessions` in a fresh pool. Its start is not counted."""
    argv = [sys.executable, "-m", "benchmarks.pool", str(processes), str(threads), str(sessions)]
    argv += [str(target.port), target.host_key]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    return Throughput(**json.loads(done.stdout))


def _main(processes: int, threads: int, sessions: int, target: Target) -> Throughput:
    devicevault(target)  # imports
    shares = max(processes, 1)
    ready, done, gone = (multiprocessing.Barrier(processes + 1) for _ in range(3))
    fork = multiprocessing.get_context("fork")
    share = (threads, sessions // shares, target)
    children = [fork.Process(target=_child, args=(ready, done, gone, *share)) for _ in range(processes)]
    for child in children:
        child.start()
    ready.wait()
    began, cpu = time.perf_counter(), tree_cpu_s(os.getpid())
    if processes:
        done.wait()
        took = _throughput(share[1] * shares, began, cpu)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(devicevault, [target] * sessions))
            took = _throughput(sessions, began, cpu)
    gone.wait()
    for child in children:
        child.join()
    return took


def _child(ready: Barrier, done: Barrier, gone: Barrier, threads: int, sessions: int, target: Target) -> None:
    ready.wait()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(devicevault, [target] * sessions))
        done.wait()
        gone.wait()


def _throughput(sessions: int, began: float, cpu: float) -> Throughput:
    wall_s = time.perf_counter() - began
    return Throughput(sessions, wall_s, tree_cpu_s(os.getpid()) - cpu, tree_memory_mb(os.getpid()))


if __name__ == "__main__":
    shape = [int(argument) for argument in sys.argv[1:4]]
    device = Target(int(sys.argv[4]), sys.argv[5])
    print(json.dumps(asdict(_main(shape[0], shape[1], shape[2], device))))
