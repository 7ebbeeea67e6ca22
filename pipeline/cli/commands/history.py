"""`devicevault status`, `log`, `show` and `diff`: what was backed up, and what changed.

The table answers; Git is asked only for content. Histories stay fast however long they are.
"""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.output import as_json, exit_status, git_colour, print_json, print_rows, shown_time
from pipeline.errors import UsageError
from pipeline.history import find
from pipeline.history.show import difference, last_change, stored_config
from pipeline.store.connect import open_results
from pipeline.store.ledger.table import Row
from pipeline.values.names import DEFAULT_REPO
from pipeline.views.rows import what_happened


@click.command()
@click.option("--failed", is_flag=True, help="Only devices whose newest backup failed.")
@options.state_dir
@options.output
def status(failed: bool, state_dir: Path | None, output: str) -> None:
    """Each device's newest backup.

    \b
    Example:  devicevault status --failed
    Exit status: 0 all is well, 1 the table cannot be read, 3 some devices failed
    """
    with open_results(find.settings_of(state_dir)) as results:
        rows = [row for row in results.latest() if row.failed or not failed]
    if output == "json":
        print_json([as_json(row) for row in rows])
    elif rows:
        print_rows(rows)
    else:
        click.echo("no device failed" if failed else "nothing has been backed up yet")
    raise SystemExit(exit_status(rows))


@click.command()
@click.argument("device")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@options.state_dir
@options.output
def log(device: str, limit: int, state_dir: Path | None, output: str) -> None:
    """The backups of one device, newest first.

    \b
    Example:  devicevault log core-sw1
    Exit status: 0 done, 1 the table cannot be read, 2 no such device
    """
    with open_results(find.settings_of(state_dir)) as results:
        rows = find.history(results, device, limit)
    if output == "json":
        print_json([as_json(row) for row in rows])
    else:
        print_rows(rows)


@click.command()
@click.argument("what", metavar="TASK_IDENTIFIER|DEVICE")
@click.option("--config", is_flag=True, help="Print the configuration instead, and nothing else.")
@options.state_dir
@options.output
def show(what: str, config: bool, state_dir: Path | None, output: str) -> None:
    """One backup: how it went, step by step; or, with --config, what it stored.

    A device's name means its newest backup, or with --config its newest success.

    \b
    Example:  devicevault show core-sw1 --config
    Exit status: 0 done, 1 it cannot be read, 2 no such backup
    """
    if config and output == "json":
        raise click.UsageError("--config prints the configuration as it is; leave out --output json")
    settings = find.settings_of(state_dir)
    with open_results(settings) as results:
        row = find.find(results, what, success=config)
    if config:
        click.echo(stored_config(settings, row), nl=False)
    elif output == "json":
        print_json(as_json(row))
    else:
        _print_row(row)


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@options.state_dir
def diff(a: str, b: str | None, state_dir: Path | None) -> None:
    """What changed between two backups, as `git diff` shows it.

    A and B are task identifiers or devices. With one device: its last change. With one task identifier:
    what that backup changed.

    \b
    Example:  devicevault diff core-sw1
    Exit status: 0 done, 1 it cannot be read, 2 no such backup
    """
    settings = find.settings_of(state_dir)
    with open_results(settings) as results:
        after = find.find(results, b or a, success=True)
        before = find.find(results, a, success=True) if b else None
    if before is None:
        click.echo(last_change(settings, after, git_colour()), nl=False)
    elif before.repo == after.repo:
        click.echo(difference(settings, before, after, git_colour()), nl=False)
    else:
        raise UsageError(f"{a} and {b} are in the configs repos '{before.repo}' and '{after.repo}'")


def _print_row(row: Row) -> None:
    facts = {
        "task identifier": row.task_identifier,
        "device": row.device,
        "group": row.collection_group,
        "status": row.status + (f": {row.reason}" if row.reason else ""),
        "collected": shown_time(row.timestamp),
        "path": row.path if row.repo == DEFAULT_REPO else f"{row.path} in {row.repo}",
        "commit": f"{row.commit} ({what_happened(row)})" if row.commit else None,
        "size": f"{row.size} bytes, sha256 {row.sha256}" if row.size is not None else None,
        "facts": ", ".join(f"{name} {value}" for name, value in row.facts.items()) or None,
        "inventory commit": row.inventory_commit,
        "schedule": row.schedule,
        "worker": row.worker,
        "attempts": row.attempts,
        "queued": shown_time(row.queued_at),
        "finished": shown_time(row.finished_at),
        "deadline": shown_time(row.deadline),
    }
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name + ':':<18}{value}")
    for entry in row.log:
        click.echo(f"  {entry['timestamp']}  {entry['severity']:<7}  {entry['source']}: {entry['message']}")
