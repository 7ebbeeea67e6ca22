"""An inventory to break: small, right, and committed to a real Git repository."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import InventoryError
from pipeline.inventory import Inventory, load
from tests.support.git import git

PLATFORMS = frozenset({"cisco_ios", "cisco_nxos", "juniper_junos"})


def host_key(seed: int = 1) -> str:
    """A well-formed Ed25519 public key in known_hosts' spelling."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + seed.to_bytes(32, "big")
    return "ssh-ed25519 " + base64.b64encode(blob).decode()


RIGHT = {
    "devicevault.yaml": "version: 1\ndefaults: {credential: lab, schedule: nightly, timeout: 60}\n",
    "groups.yaml": "core: {queue_id: core, platform: cisco_ios, schedule: hourly, timeout: 90}\nedge: {}\n",
    "schedules.yaml": (
        'nightly: {cron: "17 2 * * *", timezone: Europe/Berlin, deadline: 4h}\nhourly: {cron: "5 * * * *"}\n'
    ),
    "credentials.yaml": (
        "lab: {username: backup, password: env:LAB_PASSWORD}\n"
        "core: {username: env:CORE_USER, private_key: file:/run/secrets/key, passphrase: env:CORE_PASS}\n"
    ),
    "known_hosts": f"192.0.2.1 {host_key(1)}\n[192.0.2.2]:2222 {host_key(2)}\n",
    "devices/core.yaml": (
        "core-sw1: {address: 192.0.2.1, group: core}\n"
        "core-sw2: {address: 192.0.2.2, group: core, port: 2222, platform: cisco_nxos}\n"
    ),
}


@dataclass
class Files:
    """An inventory's directory that a test writes to."""

    path: Path
    repo: Path

    def write(self) -> None:
        """Lay the right inventory out."""
        for name, content in RIGHT.items():
            self[name] = content

    def __setitem__(self, name: str, content: str | bytes) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def __delitem__(self, name: str) -> None:
        (self.path / name).unlink()

    def commit(self, message: str = "change") -> str:
        """Commit everything; returns the commit's id."""
        if not (self.repo / ".git").exists():
            git(self.repo, "init", "--quiet")
        git(self.repo, "add", "--all")
        git(self.repo, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.repo, "rev-parse", "HEAD").strip()

    def load(self, ref: str | None = None) -> Inventory:
        """Load from the disk, or at `ref`."""
        return load(self.path, ref, platforms=PLATFORMS)

    def problems(self, ref: str | None = None) -> list[str]:
        """What `load` complains about, as it is printed."""
        with pytest.raises(InventoryError) as caught:
            self.load(ref)
        return str(caught.value).splitlines()
