"""How one backup ended, on its way from the worker to the consumer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal, Self

from pipeline.errors import MessageError
from pipeline.values import checks, compression, wire
from pipeline.values.job import Job
from pipeline.values.limits import (
    MAX_ARTEFACTS,
    MAX_CONFIG,
    MAX_ENVELOPE,
    MAX_FACT,
    MAX_FACTS,
    MAX_LOG,
    MAX_LOG_TEXT,
)
from pipeline.values.options import ARTEFACT_NAME

BASE64 = "base64:"
"""The prefix of a binary artefact's text, which is base64."""


LOG_KEYS = frozenset({"timestamp", "severity", "source", "message"})
"""What every entry of a log has."""


Status = Literal["queued", "success", "failure", "lost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one backup ended, on its way from the worker to the consumer.

    `device_config` is text on success and None on failure; `deflated` is the zlib stream that it came as.
    `collected_at` is when the device answered. `artefacts` map a name to text, or to base64 behind BASE64.
    `accepted`: a person has released the configuration from quarantine.
    """

    job: Job
    status: Literal["success", "failure"]
    reason: str | None
    collected_at: datetime
    started_at: datetime
    finished_at: datetime
    worker: str
    attempts: int
    log: tuple[Mapping[str, str], ...] = ()
    device_config: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    artefacts: Mapping[str, str] = field(default_factory=dict)
    accepted: bool = False
    deflated: bytes | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> str:
        """What travels on the stream beside `device_config`, which goes as a zlib stream of its own."""
        values = wire.to_plain_fields(self, _KEYS)
        values |= {"job": self.job.to_json(), "device_config": None, "deflated": None}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(
        cls, text: str | bytes, deflated: bytes | None = None, artefacts: Mapping[str, str] | None = None
    ) -> Self:
        """Read a stream entry: its JSON, and the zlib stream of the configuration if that is not in the JSON.

        `artefacts` are those that travelled beside the JSON. MessageError says what is wrong with it.
        """
        if len(text) > MAX_ENVELOPE:
            raise MessageError(f"its JSON is larger than {MAX_ENVELOPE >> 20} MB")
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise MessageError(f"not JSON: {error}") from error
        values = wire.known_fields(cls, raw)
        values["deflated"] = deflated
        if deflated is not None:
            values["device_config"] = compression.inflate_text(deflated, MAX_CONFIG)
        if artefacts is not None:
            values["artefacts"] = artefacts
        values["job"] = Job.from_json(values.get("job"))
        values["log"] = checks.as_tuple(values.get("log"), "log")
        values |= {name: checks.as_moment(values[name], name) for name in _TIMES if name in values}
        outcome = wire.build(cls, values)
        checks.check_texts(outcome, _OUTCOME_TEXTS, ("reason",))
        if outcome.status not in ("success", "failure"):
            raise MessageError(f"unknown status {checks.quote(outcome.status)}")
        if not isinstance(outcome.device_config, str | None):
            raise MessageError("'device_config' must be a text, or null")
        if (outcome.status == "success") != isinstance(outcome.device_config, str):
            raise MessageError("a success holds a device_config, and nothing else does")
        if outcome.status == "success" and not (outcome.device_config or "").strip():
            raise MessageError("a success with an empty device_config")
        if outcome.status == "failure" and not outcome.reason:
            raise MessageError("a failure without a reason")
        # A text that was inflated came out of UTF-8, so it needs no check.
        if deflated is None and not checks.is_utf8(outcome.device_config or ""):
            raise MessageError("'device_config' holds characters that UTF-8 cannot")
        for mapping in (*outcome.log, outcome.facts, outcome.artefacts):
            if not isinstance(mapping, dict) or not all(
                checks.is_text(key) and isinstance(value, str) and checks.is_utf8(value)
                for key, value in mapping.items()
            ):
                raise MessageError(
                    "'log' must hold objects, and 'facts' and 'artefacts' be objects, of texts"
                )
        if not all(entry.keys() >= LOG_KEYS for entry in outcome.log):
            raise MessageError(f"each entry of 'log' must have {', '.join(sorted(LOG_KEYS))}")
        _check_sizes(outcome)
        if not all(ARTEFACT_NAME.fullmatch(name) for name in outcome.artefacts):
            raise MessageError("'artefacts' must have names of a-z, 0-9, '.', '_' and '-'")
        outcome.artefact_bytes()
        if not isinstance(outcome.accepted, bool):
            raise MessageError("'accepted' must be true or false")
        checks.check_number("attempts", outcome.attempts, 0, _INTEGER, int)
        return outcome

    def artefact_bytes(self) -> dict[str, bytes]:
        """The artefacts' contents by name; MessageError if one is not the base64 that it says it is."""
        try:
            return {
                name: base64.b64decode(text.removeprefix(BASE64), validate=True)
                if text.startswith(BASE64)
                else text.encode()
                for name, text in self.artefacts.items()
            }
        except ValueError as error:
            raise MessageError(f"'artefacts': {error}") from error


def _check_sizes(outcome: Outcome) -> None:
    for name, most in (("log", MAX_LOG), ("facts", MAX_FACTS), ("artefacts", MAX_ARTEFACTS)):
        if len(getattr(outcome, name)) > most:
            raise MessageError(f"'{name}' has more than {most} entries")
    if any(len(text) > MAX_LOG_TEXT for entry in outcome.log for text in entry.values()):
        raise MessageError(f"a text in 'log' has more than {MAX_LOG_TEXT} characters")
    if any(len(entry) > len(LOG_KEYS) for entry in outcome.log):
        raise MessageError(f"an entry of 'log' has more than {', '.join(sorted(LOG_KEYS))}")
    if any(len(text) > MAX_FACT for text in outcome.facts.values()):
        raise MessageError(f"a fact has more than {MAX_FACT} characters")


_INTEGER = 2**31 - 1
"""The largest number that an integer of Postgres holds."""


_KEYS = {f.name: f.name for f in fields(Outcome) if f.name not in ("job", "device_config", "deflated")}
"""The fields that travel as they are → their keys."""


_TIMES = ("collected_at", "started_at", "finished_at")


_OUTCOME_TEXTS = ("worker",)
