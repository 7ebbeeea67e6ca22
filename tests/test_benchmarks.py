"""The benchmarks run, do what they say they measure, and count all that they should."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import socket
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import commit_peers, cost, report
from benchmarks.__main__ import NAMES, main, measure
from benchmarks.deployment import own_settings
from benchmarks.report import Goal, Report, Table
from pipeline.local.up import environment


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sweep"])
def test_every_benchmark_runs_and_finds_figures(name: str) -> None:
    assert_figures(measure(name, "tiny"))


def test_a_sweep_of_any_number_of_devices_runs() -> None:
    # In a process of its own, as a person runs it: a sweep counts the CPU of every child it finds.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        found = alone.submit(measure, "sweep", "tiny", devices=3).result(timeout=120)
    assert_figures(found)
    (table,) = found.tables
    assert table.title.startswith("Sweep of 3 devices")
    assert [row[0] for row in table.rows] == ["prefork × 2, first", "prefork × 2, unchanged"]


def test_a_person_serves_the_fleet_to_another_program(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.fleet"]
    with subprocess.Popen(
        [*command, "--devices", "2", "--lists", str(tmp_path / "fleet")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        listed = (tmp_path / "fleet" / "router.db").read_text().splitlines()
        assert listed == [f"sw{n}:127.0.0.1:ios:{port}" for n, port in enumerate(ready["ports"])]
        known = (tmp_path / "fleet" / "known_hosts").read_text().splitlines()
        assert known == [f"[127.0.0.1]:{port} {ready['host_key']}" for port in ready["ports"]]
        for port in ready["ports"]:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                assert connection.recv(4) == b"SSH-"
        server.stdin.close()
        assert server.wait(10) == 0


def assert_figures(found: Report) -> None:
    """Every row has a figure for each column, and none of them is nonsense."""
    assert found.tables
    for table in found.tables:
        assert table.rows
        for row in table.rows:
            assert len(row) == len(table.columns)
            figures = [cell for cell in row if not isinstance(cell, str)]
            assert figures
            assert all(math.isfinite(figure) and figure >= 0 for figure in figures), row
    assert all(math.isfinite(goal.measured) for goal in found.goals)


def test_cpu_of_children_that_have_ended_counts() -> None:
    before = cost.tree_cpu_s(os.getpid())
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    assert cost.tree_cpu_s(os.getpid()) - before >= 0.28


def test_a_command_s_cost_is_told() -> None:
    took = cost.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.2: pass"])
    assert 0.2 <= took.cpu_s < 2
    assert took.wall_s >= 0.19


def test_the_peak_of_a_command_leaves_out_the_memory_of_whoever_started_it() -> None:
    ours = bytearray(os.urandom(1)) * (200 << 20)
    took = cost.run([sys.executable, "-I", "-S", "-c", "pass"])
    assert 1 < took.peak_mb < 100 < len(ours) >> 20


def test_a_command_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3: .*no such thing"):
        cost.run([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"])


def test_memory_grows_with_what_a_process_holds() -> None:
    before = cost.tree_memory_mb(os.getpid())
    held = bytearray(b"x") * (64 << 20)
    assert 60 < cost.tree_memory_mb(os.getpid()) - before < 80
    assert len(held) == 64 << 20


def test_a_benchmark_never_reaches_a_real_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICEVAULT_REDIS_URL", "redis://production.example.net/0")
    monkeypatch.setenv("DEVICEVAULT_PUSH_URL", "https://git.example.net/configs.git")
    settings = own_settings(tmp_path, {"devicevault.yaml": "version: 1\n"})
    assert settings.redis_url is settings.push_url is None
    assert not [value for value in environment(settings).values() if "example.net" in value]


def test_repositories_with_different_files_are_no_fair_comparison(tmp_path: Path) -> None:
    repos = [
        commit_peers.make_base(tmp_path / f"{name}.git", [f"site/{name}.cfg"], b"config\n")
        for name in ("a", "b")
    ]
    with pytest.raises(RuntimeError, match="not do the same work"):
        commit_peers.check_same(repos, 0)


def test_a_goal_is_met_at_its_limit() -> None:
    assert Goal("ratio", 1.2, 1.2).met
    assert not Goal("ratio", 1.2, 1.21).met
    assert Goal("rate", 2000, 2000, at_least=True).met
    assert Goal("rate", 2000, 1999, "results/s", at_least=True).to_row() == (
        "rate", "≥ 2,000 results/s", "1,999 results/s", "**not met**"
    )  # fmt: skip


def test_a_report_is_json_for_scripts() -> None:
    table = Table("Commits", ("what", "CPU ms"), (("ours", 0.4),))
    told = json.loads(report.to_json([Report((table,), (Goal("ratio", 1, 0.5),))], report.machine()))
    assert [each["title"] for each in told["tables"]] == ["Machine", "Commits"]
    assert told["tables"][1]["rows"] == [["ours", 0.4]]
    assert told["goals"][0]["met"] is True


def test_a_benchmark_that_does_not_exist_is_refused() -> None:
    refused = CliRunner().invoke(main, ["speed"])
    assert refused.exit_code == 2
    assert "'speed' is not one of" in refused.output
