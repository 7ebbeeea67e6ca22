"""The `config` dict of the plugin contract: it is checked once and becomes a value."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

from collectors.errors import BadRequest

DEFAULT_TIMEOUT_S = 60.0
SecretsPolicy = Literal["hide", "keep", "fingerprint"]
Access = Literal["ssh", "telnet", "https"]
Algorithms = Literal["modern", "legacy"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Hop:
    """A jump host on the way to the device: its pinned keys, and the one credential that it is offered."""

    address: str
    port: int
    host_keys: tuple[str, ...]
    username: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    order: tuple[str, ...] = ()
    allowed_networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What the inventory may choose for a device.

    secrets    what becomes of the secrets in a configuration; see collectors.answer.masks
    artefacts  names of the platform's artefacts and files to collect beside the configuration
    contexts   whether the platform's contexts are collected too
    transport  "telnet" is never chosen by itself: it shows the password to the network; "https" is for
               platforms with an API
    ssh        "legacy" also offers algorithms that are broken, for devices that know no others
    """

    secrets: SecretsPolicy = "fingerprint"
    artefacts: tuple[str, ...] = ()
    contexts: bool = False
    transport: Access = "ssh"
    ssh: Algorithms = "modern"

    @classmethod
    def from_dict(cls, raw: object, device: str) -> Options:
        """Check `config["options"]`; BadRequest names the device, the option and what it may be."""
        if not isinstance(raw, dict):
            raise BadRequest(f"{device}: 'options' must be a mapping")
        contexts = raw.get("contexts", False)
        if not isinstance(contexts, bool):
            raise BadRequest(f"{device}: the option 'contexts' must be true or false, not {contexts!r}")
        return cls(
            secrets=_choice(raw, "secrets", device, get_args(SecretsPolicy), "fingerprint"),
            artefacts=_texts(raw, "artefacts", device, "names such as 'version'"),
            contexts=contexts,
            transport=_choice(raw, "transport", device, get_args(Access), "ssh"),
            ssh=_choice(raw, "ssh", device, get_args(Algorithms), "modern"),
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What one collection is asked to do. Its `repr` shows no secret.

    `device_id` stays when the device's name changes; without one it is the name. At the `last_attempt` a part
    that the device itself says it cannot print is a warning.
    """

    task_id: str
    device: str
    device_id: str
    address: str
    platform: str
    port: int | None = None
    host_keys: tuple[str, ...] = ()
    username: str = ""
    password: str | None = field(default=None, repr=False)
    enable_password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    order: tuple[str, ...] = ()
    fingerprint_key: bytes | None = field(default=None, repr=False)
    recipients: tuple[str, ...] = ()
    jump: tuple[Hop, ...] = ()
    allowed_networks: tuple[Network, ...] = ()
    last_attempt: bool = False
    options: Options = Options()

    @property
    def secrets(self) -> SecretsPolicy:
        """What becomes of secrets. Without a key for fingerprints they are hidden."""
        policy = self.options.secrets
        return "hide" if policy == "fingerprint" and not self.fingerprint_key else policy

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Request:
        """Check a contract dict; BadRequest names the device, the key and what is wrong."""
        device = _text(config, "device", "a device without a name") or ""
        hops = config.get("jump") or ()
        if not isinstance(hops, (list, tuple)):
            raise BadRequest(f"{device}: 'jump' must be a list of jump hosts")
        return cls(
            task_id=_text(config, "task_id", device) or "",
            device=device,
            device_id=_text(config, "device_id", device, required=False) or device,
            address=_text(config, "address", device) or "",
            platform=_text(config, "platform", device) or "",
            port=_port(config, device),
            host_keys=_keys(config, device),
            username=_text(config, "username", device, required=False) or "",
            password=_text(config, "password", device, required=False),
            enable_password=_text(config, "enable_password", device, required=False),
            private_key=_text(config, "private_key", device, required=False),
            passphrase=_text(config, "passphrase", device, required=False),
            order=_texts(config, "order", device, "'private_key' and 'password'"),
            fingerprint_key=_secret(config, "fingerprint_key", device),
            recipients=_texts(config, "recipients", device, "age or SSH public keys"),
            jump=tuple(_hop(hop, f"{device}: jump host {place}") for place, hop in enumerate(hops, 1)),
            allowed_networks=_networks(config, device),
            last_attempt=config.get("last_attempt") is True,
            options=Options.from_dict(config.get("options") or {}, device),
        )


def _hop(raw: object, where: str) -> Hop:
    if not isinstance(raw, dict):
        raise BadRequest(f"{where} must be a mapping")
    return Hop(
        address=_text(raw, "address", where) or "",
        port=_port(raw, where) or 22,
        host_keys=_keys(raw, where),
        username=_text(raw, "username", where, required=False) or "",
        password=_text(raw, "password", where, required=False),
        private_key=_text(raw, "private_key", where, required=False),
        passphrase=_text(raw, "passphrase", where, required=False),
        order=_texts(raw, "order", where, "'private_key' and 'password'"),
        allowed_networks=_networks(raw, where),
    )


def _text(config: dict[str, Any], key: str, where: str, *, required: bool = True) -> str | None:
    value = config.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        # The value is not shown: it may be a secret under the wrong key.
        raise BadRequest(f"{where}: '{key}' must be text, not {type(value).__name__}")
    return value


def _secret(config: dict[str, Any], key: str, where: str) -> bytes | None:
    value = config.get(key)
    if value is not None and not isinstance(value, (str, bytes)):
        raise BadRequest(f"{where}: '{key}' must be text or bytes, not {type(value).__name__}")
    return (value.encode() if isinstance(value, str) else value) or None


def _port(config: dict[str, Any], where: str) -> int | None:
    port = config.get("port")
    if port is not None and (isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536):
        raise BadRequest(f"{where}: 'port' must be 1 to 65535, not {port!r}")
    return port


def _keys(config: dict[str, Any], where: str) -> tuple[str, ...]:
    return _texts(config, "host_keys", where, "'<type> <base64>'")


def _networks(config: dict[str, Any], where: str) -> tuple[Network, ...]:
    try:
        return tuple(map(ipaddress.ip_network, _texts(config, "allowed_networks", where, "CIDR networks")))
    except ValueError as error:
        raise BadRequest(f"{where}: 'allowed_networks': {error}") from error


def _texts(config: dict[str, Any], key: str, where: str, of: str) -> tuple[str, ...]:
    texts = config.get(key) or ()
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f"{where}: '{key}' must be a list of {of}")
    return tuple(texts)


_Choice = TypeVar("_Choice", bound=str)


def _choice(
    options: dict[str, Any], key: str, device: str, choices: tuple[_Choice, ...], default: _Choice
) -> _Choice:
    """One of `choices`; `default` if the option is missing or null."""
    value = options.get(key)
    if value is None:
        return default
    for choice in choices:
        if choice == value:
            return choice
    *others, last = (f"'{choice}'" for choice in choices)
    raise BadRequest(f"{device}: the option '{key}' must be {', '.join(others)} or {last}, not {value!r}")
