"""Children are restarted, stopped together, and never outlive the supervisor."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import ServiceError
from pipeline.system.spawn import is_alive
from pipeline.system.supervisor import Child, Patience, Supervisor
from tests.support.waiting import until

QUICK = Patience(first_delay_s=0.05, max_delay_s=0.2, healthy_s=0.3, attempts=3, grace_s=1)

CELERY_APP = """
import os, sys, time
from celery import Celery
app = Celery(broker=os.environ["BROKER"])
app.conf.update(worker_prefetch_multiplier=1, task_ignore_result=True)
@app.task(name="nap")
def nap(seconds):
    open(os.environ["NAPS"], "a").write("start\\n")
    time.sleep(seconds)
    open(os.environ["NAPS"], "a").write("end\\n")
"""

SUPERVISE = """
import json, sys
from pipeline.system.supervisor import Child, Supervisor
children = [Child(name, tuple(argv)) for name, argv in json.loads(sys.argv[1]).items()]
with Supervisor(children) as supervisor:
    print(json.dumps(supervisor.pids()), flush=True)
    supervisor.run()
    print("stopped", flush=True)
"""


def shell(name: str, script: str, log: Path | None = None) -> Child:
    return Child(name, ("/bin/sh", "-c", script), log=log)


def in_group(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == pid and is_alive(int(entry.name)):
                found.append(int(entry.name))
        except ProcessLookupError:
            continue
    return found


def handles(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def supervised(children: dict[str, list[str]]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, json.dumps(children)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def replaced(supervisor: Supervisor, name: str, before: int) -> bool:
    """Whether the child runs again, as another process; the supervisor is given the time for it."""
    assert supervisor.watch(0.1)
    return supervisor.pids().get(name, before) != before


def pids_of(process: subprocess.Popen[str]) -> dict[str, int]:
    assert process.stdout is not None
    pids: dict[str, int] = json.loads(process.stdout.readline())
    return pids


def test_a_killed_child_is_started_again_and_the_others_are_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Supervisor([shell("a", "exec sleep 60"), shell("b", "exec sleep 60")], QUICK) as supervisor:
        before = supervisor.pids()
        os.kill(before["a"], signal.SIGKILL)
        until(lambda: replaced(supervisor, "a", before["a"]))
        after = supervisor.pids()
    assert after["b"] == before["b"]
    assert re.search(r"a ended after .* \(SIGKILL\), starting it again in 0\.05 s", caplog.text)
    assert not any(map(is_alive, (*before.values(), *after.values())))


def test_restarts_come_later_each_time_up_to_a_limit() -> None:
    patience = Patience()
    assert [patience.delay_s(n) for n in (1, 2, 3, 4, 5, 6, 7, 5000)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_child_that_ran_well_once_is_restarted_for_ever(tmp_path: Path) -> None:
    # It lives long enough the first time only, as a consumer does whose database goes away.
    runs, enough = tmp_path / "runs", QUICK.attempts + 1
    script = f"echo run >> {runs}; [ -e {tmp_path}/well ] || {{ touch {tmp_path}/well; sleep 0.4; }}"
    with Supervisor([shell("consumer", script)], QUICK) as supervisor:
        until(lambda: supervisor.watch(0.1) and runs.exists() and len(runs.read_text().split()) > enough)


def test_a_child_that_never_gets_going_ends_all_with_its_last_words(tmp_path: Path) -> None:
    bad = shell("worker", "echo hello; echo no broker there >&2; exit 3", log=tmp_path / "worker.log")
    # On a busy machine even this little may take as long as a child that is well.
    supervisor = Supervisor([shell("good", "exec sleep 60"), bad], replace(QUICK, healthy_s=30))
    supervisor.start()
    good = supervisor.pids()["good"]
    with pytest.raises(ServiceError, match=r"worker .* ended 3 times \(status 3\): no broker there"):
        supervisor.run()
    assert not is_alive(good)
    assert (tmp_path / "worker.log").read_text() == "hello\nno broker there\n" * 3


def test_a_program_that_does_not_exist_stops_what_was_started() -> None:
    supervisor = Supervisor([shell("good", "exec sleep 60"), Child("bad", ("/no/such/program",))], QUICK)
    with pytest.raises(ServiceError, match="bad cannot be started: no program '/no/such/program'"):
        supervisor.start()
    assert supervisor.pids() == {}


def test_a_child_that_ignores_the_stop_is_killed_after_the_grace(caplog: pytest.LogCaptureFixture) -> None:
    with Supervisor([shell("deaf", "trap '' TERM; while :; do sleep 60; done")], QUICK) as supervisor:
        pid = supervisor.pids()["deaf"]
        until(lambda: len(in_group(pid)) == 2)
        began = time.monotonic()
    assert QUICK.grace_s <= time.monotonic() - began < 20
    until(lambda: in_group(pid) == [], within_s=20)
    assert "deaf killed: still there 1 s after SIGTERM" in caplog.text


def test_what_a_killed_child_leaves_in_its_group_is_killed_before_the_restart() -> None:
    with Supervisor([shell("parent", "sleep 60 & wait")], QUICK) as supervisor:
        pid = supervisor.pids()["parent"]
        until(lambda: len(in_group(pid)) == 2)
        os.kill(pid, signal.SIGKILL)
        until(lambda: replaced(supervisor, "parent", pid))
        until(lambda: in_group(pid) == [], within_s=20)  # left alone it would sleep for longer


def test_watching_costs_no_processor_time_while_nothing_happens() -> None:
    with Supervisor([shell("quiet", "exec sleep 60")], QUICK) as supervisor:
        supervisor.watch(0.1)
        began = time.process_time()
        supervisor.watch(1)
        assert time.process_time() - began < 0.05


def test_a_stop_can_be_asked_for_from_another_thread() -> None:
    supervisor = Supervisor([shell("child", "exec sleep 60")], QUICK)
    supervisor.start()
    pid = supervisor.pids()["child"]
    asker = threading.Timer(0.2, supervisor.request_stop)
    asker.start()
    supervisor.run()
    asker.join()
    assert not is_alive(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_child_and_ends_run(number: signal.Signals) -> None:
    with supervised({"a": ["sleep", "60"], "b": ["sleep", "60"]}) as process:
        pids = pids_of(process)
        until(lambda: handles(process.pid, signal.SIGTERM))
        process.send_signal(number)
        assert process.stdout is not None
        assert process.stdout.read() == "stopped\n"
    assert process.returncode == 0
    assert not any(map(is_alive, pids.values()))


def test_the_handlers_of_whoever_runs_it_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    supervisor = Supervisor([shell("child", "exec sleep 60")], QUICK)
    threading.Timer(0.1, supervisor.request_stop).start()
    supervisor.run()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_alone() -> None:
    with Supervisor([shell("child", "exec sleep 60")], QUICK) as supervisor:
        pid = supervisor.pids()["child"]
        assert os.getpgid(pid) == os.getsid(pid) == pid != os.getpgid(0)


def test_a_killed_supervisor_leaves_nothing_running() -> None:
    with supervised({"a": ["sleep", "60"], "b": ["sleep", "60"]}) as process:
        pids = pids_of(process)
        process.kill()
    until(lambda: not any(map(is_alive, pids.values())), within_s=20)


@pytest.fixture
def worker(tmp_path: Path, broker_url: str) -> Child:
    """A real Celery worker with two prefork children."""
    (tmp_path / "naps.py").write_text(CELERY_APP)
    return Child(
        "worker",
        (sys.executable, "-m", "celery", "-A", "naps", "worker", "--concurrency=2", "--loglevel=INFO"),
        env={
            **os.environ,
            "BROKER": broker_url,
            "NAPS": str(tmp_path / "naps"),
            "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}",
            "TMPDIR": str(tmp_path),  # what a killed worker leaves
        },
        log=tmp_path / "worker.log",
    )


def send_nap(seconds: float, child: Child) -> None:
    assert child.env is not None
    script = f"import naps; naps.nap.delay({seconds})"
    subprocess.run([sys.executable, "-c", script], env=dict(child.env), check=True)


def test_a_stopped_celery_worker_finishes_its_task(tmp_path: Path, worker: Child) -> None:
    with Supervisor([worker], Patience(grace_s=20)):
        send_nap(1.5, worker)
        until((tmp_path / "naps").exists)
    assert (tmp_path / "naps").read_text() == "start\nend\n"


def test_a_killed_celery_worker_is_replaced_and_its_prefork_children_are_gone(
    tmp_path: Path, worker: Child
) -> None:
    with Supervisor([worker], QUICK) as supervisor:
        main = supervisor.pids()["worker"]
        until(lambda: "ready." in (tmp_path / "worker.log").read_text())
        family = in_group(main)
        assert len(family) >= 3
        os.kill(main, signal.SIGKILL)
        until(lambda: replaced(supervisor, "worker", main))
        until(lambda: not any(map(is_alive, family)), within_s=20)
        send_nap(0, worker)
        until((tmp_path / "naps").exists)


def test_a_killed_supervisor_leaves_no_celery_process(
    tmp_path: Path, worker: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worker.env is not None
    for name in ("BROKER", "NAPS", "PYTHONPATH", "TMPDIR"):
        monkeypatch.setenv(name, worker.env[name])
    with supervised({"worker": list(worker.argv)}) as process:
        main = pids_of(process)["worker"]
        until(lambda: len(in_group(main)) >= 3)
        send_nap(0, worker)
        until((tmp_path / "naps").exists)
        family = in_group(main)
        process.kill()
    until(lambda: not any(map(is_alive, family)), within_s=20)
