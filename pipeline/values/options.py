"""How a device is collected, beyond where it is: the inventory decides, the worker passes it on."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from pipeline.errors import MessageError

SecretsPolicy = Literal["hide", "keep", "fingerprint"]
Transport = Literal["ssh", "telnet", "https"]
SshAlgorithms = Literal["modern", "legacy"]

ARTEFACT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
_CHOICES = {"secrets": SecretsPolicy, "transport": Transport, "ssh": SshAlgorithms}
_MAX_ARTEFACTS = 50


@dataclass(frozen=True, slots=True)
class Options:
    """What the inventory may set of a collection; None leaves it to the worker or the platform.

    secrets     what becomes of secrets inside the configuration; None: `fingerprint` where the worker has
                a key for that, else `hide`
    transport   None: the platform's own
    ssh         `legacy` adds old algorithms, for this device's sessions alone
    contexts    collect virtual devices (VDOMs, contexts, partitions) too
    artefacts   further outputs of the platform, stored beside the configuration
    """

    secrets: SecretsPolicy | None = None
    transport: Transport | None = None
    ssh: SshAlgorithms | None = None
    contexts: bool | None = None
    artefacts: tuple[str, ...] | None = None

    def to_contract(self) -> dict[str, Any]:
        """The plugin contract's `options`: what is set, and nothing else."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def from_json(cls, raw: object) -> Options:
        """Read options off the queue; MessageError names what is wrong. Unknown keys are dropped."""
        if not isinstance(raw, dict):
            raise MessageError("'options' must be an object")
        known = {f.name: raw.get(f.name) for f in fields(cls)}
        for name, choice in _CHOICES.items():
            if known[name] is not None and known[name] not in get_args(choice):
                raise MessageError(f"'{name}' must be one of {', '.join(get_args(choice))}")
        if not isinstance(known["contexts"], bool | None):
            raise MessageError("'contexts' must be true or false")
        artefacts = known["artefacts"]
        if artefacts is not None:
            if not isinstance(artefacts, (list, tuple)) or len(artefacts) > _MAX_ARTEFACTS:
                raise MessageError(f"'artefacts' must be a list of at most {_MAX_ARTEFACTS} names")
            if not all(isinstance(name, str) and ARTEFACT_NAME.fullmatch(name) for name in artefacts):
                raise MessageError("'artefacts' must hold names of a-z, 0-9, '.', '_' and '-'")
            known["artefacts"] = tuple(artefacts)
        return cls(**known)
