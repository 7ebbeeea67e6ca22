"""`python -m collectors.simulator` for whoever wants to try a platform."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.servers.processes import started

RECORDINGS = Path(__file__).parents[1] / "recordings"
RECORDING = RECORDINGS / "cisco_ios" / "paged_switch.yaml"
COMMAND = [sys.executable, "-m", "collectors.simulator"]


def test_it_says_how_to_log_in_and_ends_with_ctrl_c() -> None:
    with started([*COMMAND, str(RECORDING)], stdout=subprocess.PIPE) as running:
        assert running.stdout
        first, second = running.stdout.readline(), running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0
    assert first.split()[:4] == ["paged_switch", "cisco_ios", "ssh", "backup@127.0.0.1"]
    assert second.startswith("The password")


def said_of(*recordings: str) -> list[str]:
    """What it prints, a line for each recording and one more."""
    paths = [str(RECORDINGS / f"{name}.yaml") for name in recordings]
    with started([*COMMAND, *paths], stdout=subprocess.PIPE) as running:
        assert running.stdout
        said = [running.stdout.readline().strip() for _ in range(len(paths) + 1)]
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0
    return said


def test_it_says_with_what_a_device_is_enabled() -> None:
    first, second, last = said_of("dell_os6/access_switch", "cisco_ios/paged_switch")
    assert first.endswith(", enable with of-the-recording")
    assert "enable" not in second
    assert "enable" not in last


def test_recordings_of_one_name_are_told_apart() -> None:
    cases = ("hp_procurve/edge_switch", "extreme_exos/edge_switch", "extreme_exos/edge_switch")
    names = [line.split()[0] for line in said_of(*cases)[:-1]]
    assert names == ["edge_switch", "extreme_exos-edge_switch", "extreme_exos-edge_switch-2"]


def test_a_recording_that_is_not_there_is_one_line() -> None:
    done = subprocess.run([*COMMAND, "none.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: none.yaml: cannot be read")
    assert done.stderr.count("\n") == 1
