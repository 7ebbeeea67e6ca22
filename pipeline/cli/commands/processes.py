"""`devicevault worker`, `consume`, `beat` and `up`: the processes of a deployment."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from pipeline import logs, services
from pipeline.cli import options
from pipeline.cli.place import Place, with_place
from pipeline.settings import load_settings


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
    from pipeline.worker import process

    settings = load_settings(state_dir=state_dir, worker_concurrency=concurrency)
    settings = services.locate(settings, database=False)
    if no_default and not queues:
        raise click.UsageError("--no-default leaves this worker without a queue; add --queue")
    names = process.queues_of(queues, default=not no_default)
    raise SystemExit(process.run(settings, names, pool))  # type: ignore[arg-type]


@click.command()
@click.option("--until-empty", is_flag=True, help="Stop once nothing waits on the stream.")
@options.state_dir
def consume(until_empty: bool, state_dir: Path | None) -> None:
    """Store results: commit configurations, write rows, push. One per configs repo.

    \b
    Example:  devicevault consume
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    from pipeline.store import process

    settings = services.locate(load_settings(state_dir=state_dir))
    logs.configure(settings, "consumer")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    process.run(settings, stop, until_empty=until_empty)


@click.command()
@with_place
def beat(place: Place) -> None:
    """Enqueue what the schedules make due, and sweep; any number may run.

    Reads the inventory at its Git revision and again whenever that moves.

    \b
    Example:  devicevault beat --inventory /srv/network/inventory --ref main
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    from pipeline.driver import beat as process

    settings = services.locate(place.settings())
    logs.configure(settings, "beat")
    process.run(settings, worktree=place.worktree)


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    help="Collections per worker. [DEVICEVAULT_WORKER_CONCURRENCY]",
)
@with_place
def up(concurrency: int | None, place: Place) -> None:
    """Run everything on this machine until stopped: services, workers, consumer, beat.

    Valkey and Postgres are started in the state directory unless DEVICEVAULT_REDIS_URL and
    DEVICEVAULT_DATABASE_URL name others. There is one worker per queue of the inventory and one for the
    default queue. Ctrl-C stops all of it; a process that dies is started again.

    \b
    Example:  devicevault up --inventory /srv/network/inventory
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    from pipeline.local import up as process

    settings = place.settings(worker_concurrency=concurrency)
    logs.configure(settings, "up")
    process.run(settings, worktree=place.worktree)
