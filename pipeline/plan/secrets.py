"""Finds the references to secrets that the workers of each queue need. No secret is looked up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pipeline.errors import UsageError
from pipeline.inventory import settings_table
from pipeline.inventory.plain_secrets import is_reference
from pipeline.inventory.setting import Scope
from pipeline.plan.kinds import Kinds
from pipeline.plan.values import Reference
from pipeline.values.device import Credential

_NAME = re.compile(r"(?:env:)?([A-Za-z_][A-Za-z0-9_]*)")

_Needs = Mapping[str, Mapping[str | None, set[str]]]
"""Reference → queue → credentials."""


def provided_names(file: str, text: str) -> frozenset[str]:
    """The references that a list provides, one on each line: `NAME`, `NAME=…` or `file:/path`.

    An env file is such a list: what follows an `=` is ignored. Raises UsageError, which names the line and
    does not show it.
    """
    found: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        name = line.strip().removeprefix("export ").lstrip()
        if not name or name.startswith("#"):
            continue
        if not name.startswith("file:"):
            match = _NAME.fullmatch(name.partition("=")[0].rstrip())
            name = f"env:{match[1]}" if match else ""
        if not is_reference(name):
            # The line is not shown: it may be a part of a secret of several lines.
            raise UsageError(f"{file}, line {number}: not the name of a variable, NAME=…, or file:/path")
        found.add(name)
    return frozenset(found)


def needed_references(base: Kinds, head: Kinds, provided: Collection[str] | None) -> tuple[Reference, ...]:
    """The references that a queue needs from now on, and those that are not provided; sorted by name."""
    before, after = _needs(base), _needs(head)
    found: list[Reference] = []
    for reference, queues in sorted(after.items()):
        new = queues.keys() - before.get(reference, {}).keys()
        is_provided = None if provided is None else reference in provided
        if new or is_provided is False:
            listed = new or queues.keys()
            credentials = sorted({name for queue in listed for name in queues[queue]})
            in_order = tuple(sorted(listed, key=lambda queue: queue or ""))
            found.append(Reference(reference, tuple(credentials), in_order, bool(new), is_provided))
    return tuple(found)


def _needs(devices: Kinds) -> _Needs:
    used: dict[tuple[str | None, str], Credential] = {}
    for device, _ in devices:
        used[device.queue_id, device.credential.name] = device.credential
        for hop in device.jump:
            used[device.queue_id, hop.credential.name] = hop.credential
    needs: dict[str, dict[str | None, set[str]]] = {}
    for (queue, name), credential in used.items():
        for reference in _references(credential):
            needs.setdefault(reference, {}).setdefault(queue, set()).add(name)
    return needs


def _references(credential: Credential) -> Iterator[str]:
    for setting in settings_table.TABLE.within(Scope.CREDENTIAL):
        value = getattr(credential, setting.sets)
        if isinstance(value, str) and is_reference(value):
            yield value
