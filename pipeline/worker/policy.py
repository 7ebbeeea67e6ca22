"""To whom this worker may show which secret: the owner of the machine decides, not a message or an inventory.

The policy is a YAML file on the worker, out of the reach of every pull request:

    version: 1
    rules:
      - secrets: [env:BACKUP_*, file:/run/secrets/backup/]
        networks: [192.0.2.0/24, 2001:db8::/32]
        transports: [ssh, https]

A rule names references, by themselves, by the beginning of a variable's name before `*`, or by a directory;
and says to which networks and over which transports their secrets may be sent. `telnet` (in clear) and
`https-ca` (a server that shows no pinned certificate, only one of a public authority) have to be named.
With `host_keys` only servers that show one of these are shown the secrets. What no rule names does not
exist for this worker. Where several rules name a reference, each opens what it says.

Whatever a rule says, the worker's own variables and the kernel's files are never shown to a device. Without
a file everything else is as the inventory says.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from pipeline.errors import PolicyError, SettingsError
from pipeline.inventory import strict_yaml, values
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.strict_yaml import Mapping, Node, Text
from pipeline.inventory.values import BadValueError
from pipeline.settings import PREFIX, Settings
from pipeline.system.guarded_file import read_rule

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Way = Literal["ssh", "https", "https-ca", "telnet"]
"""How a secret is sent: over SSH and over HTTPS to a pinned key, over HTTPS to whom an authority vouches for,
or in clear."""

SAFE_WAYS: frozenset[Way] = frozenset({"ssh", "https"})
ANYWHERE = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0")))
VERSION = "1"

_OWN_VARIABLES = "DEVICEVAULT_"
_NEVER = tuple(map(PurePosixPath, ("/proc", "/sys", "/dev")))
"""What lies there is the kernel's, and tells of every process: it is no secret for a device."""
_NEVER_WHOLE = tuple(map(PurePosixPath, ("/", "/etc")))
"""A directory that may not be opened as a whole."""
_KEYS = ("secrets", "networks", "transports", "host_keys")


@dataclass(frozen=True, slots=True)
class Rule:
    """Secrets, and to whom they may be shown. Without `host_keys`: to each server with a pinned key."""

    secrets: tuple[str, ...]
    networks: tuple[Network, ...] = ANYWHERE
    ways: frozenset[Way] = SAFE_WAYS
    host_keys: frozenset[str] = frozenset()

    def names(self, reference: str) -> bool:
        """Whether the rule is about this reference."""
        return any(_matches(pattern, reference) for pattern in self.secrets)


@dataclass(frozen=True, slots=True)
class Permission:
    """Where secrets may be sent: these networks, and servers with one of these pinned keys."""

    networks: tuple[Network, ...]
    host_keys: tuple[str, ...]

    def cidrs(self) -> list[str]:
        """The networks as text; none where all are permitted."""
        return [] if self.networks == ANYWHERE else list(map(str, self.networks))


@dataclass(frozen=True)
class Policy:
    """The rules of one worker. `source` is the file, or words for the settings, as messages name it."""

    rules: tuple[Rule, ...]
    source: str
    forbidden: frozenset[str] = field(default_factory=frozenset)
    """References that the worker uses for itself."""

    def allows(self, reference: str) -> bool:
        """Whether the secret exists for this worker, whoever it may be shown to."""
        return not self._is_own(reference) and any(rule.names(reference) for rule in self.rules)

    def permit(self, references: Sequence[str], way: Way, host_keys: Sequence[str]) -> Permission:
        """Where all of these secrets may be sent together, `way` and pinned keys being what the job says.

        Raises PolicyError, naming the reference, if one may not be sent so at all.
        """
        networks, keys = ANYWHERE, tuple(host_keys)
        for reference in references:
            rules = [] if self._is_own(reference) else [rule for rule in self.rules if rule.names(reference)]
            if not rules:
                raise PolicyError(f"{reference} is no secret of this worker: {self.source} does not name it")
            if not (rules := [rule for rule in rules if way in rule.ways]):
                raise PolicyError(f"{self.source} does not let {reference} be sent over {_WORDS[way]}")
            if not (rules := [rule for rule in rules if not rule.host_keys or rule.host_keys & set(keys)]):
                raise PolicyError(f"{self.source} does not name the pinned key of where {reference} would go")
            if all(rule.host_keys for rule in rules):
                known = frozenset[str]().union(*(rule.host_keys for rule in rules))
                keys = tuple(key for key in keys if key in known)
            networks = common(networks, tuple(net for rule in rules for net in rule.networks))
            if not networks:
                raise PolicyError(f"no network may be shown all of {', '.join(references)}: {self.source}")
        return Permission(networks, keys)

    def _is_own(self, reference: str) -> bool:
        scheme, _, name = reference.partition(":")
        if reference in self.forbidden:
            return True
        if scheme == "env":
            return name.startswith(_OWN_VARIABLES)
        return scheme == "file" and _is_below(os.path.realpath(name), _NEVER)


_WORDS = {
    "ssh": "SSH",
    "https": "HTTPS to a pinned certificate",
    "https-ca": "HTTPS without a pinned certificate",
    "telnet": "telnet, in clear",
}


@lru_cache(maxsize=1024)
def common(one: tuple[Network, ...], other: tuple[Network, ...]) -> tuple[Network, ...]:
    """What lies in both. Two networks are apart, or one holds the other."""
    if ANYWHERE in (one, other):
        return other if one == ANYWHERE else one
    found = {
        max(a, b, key=lambda net: net.prefixlen)
        for a in one
        for b in other
        if a.version == b.version and a.overlaps(b)
    }
    return tuple(sorted(found, key=lambda net: (net.version, net)))


OPEN = Policy(
    (Rule(("env:*", "file:/"), ANYWHERE, frozenset(get_args(Way))),), "the worker (it has no policy file)"
)
"""The policy of a worker without a file: every secret but its own, wherever the inventory says."""


def open_policy(settings: Settings) -> Policy:
    """The policy of a worker with these settings. SettingsError if its file is unfit."""
    path, own = settings.policy_path, (settings.fingerprint_key,)
    if path is None:
        return replace(OPEN, forbidden=frozenset(filter(None, own)))
    return read_policy(path, f"{PREFIX}POLICY", own)


def read_policy(path: Path, setting: str, own: Iterable[str | None] = ()) -> Policy:
    """The policy of a file. SettingsError names the setting, and each mistake with its line.

    A file that others than its owner may write to is refused.
    """
    content = read_rule(path, setting)
    problems = Problems()
    rules = _rules(str(path), content, problems)
    if problems.count:
        raise SettingsError("\n".join(f"{setting}: {problem}" for problem in problems.listing()))
    return Policy(tuple(rules), str(path), frozenset(filter(None, own)))


def _rules(file: str, content: bytes, problems: Problems) -> list[Rule]:
    root = strict_yaml.read(file, content, problems)
    if root is None:
        return []
    version = root.entries.get("version")
    if version is None or not isinstance(version.value, Text) or version.value.value != VERSION:
        problems.add(file, root if version is None else version.value, f"write the line `version: {VERSION}`")
    for name, entry in root.entries.items():
        if name not in ("version", "rules"):
            problems.add(file, entry.key, f"unknown setting {shown(name)}", word=name, among=("rules",))
    if "rules" not in root.entries:
        return []
    node = root.entries["rules"].value
    items = node.items if isinstance(node, strict_yaml.Sequence) else ()
    if not isinstance(node, strict_yaml.Sequence):
        problems.add(file, node, "'rules' must be a list")
    return [rule for item in items if (rule := _rule(file, item, problems)) is not None]


def _rule(file: str, node: Node, problems: Problems) -> Rule | None:
    if not isinstance(node, Mapping):
        problems.add(file, node, "a rule must be a mapping of settings")
        return None
    for name, entry in node.entries.items():
        if name not in _KEYS:
            problems.add(file, entry.key, f"unknown setting {shown(name)}", word=name, among=_KEYS)
    missing = [name for name in ("secrets", "networks") if name not in node.entries]
    if missing:
        problems.add(file, node, f"a rule needs {' and '.join(map(repr, missing))}")
        return None
    found: dict[str, tuple[str, ...]] = {}
    for name, parse in (
        ("secrets", _patterns),
        ("networks", values.networks),
        ("transports", _ways),
        ("host_keys", values.names),
    ):
        if name in node.entries:
            value = node.entries[name].value
            try:
                found[name] = parse(value)
            except BadValueError as error:
                problems.add(file, value, f"{name} {error}", error.hint)
    if found.keys() != node.entries.keys() & set(_KEYS):
        return None
    return Rule(
        found["secrets"],
        tuple(map(ipaddress.ip_network, found["networks"])),
        frozenset(way for way in get_args(Way) if way in found["transports"])
        if "transports" in found
        else SAFE_WAYS,
        frozenset(found.get("host_keys", ())),
    )


def _patterns(node: Node) -> tuple[str, ...]:
    patterns = values.names(node)
    for pattern in patterns:
        if problem := _pattern_problem(pattern):
            raise BadValueError(f"{shown(pattern)}: {problem}")
    return patterns


def _pattern_problem(pattern: str) -> str | None:
    scheme, _, name = pattern.partition(":")
    if scheme == "env":
        if not name.removesuffix("*").replace("_", "").isalnum() or "*" in name[:-1]:
            return "a variable's name, or its beginning before '*'"
        return f"{_OWN_VARIABLES}* are the worker's own" if name.startswith(_OWN_VARIABLES) else None
    if scheme == "file":
        path = PurePosixPath(name)
        if not path.is_absolute() or ".." in path.parts or "*" in name:
            return "the whole path of a file, or of a directory with '/' at its end"
        if _is_below(name, _NEVER) or (name.endswith("/") and path in _NEVER_WHOLE):
            return "there are no secrets for devices"
        return None
    return "begins with env: or file:"


def _ways(node: Node) -> tuple[str, ...]:
    ways = values.names(node)
    if unknown := [way for way in ways if way not in get_args(Way)]:
        raise BadValueError(f"{shown(unknown[0])} is none of {', '.join(get_args(Way))}")
    return ways


def _matches(pattern: str, reference: str) -> bool:
    scheme, _, name = pattern.partition(":")
    if scheme != reference.partition(":")[0]:
        return False
    if scheme == "file":
        # Where the file really is counts: a link may lead out of the directory.
        path, place = os.path.realpath(reference.removeprefix("file:")), os.path.realpath(name)
        below = name.endswith("/") and _is_below(path, (PurePosixPath(place),))
        return below != (path == place)
    wanted = reference.removeprefix("env:")
    return wanted.startswith(name[:-1]) if name.endswith("*") else wanted == name


def _is_below(path: str, folders: Iterable[PurePosixPath]) -> bool:
    found = PurePosixPath(path)
    return any(found == folder or folder in found.parents for folder in folders)
