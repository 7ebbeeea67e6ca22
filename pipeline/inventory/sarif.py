"""Problems as SARIF 2.1.0, for code scanning.

Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", and GitHub Docs, "SARIF
support for code scanning", which asks for a rule and a location of every result.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pipeline.errors import Problem
from pipeline.inventory.annotations import in_repository
from pipeline.inventory.problems import NO_FILE
from pipeline.inventory.source import MAIN

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

RULES = {
    "invalid": ("error", "The inventory cannot be used", "Nothing new is collected until this is mended."),
    "secret": (
        "error",
        "A secret lies open in the inventory",
        "Whoever reads the inventory reads it. Name a credential instead, and change the secret if it was "
        "committed: it stays in Git's history.",
    ),
    "trust": (
        "error",
        "The branch sends a secret somewhere less safe, or changes what others run",
        "Look at it twice: a merge cannot be taken back for a secret that was sent.",
    ),
    "no-host-key": (
        "warning",
        "A device without a host key",
        "Nothing is sent to a device whose key is not pinned in known_hosts.",
    ),
    "no-schedule": ("warning", "A device without a schedule", "It is backed up on demand only."),
    "no-devices": ("warning", "An inventory without devices", "There is nothing to back up yet."),
}
"""The level, title and meaning of each `Problem.rule`."""

_SECURITY = {"tags": ["security"], "security-severity": "9.0"}
"""By this, code scanning ranks a leaked secret."""


def sarif(
    problems: Sequence[Problem], warnings: Sequence[Problem], folder: PurePosixPath, version: str
) -> dict[str, Any]:
    """A log with one run. `folder` is the inventory's folder as seen from the repository's root."""
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "DeviceVault", "version": version, "rules": [*map(_rule, RULES)]}
                },
                "automationDetails": {"id": "devicevault/validate/"},
                "invocations": [{"executionSuccessful": True}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, folder) for problem in (*problems, *warnings)],
            }
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    level, title, meaning = RULES[name]
    rule: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": meaning},
        "help": {"text": meaning},
        "defaultConfiguration": {"level": level},
    }
    return rule | ({"properties": _SECURITY} if name == "secret" else {})


def _result(problem: Problem, folder: PurePosixPath) -> dict[str, Any]:
    # A problem that is about no file is shown at the file that every inventory has.
    file = str(folder / MAIN) if problem.file == NO_FILE else in_repository(problem, folder).file
    uri = quote(os.fsencode(file))
    location: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if problem.line:
        location["region"] = {"startLine": problem.line, "startColumn": max(problem.column, 1)}
    return {
        "ruleId": problem.rule,
        "ruleIndex": list(RULES).index(problem.rule),
        "level": RULES[problem.rule][0],
        "message": {"text": problem.message + (f" ({problem.hint})" if problem.hint else "")},
        "locations": [{"physicalLocation": location}],
    }
