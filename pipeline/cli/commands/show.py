"""`devicevault show`: one backup, or its configuration."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.output import as_json, print_json, shown_time
from pipeline.history import find
from pipeline.history.show import stored_config
from pipeline.store.connect import open_results
from pipeline.store.ledger.table import Row
from pipeline.values.names import DEFAULT_REPO
from pipeline.views.rows import what_happened


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
