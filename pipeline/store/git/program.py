"""The git program on a configs repo: for text that a person reads, such as a diff, for packs and for pushes.

Whoever wants a value instead of text takes `reader`.

git runs programs that a repository's configuration names: `diff.external`, text converters, hooks, credential
helpers, an ssh of its choice. So whoever may write to a configs repo could run programs as whoever reads it.
Therefore git works in a Git directory of our own. Its configuration is ours, and it borrows only the objects.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from pipeline.errors import StateError
from pipeline.system.environment import passed_on

_CONFIG = """\
[core]
	repositoryFormatVersion = 0
	bare = true
	sharedRepository = 0600
[gc]
	auto = 0
"""


class BorrowedObjects:
    """A Git directory of our own with the objects of a configs repo, and none of its refs and settings.

    It is there until it is closed. Commits are named by their ids.
    """

    def __init__(self, repo: Path) -> None:
        objects = repo.absolute() / "objects"
        self._folder = TemporaryDirectory(prefix="devicevault-git-", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        """The Git directory."""
        self.variables = {"GIT_DIR": str(self.path), "GIT_OBJECT_DIRECTORY": str(objects)}
        """What git needs in its environment to work here."""
        try:
            (self.path / "refs").mkdir()
            (self.path / "HEAD").write_text("ref: refs/heads/main\n")
            (self.path / "config").write_text(_CONFIG)
            shallow = repo / "shallow"
            if shallow.is_file():  # ids of commits whose parents are not there
                (self.path / "shallow").write_bytes(shallow.read_bytes())
        except BaseException:
            self.close()
            raise

    def environment(self) -> dict[str, str]:
        """The environment of a git that nobody has configured: not the repo, not a user, not the system."""
        return {
            **passed_on("git"),
            **self.variables,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
        }

    def close(self) -> None:
        """Remove the directory. The objects stay."""
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def git_output(repo: Path, *arguments: str, colour: str = "never") -> bytes:
    """What git prints about the objects of a configs repo, byte by byte. Commits are named by their ids.

    `colour` is a value of Git's `color.ui`. StateError if there is no repo or no git, or with the first
    line of git's complaint.
    """
    if not (repo / "objects").is_dir():
        raise StateError(f"DEVICEVAULT_CONFIGS_REPO: {repo} is not a bare Git repository")
    with BorrowedObjects(repo) as borrowed:
        command = ["git", "-C", str(borrowed.path), "-c", f"color.ui={colour}", *arguments]
        environment: Mapping[str, str] = borrowed.environment()
        try:
            process = subprocess.run(command, check=True, capture_output=True, env=environment)
        except FileNotFoundError as error:
            raise StateError("the git command is not installed; install git") from error
        except subprocess.CalledProcessError as error:
            complaint = error.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
            raise StateError(f"DEVICEVAULT_CONFIGS_REPO: {repo}: {complaint[0]}") from error
    return process.stdout


def git_version() -> str | None:
    """The version line that git prints; None if git cannot be run."""
    try:
        process = subprocess.run(
            ["git", "--version"], check=True, capture_output=True, text=True, env=passed_on("git")
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return process.stdout.strip()
