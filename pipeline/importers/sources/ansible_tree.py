"""Hosts, groups and variables of an Ansible inventory, as its files add them up.

Source: Ansible's documentation, "How to build your inventory" and "Using variables". Later values win:
groups' variables in the inventory before those of group_vars, parents' before children's, and a host's last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.errors import SourceError

MAX_HOSTS = 200_000
ALL, UNGROUPED = "all", "ungrouped"
_RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")

Vars = dict[str, object]


@dataclass(slots=True)
class Group:
    """One group. `vars` are the inventory's own, `more_vars` those of group_vars."""

    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    vars: Vars = field(default_factory=dict)
    more_vars: Vars = field(default_factory=dict)


@dataclass(slots=True)
class Host:
    """One host. `where` is the first line that names it; variables as for a group."""

    where: str
    vars: Vars = field(default_factory=dict)
    more_vars: Vars = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Tree:
    """An inventory's groups and hosts, while its files are read."""

    groups: dict[str, Group] = field(default_factory=lambda: {ALL: Group()})
    hosts: dict[str, Host] = field(default_factory=dict)

    def group(self, name: str) -> Group:
        """The group of that name, which is made if there is none."""
        return self.groups.setdefault(name, Group())

    def add_hosts(self, pattern: str, group: str, where: str) -> list[Host]:
        """Add the hosts of `pattern`, a name with ranges, to `group`, and return them."""
        hosts = []
        for name in expand(pattern, where):
            host = self.hosts.setdefault(name, Host(where))
            if len(self.hosts) > MAX_HOSTS:
                raise SourceError(f"{where}: more than {MAX_HOSTS} hosts")
            host.groups.setdefault(group)
            self.group(group).hosts.setdefault(name)
            hosts.append(host)
        return hosts

    def hosts_with_vars(self) -> Iterator[tuple[str, Host, str | None, Vars]]:
        """Each host with its name, the first group that lists it, and the variables that apply to it."""
        parents: dict[str, list[str]] = {}
        for name, group in self.groups.items():
            for child in group.children:
                parents.setdefault(child, []).append(name)
        depths = self._depths()
        for name, host in self.hosts.items():
            ancestors = sorted(_ancestors(host.groups, parents), key=lambda group: (depths[group], group))
            every = self.groups[ALL]
            groups = [self.groups[group] for group in ancestors if group != ALL]
            merged: Vars = {}
            for layer in (
                every.vars, *(group.vars for group in groups),
                every.more_vars, *(group.more_vars for group in groups),
                host.vars, host.more_vars,
            ):  # fmt: skip
                merged.update(layer)
            own = next((group for group in host.groups if group not in (ALL, UNGROUPED)), None)
            yield name, host, own, merged

    def _depths(self) -> dict[str, int]:
        """How deep each group is, by its longest way from the top; SourceError if groups form a circle."""
        depths = dict.fromkeys(self.groups, 0)
        for _ in range(len(self.groups) + 1):
            changed = False
            for name, group in self.groups.items():
                for child in group.children:
                    if depths.setdefault(child, 0) <= depths[name]:
                        depths[child] = depths[name] + 1
                        changed = True
            if not changed:
                return depths
        raise SourceError("the inventory's groups are children of one another in a circle")


def _ancestors(groups: Iterable[str], parents: dict[str, list[str]]) -> set[str]:
    """The groups, their parents, and so on up."""
    ancestors: set[str] = set()
    waiting = list(groups)
    while waiting:
        name = waiting.pop()
        if name not in ancestors:
            ancestors.add(name)
            waiting += parents.get(name, ())
    return ancestors


def expand(pattern: str, where: str) -> list[str]:
    """The names of a pattern: `sw[01:03]` → sw01, sw02, sw03.

    Ranges may be letters and have a step, and a pattern may have several. `where` is for the message of the
    SourceError that a range gets which is empty or too large.
    """
    names = [""]
    at = 0
    for match in _RANGE.finditer(pattern):
        values = _values(match)
        if not values or len(names) * len(values) > MAX_HOSTS:
            raise SourceError(f"{where}: a range of hosts that is empty or too large")
        names = [f"{name}{pattern[at : match.start()]}{value}" for name in names for value in values]
        at = match.end()
    return [name + pattern[at:] for name in names]


def _values(match: re.Match[str]) -> list[str]:
    """The values of one range; empty if it cannot be read."""
    low, high, step = match[1], match[2], int(match[3] or 1)
    if step < 1 or low.isdigit() != high.isdigit() or max(map(len, (low, high))) > 9:
        return []
    if low.isdigit():
        width = len(low) if low.startswith("0") else 0
        if int(high) - int(low) > MAX_HOSTS:
            return []
        return [str(number).zfill(width) for number in range(int(low), int(high) + 1, step)]
    return [chr(code) for code in range(ord(low), ord(high) + 1, step)]
