"""`devicevault consume`: the process that stores results."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from pipeline import logs, services
from pipeline.cli import options
from pipeline.cli.person import person
from pipeline.settings import load_settings
from pipeline.store import process
from pipeline.store.ledger.actions import Word
from pipeline.system.private_files import keep_files_private


@click.command()
@click.option("--until-empty", is_flag=True, help="Stop once nothing waits on the stream.")
@click.option(
    "--new-history",
    metavar="REASON",
    help="A configs repo has lost what was stored in it: begin it anew, and note who said so, and why.",
)
@options.state_dir
def consume(until_empty: bool, new_history: str | None, state_dir: Path | None) -> None:
    """Store results: commit configurations, write rows, push. One per configs repo.

    A configs repo that does not hold the last commit that was stored in it is not written to.

    \b
    Example:  devicevault consume
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    settings = services.locate(load_settings(state_dir=state_dir))
    keep_files_private()
    logs.configure(settings, "consumer")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    word = None if new_history is None else Word(person(), new_history)
    process.run(settings, stop, until_empty=until_empty, new_history=word)
