"""`devicevault collect`: back devices up now, or whatever is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json, print_lines
from pipeline.cli.progress import progress
from pipeline.cli.selection import NOTHING_CHANGED, with_selection
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver import dry_run as rehearsal
from pipeline.driver.backups import on_demand
from pipeline.driver.connect import open_driver
from pipeline.driver.run import Request, run
from pipeline.driver.wait import wait_for
from pipeline.errors import ServiceError, UsageError
from pipeline.inventory import without_gc
from pipeline.plan.selection import Selection
from pipeline.store.ledger.table import Row
from pipeline.text.words import counted
from pipeline.values.job import Job
from pipeline.views import dry_run as dry_run_view
from pipeline.views.job_summary import as_markdown
from pipeline.views.rows import as_json, summary, why


@click.command()
@with_selection
@click.option("--due", is_flag=True, help="Whatever the schedules ask for and has no backup yet.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait for the outcomes (the default), or return once queued."
)
@click.option("--timeout", type=options.Seconds(min=0), metavar="SECONDS", help="Wait no longer than this.")
@click.option(
    "--adopt",
    "force",
    is_flag=True,
    help="Let the configs repos follow this inventory though it does not come after the last one.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print what would be queued. Writes nothing; only --due needs Postgres."
)
@with_workplace
@options.rich_output
def collect(
    selection: Selection,
    due: bool,
    wait: bool,
    timeout: float | None,
    dry_run: bool,
    force: bool,
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
    if not (selection or due):
        raise UsageError(
            "nothing to collect: name devices, also by --device, "
            "or give --group, --all, --changed-since or --due"
        )
    if due and selection:
        raise UsageError(
            "--due takes what the schedules say; leave out devices, --group, --all and --changed-since"
        )
    if timeout is not None and not wait:
        raise UsageError("--timeout says how long to wait; leave out --no-wait")
    if force and workplace.worktree:
        raise UsageError("--adopt needs a commit; leave out --worktree")
    now = datetime.now(UTC)
    nothing = "nothing is due" if due else f"nothing to collect: {NOTHING_CHANGED}"
    if dry_run:
        _rehearse(workplace, None if due else selection, now, nothing, output)
        return
    settings = services.locate(workplace.settings())
    current = workplace.read(settings)
    devices = None if due else workplace.select(selection, settings, current)
    request = Request(devices, follow=due or workplace.ref is None, force=force)
    jobs: list[Job] = []
    try:
        with open_driver(settings) as (driver, results):
            jobs = run(driver, results, settings, current, request, now, _warn)
            if not wait or not jobs:
                _report_queued(jobs, nothing, output)
                return
            with progress(len(jobs), shown=output == "text") as on_progress:
                rows = wait_for(driver, results, jobs, settings.republish_after, on_progress, timeout)
    except KeyboardInterrupt:
        what = counted(len(jobs), "backup") if jobs else "what is queued"
        echo(
            f"interrupted: {what} {'go' if len(jobs) > 1 else 'goes'} on; see `devicevault status`", err=True
        )
        raise SystemExit(130) from None
    except ServiceError as error:
        if not jobs:
            raise
        echo(f"error: {error}", err=True)
        echo(f"error: {len(jobs)} backups are queued and have no outcome yet", err=True)
        raise SystemExit(3) from None
    _report(rows, output)
    # Another session was at a contended device before this backup was asked for; what that session stored may
    # be older than the change for which somebody asked.
    raise SystemExit(3 if any(row.failed or row.contended or row.status == "queued" for row in rows) else 0)


@without_gc()
def _rehearse(
    workplace: Workplace, selection: Selection | None, now: datetime, nothing: str, output: str
) -> None:
    settings = workplace.settings()
    if selection is None:
        settings = rehearsal.with_table(settings)
        backups = rehearsal.due_backups(settings, workplace.read(settings), now)
    else:
        backups = on_demand(workplace.select(selection, settings, workplace.read(settings)), now)
    if output == "json":
        print_json(dry_run_view.as_json(backups))
    elif backups:
        print_lines(dry_run_view.lines(backups))
    else:
        echo(nothing)


def _warn(problem: str) -> None:
    echo(f"warning: {problem}", err=True)


def _report_queued(jobs: Sequence[Job], nothing: str, output: str) -> None:
    if output == "json":
        print_json({"queued": [job.task_identifier for job in jobs], "results": []})
    else:
        echo(f"{counted(len(jobs), 'backup')} queued" if jobs else nothing)


def _report(rows: Sequence[Row], output: str) -> None:
    if output == "json":
        queued = [row.task_identifier for row in rows]
        print_json({"queued": queued, "results": [as_json(row) for row in rows]})
        return
    if output == "markdown":
        echo(as_markdown(rows), nl=False)
        return
    print_backups(rows, output)
    for row in (row for row in rows if row.failed or row.contended):
        echo(f"{row.device}: {row.reason}: {why(row)}", err=True)
    echo(summary(rows))
