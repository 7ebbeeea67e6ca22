"""Signals that end a process."""

from __future__ import annotations

import signal
from types import FrameType

_SOON_S = 0.05


def exit_at_signals() -> None:
    """From now on SIGTERM and SIGINT raise SystemExit(0) in the main thread, whatever it waits for.

    Python prints and forgets an exception that is raised in a finalizer, and a long garbage collection ends
    in one. A signal that comes in a finalizer therefore counts a moment later.
    """

    def stop(_number: int, frame: FrameType | None) -> None:
        if _in_finalizer(frame):
            signal.setitimer(signal.ITIMER_REAL, _SOON_S)
        else:
            raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, stop)


def _in_finalizer(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False
