"""A collector that connects nowhere, for load tests of everything around it.

A device's text is the same at every call, so that a second run is a run without changes.
"""

from __future__ import annotations

from typing import Any

from collectors.contract import CollectorResult, LogEntry, utc_now
from collectors.errors import CollectError
from collectors.request import Request

LINES = 40


def collect(config: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG001 - the contract's
    """Return a small configuration that names the device; `timeout` is never needed."""
    try:
        request = Request.from_config(config)
    except CollectError as error:
        return CollectorResult(
            str(config.get("task_id") or ""),
            "failure",
            utc_now(),
            (LogEntry.now("error", "noop", str(error)),),
            reason=error.reason,
            transient=error.transient,
        ).to_dict()
    interfaces = "".join(f"interface loopback{n}\n description noop {n}\n!\n" for n in range(LINES // 3))
    return CollectorResult(
        request.task_id,
        "success",
        utc_now(),
        (LogEntry.now("info", "noop", "no connection was made"),),
        device_config=f"hostname {request.device}\n!\n{interfaces}end\n",
    ).to_dict()
