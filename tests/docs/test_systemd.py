"""The documented systemd units, as systemd itself judges them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import document

UNITS = {block.title: block.text for block in document("docs/operations.md").blocks("ini")}
HARDENING = "/etc/systemd/system/devicevault.service.d/hardening.conf"


def exposure(root: Path, unit: str) -> float:
    """From 0, nothing is open, to 10."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--root={root}", unit],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", ["devicevault.service", "devicevault-worker@.service"])
def test_the_units_leave_little_open(tmp_path: Path, unit: str) -> None:
    folder = tmp_path / "etc" / "systemd" / "system"
    (folder / f"{unit}.d").mkdir(parents=True)
    (folder / unit).write_text(UNITS[f"/etc/systemd/system/{unit}"])
    assert exposure(tmp_path, unit) > 9
    (folder / f"{unit}.d" / "hardening.conf").write_text(UNITS[HARDENING])
    assert exposure(tmp_path, unit) <= 1.5
