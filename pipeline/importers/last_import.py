"""What an import last took over: `.import/<name>.json` in the inventory's directory.

It is committed like the rest. The next import compares with it, and so can tell what a person changed from
what the source changed. It holds no secret. The inventory's reader does not look into hidden folders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import StateError
from pipeline.importers.sources.files import shown_path

FOLDER = ".import"
_MAX_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class Taken:
    """One device as it was last taken over: its name here, and the settings that the source gave it."""

    name: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """All that one import owns. Devices by their key in the source, groups by its word for them."""

    devices: Mapping[str, Taken] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_text(self) -> str:
        """As it is stored, one device a line so that it merges."""
        parts: Mapping[str, Mapping[str, object]] = {
            "devices": {
                key: {"name": one.name, "settings": one.settings} for key, one in self.devices.items()
            },
            "groups": self.groups,
            "credentials": self.credentials,
        }
        return "{\n" + ",\n".join(f' "{part}": {_object(parts[part])}' for part in sorted(parts)) + "\n}\n"


def _object(entries: Mapping[str, object]) -> str:
    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    return "{\n" + ",\n".join(f"  {text(key)}: {text(entries[key])}" for key in sorted(entries)) + "\n }"


def path_of(inventory: Path, name: str) -> Path:
    """Where the import of that name keeps it."""
    return inventory / FOLDER / f"{name}.json"


def read(path: Path) -> State:
    """The state at `path`, empty where there is none; StateError if it cannot be read."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StateError(f"{shown_path(path)} is larger than {_MAX_BYTES >> 20} MiB")
        raw = json.loads(path.read_text(encoding="utf-8"))
        return State(
            {key: Taken(str(one["name"]), _texts(one["settings"])) for key, one in raw["devices"].items()},
            _texts(raw["groups"]),
            {name: _texts(settings) for name, settings in raw["credentials"].items()},
        )
    except FileNotFoundError:
        return State()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateError(
            f"{shown_path(path)} cannot be read: bring it back with git, or remove it to import anew"
        ) from error


def _texts(raw: Mapping[str, object]) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in raw.items()}
