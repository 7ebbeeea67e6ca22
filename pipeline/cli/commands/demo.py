"""`devicevault demo`: the whole journey on simulated devices."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path

import click

from pipeline import logs
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.echo import echo, echo_git
from pipeline.cli.output import git_colour
from pipeline.cli.progress import progress
from pipeline.local.demo import Stage, stage
from pipeline.local.story import Backups, GitOutput, Heading, Part, story
from pipeline.settings import Settings, load_settings
from pipeline.store.ledger.table import Row
from pipeline.system.private_files import keep_files_private


@click.command()
@click.option(
    "--keep-running", is_flag=True, help="Leave it all running until Ctrl-C, to try commands on it."
)
@click.option(
    "--inventory", type=click.Path(path_type=Path), help="The demo's inventory. [DEVICEVAULT_INVENTORY]"
)
@options.state_dir
def demo(keep_running: bool, inventory: Path | None, state_dir: Path | None) -> None:
    """Back up a simulated network, let a week pass, and back it up again.

    Starts Valkey, Postgres, 18 devices that speak SSH on 127.77.0.0/16, workers and a consumer, and stops
    all of it at the end. Only the state directory is written; the configs repo stays there.

    \b
    Example:  devicevault demo --inventory inventory --state-dir .demo
    Exit status: 0 the demo ran, 1 it could not
    """
    # The demo brings its own services, whatever the environment names.
    settings = load_settings(
        inventory=inventory, state_dir=state_dir or Path(".demo"), retry_backoff=0.5, worker_concurrency=3,
        log_level="WARNING", log_format="text",
    )  # fmt: skip
    settings = settings.model_copy(
        update={
            "redis_url": None,
            "broker_url": None,
            "database_url": None,
            "configs_repo": None,
            "push_url": None,
        }
    )
    keep_files_private()
    logs.configure(settings, "demo")
    # As if by Ctrl-C: whatever was started is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with stage(settings) as running:
        for part in story(running, lambda: _collect(running), git_colour()):
            _print(part)
        if keep_running:
            _keep(running)
    _next_steps(settings)


def _print(part: Part) -> None:
    match part:
        case Heading():
            echo(f"\n== {part.text}", bold=True)
        case Backups():
            print_backups(part.rows, "text")
        case GitOutput():
            echo_git(part.text)
        case str():
            echo(part)


def _collect(demo: Stage) -> list[Row]:
    with progress(len(demo.inventory.devices)) as on_progress:
        return demo.collect(on_progress)


def _keep(demo: Stage) -> None:
    state = demo.settings.state_dir
    _print(Heading("Everything keeps running; Ctrl-C stops it"))
    echo("In another terminal:")
    for command in ("status", "log core-sw1", "diff core-sw1", "show core-sw1 --config", "doctor"):
        echo(f"  {_program()} {command} --state-dir {state}")
    try:
        while demo.supervisor.watch():
            pass
    except KeyboardInterrupt:
        echo("\nstopping ...", err=True)


def _next_steps(settings: Settings) -> None:
    repo = settings.configs_path
    _print(Heading("Everything is stopped. The configs repo stays"))
    echo(f"  {repo}\n\nTry next:")
    for command in (
        f"git -C {repo} log --stat",
        f"git -C {repo} log -p -- core/core-sw1.cfg",
        f"git -C {repo} log -1 --format=%B",
        f"{_program()} demo --keep-running    # the same, left running to try status, log, show and diff",
        f"{_program()} platforms              # what can be backed up",
        f"{_program()} up --inventory DIR     # the same for your network; see README.md",
    ):
        echo(f"  {command}")


def _program() -> str:
    """How the person got here: `.venv/bin/devicevault` is seldom on the PATH."""
    return sys.argv[0] if shutil.which("devicevault") is None else "devicevault"
