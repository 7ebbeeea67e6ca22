"""What Oxidized's config says beyond nodes and logins: each key is taken over, or named in the report.

Source: Oxidized's documentation, "Configuration", "Hooks", "Outputs" and "Inputs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.importers.notes import Notes
from pipeline.importers.rhythm import Rhythm, rhythm_of
from pipeline.importers.sources.loose_yaml import Map
from pipeline.inventory.problems import shown

_MAX_NAMES = 40
_LOGIN = frozenset({"username", "password", "model", "group", "input"})
_TAKEN = _LOGIN | {"groups", "models", "model_map", "group_map", "vars", "source", "interval"}
_TAKEN_VARS = frozenset(
    {"enable", "ssh_keys", "ssh_port", "telnet_port", "ssh_proxy"}
    | {"ssh_kex", "ssh_encryption", "ssh_hmac", "ssh_host_key"}
)
"""Those of the last line are reported where a node has them."""
_ADVICE = {
    "hooks": "nothing is called after a backup; DEVICEVAULT_PUSH_URL pushes the configs repo to a Git host",
    "timeout": "Oxidized's is for one answer; `timeout` in defaults is for a whole collection",
    "timelimit": "it is `timeout` in defaults, of a group or of a device",
    "retries": "it is DEVICEVAULT_MAX_ATTEMPTS of the workers, the first attempt included",
    "threads": "it is DEVICEVAULT_WORKER_CONCURRENCY of the workers",
    "rest": "there is no such server; `devicevault status`, `log` and `show` answer on the command line",
    "extensions": "there are none; `devicevault status`, `log` and `show` answer on the command line",
    "output": "the configs repo begins anew; the history in Oxidized's stays there",
    "input.ssh.secure": "host keys are always checked here: pin them with `devicevault hostkeys`",
    "vars.remove_secret": "secrets are hidden in any case, unless `secrets` says otherwise",
    "vars.auth_methods": "a worker offers the key and the password that the credential has",
    "vars.ssh_no_keepalive": "a session needs no such setting here",
}
"""What a person should know or do where a key is not taken over, by its place."""


def rhythm(settings: Map, where: str, notes: Notes) -> Rhythm | None:
    """The schedule that `interval` asks for; None if the config has none, or 0, which means never."""
    text = settings.text("interval")
    if text is None:
        return None
    place = f"{where}:{settings.lines['interval']}"
    if not re.fullmatch(r"[0-9]{1,9}", text):
        notes.add("to do", place, "", "'interval' is no number of seconds", "see schedules.yaml")
        return None
    if int(text) == 0:
        notes.add("to do", place, "", "with 'interval: 0' Oxidized never collects by itself",
                  "schedules.yaml has a schedule, which you may not want")  # fmt: skip
        return None
    found = rhythm_of(int(text))
    if not found.is_exact:
        notes.add("guessed", place, "", f"'interval: {int(text)}' becomes the schedule '{found.cron}'")
    return found


def note_others(settings: Map, where: str, notes: Notes) -> None:
    """Name each key of the config that nothing here takes over. Values are never shown: some are secrets."""
    others: list[str] = []
    for place, line in _places(settings):
        advice = _ADVICE.get(place)
        if advice is not None:
            notes.add("ignored", f"{where}:{line}", "", f"'{place}'", advice)
        elif place not in others:
            others.append(place)
    if others:
        names = ", ".join(shown(place) for place in others[:_MAX_NAMES])
        if len(others) > _MAX_NAMES:
            names += f" and {len(others) - _MAX_NAMES} more"
        notes.add("ignored", where, "", names, "nothing here corresponds to them")


def _places(settings: Map) -> Iterator[tuple[str, int]]:
    """The place and line of each key that is not taken over; groups and models are looked at alike."""
    for name, line in settings.lines.items():
        if name == "input":
            yield from _below(settings.map(name), "input", {"default"})
        elif name not in _TAKEN:
            yield name, line
    scopes = [settings]
    for kind in ("groups", "models"):
        for scope in _maps(settings.map(kind)):
            scopes += [scope, *_maps(scope.map("models"))]
            for name, line in scope.lines.items():
                if name not in _LOGIN | {"vars", "models"}:
                    yield f"{kind}.*.{name}", line
    for scope in scopes:
        for name, line in scope.map("vars").lines.items():
            if name not in _TAKEN_VARS:
                yield f"vars.{name}", line


def _below(settings: Map, place: str, taken: set[str]) -> Iterator[tuple[str, int]]:
    for name, line in settings.lines.items():
        if below := settings.map(name):
            yield from _below(below, f"{place}.{name}", set())
        elif name not in taken:
            yield f"{place}.{name}", line


def _maps(settings: Map) -> list[Map]:
    return [value for value in settings.values() if isinstance(value, Map)]
