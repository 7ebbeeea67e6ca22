"""Read Oxidized's `router.db` as Oxidized's config says.

Source: Oxidized's documentation, "Source: CSV", "Configuration" and "Creating and Extending Models". A node's
own value counts first, then that of its group's model, of its model, of its group, and the global one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pipeline.errors import SourceError
from pipeline.importers.notes import Notes
from pipeline.importers.platforms import platform_of
from pipeline.importers.source_device import Login, Secret, SourceContents, SourceDevice
from pipeline.importers.sources import key_files, loose_yaml, oxidized_config
from pipeline.importers.sources.files import read_text, shown_path
from pipeline.importers.sources.loose_yaml import Map, TaggedText
from pipeline.inventory.problems import shown

_DATABASE, _CONFIG = "router.db", "config"
_MAX_LINE = 10_000
_SAMPLE = 200
# Oxidized's own default has the first two; these are the columns that its documentation shows.
_USUAL = ("name", "ip", "model", "username", "password", "enable")
_WITHOUT_IP = ("name", "model", "username", "password", "enable")
_GIVE_CONFIG = "give Oxidized's config with --config"
_SECRETS = ("password", "enable")
_SIGNS = r"(?:\\.|[^\w\s()*+?{}\[\]]|\s)+"
_DELIMITER = re.compile(rf"(?:\(\?<[!=]{_SIGNS}\))?\[?{_SIGNS}\]?\+?(?:\(\?[!=]{_SIGNS}\))?")
_SERVERS = {"/oxidized": "librenms", "/dcim/": "netbox"}
"""What stands in the URL of the servers that are asked for nodes, and which import reads them."""
_SSH_ALGORITHMS = ("ssh_kex", "ssh_encryption", "ssh_hmac", "ssh_host_key")


def gather(source: Path, config: Path | None, notes: Notes) -> SourceContents:
    """The nodes of a router.db, or of the file in directory `source` that has the name its config says.

    Without `config`, a file `config` beside router.db is read if there is one.
    """
    folder = source if source.is_dir() else source.parent
    if config is None and (beside := folder / _CONFIG).is_file():
        config = beside
    settings = loose_yaml.load(config) if config is not None else Map()
    where = shown_path(config) if config is not None else ""
    layout = _layout(settings, where, notes)
    database, hint = source, ""
    if source.is_dir():
        csv = settings.map("source").map("csv")
        meant = csv.text("file") or _DATABASE
        database = source / (PurePosixPath(meant).name or _DATABASE)
        if "file" in csv:
            place = f"{where}:{csv.lines['file']}"
            hint = f"; {place} means {shown(meant)}: copy it there, or give the file itself"
    text = read_text(database, hint)
    nodes = _Nodes(settings, config.parent if config else database.parent, where, notes)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if _holds_node(line)]
    for number, line in lines:
        if len(line) > _MAX_LINE:
            raise SourceError(f"{shown_path(database)}:{number}: longer than {_MAX_LINE} characters")
    if layout.columns is None:
        layout = _guess_columns(layout, [line for _, line in lines[:_SAMPLE]], shown_path(database), notes)
    devices = [nodes.device(layout, line, f"{shown_path(database)}:{number}") for number, line in lines]
    rhythm = oxidized_config.rhythm(settings, where, notes)
    oxidized_config.note_others(settings, where, notes)
    return SourceContents(f"Oxidized's {database.name}", tuple(devices), rhythm)


@dataclass(frozen=True, slots=True)
class _Row:
    """The values of a line, by Oxidized's names for them."""

    fields: Mapping[str, str]
    vars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a line is split, and which column is what. `columns` is None until they are known."""

    delimiter: re.Pattern[str]
    columns: Mapping[str, int] | None
    vars: Mapping[str, int]
    is_guess: bool = False

    def row(self, line: str) -> _Row | None:
        """The line's values, without those that are empty or `nil`. None if the line lacks columns."""
        parts = self.delimiter.split(line)
        columns = self.columns or {}
        if len(parts) <= max(columns.get(name, 0) for name in ("name", "ip", "model")):
            return None
        return _Row(_pick(parts, columns), _pick(parts, self.vars))


def _pick(parts: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    values = {
        name: parts[column] if name in _SECRETS else parts[column].strip()
        for name, column in columns.items()
        if column < len(parts)
    }
    return {name: value for name, value in values.items() if value not in ("", "nil", "false")}


def _layout(settings: Map, where: str, notes: Notes) -> _Layout:
    source = settings.map("source")
    kind = (source.text("default") or "csv").removeprefix(":")
    if kind != "csv":
        raise SourceError(
            f"{where}: Oxidized's source is {shown(kind[:20])}; {_advice_on_source(source.map(kind))}"
        )
    csv = source.map("csv")
    if csv.text("gpg") == "true":
        notes.add("to do", where, "", "'gpg' is ignored: router.db is read as the text that it is")
    line = csv.lines.get("map", 0)
    columns = _columns(csv.map("map"), f"{where}:{line}")
    if columns and "name" not in columns:
        raise SourceError(f"{where}:{line}: the column map has no 'name'")
    return _Layout(_delimiter(csv, where), columns or None, _columns(csv.map("vars_map"), where))


def _advice_on_source(source: Map) -> str:
    """How to import from a source that is no file: Oxidized asks such servers by themselves."""
    url = source.text("url") or ""
    for mark, kind in _SERVERS.items():
        if mark in url:
            return f"import from that server with `devicevault import {kind} URL`"
    return "only 'csv', a router.db, can be read"


def _delimiter(csv: Map, where: str) -> re.Pattern[str]:
    """The delimiter: a text, or a regular expression as Ruby writes it, `!ruby/regexp /:/`."""
    given = csv.text("delimiter")
    if given is None:
        return re.compile(":")
    expression = re.fullmatch(r"/(.*)/[a-z]*", given)
    if not (isinstance(given, TaggedText) or expression):
        return re.compile(re.escape(given))
    # Only signs and blanks are accepted, and what may not stand beside them, because another expression could
    # take for ever.
    pattern = expression[1] if expression else given
    if not _DELIMITER.fullmatch(pattern):
        raise SourceError(f"{where}:{csv.lines['delimiter']}: the delimiter is more than signs and blanks")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise SourceError(f"{where}:{csv.lines['delimiter']}: the delimiter cannot be read") from error


def _columns(mapping: Map, where: str) -> dict[str, int]:
    columns: dict[str, int] = {}
    for name, column in mapping.items():
        if not isinstance(column, str) or not re.fullmatch(r"[0-9]{1,3}", column):
            raise SourceError(f"{where}: a column must be a number from 0 on")
        columns[name] = int(column)
    return columns


def _holds_node(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _guess_columns(layout: _Layout, lines: Sequence[str], where: str, notes: Notes) -> _Layout:
    """The layout with the columns that the first lines seem to have.

    The column in which most words are known models is taken for the model.
    """
    rows = [layout.delimiter.split(line) for line in lines]
    second, third = (sum(platform_of("".join(row[at : at + 1])) is not None for row in rows) for at in (1, 2))
    usual: tuple[str, ...] = _USUAL if third > second else _WITHOUT_IP
    if max(map(len, rows), default=2) < 2:
        raise SourceError(f"{where}: no line has a second column; {_GIVE_CONFIG}")
    names = usual[: max(map(len, rows), default=0)]
    notes.add(
        "guessed", where, "", f"the columns are taken to be {', '.join(names)}",
        f"{_GIVE_CONFIG} if they are not",
    )  # fmt: skip
    columns = {name: column for column, name in enumerate(names) if name != "enable"}
    enable = {"enable": len(names) - 1} if "enable" in names else {}
    return _Layout(layout.delimiter, columns, enable, is_guess=True)


class _Scopes(NamedTuple):
    """Where a node's settings may stand, the nearest first; and the variables of each."""

    maps: tuple[Map, ...]
    vars: tuple[Map, ...]


class _Nodes:
    """Makes devices of lines, with the config's models, groups and defaults."""

    def __init__(self, settings: Map, home: Path, where: str, notes: Notes) -> None:
        self._settings, self._home, self._where, self._notes = settings, home, where, notes
        self._scopes_of: dict[tuple[str | None, str | None], _Scopes] = {}

    def device(self, layout: _Layout, line: str, where: str) -> SourceDevice:
        """The node of one line."""
        row = layout.row(line)
        if row is None:
            # A line that is not split as expected may hold a password anywhere, so none of it is shown.
            problem, hint = "the line has too few columns", "check 'delimiter' and 'map' of Oxidized's config"
            return SourceDevice(where, "", where, None, None, Login(), problem=problem, hint=hint)
        name = row.fields.get("name", "")
        group = self._translate("group_map", row.fields.get("group") or self._settings.text("group"))
        model = self._model(row, group)
        scopes = self._scopes(group, model)
        own = {word: row.fields[word] for word in ("input",) if word in row.fields}
        values = {**row.vars, **own}
        transport, port = self._transport(values, scopes)
        self._note_unsupported(f"group {group}" if group else name, values, scopes)
        return SourceDevice(
            key=name or where,
            name=name,
            where=where,
            address=row.fields.get("ip") or name or None,
            platform=model,
            login=self._login(where, group, row, scopes),
            group=group,
            port=port,
            transport="telnet" if transport == "telnet" else None,
            hint=_GIVE_CONFIG if layout.is_guess else "",
            unsure=layout.is_guess,
        )

    def _translate(self, table: str, word: str | None) -> str | None:
        return word and (self._settings.map(table).text(word) or word)

    def _model(self, row: _Row, group: str | None) -> str | None:
        given = row.fields.get("model") or self._settings.map("groups").map(group or "").text("model")
        return self._translate("model_map", given or self._settings.text("model"))

    def _scopes(self, group: str | None, model: str | None) -> _Scopes:
        """The scopes of a node, which are the same for all nodes of a group and model."""
        if (group, model) not in self._scopes_of:
            own = self._settings.map("groups").map(group or "")
            name = (model or "").lower()
            maps = (own.map("models").map(name), self._settings.map("models").map(name), own, self._settings)
            self._scopes_of[group, model] = _Scopes(maps, tuple(scope.map("vars") for scope in maps))
        return self._scopes_of[group, model]

    @staticmethod
    def _find(scopes: Sequence[Map], setting: str) -> str | None:
        for scope in scopes:
            if value := scope.text(setting):
                return value
        return None

    def _var(self, values: Mapping[str, str], scopes: _Scopes, name: str) -> str | None:
        return values.get(name) or self._find(scopes.vars, name)

    def _transport(self, values: Mapping[str, str], scopes: _Scopes) -> tuple[str, str | None]:
        texts = (scope.text("input") or scope.map("input").text("default") for scope in scopes.maps)
        given = values.get("input") or next(filter(None, texts), None) or "ssh"
        inputs = [word.strip().removeprefix(":") for word in given.split(",")]
        transport = "telnet" if "telnet" in inputs and "ssh" not in inputs else "ssh"
        if {"telnet", "ssh"} <= set(inputs):
            hint = "set 'transport: telnet' on a device, or its group, that has no SSH"
            self._notes.add("guessed", self._where, "", "Oxidized tries SSH and Telnet; SSH is taken", hint)
        return transport, self._var(values, scopes, f"{transport}_port")

    def _login(self, where: str, group: str | None, row: _Row, scopes: _Scopes) -> Login:
        username = row.fields.get("username") or self._find(scopes.maps, "username")
        password = row.fields.get("password") or self._find(scopes.maps, "password")
        enable = self._var(row.vars, scopes, "enable")
        key = self._var(row.vars, scopes, "ssh_keys")
        if "password" in row.fields or "username" in row.fields:
            label = username or "default"
        else:
            label = group if group and self._find(scopes.maps[:-1], "password") else "default"
        return Login(
            username=username,
            password=Secret(password) if password else None,
            # With `enable: true` Oxidized types the command, and no password.
            enable=Secret(enable) if enable and enable != "true" else None,
            key_file=key_files.key_path(key, self._home, self._where or where, self._notes),
            label=label or "default",
        )

    def _note_unsupported(self, subject: str, values: Mapping[str, str], scopes: _Scopes) -> None:
        if self._var(values, scopes, "ssh_proxy"):
            hint = "describe it in jump_hosts.yaml and set 'jump' on the device or its group"
            self._notes.add("to do", self._where, subject, "Oxidized uses a jump host", hint)
        if any(self._var(values, scopes, var) for var in _SSH_ALGORITHMS):
            hint = "set 'ssh: legacy' if these are old ones"
            self._notes.add("to do", self._where, subject, "Oxidized names SSH algorithms", hint)
