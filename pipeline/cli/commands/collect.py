"""`devicevault collect`: write what is expected, enqueue it, wait for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.output import print_json, print_lines
from pipeline.cli.progress import progress
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver import dry_run as rehearsal
from pipeline.driver.backups import collect_due, on_demand, select
from pipeline.driver.connect import open_driver
from pipeline.driver.in_force import adopt
from pipeline.driver.wait import wait_for
from pipeline.errors import ServiceError, UsageError
from pipeline.inventory import without_gc
from pipeline.store.ledger.table import Row
from pipeline.text.words import counted
from pipeline.values.job import Job
from pipeline.views import dry_run as dry_run_view
from pipeline.views.job_summary import as_markdown
from pipeline.views.rows import as_json, summary, why


@click.command()
@click.option("--device", "devices", multiple=True, metavar="NAME", help="A device; may be repeated.")
@click.option(
    "--group", "groups", multiple=True, metavar="NAME", help="All devices of a group; may be repeated."
)
@click.option("--all", "everything", is_flag=True, help="All devices of the inventory.")
@click.option("--due", is_flag=True, help="Whatever the schedules ask for and has no backup yet.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait for the outcomes (the default), or return once queued."
)
@click.option("--timeout", type=options.Seconds(min=0), metavar="SECONDS", help="Wait no longer than this.")
@click.option(
    "--adopt",
    "whatever",
    is_flag=True,
    help="Let the configs repos follow this inventory though it does not come after the last one.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print what would be queued. Writes nothing; only --due needs Postgres."
)
@with_workplace
@options.rich_output
def collect(
    devices: tuple[str, ...],
    groups: tuple[str, ...],
    everything: bool,
    due: bool,
    wait: bool,
    timeout: float | None,
    dry_run: bool,
    whatever: bool,
    workplace: Workplace,
    output: str,
) -> None:
    """Back up devices now, or whatever is due.

    Writes one row per expected backup, queues the jobs, and waits until each has its outcome. Asking
    twice for what is due is one backup. The configs repos follow the inventory: renamed devices' files
    move, removed devices' leave the branch. --worktree, and --ref without --due, leave them alone.

    \b
    Example:  devicevault collect --group core
    Exit status: 0 all succeeded (or queued, with --no-wait), 1 nothing was run, 2 wrong usage,
                 3 some devices failed, were busy with another backup or have no outcome yet,
                 130 interrupted: the backups go on
    """
    if not (devices or groups or everything or due):
        raise UsageError("nothing to collect: give --device, --group, --all or --due")
    if due and (devices or groups or everything):
        raise UsageError("--due takes what the schedules say; leave out --device, --group and --all")
    if timeout is not None and not wait:
        raise UsageError("--timeout says how long to wait; leave out --no-wait")
    if whatever and workplace.worktree:
        raise UsageError("--adopt needs a commit; leave out --worktree")
    now = datetime.now(UTC)
    if dry_run:
        _rehearse(workplace, devices, groups, everything, due, now, output)
        return
    settings = services.locate(workplace.settings())
    current = workplace.read(settings)
    jobs: list[Job] = []
    try:
        with open_driver(settings) as (driver, results):
            driver.check()
            if due or whatever or workplace.ref is None:
                problem = adopt(results, current, settings.inventory, whatever=whatever)
                if problem:
                    click.echo(f"warning: {problem}", err=True)
            if due:
                jobs = collect_due(driver, results, current, now, settings.run_url)
                driver.sweep(settings.republish_after)
            else:
                backups = on_demand(select(current, devices, groups, everything=everything), now)
                jobs = driver.enqueue(backups, current.commit, settings.run_url)
            if not wait or not jobs:
                _report_queued(jobs, output)
                return
            with progress(len(jobs), shown=output == "text") as tell:
                rows = wait_for(driver, results, jobs, settings.republish_after, tell, timeout)
    except KeyboardInterrupt:
        what = counted(len(jobs), "backup") if jobs else "what is queued"
        click.echo(
            f"interrupted: {what} {'go' if len(jobs) > 1 else 'goes'} on; see `devicevault status`", err=True
        )
        raise SystemExit(130) from None
    except ServiceError as error:
        if not jobs:
            raise
        click.echo(f"error: {error}", err=True)
        click.echo(f"error: {len(jobs)} backups are queued and have no outcome yet", err=True)
        raise SystemExit(3) from None
    _report(rows, output)
    # A contended device was read before it was asked for here: that may be before what somebody has changed.
    raise SystemExit(3 if any(row.failed or row.contended or row.status == "queued" for row in rows) else 0)


@without_gc()
def _rehearse(
    workplace: Workplace,
    devices: Collection[str],
    groups: Collection[str],
    everything: bool,
    due: bool,
    now: datetime,
    output: str,
) -> None:
    settings = workplace.settings()
    if due:
        settings = rehearsal.with_table(settings)
        backups = rehearsal.due_backups(settings, workplace.read(settings), now)
    else:
        backups = on_demand(select(workplace.read(settings), devices, groups, everything=everything), now)
    if output == "json":
        print_json(dry_run_view.as_json(backups))
    else:
        print_lines(dry_run_view.lines(backups))


def _report_queued(jobs: Sequence[Job], output: str) -> None:
    if output == "json":
        print_json({"queued": [job.task_identifier for job in jobs], "results": []})
    elif not jobs:
        click.echo("nothing is due")
    else:
        click.echo(f"{counted(len(jobs), 'backup')} queued")


def _report(rows: Sequence[Row], output: str) -> None:
    if output == "json":
        queued = [row.task_identifier for row in rows]
        print_json({"queued": queued, "results": [as_json(row) for row in rows]})
        return
    if output == "markdown":
        click.echo(as_markdown(rows), nl=False)
        return
    print_backups(rows, output)
    for row in (row for row in rows if row.failed or row.contended):
        click.echo(f"{row.device}: {row.reason}: {why(row)}", err=True)
    click.echo(summary(rows))
