"""Read an Ansible inventory's files into a Tree: INI, YAML, group_vars and host_vars. No program is run.

Files that are encrypted as a whole are not read; a note says so.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import SourceError, UsageError
from pipeline.importers.notes import Notes
from pipeline.importers.sources import loose_yaml
from pipeline.importers.sources.ansible_tree import UNGROUPED, Tree, Vars
from pipeline.importers.sources.files import listing, read_text, shown_path
from pipeline.importers.sources.loose_yaml import Map

VAULT = "$ANSIBLE_VAULT;"
_YAML = (".yml", ".yaml", ".json")
_IGNORED = (".cfg", ".retry", ".orig", ".bak", ".md", ".txt", ".rst", ".py", ".pyc", ".rpm", ".swp")
_OTHER_SUFFIXES = (".sh", ".j2", ".toml", ".lock", ".csv", ".pem", ".key", ".pub", ".crt", ".log", ".rb")
_OTHER_NAME = re.compile(r"[A-Z][A-Z0-9_-]+|[A-Z][a-z]+file|[A-Z][a-z]+file\.[a-z]+")
"""LICENSE, README, CODEOWNERS; Makefile, Dockerfile: what a repository has beside its inventory."""
_SECTION = re.compile(r"\[([^:\]\s]+)(?::(children|vars|hosts))?\]\s*(?:[#;].*)?")
_MAX_DEPTH = 20


def read(source: Path, notes: Notes) -> Tree:
    """The inventory in a file, or in a directory's files, with the group_vars and host_vars beside it."""
    tree = Tree()
    if source.is_dir():
        found = [path for path in listing(source) if path.is_file() and path.suffix not in _IGNORED]
        files = [path for path in found if not _is_other(path)]
        for path in found:
            if _is_other(path):
                hint = "name the file itself if it is one"
                notes.add("skipped", shown_path(path), "", "it has the name of no inventory", hint)
        if not files:
            raise SourceError(f"{shown_path(source)} holds no inventory file")
    elif source.exists():
        files = [source]
    else:
        raise UsageError(f"there is no file or directory {shown_path(source)}")
    for path in files:
        _inventory(path, tree)
    home = source if source.is_dir() else source.parent
    for name, group in list(tree.groups.items()):
        group.more_vars.update(_vars_of(home / "group_vars", name, notes))
    for name, host in tree.hosts.items():
        host.more_vars.update(_vars_of(home / "host_vars", name, notes))
    return tree


def _is_other(path: Path) -> bool:
    return path.suffix in _OTHER_SUFFIXES or _OTHER_NAME.fullmatch(path.name) is not None


def _inventory(path: Path, tree: Tree) -> None:
    text = read_text(path)
    if text.startswith("#!"):
        raise SourceError(
            f"{shown_path(path)} is a program, which is not run; import what "
            "`ansible-inventory --list --yaml` prints"
        )
    if text.startswith(VAULT):
        raise SourceError(f"{shown_path(path)} is encrypted with ansible-vault; decrypt it first")
    if path.suffix in _YAML:
        _Yaml(shown_path(path), tree).groups(loose_yaml.load(path))
    else:
        _Ini(shown_path(path), tree).read(text)


class _Ini:
    """The format with `[group]` sections."""

    def __init__(self, label: str, tree: Tree) -> None:
        self._label, self._tree = label, tree

    def read(self, text: str) -> None:
        group, kind = UNGROUPED, "hosts"
        for number, line in enumerate(text.split("\n"), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            where = f"{self._label}:{number}"
            if section := _SECTION.fullmatch(line):
                group, kind = section[1], section[2] or "hosts"
                self._tree.group(group)
            elif kind == "children":
                child = line.split("#")[0].strip()
                self._tree.group(child)
                self._tree.group(group).children.setdefault(child)
            elif kind == "vars":
                self._tree.group(group).vars.update(self._pairs([line], where))
            else:
                self._host(line, group, where)

    def _host(self, line: str, group: str, where: str) -> None:
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise SourceError(f"{where}: quotes that do not end") from error
        if not words:
            return
        if "=" in words[0]:
            # A variable outside of its section may be a password, so the message does not show it.
            raise SourceError(f"{where}: expected a host, not name=value; is a [group:vars] missing above?")
        pattern, port = _split_port(words[0])
        values = self._pairs(words[1:], where)
        for host in self._tree.add_hosts(pattern, group, where):
            host.vars.update({**port, **values})

    def _pairs(self, words: list[str], where: str) -> Vars:
        pairs: Vars = {}
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                raise SourceError(f"{where}: expected name=value")
            pairs[name.strip()] = _unquote(value.strip())
        return pairs


def _split_port(word: str) -> tuple[str, Vars]:
    """The host, and its port as a variable if it has one.

    `sw1:2222` and `[2001:db8::1]:2222` name a port; a bare IPv6 address and `sw[1:9]` do not.
    """
    if match := re.fullmatch(r"\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\](?::(\d+))?", word):
        return match[1], {"ansible_port": match[2]} if match[2] else {}
    match = re.fullmatch(r"((?:[^:\[\]]|\[[^\]]*\])+):(\d+)", word)
    return (match[1], {"ansible_port": match[2]}) if match else (word, {})


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


class _Yaml:
    """The format with `hosts`, `children` and `vars`, by hand or as ansible-inventory prints it."""

    def __init__(self, label: str, tree: Tree) -> None:
        self._label, self._tree = label, tree

    def groups(self, root: Map, depth: int = 0) -> None:
        if depth > _MAX_DEPTH:
            raise SourceError(f"{self._label}: groups nested deeper than {_MAX_DEPTH} levels")
        for name, body in root.items():
            if name == "_meta":
                continue
            group = self._tree.group(name)
            if not isinstance(body, Map):
                continue
            group.vars.update(body.map("vars"))
            self._hosts(name, body)
            children = body.get("children")
            for child in children if isinstance(children, list | Map) else ():
                if isinstance(child, str):
                    self._tree.group(child)
                    group.children.setdefault(child)
            if isinstance(children, Map):
                self.groups(children, depth + 1)
        if depth == 0:
            self._meta(root.map("_meta").map("hostvars"))

    def _hosts(self, group: str, body: Map) -> None:
        hosts = body.get("hosts")
        line = body.lines.get("hosts", 1)
        for pattern in [hosts] if isinstance(hosts, str) else hosts if isinstance(hosts, list | Map) else ():
            if not isinstance(pattern, str):
                continue
            own = hosts.lines[pattern] if isinstance(hosts, Map) else line
            bare, port = _split_port(pattern)
            values = hosts.map(pattern) if isinstance(hosts, Map) else {}
            for host in self._tree.add_hosts(bare, group, f"{self._label}:{own}"):
                host.vars.update({**port, **values})

    def _meta(self, hostvars: Map) -> None:
        for name in hostvars:
            if name in self._tree.hosts:
                self._tree.hosts[name].vars.update(hostvars.map(name))


def _vars_of(folder: Path, name: str, notes: Notes) -> Vars:
    """The variables of the first of `name`, `name.yml`, … in `folder`. A directory's files add up."""
    variables: Vars = {}
    if "/" in name or name.startswith(".") or not name.isprintable() or len(name) > 200:
        return variables
    for suffix in ("", *_YAML):
        path = folder / f"{name}{suffix}"
        if path.exists():
            for file in _files(path):
                if read_text(file).startswith(VAULT):
                    notes.add("to do", shown_path(file), "", "encrypted with ansible-vault, and not read")
                else:
                    variables.update(loose_yaml.load(file))
            break
    return variables


def _files(path: Path, depth: int = 0) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for below in listing(path) if depth < _MAX_DEPTH else ():
        if below.is_dir() or below.suffix in ("", *_YAML):
            yield from _files(below, depth + 1)
