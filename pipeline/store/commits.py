"""An outcome as a change of its configs repo: its files, and the trailers that say where they came from."""

from __future__ import annotations

from pipeline.store.git.changes import Change
from pipeline.store.git.commit_message import COLLECTED_AT, TASK_IDENTIFIER
from pipeline.values.names import artefact_path
from pipeline.values.outcome import Outcome
from pipeline.values.times import iso


def change_of(outcome: Outcome) -> Change:
    """The configuration of a success and its artefacts, to be committed together."""
    job, device = outcome.job, outcome.job.device
    return Change(
        path=device.path,
        text=outcome.device_config or "",
        deflated=outcome.deflated,
        device=device.name,
        collected_at=outcome.collected_at,
        trailers={
            TASK_IDENTIFIER: job.task_identifier,
            "Task-Id": job.task_id,
            "Device": device.name,
            "Collection-Group": device.group,
            "Schedule": job.schedule,
            COLLECTED_AT: iso(outcome.collected_at),
            "Inventory-Commit": job.inventory_commit,
            "Changed-By": outcome.facts.get("changed_by"),
            "Worker": outcome.worker,
            "Run-URL": job.run_url,
        },
        artefacts={
            artefact_path(device.group, device.name, name): content
            for name, content in outcome.artefact_bytes().items()
        },
    )
