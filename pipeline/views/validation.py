"""What `devicevault validate` shows: for people, for scripts, for a workflow's step and for code scanning."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any

from pipeline.inventory import Inventory
from pipeline.inventory import annotations as github
from pipeline.inventory import sarif as code_scanning
from pipeline.inventory.validation import Validation
from pipeline.text.words import counted

MAX_WARNINGS = 10
"""How many warnings a person is shown; `--output json` lists them all."""


def summary(inventory: Inventory) -> str:
    """What the inventory holds, in one line."""
    counts = (
        (len(inventory.devices), "device"),
        (len(inventory.groups), "group"),
        (len(inventory.schedules), "schedule"),
    )
    words = ", ".join(counted(count, noun) for count, noun in counts)
    return f"ok: {words} in {inventory.source}"


def warnings(inventory: Inventory) -> Iterator[str]:
    """One line for each warning, up to MAX_WARNINGS, and one for the rest."""
    yield from (f"warning: {warning}" for warning in inventory.warnings[:MAX_WARNINGS])
    if (rest := len(inventory.warnings) - MAX_WARNINGS) > 0:
        yield f"warning: {rest} more; --output json lists them"


def as_json(validation: Validation) -> str:
    """The whole of it for scripts, indented."""
    inventory = validation.inventory
    report: dict[str, Any] = {
        "ok": inventory is not None,
        "commit": inventory.commit if inventory else None,
        "devices": len(inventory.devices) if inventory else None,
        "groups": len(inventory.groups) if inventory else None,
        "schedules": len(inventory.schedules) if inventory else None,
        "problems": [asdict(problem) for problem in validation.problems],
        "warnings": [asdict(warning) for warning in validation.warnings],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def as_sarif(validation: Validation, folder: PurePosixPath) -> str:
    """A SARIF log. `folder` is where the inventory lies in its repository."""
    log = code_scanning.sarif(validation.problems, validation.warnings, folder, version("devicevault"))
    return json.dumps(log, ensure_ascii=False, indent=2)


def as_annotations(validation: Validation, folder: PurePosixPath, changed: Collection[str]) -> Iterator[str]:
    """Lines of a GitHub workflow's step, those about the `changed` files first."""
    return github.step_log(validation.problems, validation.warnings, folder, changed)
