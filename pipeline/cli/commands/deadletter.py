"""`devicevault deadletter`: messages that were refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json, print_lines, print_table
from pipeline.cli.person import person
from pipeline.settings import Settings, load_settings
from pipeline.store.connect import open_results
from pipeline.store.ledger.actions import Action, Word
from pipeline.text.words import counted
from pipeline.transit.connect import open_redis
from pipeline.transit.dead_letters import DeadLetter, DeadLetterStreams
from pipeline.views import dead_letters as view

_F = TypeVar("_F", bound=Callable[..., None])


def _letters(command: _F) -> _F:
    command = click.option("--all", "all_", is_flag=True, help="All of them.")(command)
    return click.argument("letters", nargs=-1, metavar="[LETTER]...")(command)


def _reason(command: _F) -> _F:
    return click.option("--reason", default="", help="Why; the table notes it with your name.")(command)


@click.group()
def deadletter() -> None:
    """Messages that were refused: results that cannot be read, and orders that nobody trusted has signed.

    Their content may hold secrets, and is never shown.

    \b
    Example:  devicevault deadletter list
    Exit status: 0 done, 1 a service is away, 2 there is no such letter
    """


@deadletter.command("list")
@options.state_dir
@options.output
def list_(state_dir: Path | None, output: str) -> None:
    """All of them, results first, the oldest first.

    \b
    Example:  devicevault deadletter list --output json
    Exit status: 0 done, 1 Redis is away
    """
    with _open(_settings(state_dir)) as streams:
        letters = list(streams.all())
    if output == "json":
        print_json([view.to_json(letter) for letter in letters])
    elif letters:
        print_table(view.COLUMNS, letters)
    else:
        echo("there are no dead letters")


@deadletter.command()
@click.argument("letter")
@options.state_dir
@options.output
def show(letter: str, state_dir: Path | None, output: str) -> None:
    """What is known of one.

    \b
    Example:  devicevault deadletter show result/1796092577745-0
    Exit status: 0 done, 1 Redis is away, 2 there is no such letter
    """
    with _open(_settings(state_dir)) as streams:
        [found] = streams.get([letter])
    if output == "json":
        print_json(view.to_json(found))
    else:
        print_lines(view.lines(found))


@deadletter.command()
@_letters
@_reason
@options.state_dir
def retry(letters: tuple[str, ...], all_: bool, reason: str, state_dir: Path | None) -> None:
    """Give results to the consumer once more: after a key was added to the signers, or after an upgrade.

    Orders are not given again: their backups are queued again by themselves, as long as there is time.

    \b
    Example:  devicevault deadletter retry --all --reason "the key of core-2 was missing"
    Exit status: 0 done, 1 a service is away, 2 there is no such result
    """
    settings = _settings(state_dir)
    with _open(settings) as streams:
        found = _chosen(streams, letters, all_)
        if all_:
            found = [letter for letter in found if letter.kind == "result"]
        for letter in found:
            streams.retry(letter)
    _note(settings, "deadletter retry", found, reason)
    echo(f"{counted(len(found), 'result')} given to the consumer once more")


@deadletter.command()
@_letters
@_reason
@options.state_dir
def drop(letters: tuple[str, ...], all_: bool, reason: str, state_dir: Path | None) -> None:
    """Delete them for good.

    \b
    Example:  devicevault deadletter drop order/1796092577745-0 --reason "a test of ours"
    Exit status: 0 done, 1 a service is away, 2 there is no such letter
    """
    settings = _settings(state_dir)
    with _open(settings) as streams:
        found = _chosen(streams, letters, all_)
        # The note first: what is dropped without one could not be told from what was lost.
        _note(settings, "deadletter drop", found, reason)
        for letter in found:
            streams.drop(letter)
    echo(f"{counted(len(found), 'dead letter')} dropped")


def _settings(state_dir: Path | None) -> Settings:
    return services.locate(load_settings(state_dir=state_dir))


@contextmanager
def _open(settings: Settings) -> Iterator[DeadLetterStreams]:
    with open_redis(settings) as client:
        yield DeadLetterStreams(client, settings.stream)


def _chosen(streams: DeadLetterStreams, names: tuple[str, ...], all_: bool) -> list[DeadLetter]:
    if bool(names) == all_:
        raise click.UsageError("name dead letters, or give --all")
    return list(streams.all()) if all_ else streams.get(dict.fromkeys(names))


def _note(settings: Settings, action: Action, letters: list[DeadLetter], reason: str) -> None:
    with open_results(settings) as results:
        for letter in letters:
            detail = f"{letter.task_identifier or '-'}: {letter.problem}".replace("\0", "")
            results.actions.note(action, [letter.name], Word(person(), reason), detail)
