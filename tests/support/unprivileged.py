"""For tests of permissions: root, too, is refused what its file modes refuse."""

from __future__ import annotations

import os
import subprocess
import sys

_CAPS = "-dac_override,-dac_read_search"
PREFIX = ["setpriv", "--bounding-set", _CAPS, "--inh-caps", _CAPS] if os.geteuid() == 0 else []
"""Before a command: without the capabilities by which root passes over file modes."""


def complaint(code: str, *arguments: str) -> str:
    """Run Python code that must fail, with `sys.argv[1:]` = arguments, and return its last line on stderr."""
    command = [*PREFIX, sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done
    return done.stderr.splitlines()[-1]
