"""`devicevault rabbitmq-permissions`: users of RabbitMQ, one for each role."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.output import print_json
from pipeline.cli.rights import passwords_of, users_of, with_users
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.transit.rights import definitions


@click.command("rabbitmq-permissions")
@with_users
@click.option("--vhost", default="/", show_default=True, help="The virtual host.")
@with_workplace
def rabbitmq_permissions(
    workers: tuple[str, ...], folder: Path | None, vhost: str, workplace: Workplace
) -> None:
    """Print the users of RabbitMQ and their rights, as `rabbitmqctl import_definitions` takes them.

    A worker's user takes from its queues and puts its retries back; it reaches no other queue. Passwords are
    made once, a file for each user; what is printed holds their hashes. Redis is needed beside RabbitMQ, with
    users of its own: see redis-acl.

    \b
    Example:  devicevault rabbitmq-permissions > users.json
              rabbitmqctl import_definitions users.json
    Exit status: 0 printed, 1 the inventory or a file cannot be used, 2 wrong usage
    """
    settings = workplace.settings()
    users = users_of(workplace, settings, workers)
    passwords = passwords_of(users, folder or settings.state_dir / "passwords" / "rabbitmq")
    print_json(definitions(users, passwords, vhost))
