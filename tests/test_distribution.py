"""What is built and published: the wheel works where nothing else of ours is, and is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist and the wheel, as `make dist` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture
def wheel(dist: Path) -> Path:
    [found] = dist.glob("*.whl")
    return found


@pytest.fixture
def dependencies(tmp_path: Path) -> Path:
    """What is installed here, without DeviceVault itself."""
    folder = tmp_path / "dependencies"
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("devicevault", "_editable", "_devicevault")) and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def test_the_wheel_is_typed(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()
    assert {"pipeline/py.typed", "collectors/py.typed"} <= set(held)
    assert {name.partition("/")[0] for name in held if ".dist-info/" not in name} == {
        "pipeline",
        "collectors",
    }


def test_the_wheel_works_where_nothing_else_of_ours_is(
    wheel: Path, dependencies: Path, tmp_path: Path
) -> None:
    """The script of the release; pip finds the dependencies here, and asks no index."""
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "DEVICEVAULT_"))},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(dependencies),
        "PIP_NO_INDEX": "1",
        "TMPDIR": str(tmp_path),
    }
    done = subprocess.run(
        ["bash", ROOT / ".ci" / "check-wheel", wheel], cwd=tmp_path, env=env, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"ok: {wheel.name}\n"


def test_the_sdist_holds_all_that_is_needed_to_test_it(dist: Path) -> None:
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(tracked.splitlines()) - held == set()


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = re.escape(project["version"])
    code = [path for package in ("pipeline", "collectors") for path in (ROOT / package).glob("**/*.py")]
    assert code
    assert [path for path in code if re.search(rf"""["']{version}["']""", path.read_text("utf-8"))] == []
    # What is released next has its section at the top, and each version above an older one.
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
