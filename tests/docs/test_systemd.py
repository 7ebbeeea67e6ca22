"""The documented systemd units, as systemd itself judges them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import Block, document


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", document("docs/operations.md").blocks("ini"), ids=lambda block: block.title)
def test_each_unit_leaves_little_open(tmp_path: Path, unit: Block) -> None:
    path = tmp_path / Path(unit.title).name
    path.write_text(unit.text)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", path],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= 1.5  # of 10
    assert not done.stderr, "a setting that systemd does not know"
