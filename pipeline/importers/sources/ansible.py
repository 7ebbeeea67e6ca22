"""Read Ansible: hosts with an `ansible_network_os`, from INI or YAML with group_vars and host_vars.

Values that are encrypted or templates are not computed. For such a secret a person fills in the variable; for
anything else the report has a note.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.importers.notes import Notes
from pipeline.importers.source_device import Login, Secret, SourceContents, SourceDevice
from pipeline.importers.sources import ansible_files, key_files
from pipeline.importers.sources.ansible_tree import Vars
from pipeline.importers.sources.files import shown_path
from pipeline.importers.sources.loose_yaml import TaggedText

_ADDRESS = ("ansible_host", "ansible_ssh_host")
_PORT = ("ansible_port", "ansible_ssh_port")
_USER = ("ansible_user", "ansible_ssh_user")
_PASSWORD = ("ansible_password", "ansible_ssh_password", "ansible_ssh_pass")
_ENABLE = ("ansible_become_password", "ansible_become_pass")
_KEY = ("ansible_ssh_private_key_file", "ansible_private_key_file")
_LOCAL = ("local", "ansible.builtin.local")


def gather(source: Path, notes: Notes) -> SourceContents:
    """The hosts of an inventory file, or of a directory of them."""
    tree = ansible_files.read(source, notes)
    home = source if source.is_dir() else source.parent
    devices = [
        _HostReader(name, host.where, values, notes).device(group, home)
        for name, host, group, values in tree.hosts_with_vars()
    ]
    return SourceContents(f"the Ansible inventory {shown_path(Path(source.resolve().name))}", tuple(devices))


class _HostReader:
    """Reads one host's variables. A note tells of each that cannot be read."""

    def __init__(self, name: str, where: str, values: Vars, notes: Notes) -> None:
        self._name, self._where, self._values, self._notes = name, where, values, notes

    def device(self, group: str | None, home: Path) -> SourceDevice:
        address, template = self._plain(_ADDRESS)
        port = self._plain_or_note(_PORT)
        platform, computed = self._plain(("ansible_network_os",))
        connection, _ = self._plain(("ansible_connection",))
        problem, hint = "", ""
        if template:
            problem, hint = "its address is computed by a template", "write 'ansible_host' out"
        elif computed:
            problem, hint = "its platform is computed by a template", "write 'ansible_network_os' out"
        elif platform is None:
            problem, hint = "it has no ansible_network_os", "set it, or leave the host out if it is a server"
        return SourceDevice(
            key=self._name,
            name=self._name,
            where=self._where,
            address=address or self._name,
            platform=platform,
            login=self._login(home),
            group=group,
            port=port,
            inactive="its connection is local" if connection in _LOCAL else "",
            problem=problem,
            hint=hint,
        )

    def _login(self, home: Path) -> Login:
        user = self._plain_or_note(_USER)
        key = self._plain_or_note(_KEY)
        return Login(
            username=user,
            password=self._secret(_PASSWORD),
            enable=self._secret(_ENABLE),
            key_file=key_files.key_path(key, home, self._where, self._notes),
            label=user or "default",
        )

    def _first(self, names: tuple[str, ...]) -> str | None:
        values = (self._values.get(name) for name in names)
        return next((value for value in values if isinstance(value, str) and value), None)

    def _plain(self, names: tuple[str, ...]) -> tuple[str | None, bool]:
        """The value; and whether it is computed, in which case it cannot be read and is None."""
        value = self._first(names)
        return (None, True) if value is not None and _is_computed(value) else (value, False)

    def _plain_or_note(self, names: tuple[str, ...]) -> str | None:
        """The value. A note says so if it cannot be read."""
        value, computed = self._plain(names)
        if computed:
            what = f"'{names[0]}' is encrypted or a template, and not taken over"
            self._notes.add("to do", self._where, self._name, what)
        return value

    def _secret(self, names: tuple[str, ...]) -> Secret | None:
        value = self._first(names)
        return None if value is None else Secret(str(value), readable=not _is_computed(value))


def _is_computed(value: str) -> bool:
    """Whether only Ansible can compute the value, perhaps with a vault's password."""
    if isinstance(value, TaggedText):
        return value.tag != "!unsafe"
    return "{{" in value or "{%" in value or value.startswith(ansible_files.VAULT)
