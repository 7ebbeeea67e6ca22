"""One entry at which a layer stumbles: it is buried, and every other entry gets its commit and its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import psycopg
import pytest

from pipeline.errors import ServiceError
from pipeline.store import consumer as consumer_module
from pipeline.store.consumer import Consumer
from pipeline.store.git import commit_message
from pipeline.store.git import repo as repo_module
from pipeline.values.job import Job
from pipeline.values.outcome import Outcome
from tests.support.store import Store
from tests.support.values import make_job, success

Poison = Callable[[Store, pytest.MonkeyPatch], None]


def stumbles_at(name: str, owner: object, of_poison: Callable[..., bool], error: BaseException) -> Poison:
    """A poison that makes the function `name` of `owner` raise."""

    def install(_: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(owner, name)

        def stumble(*args: Any, **kwargs: Any) -> Any:
            if of_poison(*args):
                raise error
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, stumble)

    return install


def is_poisoned(outcome: Outcome, *_: object) -> bool:
    return outcome.job.device.name == "sw5"


def in_postgres(store: Store, _: pytest.MonkeyPatch) -> None:
    """A trigger that refuses the row, as a constraint would."""
    with psycopg.connect(store.database_url) as db:
        db.execute("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.device = 'sw5' AND NEW.status = 'success' THEN RAISE 'poison'; END IF;
            RETURN NEW; END $$""")
        db.execute("""CREATE TRIGGER refuse BEFORE UPDATE ON device_backup_result
            FOR EACH ROW EXECUTE FUNCTION refuse()""")


def too_much_for_postgres(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    in_postgres(store, monkeypatch)
    with psycopg.connect(store.database_url) as db:
        db.execute("""CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.device = 'sw5' AND NEW.status = 'success' THEN
            RAISE 'poison' USING ERRCODE = 'program_limit_exceeded'; END IF; RETURN NEW; END $$""")


POISONS: dict[str, Poison] = {
    "the verdict": stumbles_at("judge", consumer_module, is_poisoned, RecursionError("deep")),
    "the change": stumbles_at("change_of", consumer_module, is_poisoned, OverflowError("a date")),
    "the expected row": stumbles_at(
        "check_expected", consumer_module,
        lambda entry, _: entry.task_identifier.startswith("nightly:sw5:"), TypeError("unhashable\nlist"),
    ),
    "the row": stumbles_at("success_row", consumer_module, is_poisoned, KeyError("timestamp")),
    "the log": stumbles_at(
        "log_line", consumer_module, lambda final: final.job.device.name == "sw5", ValueError("\ud800")
    ),
    "a commit's subject": stumbles_at(
        "backup_subject", repo_module, lambda device, *_: device == "sw5", UnicodeError("odd")
    ),
    "the memory": stumbles_at("judge", consumer_module, is_poisoned, MemoryError()),
    "the table": in_postgres,
    "the table's limits": too_much_for_postgres,
}  # fmt: skip


def committed(store: Store) -> list[str]:
    messages = [store.git("log", "-1", "--format=%B", commit) for commit in store.commits()]
    return [commit_message.read_trailers(text.encode())["Device"] for text in messages]


def dead_letters(store: Store) -> list[dict[bytes, bytes]]:
    letters = cast("list[tuple[bytes, dict[bytes, bytes]]]", store.client.xrange(store.stream.dead_key))
    return [fields for _, fields in letters]


@pytest.mark.parametrize("layer", POISONS)
def test_one_poison_stops_nobody_else(store: Store, monkeypatch: pytest.MonkeyPatch, layer: str) -> None:
    jobs = store.expect(*(make_job(f"sw{n}") for n in range(12)))
    for job in jobs:
        store.stream.publish(success(job, f"hostname {job.device.name}\n"))
    POISONS[layer](store, monkeypatch)
    store.consume()
    rows = {job.device.name: store.row(job) for job in jobs}
    poisoned = rows.pop("sw5")
    assert {(row.status, row.changed) for row in rows.values()} == {("success", True)}
    assert store.stream.waiting() == 0
    devices = committed(store)
    assert sorted(set(devices)) == sorted(devices)
    assert set(rows) <= set(devices)
    for name, row in rows.items():
        assert store.git("show", f"{row.commit}:{row.path}") == f"hostname {name}\n"
    store.git("fsck", "--strict", "--full")
    if layer == "the log":  # its row was written before
        assert poisoned.status == "success"
        return
    assert (poisoned.status, poisoned.reason) == ("failure", "internal")
    [letter] = dead_letters(store)
    assert letter[b"task_identifier"] == poisoned.task_identifier.encode()
    assert letter[b"problem"].startswith(b"it failed twice: ")
    assert b"\n" not in letter[b"problem"]


def test_a_reader_that_stumbles_buries_one_entry(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = store.expect(*(make_job(f"sw{n}") for n in range(3)))
    for job in jobs:
        store.stream.publish(success(job, "a\n"))
    original = Job.from_json.__func__  # type: ignore[attr-defined]

    def stumble(cls: type[Job], raw: Any) -> Job:
        if raw["device"] == "sw1":
            raise ZeroDivisionError
        job: Job = original(cls, raw)
        return job

    monkeypatch.setattr(Job, "from_json", classmethod(stumble))
    store.consume()
    assert [store.row(job).status for job in jobs] == ["success", "failure", "success"]


def test_every_entry_may_be_poison(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = store.expect(*(make_job(f"sw{n}") for n in range(5)))
    for job in jobs:
        store.stream.publish(success(job, "a\n"))
    stumbles_at("judge", consumer_module, lambda *_: True, RuntimeError("all"))(store, monkeypatch)
    store.consume()
    assert {store.row(job).reason for job in jobs} == {"internal"}
    assert store.client.xlen(store.stream.dead_key) == 5


def test_a_service_that_is_away_buries_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    [job] = store.expect(make_job())
    store.stream.publish(success(job, "a\n"))
    with monkeypatch.context() as context, store.repos() as repos:
        away = ServiceError("away")
        stumbles_at("record", type(store.results), lambda *_: True, away)(store, context)
        consumer = Consumer(store.stream, repos, store.results, "consumer")
        for _ in range(3):
            with pytest.raises(ServiceError):
                consumer.recover() or consumer.run_once(block_ms=1)
    store.consume()
    assert store.row(job).status == "success"
    assert not store.client.exists(store.stream.dead_key)
