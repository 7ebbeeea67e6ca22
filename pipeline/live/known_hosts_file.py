"""Write host keys into the work tree's known_hosts. What people wrote there stays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import StateError, UsageError
from pipeline.inventory.cache import Cache
from pipeline.inventory.known_hosts import read
from pipeline.inventory.problems import Problems
from pipeline.inventory.source import KNOWN_HOSTS, check_directory
from pipeline.live.host_keys import Finding
from pipeline.live.pins import Pin, names_of, with_pins, with_replaced
from pipeline.values.device import Device


def read_text(inventory: Path) -> str:
    """The known_hosts of the inventory in directory `inventory`; "" if there is none yet.

    Raises UsageError if there is no such directory, StateError if the file cannot be read.
    """
    check_directory(inventory)
    path = inventory / KNOWN_HOSTS
    if path.is_symlink():
        raise StateError(f"{path}: it is a link, which an inventory does not follow")
    try:
        return path.read_bytes().decode() if path.exists() else ""
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StateError(f"{path}: not UTF-8 text") from error


def add(
    inventory: Path,
    before: str,
    findings: Iterable[Finding],
    replaced: Sequence[Device],
    every: Sequence[Device],
) -> list[Pin]:
    """Add the new keys to known_hosts, whose text was `before`, and return them.

    Raises what `with_findings` and `write` raise.
    """
    text, pins = with_findings(before, findings, replaced, every)
    if pins:
        write(inventory, text, before)
    return pins


def with_findings(
    text: str, findings: Iterable[Finding], replaced: Sequence[Device], every: Sequence[Device]
) -> tuple[str, list[Pin]]:
    """`text` with the new keys, and those keys. A changed key is pinned only if its device is in `replaced`.

    Raises UsageError if a replaced device shares its pinned name with another device of `every`.
    """
    by_name = {device.name: device for device in replaced}
    pins: list[Pin] = []
    new: list[Pin] = []
    for finding in findings:
        device = by_name.get(finding.device)
        if device is not None and finding.standing == "changed":
            _check_alone(text, device, every)
            text = with_replaced(text, device, finding.pins)
            pins += finding.pins
        elif finding.standing == "new":
            new += finding.new
            pins += finding.new
    return with_pins(text, new), pins


def write(inventory: Path, text: str, before: str) -> None:
    """Replace the file, whose text was `before`, in one step.

    Raises StateError, and leaves the file as it is, if it cannot be replaced or has been changed meanwhile.
    """
    path = inventory / KNOWN_HOSTS
    if read_text(inventory) != before:
        raise StateError(f"{path}: it was changed meanwhile; run this again")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        handle, temporary = tempfile.mkstemp(prefix=".known_hosts.", dir=inventory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error.strerror}") from error


def _check_alone(text: str, device: Device, every: Iterable[Device]) -> None:
    """UsageError if the keys of `device` are pinned under a name that another device goes by, too."""
    names = names_of(device) & read(text.encode(), Problems(), Cache()).keys()
    for other in every:
        if other.name != device.name and names & names_of(other):
            raise UsageError(
                f"{device.name}: it shares its address with {other.name}; edit {KNOWN_HOSTS} by hand"
            )
