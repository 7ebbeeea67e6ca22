"""Jobs reach their queue, whatever the broker has forgotten meanwhile."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

from pipeline.settings import Settings
from pipeline.transit.broker import TASK, make_app, queue_name
from pipeline.transit.connect import connect
from pipeline.transit.jobs import queue_length, send
from tests.support.values import NOW, make_job


def test_a_broker_that_forgot_everything_gets_the_next_jobs(redis_url: str) -> None:
    """kombu remembers in the process that a queue is bound, and does not bind it again."""
    app, queue = make_app(Settings(redis_url=redis_url)), queue_name("core")
    with closing(connect(redis_url)) as client:
        assert list(send(app, TASK, [make_job()]))
        assert queue_length(app, queue) == 1
        client.flushall()
        for days in (1, 2):
            assert list(send(app, TASK, [make_job(slot=NOW + timedelta(days=days))]))
        assert queue_length(app, queue) == 2
