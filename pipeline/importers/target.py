"""The inventory that an import writes to: its files, and the edits that the import makes in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.importers.document import Document
from pipeline.importers.rhythm import NIGHTLY, Rhythm
from pipeline.inventory import Source, open_source
from pipeline.inventory import read as read_inventory
from pipeline.inventory.known_hosts import endpoint
from pipeline.inventory.source import CREDENTIALS, DEVICES, GROUPS, MAIN, SCHEDULES
from pipeline.values.device import Device

MAX_DEVICES_IN_FILE = 10_000
_MAIN_TEXT = """\
# Where the inventory begins; `devicevault validate` checks all of it.
version: 1

# What holds for every device, unless its group or the device itself says otherwise.
defaults:
  schedule: {schedule}
  timeout: 60   # seconds that one collection may take
"""
_SCHEDULES_TEXT = """\
# When devices are backed up: minute, hour, day of month, month, day of week.
{schedule}:
  cron: "{cron}"
  timezone: UTC
"""


@dataclass(frozen=True, slots=True)
class DeviceLocation:
    """The file that holds a device's entry, and that file's editable text."""

    file: str
    document: Document


class TargetInventory:
    """The files of one inventory. Edits are made in memory; `changes` checks them and gives the new texts.

    is_new     there is no inventory yet
    devices    the devices as the inventory's own reader understands them, by name
    locations  the file of each device, by the device's name
    """

    def __init__(self, folder: Path, platforms: Collection[str], head: str, rhythm: Rhythm = NIGHTLY) -> None:
        """Read the inventory in `folder`. `head` is the first line of new files.

        A new inventory gets one schedule, of this `rhythm`.

        Raises InventoryError if the inventory has mistakes.
        """
        self._platforms, self._head = platforms, head
        self._before = dict(open_source(folder, None).files) if folder.is_dir() else {}
        self.is_new = not self._before
        self.devices: Mapping[str, Device] = {}
        if not self.is_new:
            inventory = read_inventory(Source(str(folder), None, self._before), platforms)
            self.devices = {device.name: device for device in inventory.devices}
        texts = {file: content.decode("utf-8-sig") for file, content in self._before.items()}
        self._documents = {
            file: Document(text)
            for file, text in texts.items()
            if file.startswith(f"{DEVICES}/") or file in (GROUPS, CREDENTIALS)
        }
        self._texts = texts
        if MAIN not in texts:
            self._texts = {**texts, MAIN: _MAIN_TEXT.format(schedule=rhythm.name)}
            self._texts.setdefault(SCHEDULES, _SCHEDULES_TEXT.format(schedule=rhythm.name, cron=rhythm.cron))
        self.locations = {
            name: DeviceLocation(file, document)
            for file, document in self._documents.items()
            if file.startswith(f"{DEVICES}/")
            for name in document.entries()
        }

    def endpoint(self, name: str) -> tuple[str, int] | None:
        """Address and port of a device; None if the inventory has no such device."""
        device = self.devices.get(name)
        return None if device is None else endpoint(device.address, device.port)

    def credentials(self) -> Mapping[str, Mapping[str, str]]:
        """The settings of each entry of credentials.yaml, by name."""
        document = self._documents.get(CREDENTIALS)
        return {name: document.settings(name) for name in document.entries()} if document else {}

    def add_device(self, name: str, settings: Mapping[str, str], file: str) -> None:
        """Append a device to `devices/<file>.yaml`, or to `<file>-2.yaml` and so on if that one is full."""
        number = 1
        while True:
            path = f"{DEVICES}/{file}{f'-{number}' if number > 1 else ''}.yaml"
            document = self._document(path)
            if document.can_grow and len(document) < MAX_DEVICES_IN_FILE:
                break
            number += 1
        document.add(name, settings)

    def add_group(self, name: str) -> None:
        """Append a group, unless there is one of that name."""
        self._add_to(GROUPS, name, {})

    def add_credential(self, name: str, settings: Mapping[str, str]) -> None:
        """Append a credential, unless there is one of that name."""
        self._add_to(CREDENTIALS, name, settings)

    def changes(self) -> dict[str, tuple[str, str]]:
        """The text before and after of each file that changes, by file.

        Raises InventoryError if the inventory would have mistakes after these changes.
        """
        after = {**self._texts, **{file: document.text() for file, document in self._documents.items()}}
        before = {file: content.decode("utf-8-sig") for file, content in self._before.items()}
        if after != before:
            contents = {file: text.encode() for file, text in after.items()}
            read_inventory(Source("the imported inventory", None, contents), self._platforms)
        return {
            file: (before.get(file, ""), text)
            for file, text in sorted(after.items())
            if before.get(file) != text
        }

    def _add_to(self, file: str, name: str, settings: Mapping[str, str]) -> None:
        document = self._document(file)
        if name not in document:
            document.add(name, settings)

    def _document(self, path: str) -> Document:
        if path not in self._documents:
            self._documents[path] = Document(f"{self._head}\n")
        return self._documents[path]
