"""`python -m collectors.simulator` for whoever wants to try a platform."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.processes import started

pytestmark = pytest.mark.xdist_group("demo network")  # its addresses are fixed

RECORDING = Path(__file__).parents[1] / "recordings" / "cisco_ios" / "paged_switch.yaml"
COMMAND = [sys.executable, "-m", "collectors.simulator"]


def test_it_says_how_to_log_in_and_ends_with_ctrl_c() -> None:
    with started([*COMMAND, str(RECORDING)], stdout=subprocess.PIPE) as running:
        assert running.stdout
        first, second = running.stdout.readline(), running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0
    assert first.split()[:4] == ["paged_switch", "cisco_ios", "ssh", "backup@127.0.0.1"]
    assert second.startswith("The password")


def test_a_recording_that_is_not_there_is_one_line() -> None:
    done = subprocess.run([*COMMAND, "none.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: none.yaml: cannot be read")
    assert done.stderr.count("\n") == 1
