"""The reasons that the pipeline itself gives for a failure, in one word each, with what they mean.

Those of a collection are the classes of `collectors.errors`. Together they are all that a row, a report or a
metric can name; only a third party's collector may give others. The tables in docs/operations.md are made of
both, and a test looks for every reason in the code.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.errors import CONTENDED, CredentialError, PolicyError

OF_BACKUPS: Mapping[str, str] = {
    CredentialError.reason: "a reference in `credentials.yaml` finds nothing in the worker's environment or "
    "files",
    PolicyError.reason: "the worker's policy does not let that secret be sent there, or not in that way; the "
    "message names both",
    CONTENDED: "another backup of this device, or a probe, was running, and the message names it. Nothing is "
    "wrong with the device, and `status` passes it over, unless there has been no backup since; run "
    "`collect` again if it must have what was changed meanwhile",
    "expired": "the deadline had passed when a worker got to it",
    "crashed": "the worker died at the last attempt that was left",
    "revoked": "somebody revoked the task",
    "shrunk": "it lost more lines than `max_shrink` allows, and is quarantined",
    "unlisted": "the device is not, or no longer, in the inventory in force",
    "superseded": "a newer backup of the device was stored before this one arrived",
    "internal": "a bug, here or in a plugin; the log of the worker or of the consumer has the details",
    "lost": "no outcome by the deadline",
    "unspecified": "a third party's collector failed and gave no reason",
}
"""The reasons of backups. Probes have those of them that apply."""

OF_QUESTIONS: Mapping[str, str] = {
    "no_worker": "no worker took it from its queue in time; it is withdrawn, and will not run later",
    "no_answer": "a worker took it, and died or lost its Redis",
    "jump": "`hostkeys` only: it is behind a jump host, and this machine does not look there; use "
    "`--via-worker`",
}
"""The reasons of `probe` and `hostkeys`, whose answers a person waits for."""
