"""Become another program that ends when its parent does. A script, run by `pipeline.system.spawn.spawn`.

    python -I -S launch.py PARENT_PID DEATH_SIGNAL IDENTITY UID GID PROGRAM ARGUMENT...

IDENTITY is `self`, `namespace` (a user namespace in which we are UID and GID, the same user seen from
outside) or `user` (root becomes UID and GID). A script of its own and not a `preexec_fn`: Python code
between fork and exec can deadlock when the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # prctl(2)
_CLONE_NEWUSER = 0x10000000  # unshare(2); os.unshare is Python 3.12

CANNOT_START = 126
"""Exit status if the identity cannot be had or the program cannot be executed; stderr says why."""


def launch(parent: int, death_signal: int, identity: str, uid: int, gid: int, argv: list[str]) -> None:
    """Take on `identity`, ask for `death_signal` when the parent dies, and become `argv`.

    Returns only by raising OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if identity == "namespace":
        outer_uid, outer_gid = os.geteuid(), os.getegid()
        _checked(libc.unshare(_CLONE_NEWUSER), "user namespaces are not permitted here")
        # user_namespaces(7): without privilege outside, gid_map is writable only after setgroups is denied.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")
    elif identity == "user":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the identity: a change of credentials clears the death signal.
    _checked(libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0), "prctl failed")
    if os.getppid() != parent:
        raise ProcessLookupError(f"the parent, process {parent}, is gone")
    os.execv(argv[0], argv)  # noqa: S606  a fixed program from an argument list, no shell


def _checked(status: int, complaint: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{complaint}: {os.strerror(number)}")


if __name__ == "__main__":
    try:
        _parent, _death_signal, _identity, _uid, _gid, *_argv = sys.argv[1:]
        launch(int(_parent), int(_death_signal), _identity, int(_uid), int(_gid), _argv)
    except OSError as error:
        sys.stderr.write(f"cannot start {_argv[0]}: {error}\n")
        sys.exit(CANNOT_START)
