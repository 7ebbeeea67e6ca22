"""The types of values that settings take: the parser of each, and its JSON Schema for editors.

A schema sees one file at a time and YAML's own types. What a reference names, and how a number was spelt, is
for the parsers to say. Whatever a parser accepts, its schema accepts too.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, get_args

from pipeline.inventory import plain_secrets, values
from pipeline.inventory.setting import Schema, ValueType
from pipeline.values.device import LOGIN_ORDER
from pipeline.values.names import NAME, RESERVED
from pipeline.values.options import ARTEFACT_NAME, SecretsPolicy, SshAlgorithms, Transport
from pipeline.values.schedule import MAX_CRON_LENGTH


def whole(pattern: str) -> str:
    """The pattern, of the whole text."""
    return f"^(?:{pattern})$"


def name_pattern() -> str:
    """What `name_problem` lets pass."""
    return rf"^(?!(?:{RESERVED.pattern}|.*\.\..*|.*\.cfg)$)(?:{NAME.pattern})$"


def one_of(literal: Any) -> ValueType:
    """One of the words of a `Literal`."""
    choices = get_args(literal)
    return ValueType(partial(values.one_of, choices=choices), {"enum": list(choices)})


def _duration(limit: timedelta) -> Schema:
    return {
        "type": ["number", "string"],
        "minimum": 1,
        "maximum": int(limit.total_seconds()),
        "pattern": whole(values.DURATION.pattern),
        "examples": ["30s", "15m", "4h"],
    }


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [{"type": "array", "items": item, "maxItems": values.MAX_ITEMS}, item]}


_SCALAR = ["string", "number", "boolean"]
"""What YAML makes of a word; `schedule: 1` and `queue_id: on` are names as they stand."""

# An address that ends in a number is IPv4 or nothing. Whether a word with two colons is an IPv6 address is
# left to `validate`.
_ADDRESS = "|".join(
    (
        values.IPV4.pattern,
        rf"(?!(?:.*\.)?\d+\.?$){values.HOST_NAME.pattern}",
        r"[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[^\s/]+)?",
    )
)

TEXT = ValueType(
    values.text,
    {"type": _SCALAR, "minLength": 1, "maxLength": values.MAX_TEXT, "pattern": whole(r"\S(?:.*\S)?")},
)
NAMES = ValueType(values.names, _one_or_more(TEXT.schema))
IDENTIFIER = ValueType(values.identifier, {"type": _SCALAR, "pattern": whole(values.IDENTIFIER.pattern)})
REPO = ValueType(values.repo, {"type": _SCALAR, "pattern": name_pattern()})
ADDRESS = ValueType(values.address, {"type": "string", "maxLength": 253, "pattern": whole(_ADDRESS)})
PORT = ValueType(
    values.port,
    {"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": whole(r"0*[1-9]\d{0,4}")},
)
NETWORKS = ValueType(
    values.networks,
    _one_or_more({"type": "string", "pattern": whole(r"(?=.*[.:])[0-9A-Fa-f.:]+(?:%[^\s/]+)?(?:/[0-9.]+)?")}),
)
TIMEOUT = ValueType(values.timeout_s, _duration(values.MAX_TIMEOUT), text=lambda seconds: f"{seconds:g} s")
DEADLINE = ValueType(values.deadline, _duration(values.MAX_DEADLINE))
SHARE = ValueType(
    values.share,
    {"type": "string", "pattern": whole(values.PERCENT.pattern), "examples": ["50%"]},
    text=lambda share: f"{share:.0%}",
)
YES_OR_NO = ValueType(values.yes_or_no, {"enum": [True, False, "true", "false"]})
SECRETS = one_of(SecretsPolicy)
TRANSPORT = one_of(Transport)
SSH = one_of(SshAlgorithms)
ARTEFACTS = ValueType(
    values.artefacts, _one_or_more({"type": _SCALAR, "pattern": whole(ARTEFACT_NAME.pattern)})
)
CRON = ValueType(
    values.cron,
    {
        "type": "string",
        "maxLength": MAX_CRON_LENGTH,
        "pattern": whole(r"\S+(?:\s+\S+){4}"),
        "examples": ["17 2 * * *"],
    },
)
TIMEZONE = ValueType(values.timezone, {**TEXT.schema, "examples": ["UTC", "Europe/Berlin"]})
REFERENCE = ValueType(
    values.reference,
    {
        "type": "string",
        "pattern": whole(plain_secrets.REFERENCE.pattern),
        "examples": ["env:BACKUP_PASSWORD", "file:/run/secrets/backup"],
    },
)
USERNAME = ValueType(
    values.username,
    {**TEXT.schema, "pattern": whole(rf"(?!env:|file:)\S(?:.*\S)?|{plain_secrets.REFERENCE.pattern}")},
)
SECRET_ORDER = ValueType(
    values.login_order, {**_one_or_more({"enum": list(LOGIN_ORDER)}), "uniqueItems": True}
)
RECIPIENTS = ValueType(
    values.recipients, _one_or_more({"type": "string", "pattern": whole(values.RECIPIENT.pattern)})
)
VERSION = ValueType(values.text, {"enum": [int(values.FORMAT_VERSION), values.FORMAT_VERSION]})
SETTINGS = ValueType(lambda node: node, {"type": ["object", "null"]})
"""A mapping of settings, each of which is read by itself."""
