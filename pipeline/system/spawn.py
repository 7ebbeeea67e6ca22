"""Child processes that never outlive us: start one, stop one, read the end of its log.

The kernel sends the death signal when the *thread* that started the child ends, so start children from
a thread that lives as long as they shall: the main one.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from pipeline.system.private_files import PRIVATE

_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Identity:
    """The user as whom a child runs, with `uid` and `gid` as it sees them. `launch` explains `kind`."""

    kind: Literal["self", "namespace", "user"] = "self"
    uid: int = 0
    gid: int = 0

    @property
    def owner(self) -> tuple[int, int] | None:
        """The uid and gid that must own the child's files, seen from here; None if they are our own."""
        return (self.uid, self.gid) if self.kind == "user" else None


SELF = Identity()


def plain_identities() -> tuple[Identity, ...]:
    """Identities for a program that refuses root or nameless users, the best one first.

    A user with a name runs the program as that user. Root, and a uid that /etc/passwd does not know (as in
    containers), looks like `nobody` inside a user namespace. Where such namespaces are forbidden, root can
    become `nobody`.
    """
    uid = os.geteuid()
    if uid != 0:
        with suppress(KeyError):
            pwd.getpwuid(uid)
            return (SELF,)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return (SELF,)
    namespace = Identity("namespace", nobody.pw_uid, nobody.pw_gid)
    return (namespace, Identity("user", nobody.pw_uid, nobody.pw_gid)) if uid == 0 else (namespace,)


def spawn(
    argv: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    identity: Identity = SELF,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, with `death_signal` for when this process is killed.

    What it writes is for its user alone.

    The session keeps a terminal's Ctrl-C with us. A program that cannot be started ends with
    `launch.CANNOT_START` and a line on stderr; a name that is not on PATH is a FileNotFoundError.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise FileNotFoundError(f"no program '{argv[0]}'")
    launch = [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid()), str(int(death_signal))]
    launch += [identity.kind, str(identity.uid), str(identity.gid), program, *map(str, argv[1:])]
    return subprocess.Popen(
        launch,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        start_new_session=True,
        umask=PRIVATE,
    )


def stop(process: subprocess.Popen[bytes], how: signal.Signals, grace_s: float) -> None:
    """Send `how`, wait at most `grace_s` seconds, then kill the process and its group. Idempotent."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        process.wait()


def kill_group(pid: int) -> None:
    """Kill the process group of a child that is not reaped yet: a reaped pid may be another's by now."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether this process runs; one that has ended and that nobody has reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, UnicodeDecodeError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def last_line(log: Path) -> str:
    """The last line with anything in it of a log file, at most 300 characters; "" when there is none."""
    with suppress(OSError), log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 8192))
        lines = stream.read().decode(errors="replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
    return ""
