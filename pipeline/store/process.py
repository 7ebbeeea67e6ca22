"""The consumer process: connect, recover, take batch after batch, and push beside that.

A service that is away is waited for.
"""

from __future__ import annotations

import logging
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pipeline.errors import ServiceError
from pipeline.settings import PREFIX, Settings
from pipeline.store.connect import open_results
from pipeline.store.consumer import Consumer
from pipeline.store.git.commit_signature import CommitSigner
from pipeline.store.git.push import Pushers
from pipeline.store.git.reader import history_problem
from pipeline.store.git.repo import BranchMoved
from pipeline.store.git.repos import ConfigsRepos
from pipeline.store.ledger.actions import Word
from pipeline.transit.connect import open_redis
from pipeline.transit.results import ResultStream
from pipeline.transit.signers import read_private_key
from pipeline.transit.trust import open_trust

log = logging.getLogger("devicevault.consumer")

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_BLOCK_MS = 500
_GATHER_S = 0.2
"""A result waits so long for others. Without that, results that come one by one would be a pack each."""


def run(
    settings: Settings,
    stop: threading.Event,
    *,
    until_empty: bool = False,
    new_history: Word | None = None,
) -> None:
    """Consume until `stop` is set, or with `until_empty` until nothing waits on the stream.

    With `new_history`, the checkpoint of each configs repo that does not hold what was stored in it is
    forgotten first, and the table notes whose word that is.

    What is wrong at the start (no repository, no database) is raised. If a service goes away later, this
    waits for it and reads the interrupted batch again.
    """
    _open_many_files()
    if new_history is not None:
        _begin_anew(settings, new_history)
    pushers = Pushers(settings)
    pause_s = _FIRST_PAUSE_S
    started = False
    try:
        while not stop.is_set():
            try:
                with _open(settings) as (consumer, repos):
                    started = True
                    while not stop.is_set():
                        count = consumer.run_once(1 if until_empty else _BLOCK_MS)
                        pause_s = _FIRST_PAUSE_S
                        pushers.poke(_heads(repos))
                        if until_empty and not count:
                            pushers.finish(_heads(repos), stop)
                            return
            except (ServiceError, BranchMoved, OSError) as error:
                if not started or until_empty:
                    raise
                log.error("%s; trying again in %.0f s", error, pause_s)
                stop.wait(pause_s)
                pushers.poke({})
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
    finally:
        pushers.stop()


def _begin_anew(settings: Settings, word: Word) -> None:
    with open_results(settings) as results:
        for name in sorted(results.rosters.repos()):
            path, stored = settings.repo_path(name), results.checkpoints.of(name)
            if history_problem(path, settings.push_branch, stored) is not None:
                log.warning("%s: its history begins anew; the table knew %s", path, stored)
                results.checkpoints.begin_new_history(name, word)


def _open_many_files() -> None:
    """Raise the limit of open files to what we may have: each pack of each configs repo is two files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # somewhere else than on Linux the kernel may know better
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _heads(repos: ConfigsRepos) -> dict[str, str | None]:
    return {name: repo.head for name, repo in repos.opened.items()}


def _commit_signer(settings: Settings) -> CommitSigner | None:
    """SettingsError if the key is unfit: who expects signatures must not get commits without one."""
    path = settings.commit_key_path
    return None if path is None else CommitSigner(read_private_key(path, f"{PREFIX}COMMIT_KEY"))


@contextmanager
def _open(settings: Settings) -> Iterator[tuple[Consumer, ConfigsRepos]]:
    """A consumer and its repos, once it has finished what an earlier run left."""
    author = f"{settings.author_name} <{settings.author_email}>"
    with (
        open_results(settings) as results,
        ConfigsRepos(
            settings.repo_path, settings.push_branch, author, results.checkpoints.of, _commit_signer(settings)
        ) as repos,
        open_redis(settings) as client,
    ):
        stream = ResultStream(client, settings.stream, open_trust(settings, None))
        consumer = Consumer(stream, repos, results, settings.consumer_name, settings.batch_size, _GATHER_S)
        consumer.recover()
        yield consumer, repos
