"""A process that is told to end does, wherever the signal finds it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.servers.processes import started

WAITS = """
import os, signal, time
from pipeline.system.signals import exit_at_signals

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        self.reached = True

exit_at_signals()
{first}
print("waiting", flush=True)
time.sleep(60)
"""


def test_a_signal_in_a_finalizer_ends_the_process_and_nothing_is_told_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITS.format(first="Finalized()")], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait(number: int) -> None:
    command = [sys.executable, "-c", WAITS.format(first="")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(command, **pipes) as process:
        assert process.stdout
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(number)
        assert process.communicate(timeout=30)[1] == ""
        assert process.returncode == 0
