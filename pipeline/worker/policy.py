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
a file the settings name the variables and the one directory that hold secrets, which are sent over SSH, and
over HTTPS to a pinned certificate, wherever the inventory says.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, get_args

from pipeline.errors import NetworkError, PolicyError, SettingsError
from pipeline.inventory import strict_yaml, values
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.strict_yaml import Mapping, Node, Text
from pipeline.inventory.values import BadValueError
from pipeline.settings import FILES_WITHOUT_POLICY, PREFIX, VARIABLES_WITHOUT_POLICY, Settings
from pipeline.system.guarded_file import read_rule
from pipeline.values.showing import WORDS, Way
from pipeline.worker.secret_rules import (
    ANYWHERE,
    SAFE_WAYS,
    IpAddress,
    Network,
    Rule,
    common,
    is_system_file,
    never_shown,
    pattern_problem,
)

__all__ = [
    "ANYWHERE", "SAFE", "Network", "Permission", "Policies", "Policy", "PolicyInForce", "Rule", "Way",
    "common", "open_policy", "read_policy",
]  # fmt: skip

VERSION = "1"
_KEYS = ("secrets", "networks", "transports", "host_keys")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Permission:
    """Where secrets may be sent: these networks, and servers with one of these pinned keys."""

    networks: tuple[Network, ...]
    host_keys: tuple[str, ...]

    def cidrs(self) -> list[str]:
        """The networks as text; none where all are permitted."""
        return [] if self.networks == ANYWHERE else list(map(str, self.networks))


class Policies(Protocol):
    """What is asked whether secrets may be sent: a policy, or the file of one that may change."""

    def permit(
        self, references: Sequence[str], way: Way, host_keys: Sequence[str], address: IpAddress | None = None
    ) -> Permission:
        """See Policy.permit."""
        ...


@dataclass(frozen=True)
class Policy:
    """The rules of one worker.

    `source` is the file, or words for the settings, as messages name it. `to_allow` says what its owner does
    to allow more. `forbidden` are references that the worker uses for itself.
    """

    rules: tuple[Rule, ...]
    source: str
    forbidden: frozenset[str] = field(default_factory=frozenset)
    to_allow: str = ""
    system_files: bool = True
    """Whether a rule can open files below /etc."""

    def allows(self, reference: str) -> bool:
        """Whether the secret exists for this worker, whoever it may be shown to."""
        return self._closed(reference) is None and any(rule.names(reference) for rule in self.rules)

    def permit(
        self, references: Sequence[str], way: Way, host_keys: Sequence[str], address: IpAddress | None = None
    ) -> Permission:
        """Where all of these secrets may be sent together, `way` and pinned keys being what the job says.

        `address` is what will be dialled; None for a name. Raises PolicyError, naming the reference, the rule
        and what to do, if one may not be sent so at all; NetworkError if it may not be sent to that address.
        """
        networks, keys = ANYWHERE, tuple(host_keys)
        for reference in references:
            grant = self._grant(reference, way, host_keys, address)
            networks = common(networks, grant.networks)
            keys = tuple(key for key in keys if key in grant.host_keys)
            if not networks or (host_keys and not keys):
                where = "network" if not networks else "pinned key"
                raise self._refusal(
                    f"no {where} may be shown all of {', '.join(dict.fromkeys(references))}: {self.source}"
                )
        return Permission(networks, keys)

    def _grant(
        self, reference: str, way: Way, host_keys: Sequence[str], address: IpAddress | None
    ) -> Permission:
        """Where one secret may be sent. No rule lends its networks to the keys of another."""
        if (why := self._closed(reference)) is not None:
            raise PolicyError(f"{reference} is no secret of this worker: {why}")
        if not (rules := [rule for rule in self.rules if rule.names(reference)]):
            raise self._refusal(f"{reference} is no secret of this worker: {self.source} does not name it")
        about = self._place(rules)
        if not (rules := [rule for rule in rules if way in rule.ways]):
            raise self._refusal(f"{about} does not let {reference} be sent over {WORDS[way]}")
        if not (rules := [rule for rule in rules if not rule.host_keys or rule.host_keys & set(host_keys)]):
            raise self._refusal(f"{about} does not name the pinned key of where {reference} would go")
        if address is not None:
            found = _networks(rules)
            if not (rules := [rule for rule in rules if rule.reaches(address)]):
                networks = _joined(list(map(str, found)), "networks")
                message = f"{about} lets {reference} be sent to {networks}, not to {address}"
                raise self._refusal(message, NetworkError)
        keyed = [rule for rule in rules if rule.host_keys]
        if keyed and (address is None or len(keyed) == len(rules)):
            # Each of these rules reaches the address; of a name's, only one can be meant.
            keyed = keyed if address is not None else keyed[:1]
            known_keys = frozenset[str]().union(*(rule.host_keys for rule in keyed))
            return Permission(_networks(keyed), tuple(key for key in host_keys if key in known_keys))
        return Permission(_networks(rules), tuple(host_keys))

    def _closed(self, reference: str) -> str | None:
        if reference in self.forbidden:
            return "the worker uses it for itself"
        if not self.system_files and is_system_file(reference):
            return f"files below /etc are the system's; {self.to_allow}"
        return never_shown(reference)

    def _place(self, rules: Sequence[Rule]) -> str:
        """Where the rules stand, for a message."""
        return _joined([rule.place for rule in rules if rule.place], "rules") or self.source

    def _refusal(self, message: str, kind: type[PolicyError] = PolicyError) -> PolicyError:
        return kind(f"{message}; {self.to_allow}" if self.to_allow else message)


def _networks(rules: Iterable[Rule]) -> tuple[Network, ...]:
    return tuple(dict.fromkeys(net for rule in rules for net in rule.networks))


def _joined(texts: Sequence[str], noun: str) -> str:
    rest = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {rest} more {noun}" if rest > 0 else "")


def _safe_policy(variables: Collection[str], directory: Path, own: frozenset[str], path: Path) -> Policy:
    """The policy of a worker without a file: these variables, and the files of one directory.

    `path` is where a policy would lie.
    """
    return Policy(
        (Rule((*(f"env:{name}" for name in variables), f"file:{directory}/")),),
        f"its rule without a policy file ({PREFIX}SECRET_VARIABLES={','.join(variables)}, "
        f"{PREFIX}SECRET_DIR={directory})",
        own,
        f"change these, or write a policy with `devicevault policy --output {path}`",
        system_files=False,
    )


SAFE = _safe_policy(
    VARIABLES_WITHOUT_POLICY.split(","), FILES_WITHOUT_POLICY, frozenset(), Path("policy.yaml")
)
"""The policy of a worker without a file and without settings."""


def open_policy(settings: Settings) -> Policy:
    """The policy of a worker with these settings. SettingsError if its file is unfit."""
    path, own = settings.policy_path, frozenset(filter(None, [settings.fingerprint_key]))
    if path is None:
        names, directory = settings.secret_variables.split(","), settings.secret_dir
        return _safe_policy(names, directory, own, settings.local_policy_path)
    return read_policy(path, f"{PREFIX}POLICY", own)


class PolicyInForce:
    """The policy of a worker's settings, read again when its file has changed.

    While the file is unfit, nothing is permitted, and the refusal says what is wrong with it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen = self._version()
        self._policy = open_policy(settings)

    def permit(
        self, references: Sequence[str], way: Way, host_keys: Sequence[str], address: IpAddress | None = None
    ) -> Permission:
        """See Policy.permit."""
        if (version := self._version()) != self._seen:
            if version is None:
                raise PolicyError("nothing is sent: the worker's policy is gone; put it back")
            try:
                self._policy = open_policy(self._settings)
            except SettingsError as error:
                raise PolicyError(f"nothing is sent: {str(error).splitlines()[0]}") from error
            self._seen = version
        return self._policy.permit(references, way, host_keys, address)

    def _version(self) -> tuple[object, ...] | None:
        """What differs if another file, or another content, lies there; None for no file."""
        path = self._settings.policy_path
        try:
            found = path.stat() if path else None
        except OSError:
            return (path,)
        return found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode)


def read_policy(path: Path, setting: str, own: Iterable[str | None] = ()) -> Policy:
    """The policy of a file. SettingsError names the setting, and each mistake with its line.

    A file that others than its owner may write to is refused.
    """
    content = read_rule(path, setting)
    problems = Problems()
    rules = _rules(str(path), content, problems)
    if problems.count:
        raise SettingsError("\n".join(f"{setting}: {problem}" for problem in problems.listing()))
    to_allow = f"if it should be, its owner accepts it with `devicevault policy --output {path} --replace`"
    return Policy(tuple(rules), str(path), frozenset(filter(None, own)), to_allow)


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
        f"{file}:{node.line}",
    )


def _patterns(node: Node) -> tuple[str, ...]:
    patterns = values.names(node)
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            raise BadValueError(f"{shown(pattern)}: {problem}")
    return patterns


def _ways(node: Node) -> tuple[str, ...]:
    ways = values.names(node)
    if unknown := [way for way in ways if way not in get_args(Way)]:
        raise BadValueError(f"{shown(unknown[0])} is none of {', '.join(get_args(Way))}")
    return ways
