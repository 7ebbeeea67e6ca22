"""Problems as annotations of a GitHub Actions step, beside the lines of a pull request that they are about.

Source: GitHub Docs, "Workflow commands for GitHub Actions". A step shows only 10 errors and 10 warnings.
Therefore the log lists all of them before the annotations, and annotations begin with the changed files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from pipeline.errors import Problem
from pipeline.inventory.problems import NO_FILE, printable

MAX_ANNOTATIONS = 10
"""As many as a step shows, of each level."""

_TITLE = "DeviceVault inventory"


def step_log(
    problems: Sequence[Problem],
    warnings: Sequence[Problem],
    folder: PurePosixPath,
    changed: Collection[str] = (),
) -> Iterator[str]:
    """The lines of the step's log: every problem as text, the annotations, how many problems have none.

    `folder` is the inventory's folder as seen from the repository's root, which GitHub expects files to be
    named from. `changed` are the files of the inventory whose problems come first.
    """
    levels = {"error": problems, "warning": warnings}
    for level, found in levels.items():
        for problem in found:
            # A line break, for example in a file's name, could begin a line that is a workflow command.
            yield f"{level}: {printable(str(in_repository(problem, folder)))}"
    for level, found in levels.items():
        first = sorted(found, key=lambda problem: problem.file not in changed)[:MAX_ANNOTATIONS]
        yield from (_annotation(level, in_repository(problem, folder)) for problem in first)
    for level, found in levels.items():
        if (rest := len(found) - MAX_ANNOTATIONS) > 0:
            yield f"{rest} more {level}s are in the log above; a step shows {MAX_ANNOTATIONS} as annotations"


def in_repository(problem: Problem, folder: PurePosixPath) -> Problem:
    """The problem, with its file as seen from the repository's root."""
    return problem if problem.file == NO_FILE else replace(problem, file=str(folder / problem.file))


def _annotation(level: str, problem: Problem) -> str:
    properties: dict[str, object] = {} if problem.file == NO_FILE else {"file": problem.file}
    if problem.line:
        properties |= {"line": problem.line, "col": problem.column or 1}
    properties["title"] = _TITLE
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = problem.message + (f" ({problem.hint})" if problem.hint else "")
    return f"::{level} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
