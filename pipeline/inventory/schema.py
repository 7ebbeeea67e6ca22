"""The inventory's JSON Schemas (draft-07) for editors: one for each file, made of the parsers' tables.

A key exists here because a parser's table has it, so that the two cannot drift apart; only its description
is written here. A schema sees one file at a time and YAML's own types: what a reference names, whether two
devices clash, and how a number was spelt is for `devicevault validate` to say. Whatever that accepts, the
schema accepts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, get_args

from pipeline.inventory import devices, jump_hosts, plain_secrets, tables, values
from pipeline.inventory.entries import FIELDS, Parser
from pipeline.values.device import LOGIN_ORDER
from pipeline.values.identifier import RESERVED_NAMES
from pipeline.values.names import NAME, RESERVED, UNGROUPED
from pipeline.values.options import ARTEFACT_NAME, SecretsPolicy, SshAlgorithms, Transport
from pipeline.values.schedule import MAX_CRON_LENGTH

Schema = Mapping[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"

_ABOUT: Mapping[str, str] = {
    "address": "An IPv4 or IPv6 address or a name, without a port.",
    "allowed_networks": "CIDR networks; a device with an address elsewhere is a mistake.",
    "artefacts": "Further outputs of the platform, such as [version, inventory], stored beside it.",
    "configs_repo": "The configs repo for these devices alone, so that the Git host decides who sees them.",
    "contexts": "true: the configurations of virtual devices too, such as VDOMs or security contexts.",
    "credential": "An entry of credentials.yaml.",
    "cron": 'Minute, hour, day of month, month and day of week, in quotes: "17 2 * * *".',
    "deadline": "Time from the queueing to the outcome, such as 4h; past it the backup is lost. Up to 31d.",
    "defaults": "Settings for every device whose group or own entry does not say otherwise.",
    "enable_password": "env:NAME or file:/path; used where the device logs in without privilege.",
    "group": "An entry of groups.yaml, and the device's folder in the configs repo.",
    "id": "An identity that stays when the device is renamed. Without it, the name.",
    "jump": "An entry of jump_hosts.yaml, or a list of them in the order in which they are passed.",
    "max_shrink": "The share of its lines that a configuration may lose at once, such as 50%.",
    "order": "What is offered first: [private_key, password], as without it, or the other way round.",
    "passphrase": "env:NAME or file:/path of the private key's passphrase.",
    "password": "env:NAME or file:/path, never the password itself.",
    "platform": "The operating system; `devicevault platforms` lists them. netmiko_<device_type> works too.",
    "port": "The TCP port. Without it, the transport's own: 22 for SSH.",
    "private_key": "env:NAME or file:/path of a private key's text; offered before the password.",
    "queue_id": "The queue of these devices: only workers started with --queue <queue_id> reach them.",
    "rabbitmq_queue_id": "Another name for queue_id; give one of the two.",
    "recipients": "Public keys, age or SSH, that can open sealed copies.",
    "schedule": "An entry of schedules.yaml. Without one, backed up on demand only.",
    "sealed": "true: a sealed copy with all secrets too, for the recipients of devicevault.yaml.",
    "secrets": "Secrets inside configurations: hide them, keep them, or store a keyed fingerprint.",
    "ssh": "legacy: algorithms that are broken too, for devices that know no others.",
    "timeout": "Time for one collection: seconds, or a number with s, m, h or d. Up to 1d.",
    "timezone": "The IANA time zone on whose clock cron is read, such as Europe/Berlin. Without it, UTC.",
    "transport": "How the device is reached. telnet shows the password to the network.",
    "username": "Plain text, or env:NAME or file:/path.",
    "version": "The format's version.",
}


def _whole(pattern: str) -> str:
    """The pattern, of the whole text."""
    return f"^(?:{pattern})$"


def _name() -> str:
    """What `name_problem` lets pass."""
    return rf"^(?!(?:{RESERVED.pattern}|.*\.\..*|.*\.cfg)$)(?:{NAME.pattern})$"


def _duration(limit: timedelta) -> Schema:
    return {
        "type": ["number", "string"],
        "minimum": 1,
        "maximum": int(limit.total_seconds()),
        "pattern": _whole(values.DURATION.pattern),
        "examples": ["30s", "15m", "4h"],
    }


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [{"type": "array", "items": item, "maxItems": values.MAX_ITEMS}, item]}


_SCALAR = ["string", "number", "boolean"]
"""What YAML makes of a word; `schedule: 1` and `queue_id: on` are names as they stand."""

_TEXT: Schema = {
    "type": _SCALAR,
    "minLength": 1,
    "maxLength": values.MAX_TEXT,
    "pattern": _whole(r"\S(?:.*\S)?"),
}
# An address that ends in a number is IPv4 or nothing. How a word with two colons is an IPv6 address or not
# is left to `validate`.
_ADDRESS = "|".join(
    (
        values.IPV4.pattern,
        rf"(?!(?:.*\.)?\d+\.?$){values.HOST_NAME.pattern}",
        r"[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[^\s/]+)?",
    )
)
_TAKES: Mapping[Parser, Schema] = {
    values.text: _TEXT,
    values.names: _one_or_more(_TEXT),
    values.identifier: {"type": _SCALAR, "pattern": _whole(values.IDENTIFIER.pattern)},
    values.port: {
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 65535,
        "pattern": _whole(r"0*[1-9]\d{0,4}"),
    },
    values.timeout_s: _duration(values.MAX_TIMEOUT),
    values.deadline: _duration(values.MAX_DEADLINE),
    values.secrets: {"enum": list(get_args(SecretsPolicy))},
    values.transport: {"enum": list(get_args(Transport))},
    values.ssh: {"enum": list(get_args(SshAlgorithms))},
    values.yes_or_no: {"enum": [True, False, "true", "false"]},
    values.artefacts: _one_or_more({"type": _SCALAR, "pattern": _whole(ARTEFACT_NAME.pattern)}),
    values.share: {"type": "string", "pattern": _whole(values.PERCENT.pattern), "examples": ["50%"]},
    values.address: {"type": "string", "maxLength": 253, "pattern": _whole(_ADDRESS)},
    values.networks: _one_or_more(
        {"type": "string", "pattern": _whole(r"(?=.*[.:])[0-9A-Fa-f.:]+(?:%[^\s/]+)?(?:/[0-9.]+)?")}
    ),
    values.repo: {"type": _SCALAR, "pattern": _name()},
    values.cron: {
        "type": "string",
        "maxLength": MAX_CRON_LENGTH,
        "pattern": _whole(r"\S+(?:\s+\S+){4}"),
        "examples": ["17 2 * * *"],
    },
    values.timezone: {**_TEXT, "examples": ["UTC", "Europe/Berlin"]},
    values.reference: {
        "type": "string",
        "pattern": _whole(plain_secrets.REFERENCE.pattern),
        "examples": ["env:BACKUP_PASSWORD", "file:/run/secrets/backup"],
    },
    values.username: {
        **_TEXT,
        "pattern": _whole(rf"(?!env:|file:)\S(?:.*\S)?|{plain_secrets.REFERENCE.pattern}"),
    },
    values.login_order: {**_one_or_more({"enum": list(LOGIN_ORDER)}), "uniqueItems": True},
    values.recipients: _one_or_more({"type": "string", "pattern": _whole(values.RECIPIENT.pattern)}),
}
"""What each parser takes, in JSON Schema's words."""


def schemas(platforms: Mapping[str, Iterable[str]]) -> dict[str, Schema]:
    """The schemas by file name. `platforms` are the names to offer, each with its other names.

    Raises LookupError for a key or a parser that nobody has described here.
    """
    known: Mapping[str, Schema] = {"platform": _platform(platforms)}
    group = _settings(tables.SETTINGS, known, "A collection group's settings.")
    device = _settings(devices.SETTINGS, known, "One device.", required=("address",))
    return {
        "devicevault.json": _main(group),
        "groups.json": _entries(
            "Collection groups by name; a group's name is its devices' folder in the configs repo.",
            group,
            kept=(UNGROUPED,),
        ),
        "schedules.json": _entries(
            "When backups are due: schedules by name.",
            _settings(tables.SCHEDULE_SETTINGS, known, "One schedule.", required=("cron",)),
            kept=sorted(RESERVED_NAMES),
        ),
        "credentials.json": _entries("How workers log in: references to secrets, by name.", _credential()),
        "jump_hosts.json": _entries(
            "Hosts through which devices are reached, by name.",
            _settings(jump_hosts.SETTINGS, known, "One jump host.", required=("address", "credential")),
        ),
        "devices.json": _entries("Devices by name; a device's name is its file in the configs repo.", device),
    }


def _platform(platforms: Mapping[str, Iterable[str]]) -> Schema:
    """Names to choose from; any other may be netmiko's or one of a package of the reader's own."""
    aliases = sorted({alias for others in platforms.values() for alias in others} - set(platforms))
    other = {**_TEXT, "description": "netmiko_<device_type>, or a platform of another package."}
    return {"anyOf": [{"enum": sorted(platforms)}, {"enum": aliases}, other]}


def _main(defaults: Schema) -> Schema:
    known: Mapping[str, Schema] = {
        "version": {"enum": [int(tables.VERSION), tables.VERSION]},
        "defaults": defaults,
    }
    about = "Where an inventory begins: the format's version, and what holds for every device."
    main = _settings(tables.MAIN_SETTINGS, known, about, required=("version",))
    return {"$schema": DRAFT, "title": "DeviceVault inventory", **main}


def _credential() -> Schema:
    about = "References to secrets; only workers look them up."
    return {
        **_settings(tables.CREDENTIAL_SETTINGS, {}, about, required=("username",)),
        "anyOf": [{"required": ["password"]}, {"required": ["private_key"]}],
        "dependencies": {"passphrase": ["private_key"]},
    }


def _entries(about: str, entry: Schema, kept: Iterable[str] = ()) -> Schema:
    """A file of entries by name; `kept` are names that no entry can have."""
    names: Schema = {"pattern": _name()}
    if kept:
        names = {"allOf": [names, {"not": {"enum": list(kept)}}]}
    return {
        "$schema": DRAFT,
        "title": "DeviceVault inventory",
        "description": about,
        "type": ["object", "null"],
        "propertyNames": names,
        "additionalProperties": entry,
    }


def _settings(
    table: Mapping[str, Parser], known: Mapping[str, Schema], about: str, required: tuple[str, ...] = ()
) -> Schema:
    """One entry. What is in `known` is taken from there. An entry that requires nothing may be empty."""
    properties = {
        name: {"description": _about(name), **(known.get(name) or _takes(name, parse))}
        for name, parse in table.items()
    }
    found: dict[str, Any] = {
        "description": about,
        "type": "object" if required else ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        found["required"] = list(required)
    # Two names of one setting: one of them is enough.
    if twins := [[name, field] for name, field in FIELDS.items() if name in table and field in table]:
        found["not"] = {"type": "object", "anyOf": [{"required": pair} for pair in twins]}
    return found


def _about(name: str) -> str:
    if name not in _ABOUT:
        raise LookupError(f"the setting '{name}' has no description; add one to _ABOUT in {__name__}")
    return _ABOUT[name]


def _takes(name: str, parse: Parser) -> Schema:
    if parse not in _TAKES:
        parser = getattr(parse, "__name__", str(parse))
        raise LookupError(
            f"the setting '{name}' is read by values.{parser}, whose values nobody has described; "
            f"add it to _TAKES in {__name__}"
        )
    return _TAKES[parse]
