"""`devicevault worker`: the process that collects devices."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import services
from pipeline.cli import options
from pipeline.settings import load_settings
from pipeline.system.private_files import keep_files_private
from pipeline.worker import process


@click.command()
@click.option(
    "--queue", "queues", multiple=True, metavar="ID", help="The queue_id of a group; may be repeated."
)
@click.option("--no-default", is_flag=True, help="Leave the default queue to other workers.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    help="Collections at a time. [DEVICEVAULT_WORKER_CONCURRENCY]",
)
@click.option(
    "--pool", type=click.Choice(["prefork", "threads", "solo"]), default="prefork", help="Celery's pool."
)
@options.state_dir
def worker(
    queues: tuple[str, ...], no_default: bool, concurrency: int | None, pool: str, state_dir: Path | None
) -> None:
    """Collect devices: take jobs from queues, publish results to the stream.

    The one process that sees credentials: it looks their references up in its own environment and files.
    It needs the broker and Redis, not the database and not the configs repo.

    \b
    Example:  devicevault worker --queue core --queue edge
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    keep_files_private()
    settings = load_settings(state_dir=state_dir, worker_concurrency=concurrency)
    settings = services.locate(settings, database=False)
    if no_default and not queues:
        raise click.UsageError("--no-default leaves this worker without a queue; add --queue")
    names = process.queues_of(queues, default=not no_default)
    raise SystemExit(process.run(settings, names, pool))  # type: ignore[arg-type]
