"""`devicevault redis-acl`: users of Redis or Valkey, one for each role."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.output import print_lines
from pipeline.cli.rights import passwords_of, users_of, with_users
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.transit.rights import acl_line


@click.command("redis-acl")
@with_users
@with_workplace
def redis_acl(workers: tuple[str, ...], folder: Path | None, workplace: Workplace) -> None:
    """Print the users of Redis or Valkey, one for each role, as lines of its ACL file.

    A worker's user takes from its queues, appends results and uses the locks; it reads no result and no other
    queue. The last line switches off the user without a name: add one for yourself first. Passwords are made
    once, a file for each user; the lines hold their hashes. Needs Redis 7 or newer, or Valkey.

    \b
    Example:  devicevault redis-acl > /etc/redis/users.acl
              redis.conf: aclfile /etc/redis/users.acl
    Exit status: 0 printed, 1 the inventory or a file cannot be used, 2 wrong usage
    """
    settings = workplace.settings()
    users = users_of(workplace, settings, workers)
    passwords = passwords_of(users, folder or settings.state_dir / "passwords" / "redis")
    print_lines(
        [*(acl_line(user, passwords[user.name], settings.stream) for user in users), "user default off"]
    )
