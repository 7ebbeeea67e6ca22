"""The plugin contract: what a collector is given, and what it must return.

A collector is any callable `collect(config, timeout=None) -> dict`. It is found by the name that the
inventory writes as `platform:`. Dicts exist only at this border; inside, a result is a `CollectorResult`.

`config` holds
    task_id          str, echoed in the result
    device           str, the device's name, for messages
    address          str, IPv4, IPv6 or a name
    port             int, optional: the transport's default
    platform         str, the name that chose this collector
    host_keys        list of "<type> <base64>": the pinned keys; without one nothing is authenticated
    username, password, enable_password, private_key, passphrase
                     str, optional: resolved by the worker, never logged, never returned
    order            list, optional: the order in which `private_key` and `password` are offered; this one
                     without it
    options          dict: `secrets` ("hide", "keep" or "fingerprint"), and the others that
                     collectors.request.Options names
    jump             list of jump hosts on the way, each with address, port, host_keys and a credential
    allowed_networks list of CIDR networks, optional: nothing outside of them is connected to
    device_id        str, optional: stays when the device's name changes; `fingerprint_key` (str or bytes,
                     optional, secret) makes fingerprints of secrets, comparable within one `device_id`

A result's `artefacts` map names to text; bytes are "base64:" and their base64.

The `source` of a log entry may be a step: connect, host_key, login, session or collect, in this order. A
failure's entry carries the step at which it happened; `devicevault probe` tells them apart. Of the `facts`,
`ssh_server` is how the SSH server calls itself, and `host_key` the key that was shown and is not pinned.

`timeout` is the whole collection's budget in seconds. A collector keeps it at every read, so that worker
pools without soft limits are as safe as those with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from collectors.errors import MalformedResult

Severity = Literal["debug", "info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("debug", "info", "warning", "error")


class Collector(Protocol):
    """Fetches one device's configuration. Expected failures are returned, not raised."""

    def __call__(self, config: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Collect once within `timeout` seconds; see the module for both dicts."""
        ...


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a collection's own log. It never holds a secret, and of a device's words only refusals."""

    timestamp: str
    severity: Severity
    source: str
    message: str

    @classmethod
    def now(cls, severity: Severity, source: str, message: str) -> LogEntry:
        """An entry stamped with the current time."""
        return cls(utc_now(), severity, source, message)

    def to_dict(self) -> dict[str, str]:
        """The contract's dict."""
        return {
            "timestamp": self.timestamp,
            "severity": self.severity,
            "source": self.source,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class CollectorResult:
    """One collection's outcome. `device_config` is None exactly when `status` is "failure".

    `transient` tells the worker whether another attempt may help.
    """

    task_id: str
    status: Literal["success", "failure"]
    timestamp: str
    log: tuple[LogEntry, ...] = ()
    device_config: str | None = None
    reason: str | None = None
    transient: bool = False
    artefacts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str | None:
        """Hex SHA-256 of the configuration's UTF-8 bytes; None on failure."""
        return None if self.device_config is None else hashlib.sha256(self.device_config.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The contract's dict; `sha256` is added for whoever checks the content later."""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "log": [entry.to_dict() for entry in self.log],
            "artefacts": dict(self.artefacts),
            "facts": dict(self.facts),
            "sha256": self.sha256,
        }

    @classmethod
    def from_dict(cls, raw: object) -> CollectorResult:
        """Check a plugin's answer; MalformedResult says which key is wrong and how."""
        if not isinstance(raw, dict):
            raise MalformedResult(f"a collector must return a dict, not {type(raw).__name__}")
        for key in ("task_id", "status", "timestamp", "log", "device_config"):
            if key not in raw:
                raise MalformedResult(f"the collector's result has no key '{key}'")
        status, config = raw["status"], raw["device_config"]
        if status not in ("success", "failure"):
            raise MalformedResult(f"'status' must be 'success' or 'failure', not {status!r}")
        if status == "success" and not (isinstance(config, str) and config.strip()):
            raise MalformedResult("a successful result must hold a non-empty text in 'device_config'")
        if isinstance(config, str) and not _is_utf8(config):
            raise MalformedResult("'device_config' holds characters that UTF-8 cannot")
        if status == "failure" and config is not None:
            raise MalformedResult("a failed result must hold null in 'device_config'")
        result = cls(
            task_id=_text(raw, "task_id"),
            status=status,
            timestamp=_utc(_text(raw, "timestamp")),
            log=tuple(_entry(item) for item in _expect(raw["log"], list, "log")),
            device_config=config,
            reason=(str(raw.get("reason") or "unspecified") if status == "failure" else None),
            transient=raw.get("transient") is True,
            artefacts=_texts(raw.get("artefacts") or {}, "artefacts"),
            facts=_texts(raw.get("facts") or {}, "facts"),
        )
        if raw.get("sha256") not in (None, result.sha256):
            raise MalformedResult("'sha256' is not that of 'device_config'")
        return result


def utc_now() -> str:
    """The current time; see `iso`."""
    return iso(datetime.now(UTC))


def iso(at: datetime) -> str:
    """A time in UTC as ISO 8601 with milliseconds: 2025-01-31T02:17:00.123Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_utf8(text: str) -> bool:
    """False for lone surrogates, which decoding with `surrogateescape` leaves behind."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _expect(value: object, kind: type, key: str) -> Any:
    if not isinstance(value, kind):
        raise MalformedResult(f"'{key}' must be a {kind.__name__}, not {type(value).__name__}")
    return value


def _text(raw: dict[str, Any], key: str) -> str:
    text: str = _expect(raw[key], str, key)
    return text


def _texts(value: object, key: str) -> dict[str, str]:
    mapping = _expect(value, dict, key)
    for name, text in mapping.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise MalformedResult(f"'{key}' must map text to text")
    return dict(mapping)


def _utc(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedResult(f"'timestamp' is not ISO 8601: {text[:40]!r}") from error
    if moment.tzinfo is None:
        raise MalformedResult(f"'timestamp' has no time zone: {text!r}")
    return text


def _entry(item: object) -> LogEntry:
    entry = _expect(item, dict, "log")
    try:
        severity: Severity = next((known for known in SEVERITIES if known == entry["severity"]), "info")
        return LogEntry(str(entry["timestamp"]), severity, str(entry["source"]), str(entry["message"]))
    except KeyError as error:
        raise MalformedResult(f"a log entry has no key {error}") from error
