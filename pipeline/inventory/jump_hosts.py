"""Read `jump_hosts.yaml`: the hosts through which devices are reached, each with its own credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.inventory import settings_table
from pipeline.inventory.entries import Names, entries, fields, missing, settings
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.setting import Scope
from pipeline.values.names import name_problem

FILE = "jump_hosts.yaml"


@dataclass(frozen=True, slots=True)
class JumpHost:
    """One entry; `credential` is the name of one of credentials.yaml."""

    name: str
    address: str
    credential: str
    port: int = 22


def read(content: bytes | None, names: Names, problems: Problems) -> Mapping[str, JumpHost] | None:
    """The jump hosts by name, or None if the file cannot be read. `names` knows the credentials."""
    rows = entries(FILE, content, problems)
    if rows is None:
        return None
    allowed = settings_table.TABLE.by_name(Scope.JUMP_HOST)
    hosts: dict[str, JumpHost] = {}
    for key, body in rows:
        name, owner = key.value, f"jump host {shown(key.value)}"
        if problem := name_problem(name):
            problems.add(FILE, key, f"{shown(name)} is not a name: {problem}")
        found = settings(FILE, owner, body, allowed, names, problems) or {}
        missing(FILE, key, owner, body, allowed, problems)
        hosts[name] = JumpHost(name, **{"address": "", "credential": "", **fields(found, allowed)})
    return hosts
