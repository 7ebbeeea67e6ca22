"""`devicevault demo`: the whole journey on simulated devices, told as it goes."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline import logs
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.output import git_colour
from pipeline.cli.progress import progress
from pipeline.errors import ServiceError
from pipeline.inventory import uncommitted_changes
from pipeline.local.demo import Stage, stage
from pipeline.settings import Settings, load_settings
from pipeline.store.git.program import git_output
from pipeline.store.ledger.table import Row
from pipeline.text.words import counted
from pipeline.views.rows import summary, why


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
    logs.configure(settings, "demo")
    # As if by Ctrl-C: whatever was started is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    with stage(settings) as running:
        _tell(running, began)
        if keep_running:
            _keep(running)
    _next_steps(settings)


def _tell(demo: Stage, began: float) -> None:
    where = demo.inventory.source
    _title("The network")
    click.echo(
        f"{len(demo.inventory.devices)} simulated devices speak SSH on loopback; the inventory is {where}."
    )
    if demo.inventory.commit is None:
        click.echo("It is not committed to Git: worktree mode, so that commits can name no revision of it.")
    elif uncommitted_changes(demo.settings.inventory):
        click.echo("Its changes that are not committed yet are not used.")
    workers = len(demo.supervisor.pids()) - 1
    click.echo(f"Valkey, Postgres, {workers} workers and a consumer run in {demo.settings.state_dir}.")

    _title("First backup of every device")
    first = _collect(demo)
    if failed := [row for row in first if row.status != "success"]:
        raise ServiceError(
            f"the demo's first backup failed for {counted(len(failed), 'device')}, "
            f"such as {failed[0].device}: {why(failed[0])}"
        )

    _title("A week passes")
    for change in demo.let_a_week_pass():
        click.echo(f"  {change.device}: {change.summary}" + (f" ({change.author})" if change.author else ""))
    click.echo("  and every device's clocks and counters move on")

    _title("Second backup of every device")
    second = _collect(demo)

    _tell_git(demo.settings.configs_path, first, [row for row in second if row.changed])
    _tell_status(demo)
    click.echo(f"\n{len(first) + len(second)} backups in {time.monotonic() - began:.0f} s.")


def _tell_git(repo: Path, first: Sequence[Row], changed: Sequence[Row]) -> None:
    _title("What Git holds: one commit for each change, none for a clock or a counter")
    by = "%(trailers:key=Changed-By,separator=%x2C )"
    _git(repo, "log", "--stat", f"--format=%C(auto)%h %s  %C(dim)%aI  {by}%Creset", f"-{len(changed)}")

    before = {row.device: row for row in first}
    for row in changed[:1]:
        _title(f"What changed on {row.device} between the two backups")
        _git(repo, "diff", str(before[row.device].commit), str(row.commit), "--", str(row.path))


def _tell_status(demo: Stage) -> None:
    rows = demo.results.latest()
    _title("Every device's newest backup")
    print_backups(rows, "text")
    click.echo("\nThe last good configuration of a device that fails stays in Git. These need a look:")
    for row in rows:
        if row.status != "success":
            click.echo(f"  {row.device}: {row.reason}: {why(row)}")


def _collect(demo: Stage) -> list[Row]:
    with progress(len(demo.inventory.devices)) as tell:
        rows = demo.collect(tell)
    click.echo(summary(rows))
    return rows


def _keep(demo: Stage) -> None:
    state = demo.settings.state_dir
    _title("Everything keeps running; Ctrl-C stops it")
    click.echo("In another terminal:")
    for command in ("status", "log core-sw1", "diff core-sw1", "show core-sw1 --config", "doctor"):
        click.echo(f"  {_program()} {command} --state-dir {state}")
    try:
        while demo.supervisor.watch():
            pass
    except KeyboardInterrupt:
        click.echo("\nstopping ...", err=True)


def _next_steps(settings: Settings) -> None:
    repo = settings.configs_path
    _title("Everything is stopped. The configs repo stays")
    click.echo(f"  {repo}\n\nTry next:")
    for command in (
        f"git -C {repo} log --stat",
        f"git -C {repo} log -p -- core/core-sw1.cfg",
        f"git -C {repo} log -1 --format=%B",
        f"{_program()} demo --keep-running    # the same, left running to try status, log, show and diff",
        f"{_program()} platforms              # what can be backed up",
        f"{_program()} up --inventory DIR     # the same for your network; see README.md",
    ):
        click.echo(f"  {command}")


def _title(text: str) -> None:
    click.secho(f"\n== {text}", bold=True)


def _git(repo: Path, *arguments: str) -> None:
    click.echo(git_output(repo, *arguments, colour=git_colour()).decode(errors="replace"), nl=False)


def _program() -> str:
    """How the person got here: `.venv/bin/devicevault` is seldom on the PATH."""
    return sys.argv[0] if shutil.which("devicevault") is None else "devicevault"
