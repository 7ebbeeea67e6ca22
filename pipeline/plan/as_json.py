"""A plan for scripts. New versions may add keys and remove none; docs/planning.md says what each holds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pipeline.plan.sections import summary
from pipeline.plan.values import Assignment, ConfigFile, Definition, Difference, Plan
from pipeline.values.device import Device
from pipeline.values.times import iso


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as values of JSON, in the order that they have in the plan."""
    return {
        "has_changes": plan.has_changes,
        "summary": summary(plan),
        "base": plan.base,
        "head": plan.head,
        "devices_before": plan.devices_before,
        "devices_after": plan.devices_after,
        "notes": list(plan.notes),
        "base_problems": [asdict(problem) for problem in plan.base_problems],
        "added": [_device(device) for device in plan.added],
        "removed": [_device(device) for device in plan.removed],
        "renamed": [asdict(rename) for rename in plan.renamed],
        "moved": [
            {
                "before": _assignment(move.before),
                "after": _assignment(move.after),
                "devices": list(move.devices),
            }
            for move in plan.moved
        ],
        "changed": [
            {**_difference(change.setting), "group": change.group, "devices": list(change.devices)}
            for change in plan.changes
        ],
        "definitions": [_definition(definition) for definition in plan.definitions],
        "references": [asdict(reference) for reference in plan.references],
        "host_keys": [asdict(change) | {"replaced": change.is_replaced} for change in plan.host_keys],
        "without_host_key": list(plan.without_host_key),
        "without_schedule": list(plan.without_schedule),
        "configs_leaving": [_file(file) for file in plan.leaving],
        "configs_moving": [
            {"device": move.device, "before": _file(move.before), "after": _file(move.after)}
            for move in plan.config_moves
        ],
        "warnings": [asdict(risk) for risk in plan.risks],
        "exposures": [asdict(each) | {"checked_by": each.checked_by} for each in plan.exposures],
        "load": None if plan.load is None else [asdict(load) for load in plan.load],
    }


def _device(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "id": device.id,
        "group": device.group,
        "queue_id": device.queue_id,
        "platform": device.platform,
        "address": device.address,
        "port": device.port,
        "credential": device.credential.name,
        "schedule": device.schedule,
        "config": _file(ConfigFile(device.repo, device.path)),
    }


def _definition(definition: Definition) -> dict[str, Any]:
    return {
        "kind": definition.kind,
        "name": definition.name,
        "change": definition.change,
        "settings": [_difference(setting) for setting in definition.settings],
        "devices": definition.devices,
        "next_before": _time(definition.next_before),
        "next_after": _time(definition.next_after),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {"setting": difference.name, "before": difference.before, "after": difference.after}


def _assignment(assignment: Assignment) -> dict[str, Any]:
    return {"group": assignment.group, "queue_id": assignment.queue_id, "configs_repo": assignment.repo}


def _file(file: ConfigFile) -> dict[str, Any]:
    return {"configs_repo": file.repo, "path": file.path}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
