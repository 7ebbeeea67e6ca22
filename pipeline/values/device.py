"""A device of the inventory, and how to log in there: with references to secrets, never a secret."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.values.names import DEFAULT_REPO, config_path
from pipeline.values.options import Options

DEFAULT_MAX_SHRINK = 0.5
"""The share of its lines that a configuration may lose at once, unless the inventory says otherwise."""

LOGIN_ORDER = ("private_key", "password")
"""The order in which the secrets of a credential are offered, unless it gives one itself."""


@dataclass(frozen=True, slots=True)
class Credential:
    """References to secrets (`env:NAME`, `file:/path`); `username` may be plain text.

    `order` is the order in which `password` and `private_key` are offered.
    """

    name: str
    username: str
    password: str | None = None
    enable_password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None
    order: tuple[str, ...] = LOGIN_ORDER


@dataclass(frozen=True, slots=True)
class Hop:
    """A jump host on the way to a device, with its own credential and pinned keys."""

    name: str
    address: str
    port: int
    credential: Credential
    host_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the inventory with groups and defaults applied.

    `id` is stable over renames and keys the lock; it is the name unless the inventory gives one.
    `timeout_s` is the budget of one collection. `max_shrink` is the share of its lines that a configuration
    may lose from one backup to the next without being quarantined. For `recipients`, which are public keys, a
    sealed copy with all secrets is stored too. `repo` names the configs repo. If there are `allowed_networks`
    (CIDR), a worker connects to no address outside them.
    """

    id: str
    name: str
    address: str
    platform: str
    credential: Credential
    port: int | None = None
    group: str | None = None
    queue_id: str | None = None
    schedule: str | None = None
    host_keys: tuple[str, ...] = ()
    timeout_s: float = 60.0
    options: Options = field(default_factory=Options)
    max_shrink: float = DEFAULT_MAX_SHRINK
    jump: tuple[Hop, ...] = ()
    recipients: tuple[str, ...] = ()
    repo: str = DEFAULT_REPO
    allowed_networks: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where its configuration lies in the configs repo."""
        return config_path(self.group, self.name)
