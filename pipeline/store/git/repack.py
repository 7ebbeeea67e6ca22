"""Many small packs become few. Each batch leaves a pack, and a reader keeps the files of all packs open.

git does the work, with packs in geometric progression: it copies each object a few times in the life of a
repo, and never copies all objects for one batch. It prunes nothing, so readers and pushes may run meanwhile.
"""

from __future__ import annotations

import logging
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

from pipeline.store.git.program import BorrowedObjects
from pipeline.system.spawn import spawn, stop

log = logging.getLogger("devicevault.consumer")

MANY_PACKS = 50
"""More packs than this are put together when there is nothing else to do."""

MOST_PACKS = 200
"""More packs than this are put together at once: each is two open files and one more index to search."""

_LIMIT_S = 600.0
_GRACE_S = 2.0


def pack_count(repo: Path) -> int:
    """How many packs a bare repository has."""
    return sum(1 for _ in (repo / "objects" / "pack").glob("*.pack"))


def repack(repo: Path) -> bool:
    """Put the small packs of a bare repository together; False, with a warning, if that fails.

    A failure loses nothing, and the next time may go well. Call this from the main thread, for the reason
    that pipeline.system.spawn gives.
    """
    with BorrowedObjects(repo) as borrowed, TemporaryFile() as output:
        argv = ["git", "-C", str(borrowed.path), "repack", "--geometric=2", "-d", "-q"]
        env = borrowed.environment()
        try:
            process = spawn(argv, death_signal=signal.SIGTERM, env=env, stdout=output, stderr=output)
            try:
                status = process.wait(_LIMIT_S)
            finally:
                stop(process, signal.SIGTERM, _GRACE_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            log.warning("%s: its packs cannot be put together: %s", repo, error)
            return False
        if status != 0:
            output.seek(0)
            lines = output.read(2000).decode(errors="replace").strip().splitlines() or [f"status {status}"]
            log.warning("%s: its packs cannot be put together: git says: %s", repo, lines[-1])
            return False
    return True
