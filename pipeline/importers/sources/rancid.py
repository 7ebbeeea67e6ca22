"""Read RANCID: group directories, each with a `router.db`, and the logins of `.cloginrc`.

Source: router.db(5). A line is `name;type;state`; releases before 3 have `:` for `;`. A device's name is its
address.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceError, UsageError
from pipeline.importers.notes import Notes
from pipeline.importers.source_device import Login, Secret, SourceContents, SourceDevice
from pipeline.importers.sources import key_files
from pipeline.importers.sources.cloginrc import CloginRc
from pipeline.importers.sources.files import listing, read_text, shown_path
from pipeline.inventory.problems import shown

_DATABASE, _LOGINS = "router.db", ".cloginrc"
_TAKEN = frozenset(
    {"user", "password", "userpassword", "method", "identity", "autoenable", "noenable", "cyphertype"}
)
_NO_COUNTERPART = "nothing here corresponds to it"
_ADVICE = {
    "enauser": "where `enable` asks for a user, a device has to be told to let the login's user in",
    "timeout": "it is `timeout` in defaults, of a group or of a device",
    "passprompt": "prompts are known by the platform",
    "userprompt": "prompts are known by the platform",
    "userpassprompt": "prompts are known by the platform",
    "enableprompt": "prompts are known by the platform",
    "prompt": "prompts are known by the platform",
}
"""What a person should know where a setting of .cloginrc is not taken over."""


def gather(source: Path, cloginrc: Path | None, notes: Notes) -> SourceContents:
    """The devices of RANCID's directory, of one group's directory, or of one router.db.

    Without `cloginrc`, the nearest `.cloginrc` is read: in `source`, or up to three folders above it.
    """
    databases = _databases(source)
    if cloginrc is None:
        locations = (source, *source.resolve().parents[:3])
        cloginrc = next((path for place in locations if (path := place / _LOGINS).is_file()), None)
    if cloginrc is None:
        notes.add("to do", shown_path(source), "", "there is no .cloginrc here", "name it with --config")
    logins = CloginRc(cloginrc) if cloginrc else None
    for setting, where in (logins.settings() if logins else {}).items():
        if setting not in _TAKEN:
            notes.add("ignored", where, "", shown(setting), _ADVICE.get(setting, _NO_COUNTERPART))
    devices = [device for path in databases for device in _devices(path, logins, notes)]
    return SourceContents("RANCID's router.db", tuple(devices))


def _databases(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise UsageError(f"there is no file or directory {shown_path(source)}")
    if (own := source / _DATABASE).is_file():
        return [own]
    databases = [path for folder in listing(source) if (path := folder / _DATABASE).is_file()]
    if not databases:
        raise SourceError(f"{shown_path(source)} holds no router.db, and no directory with one")
    return databases


def _devices(path: Path, logins: CloginRc | None, notes: Notes) -> list[SourceDevice]:
    group = path.resolve().parent.name
    devices = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        place = f"{shown_path(path)}:{number}"
        name, kind, state = _fields(line)
        login, port, transport = _login(name, place, logins, notes)
        devices.append(
            SourceDevice(
                key=name or place,
                name=name,
                where=place,
                address=name or None,
                platform=kind or None,
                login=login,
                group=group,
                port=port,
                transport="telnet" if transport == "telnet" else None,
                inactive="" if state.lower() == "up" else f"its state is '{state[:20]}'",
            )
        )
    return devices


def _fields(line: str) -> tuple[str, str, str]:
    """Name, type and state. A line with `;` is split there, so that an IPv6 address may be a name."""
    parts = [part.strip() for part in line.split(";" if ";" in line else ":")]
    name, kind, state, *_ = [*parts, "", "", ""]
    return name, kind, state


def _login(
    name: str, place: str, logins: CloginRc | None, notes: Notes
) -> tuple[Login, str | None, str | None]:
    """The login, the port and the method that clogin would use."""
    if logins is None:
        return Login(), None, None
    passwords = logins.find("password", name)
    user = next(iter(logins.find("user", name)), None)
    # clogin answers with `userpassword` where it was asked for a user, as SSH always does.
    password = next(iter(logins.find("userpassword", name) or passwords), None)
    enable = passwords[1] if len(passwords) > 1 else None
    if logins.says_yes("noenable", name) or logins.says_yes("autoenable", name):
        enable = None
    key = next(iter(logins.find("identity", name)), None)
    if (ciphers := logins.rule("cyphertype", name)).values:
        # Said once for a line, which may be that of every device.
        hint = "set 'ssh: legacy' on devices that know only old ciphers"
        notes.add("to do", ciphers.where, "", "'cyphertype' is not taken over", hint)
    if not passwords and not key:
        notes.add("to do", place, name, ".cloginrc has no password for it")
    methods = [method.partition(":") for method in logins.find("method", name)]
    # clogin tries them in turn. SSH is preferred here, because it shows the password to nobody.
    chosen = next((m for m in methods if m[0] == "ssh"), methods[0] if methods else ("ssh", "", ""))
    login = Login(
        username=user,
        password=Secret(password) if password else None,
        enable=Secret(enable) if enable else None,
        key_file=key_files.key_path(key, logins.path.parent, shown_path(logins.path), notes),
        label=user or "default",
    )
    return login, chosen[2] or None, chosen[0]
