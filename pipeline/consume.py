"""The consumer process: connect, recover, batch after batch; wait out what is away; push beside it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.configs_repo import BranchMoved, ConfigsRepo
from pipeline.consumer import Consumer
from pipeline.errors import ServiceError
from pipeline.push import Pusher
from pipeline.runtime import open_redis, open_results
from pipeline.settings import Settings
from pipeline.stream import ResultStream

log = logging.getLogger("devicevault.consumer")

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_BLOCK_MS = 500
_GATHER_S = 0.1
"""A result waits so long for others: results that trickle in would otherwise be a pack each."""


def run(settings: Settings, stop: threading.Event, *, until_empty: bool = False) -> None:
    """Consume until `stop` is set, or with `until_empty` until nothing waits on the stream.

    What is wrong at the start (no repository, no database) is raised; what goes away later is waited
    for, and the batch that it interrupted is read again.
    """
    pusher = Pusher(settings)
    pause_s = _FIRST_PAUSE_S
    started = False
    try:
        while not stop.is_set():
            try:
                with _open(settings) as (consumer, repo):
                    started = True
                    while not stop.is_set():
                        count = consumer.run_once(1 if until_empty else _BLOCK_MS)
                        pause_s = _FIRST_PAUSE_S
                        pusher.poke(repo.head)
                        if until_empty and not count:
                            _push_before_the_end(pusher, settings, repo, stop)
                            return
            except (ServiceError, BranchMoved, OSError) as error:
                if not started or until_empty:
                    raise
                log.error("%s; trying again in %.0f s", error, pause_s)
                stop.wait(pause_s)
                pusher.poke(None)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
    finally:
        pusher.stop()


def _push_before_the_end(
    pusher: Pusher, settings: Settings, repo: ConfigsRepo, stop: threading.Event
) -> None:
    """Nobody will push later; ServiceError if the remote does not take what is here."""
    if settings.push_url and not pusher.wait(repo.head, stop) and not stop.is_set():
        raise ServiceError(pusher.problem or "DEVICEVAULT_PUSH_URL: push failed")


@contextmanager
def _open(settings: Settings) -> Iterator[tuple[Consumer, ConfigsRepo]]:
    """Everything a consumer needs, with what an earlier run left already finished."""
    author = f"{settings.author_name} <{settings.author_email}>"
    with (
        ConfigsRepo(settings.configs_path, settings.push_branch, author) as repo,
        open_results(settings) as results,
        open_redis(settings) as client,
    ):
        stream = ResultStream(client, settings.stream)
        consumer = Consumer(stream, repo, results, settings.consumer_name, settings.batch_size, _GATHER_S)
        consumer.recover()
        yield consumer, repo
