"""Reads `jump_hosts.yaml`: the hosts through which devices are reached, each with a credential of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.inventory import settings_table
from pipeline.inventory.entries import Names, fields, read_entries, read_settings, report_missing
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.setting import Scope
from pipeline.inventory.source import JUMP_HOSTS
from pipeline.values.names import name_problem


@dataclass(frozen=True, slots=True)
class JumpHost:
    """One entry of the file. `credential` names an entry of credentials.yaml."""

    name: str
    address: str
    credential: str
    port: int = 22


def read(content: bytes | None, names: Names, problems: Problems) -> Mapping[str, JumpHost] | None:
    """The jump hosts by name, or None if the file cannot be read. `names` has the credentials."""
    entries = read_entries(JUMP_HOSTS, content, problems)
    if entries is None:
        return None
    allowed = settings_table.TABLE.by_name(Scope.JUMP_HOST)
    hosts: dict[str, JumpHost] = {}
    for key, body in entries:
        name, owner = key.value, f"jump host {shown(key.value)}"
        if problem := name_problem(name):
            problems.add(JUMP_HOSTS, key, f"{shown(name)} is not a name: {problem}")
        checked = read_settings(JUMP_HOSTS, owner, body, allowed, names, problems) or {}
        report_missing(JUMP_HOSTS, key, owner, body, allowed, problems)
        hosts[name] = JumpHost(name, **{"address": "", "credential": "", **fields(checked, allowed)})
    return hosts
