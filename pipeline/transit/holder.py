"""Who holds a device's lock: the lock's value, its token, names a task, a host and a process.

    <task_identifier>|<host>|<process id>|<namespace of process ids>-<random>

The random part gives each attempt to take a lock a token of its own.
"""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """The task and the process that a token names. A container counts process ids in its own `namespace`."""

    task_identifier: str
    host: str
    pid: int
    namespace: str = ""

    @classmethod
    def parse(cls, token: bytes | str | None) -> Holder | None:
        """Read a token; None if there is no token, or if no `new_token` made it."""
        text = token.decode(errors="replace") if isinstance(token, bytes) else token
        parts = (text or "").rsplit("|", 3)
        if len(parts) != 4 or not parts[2].isdigit():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3].rpartition("-")[0])

    def is_dead_sibling(self) -> bool:
        """Whether the holder was a process of this host that no longer runs (killed in mid-collection)."""
        # Containers on the host's network share its name, and see nothing of each other's processes.
        if (self.host, self.namespace) != (socket.gethostname(), pid_namespace()) or self.pid == os.getpid():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def new_token(task_identifier: str) -> str:
    """A token that names this process; no two are the same."""
    return f"{task_identifier}|{socket.gethostname()}|{os.getpid()}|{pid_namespace()}-{uuid.uuid4().hex}"


def pid_namespace() -> str:
    """The kernel's name of the namespace in which our process ids count; "" if the kernel gives none."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
