"""The import contracts of pyproject.toml hold, and they stop a module that nobody has written yet.

Two of them carry the security model: a worker cannot write history, and the store side never sees a password.
Each names a package, so that a new module is covered from its first day. The proof is an attempt: a module of
that kind is added to a copy of the code, and `lint-imports` has to refuse it and to name it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT
from tests.docs.rooms import contracts

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
WORKER = "A worker cannot write history"
STORE = "The store side never sees a password"
SEPARATED = {
    WORKER: ("pipeline.worker", ["pipeline.store"]),
    STORE: ("pipeline.store", ["pipeline.worker", "collectors"]),
}

LOAD_ROOM = """\
import importlib, pkgutil, sys

room, *elsewhere = sys.argv[1:]
package = importlib.import_module(room)
modules = [module.name for module in pkgutil.walk_packages(package.__path__, f"{room}.")]
assert modules
for module in modules:
    importlib.import_module(module)
for name in sorted(sys.modules):
    if any(f"{name}.".startswith(f"{other}.") for other in elsewhere):
        print(name)
"""


def lint(folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Check the packages below `folder` with its pyproject.toml. What is unchanged comes from `cache`."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--cache-dir", cache],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The imports of files that were read before."""
    return tmp_path_factory.mktemp("imports")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of both packages and of the contracts."""
    for package in ("pipeline", "collectors"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def add(code: Path, files: Mapping[str, str]) -> None:
    """Write new modules into the copy."""
    for name, text in files.items():
        path = code / name
        assert not path.exists(), f"{name} exists by now: choose another name for this test"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_every_contract_holds(code: Path, cache: Path) -> None:
    done = lint(code, cache)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(contracts())} kept, 0 broken." in done.stdout


@pytest.mark.parametrize("name", SEPARATED)
def test_a_separation_names_packages_and_has_no_exception(name: str) -> None:
    source, forbidden = SEPARATED[name]
    expected = {"name": name, "type": "forbidden", "source_modules": [source], "forbidden_modules": forbidden}
    assert expected in contracts()


@pytest.mark.parametrize(
    ("files", "contract", "imports"),
    [
        pytest.param(
            {"pipeline/worker/vault.py": "from pipeline.store.git import repo\n"},
            WORKER,
            ["pipeline.worker.vault -> pipeline.store.git.repo"],
            id="a worker's module imports the store",
        ),
        pytest.param(
            {"pipeline/worker/vault.py": "def seal() -> None:\n    import pipeline.store.git.repo\n"},
            WORKER,
            ["pipeline.worker.vault -> pipeline.store.git.repo"],
            id="a worker's module imports the store in a function",
        ),
        pytest.param(
            {
                "pipeline/worker/vault.py": "from pipeline.transit import shortcut\n",
                "pipeline/transit/shortcut.py": "from pipeline.store.git import repo\n",
            },
            WORKER,
            [
                "pipeline.worker.vault -> pipeline.transit.shortcut",
                "pipeline.transit.shortcut -> pipeline.store.git.repo",
            ],
            id="a worker's module reaches the store through transit",
        ),
        pytest.param(
            {
                "pipeline/worker/vaults/__init__.py": "",
                "pipeline/worker/vaults/hashicorp.py": "from pipeline.store.ledger import results\n",
            },
            WORKER,
            ["pipeline.worker.vaults.hashicorp -> pipeline.store.ledger.results"],
            id="a package below the worker imports the store",
        ),
        pytest.param(
            {"pipeline/store/copies.py": "from pipeline.worker import credentials\n"},
            STORE,
            ["pipeline.store.copies -> pipeline.worker.credentials"],
            id="a module of the store imports the worker",
        ),
        pytest.param(
            {"pipeline/store/ledger/copies.py": "from collectors.registry import collector\n"},
            STORE,
            ["pipeline.store.ledger.copies -> collectors.registry"],
            id="a module of the store imports a collector",
        ),
        pytest.param(
            {
                "pipeline/store/copies.py": "from pipeline.transit import shortcut\n",
                "pipeline/transit/shortcut.py": "from pipeline.worker import credentials\n",
            },
            STORE,
            [
                "pipeline.store.copies -> pipeline.transit.shortcut",
                "pipeline.transit.shortcut -> pipeline.worker.credentials",
            ],
            id="a module of the store reaches the worker through transit",
        ),
        pytest.param(
            {"collectors/vault.py": "from pipeline import settings\n"},
            "Collectors know nothing of the pipeline",
            ["collectors.vault -> pipeline.settings"],
            id="a collector imports the pipeline",
        ),
    ],
)
def test_a_module_that_crosses_a_line_is_refused_by_its_name(
    code: Path, cache: Path, files: Mapping[str, str], contract: str, imports: list[str]
) -> None:
    add(code, files)
    done = lint(code, cache)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout
    for line in imports:
        assert line in done.stdout


@pytest.mark.parametrize(
    "room", ["pipeline/rumours/__init__.py", "pipeline/rumours.py", "collectors/rumours.py"]
)
def test_a_new_room_has_to_find_its_place_in_the_layers(code: Path, cache: Path, room: str) -> None:
    add(code, {room: '"""What is heard of a device."""\n'})
    done = lint(code, cache)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "rumours" in done.stdout


@pytest.mark.parametrize(("room", "elsewhere"), SEPARATED.values(), ids=SEPARATED)
def test_a_process_that_imports_a_whole_room_has_loaded_nothing_of_the_other(
    room: str, elsewhere: list[str]
) -> None:
    """A contract reads `import` statements. This finds what is imported by a name that is computed."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ROOM, room, *elsewhere],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
