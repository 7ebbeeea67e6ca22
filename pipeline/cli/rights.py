"""What `redis-acl` and `rabbitmq-permissions` have in common: their users, and the users' passwords."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli.echo import echo
from pipeline.cli.workplace import Workplace
from pipeline.errors import UsageError
from pipeline.local.passwords import passwords
from pipeline.settings import Settings
from pipeline.text.words import counted
from pipeline.transit.rights import User, users, workers_of

_F = TypeVar("_F", bound=Callable[..., Any])
_DEFAULT_QUEUE = "@default"


def with_users(command: _F) -> _F:
    """Add `--worker` and `--passwords`."""
    command = click.option(
        "--passwords",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="Directory with a file for each user's password. [default: below the state directory]",
    )(command)
    option = click.option(
        "--worker",
        "workers",
        multiple=True,
        metavar="NAME=QUEUE,...",
        help=f"A worker and its queue_ids; {_DEFAULT_QUEUE} is the default queue. [default: one for each "
        "queue of the inventory]",
    )
    return option(command)


def users_of(workplace: Workplace, settings: Settings, workers: tuple[str, ...]) -> list[User]:
    """The users that the options name, or else those of the inventory's queues."""
    if not workers:
        devices = workplace.read(settings).devices
        return users(workers_of(device.queue_id for device in devices))
    found = {}
    for word in workers:
        name, separator, queues = word.partition("=")
        if not separator or not all(queues.split(",")):
            raise UsageError(f"--worker takes NAME=QUEUE,..., not '{word}'")
        found[name] = [None if queue == _DEFAULT_QUEUE else queue for queue in queues.split(",")]
    try:
        return users(found)
    except ValueError as error:
        raise UsageError(str(error)) from error


def passwords_of(found: list[User], folder: Path) -> dict[str, str]:
    """The users' passwords. What was made is said on stderr."""
    known, made = passwords(folder, [user.name for user in found])
    if made:
        echo(f"made {counted(made, 'password')} in {folder}; each belongs into its process's URL", err=True)
    return known
