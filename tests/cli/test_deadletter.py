"""Messages that were refused, for a person: what they are, once more, or away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import psycopg
import pytest
import redis

from pipeline.transit.connect import connect
from pipeline.transit.protocol import dead_key, orders_dead_key
from pipeline.transit.results import ResultStream
from tests.cli.shell import Shell
from tests.support.values import make_job, success

SECRET = "Canary-secret"


@pytest.fixture
def client(shell: Shell) -> Iterator[redis.Redis]:
    with closing(connect(shell.deployment.settings.redis_url or "")) as client:
        yield client


@pytest.fixture
def letters(shell: Shell, client: redis.Redis) -> list[str]:
    """A result and an order that were refused."""
    stream = shell.deployment.settings.stream
    job = {"task_identifier": "a\x1b]0;x\x07", "password": SECRET}
    message = "{}\n" + json.dumps([[], {"job": job}, {}], ensure_ascii=False).replace("\\u001b", "\x1b")
    result = cast("bytes", client.xadd(
        dead_key(stream),
        {"task_identifier": "nightly:sw1:x", "outcome": SECRET, "config": SECRET, "problem": "no JSON"},
    ))  # fmt: skip
    order = cast(
        "bytes", client.xadd(orders_dead_key(stream), {"problem": "it is not signed", "message": message})
    )
    return [f"result/{result.decode()}", f"order/{order.decode()}"]


def entries(client: redis.Redis, key: str) -> list[tuple[bytes, dict[Any, Any]]]:
    return cast("list[tuple[bytes, dict[Any, Any]]]", client.xrange(key))


def actions(shell: Shell) -> list[tuple[str, ...]]:
    with psycopg.connect(shell.deployment.settings.database_url or "") as db:
        return db.execute("SELECT action, subject, reason FROM operator_action ORDER BY at").fetchall()


def test_letters_are_listed_and_shown_without_what_they_hold(shell: Shell, letters: list[str]) -> None:
    answers = [
        shell("deadletter", "list"),
        shell("deadletter", "list", "--output", "json"),
        *(shell("deadletter", "show", letter) for letter in letters),
        *(shell("deadletter", "show", letter, "--output", "json") for letter in letters),
    ]
    for answer in answers:
        assert answer.status == 0
        assert SECRET not in answer.out + answer.err
        assert "\x1b" not in answer.out
    listed = json.loads(answers[1].out)
    assert [letter["letter"] for letter in listed] == letters
    assert [letter["problem"] for letter in listed] == ["no JSON", "it is not signed"]
    assert listed[0]["task_identifier"] == "nightly:sw1:x"


def test_a_result_goes_back_to_the_consumer(shell: Shell, client: redis.Redis) -> None:
    settings = shell.deployment.settings
    stream = ResultStream(client, settings.stream)
    with shell.deployment.results() as results:
        [job] = results.expect([make_job("core-sw1")])
    stream.publish(success(job, "hostname core-sw1\n"))
    [(entry_id, fields)] = entries(client, settings.stream)
    client.xadd(
        dead_key(settings.stream), {**fields, b"problem": b"signed by a key that is not trusted here"}
    )
    client.xdel(settings.stream, entry_id)

    assert shell("deadletter", "retry", "--all", "--reason", "the key was missing").status == 0
    assert client.xlen(dead_key(settings.stream)) == 0
    assert entries(client, settings.stream)[0][1] == fields
    shell.store("hostname core-sw1\n")
    assert shell.deployment.row(job.task_identifier).status == "success"
    [(action, subject, reason)] = actions(shell)
    assert (action, reason) == ("deadletter retry", "the key was missing")
    assert subject.startswith("result/")


def test_letters_are_dropped_one_by_one_or_all(shell: Shell, client: redis.Redis, letters: list[str]) -> None:
    stream = shell.deployment.settings.stream
    assert shell("deadletter", "drop", letters[1], "--reason", "a test").out == "1 dead letter dropped\n"
    assert (client.xlen(dead_key(stream)), client.xlen(orders_dead_key(stream))) == (1, 0)
    assert shell("deadletter", "drop", "--all").status == 0
    assert shell("deadletter", "list").out == "there are no dead letters\n"
    assert [row[:2] for row in actions(shell)] == [
        ("deadletter drop", letters[1]), ("deadletter drop", letters[0]),
    ]  # fmt: skip


def test_an_order_is_not_given_again(shell: Shell, client: redis.Redis, letters: list[str]) -> None:
    shell("deadletter", "retry", letters[1]).is_refusal(2, "queued again by itself")
    assert shell("deadletter", "retry", "--all").out == "1 result given to the consumer once more\n"
    assert client.xlen(orders_dead_key(shell.deployment.settings.stream)) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "result/1-1"), "there is no dead letter result/1-1"),
        (("show", "../x"), "is no dead letter's name"),
        (("retry", "result/1-1"), "there is no dead letter result/1-1"),
    ],
)
def test_what_is_no_letter_is_refused(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    shell("deadletter", *arguments).is_refusal(2, words)


@pytest.mark.parametrize("arguments", [("drop",), ("drop", "result/1-1", "--all"), ("retry",)])
def test_nothing_is_done_to_nothing_in_particular(shell: Shell, arguments: tuple[str, ...]) -> None:
    answer = shell("deadletter", *arguments)
    assert (answer.status, answer.out) == (2, "")
    assert "name dead letters, or give --all" in answer.err
