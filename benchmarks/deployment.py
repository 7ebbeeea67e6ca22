"""A deployment of its own for a benchmark: an inventory in Git, and the processes of `devicevault up`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from collectors import registry
from pipeline.driver.inventory_reader import InventoryReader
from pipeline.local.policy import make_local_policy
from pipeline.local.up import children, environment, services
from pipeline.settings import PREFIX, Settings, load_settings
from pipeline.system.supervisor import Child, Patience, Supervisor


@contextmanager
def running(
    folder: Path, files: Mapping[str, str], pool: str, concurrency: int, secrets: Mapping[str, str]
) -> Iterator[Mapping[str, str]]:
    """Everything that `devicevault up` would run, without beat; yields a driver's environment.

    `secrets` are what the inventory's references find; `pool` is Celery's.
    """
    settings = own_settings(folder, files).model_copy(update={"worker_concurrency": concurrency})
    own = {**secrets, "TMPDIR": str(folder)}  # where Celery leaves what a killed worker had
    inventory = InventoryReader(settings, registry.KnownNames()).current()
    make_local_policy(settings, inventory)
    with services(settings) as located:
        wanted = [
            _with(child, own, ("--pool", pool) if child.name.startswith("worker") else ())
            for child in children(located, inventory, beat=False, log_dir=_made(folder / "log"))
        ]
        with Supervisor(wanted, Patience(grace_s=15)):
            yield {**environment(located), **own}


def own_settings(folder: Path, files: Mapping[str, str]) -> Settings:
    """Settings of a deployment in `folder` whose inventory holds `files`, committed.

    Variables of a real deployment are forgotten, for our children too: a benchmark must never reach one.
    """
    for field in Settings.model_fields:
        os.environ.pop(f"{PREFIX}{field.upper()}", None)
    settings = load_settings(state_dir=folder / "state", inventory=folder / "inventory", log_level="WARNING")
    for name, text in files.items():
        _made((settings.inventory / name).parent)
        (settings.inventory / name).write_text(text)
    commit(settings.inventory, ["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "inventory"])
    return settings


def commit(folder: Path, *commands: Sequence[str]) -> None:
    """Run git commands in `folder`, as nobody in particular."""
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in commands:
        subprocess.run([*git, *command], check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})


def _with(child: Child, env: Mapping[str, str], arguments: tuple[str, ...]) -> Child:
    return replace(child, argv=(*child.argv, *arguments), env={**(child.env or {}), **env})


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
