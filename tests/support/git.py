"""The real git, without the settings of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_ADA = ("-c", "user.name=Ada", "-c", "user.email=ada@example.net", "-c", "init.defaultBranch=main")


def git(repo: Path, *arguments: str) -> str:
    """Run git in that repository, as Ada; what it printed. CalledProcessError if it fails."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(repo), *_ADA, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
