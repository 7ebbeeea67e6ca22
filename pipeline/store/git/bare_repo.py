"""A bare repository with one writer: created or opened, locked, and cleared of a killed writer's locks."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.repo import InvalidWorktreeConfiguration, Repo, UnsupportedExtension, UnsupportedVersion

from pipeline.errors import StateError
from pipeline.system.private_files import make_parents, private_files

UNFIT = (UnsupportedVersion, UnsupportedExtension, InvalidWorktreeConfiguration, ValueError)
"""What dulwich raises about a repository's configuration."""


def open_or_create(path: Path, branch: str) -> Repo:
    """The bare repository at `path`, created if nothing is there; StateError if something else is there."""
    try:
        if path.exists() and any(path.iterdir()):
            repo = Repo(str(path))
            if not repo.bare:
                repo.close()
                raise StateError(
                    f"DEVICEVAULT_CONFIGS_REPO: {path} has a working tree, which would go stale; "
                    "give a bare repository (git clone --bare)"
                )
            return repo
        make_parents(path)
        with private_files():
            path.mkdir(exist_ok=True)
            path.chmod(0o700)  # an empty directory may have been there
            # The mode of files is for git of other people, too, such as a `git gc` by hand.
            repo = Repo.init_bare(str(path), default_branch=branch.encode(), shared_repository="0600")
            config = repo.get_config()
            config.set((b"gc",), b"auto", b"0")  # the writer repacks by itself: see `repack`
            config.write_to_path()
        return repo
    except NotGitRepository as error:
        raise StateError(
            f"DEVICEVAULT_CONFIGS_REPO: {path} is not a Git repository; name an empty or missing directory, "
            "or a bare repository"
        ) from error
    except OSError as error:
        raise StateError(f"DEVICEVAULT_CONFIGS_REPO: {path}: {error.strerror or error}") from error
    except UNFIT as error:
        raise StateError(f"DEVICEVAULT_CONFIGS_REPO: {path}: {unfit(error)}") from error


def unfit(error: Exception) -> str:
    """What is wrong with a repository's configuration, from an error of UNFIT."""
    words = f"its configuration cannot be used: {type(error).__name__} {error}"
    return words.splitlines()[0]


def is_repository(path: Path) -> bool:
    """Whether anything is at `path` that could be a repository; `open_or_create` says whether it is one."""
    return path.is_dir() and any(path.iterdir())


def lock(path: Path) -> int:
    """Lock the repo and return the lock's file descriptor. The kernel frees the lock however its holder dies.

    StateError if another process holds the lock; it names that process.
    """
    try:
        fd = os.open(path / "devicevault.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(
            f"DEVICEVAULT_CONFIGS_REPO: {path}: {error.strerror}; let this user write there"
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(fd, 20).decode(errors="replace").strip()
        os.close(fd)
        raise StateError(
            f"DEVICEVAULT_CONFIGS_REPO: {path} is in use by another consumer "
            f"(process {holder or 'unknown'}); there can be one"
        ) from error
    os.ftruncate(fd, 0)
    os.write(fd, f"{os.getpid()}\n".encode())
    return fd


def clear_stale_locks(path: Path, branch: str, kept_refs: str) -> None:
    """Remove the lock files of refs that a killed writer left. Whoever calls this holds the repo's lock.

    No living writer can own these files, since there is one. `kept_refs` is the folder of refs that the
    writer keeps beside the branch.
    """
    for name in (f"refs/heads/{branch}.lock", "HEAD.lock", "packed-refs.lock", "config.lock"):
        (path / name).unlink(missing_ok=True)
    for lock in (path / kept_refs).rglob("*.lock"):
        lock.unlink()
