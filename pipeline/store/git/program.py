"""The git program, asked what a configs repo holds: for text that a person reads, such as a diff.

Whoever wants a value instead of text takes `reader`. A push runs beside the consumer and has its own module.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from pipeline.errors import StateError


def git_command(repo: Path, *arguments: str, colour: str = "never") -> list[str]:
    """The command line that runs git on a configs repo. `colour` is a value of Git's `color.ui`."""
    # safe.directory: an operator may read a configs repo that belongs to another user, such as the service's.
    return ["git", "-c", f"color.ui={colour}", "-c", "safe.directory=*", "-C", str(repo), *arguments]


def git_output(repo: Path, *arguments: str, colour: str = "never") -> bytes:
    """What git prints about a configs repo, byte by byte.

    StateError if git is not installed, or with git's first line if it fails.
    """
    command = git_command(repo, *arguments, colour=colour)
    try:
        process = subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError as error:
        raise StateError("the git command is not installed; install git") from error
    except subprocess.CalledProcessError as error:
        complaint = error.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise StateError(f"DEVICEVAULT_CONFIGS_REPO: {repo}: {complaint[0]}") from error
    return process.stdout


def git_version() -> str | None:
    """The version line that git prints; None if git cannot be run."""
    try:
        process = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return process.stdout.strip()
