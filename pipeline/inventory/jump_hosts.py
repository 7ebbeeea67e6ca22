"""Read `jump_hosts.yaml`: the hosts through which devices are reached, each with its own credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.inventory import values
from pipeline.inventory.entries import Names, Parser, entries, has, settings
from pipeline.inventory.problems import Problems, shown
from pipeline.values.names import name_problem

FILE = "jump_hosts.yaml"
SETTINGS: Mapping[str, Parser] = {
    "address": values.address,
    "port": values.port,
    "credential": values.text,
}


@dataclass(frozen=True, slots=True)
class JumpHost:
    """One entry; `credential` is the name of one of credentials.yaml."""

    name: str
    address: str
    port: int
    credential: str


def read(content: bytes | None, names: Names, problems: Problems) -> Mapping[str, JumpHost] | None:
    """The jump hosts by name, or None if the file cannot be read. `names` knows the credentials."""
    rows = entries(FILE, content, problems)
    if rows is None:
        return None
    found: dict[str, JumpHost] = {}
    for key, body in rows:
        owner = f"jump host {shown(key.value)}"
        if problem := name_problem(key.value):
            problems.add(FILE, key, f"{shown(key.value)} is not a name: {problem}")
        values_of = settings(FILE, owner, body, SETTINGS, names, problems) or {}
        for setting in ("address", "credential"):
            if not has(body, setting):
                problems.add(FILE, key, f"{owner}: '{setting}' is missing")
        address, credential = values_of.get("address", ""), values_of.get("credential", "")
        found[key.value] = JumpHost(key.value, address, values_of.get("port", 22), credential)
    return found
