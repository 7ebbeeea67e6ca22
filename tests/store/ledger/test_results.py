"""The ledger on a real Postgres: idempotent, first writer wins, all or nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from pipeline.errors import ServiceError, StateError
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import FinalRow
from pipeline.system.embedded import Embedded
from pipeline.values.job import Job
from tests.support.values import NOW, make_job

COMMIT = "c" * 40


@pytest.fixture
def results(database_url: str) -> Iterator[Results]:
    with Results(database_url) as results:
        results.migrate()
        yield results


def ended(job: Job, reason: str = "timeout") -> FinalRow:
    return FinalRow(job, "failure", reason, NOW)


def stored(job: Job, commit: str = COMMIT) -> FinalRow:
    return FinalRow(job, "success", None, NOW, changed=True, commit=commit, size=1, sha256="s")


def at_once(count: int, work: object) -> None:
    """Run `work(n)` in as many threads, all starting together; the first error of a thread is raised."""
    together = threading.Barrier(count)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            together.wait(60)
            work(number)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


def test_expecting_a_backup_twice_is_one_backup(results: Results) -> None:
    job = make_job()
    [first] = results.expect([job, job])
    assert results.expect([job]) == []
    assert first.run_seq > 0
    assert results.get([job.task_identifier])[job.task_identifier].status == "queued"


def test_of_several_drivers_at_once_each_backup_has_exactly_one(results: Results, database_url: str) -> None:
    jobs = [make_job(f"sw{number}") for number in range(100)]
    got: list[Job] = []

    def drive(number: int) -> None:
        with Results(database_url) as own:
            got.extend(own.expect(jobs))

    at_once(4, drive)
    assert sorted(job.device.name for job in got) == sorted(job.device.name for job in jobs)
    assert len({job.run_seq for job in got}) == 100


def test_drivers_with_other_orders_do_not_block_each_other(results: Results, database_url: str) -> None:
    jobs = [make_job(f"sw{number}") for number in range(100)]
    got: list[Job] = []

    def drive(number: int) -> None:
        with Results(database_url) as own:
            got.extend(own.expect(jobs[number * 25 :] + jobs[: number * 25]))

    at_once(4, drive)
    assert len({job.task_identifier for job in got}) == len(got) == 100


def test_a_later_run_has_a_greater_run_seq(results: Results) -> None:
    sequence = [
        job.run_seq for day in range(20) for job in results.expect([make_job(slot=NOW + timedelta(days=day))])
    ]
    assert sequence == sorted(set(sequence))


def test_the_first_outcome_stays(results: Results) -> None:
    [job] = results.expect([make_job()])
    assert results.record([ended(job, "timeout")]) == 1
    assert results.record([stored(job)]) == 0
    assert results.fail(job.task_identifier, "malformed", NOW) is False
    row = results.get([job.task_identifier])[job.task_identifier]
    assert (row.status, row.reason, row.commit) == ("failure", "timeout", None)


def test_of_two_outcomes_in_one_batch_the_first_stays(results: Results) -> None:
    [job] = results.expect([make_job()])
    assert results.record([ended(job, "timeout"), stored(job)]) == 1
    assert results.get([job.task_identifier])[job.task_identifier].reason == "timeout"


def test_of_several_writers_at_once_one_wins(results: Results, database_url: str) -> None:
    [job] = results.expect([make_job()])
    written: list[int] = []

    def write(number: int) -> None:
        with Results(database_url) as own:
            if own.record([ended(job, f"writer-{number}")]):
                written.append(number)

    at_once(8, write)
    assert len(written) == 1
    assert results.get([job.task_identifier])[job.task_identifier].reason == f"writer-{written[0]}"


def test_an_outcome_with_a_run_seq_of_its_own_does_not_move_the_numbers_backwards(results: Results) -> None:
    """A table that was rebuilt from the stream: rows without a number of this table's."""
    lost_row = make_job("sw1")
    assert results.record([stored(lost_row)]) == 1
    [next_job] = results.expect([make_job("sw2")])
    assert next_job.run_seq > results.get([lost_row.task_identifier])[lost_row.task_identifier].run_seq


def test_rows_and_checkpoint_move_together(results: Results) -> None:
    good, bad = results.expect([make_job("sw1"), make_job("sw2")])
    assert results.checkpoints.of("configs") is None
    broken = FinalRow(bad, "success", None, NOW, commit=None)  # the table refuses it
    with pytest.raises(psycopg.errors.CheckViolation):
        results.record([stored(good), broken], {"configs": COMMIT})
    assert results.checkpoints.of("configs") is None
    assert {row.status for row in results.latest()} == {"queued"}
    results.record([stored(good), ended(bad)], {"configs": COMMIT})
    results.record([], {"configs": "d" * 40})
    assert results.checkpoints.of("configs") == "d" * 40
    assert results.checkpoints.of("other") is None


def test_a_batch_is_expected_whole_or_not_at_all(results: Results, database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        db.execute("ALTER TABLE device_backup_result ADD CHECK (device <> 'sw3')")
    with pytest.raises(psycopg.errors.CheckViolation):
        results.expect([make_job(f"sw{number}") for number in range(5)])
    assert results.latest() == []


MIGRATE = """
import sys
from pipeline.store.ledger.results import Results
sys.stdin.readline()
with Results(sys.argv[1]) as results:
    print(results.migrate())
"""


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, database_url], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]  # fmt: skip
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]
    assert len(set(answers)) == 1, answers
    assert [process.returncode for process in processes] == [0, 0, 0]
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(*), max(version) FROM devicevault_schema").fetchone() == (
            int(answers[0][0]),
            int(answers[0][0]),
        )


def test_connections_that_start_together_migrate_once(database_url: str) -> None:
    def migrate(_: int) -> None:
        with Results(database_url) as own:
            own.migrate()

    at_once(6, migrate)
    with Results(database_url) as results:
        assert results.latest() == []


def test_a_newer_schema_is_left_alone(results: Results, database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        db.execute("INSERT INTO devicevault_schema VALUES (999)")
    with pytest.raises(StateError, match="999, newer than"):
        results.migrate()


CUT = """
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
CREATE TRIGGER cut BEFORE INSERT ON device_backup_result FOR EACH ROW WHEN (NEW.device = 'sw30')
EXECUTE FUNCTION cut();
"""


def test_a_connection_lost_in_the_middle_leaves_nothing_half_written(
    results: Results, database_url: str
) -> None:
    [known] = results.expect([make_job("known")])
    jobs = [make_job(f"sw{number}") for number in range(50)]
    with psycopg.connect(database_url) as db:
        db.execute(CUT)
    with Results(database_url) as doomed, pytest.raises(ServiceError, match="cannot use Postgres"):
        doomed.expect(jobs)
    with Results(database_url) as doomed, pytest.raises(ServiceError, match="cannot use Postgres"):
        doomed.record([ended(job) for job in (known, *jobs)], {"configs": COMMIT})
    assert {row.device: row.status for row in results.latest()} == {"known": "queued"}
    assert results.checkpoints.of("configs") is None


def test_after_a_restart_of_the_server_a_new_connection_finds_what_was_committed(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path / "state", want_redis=False)
    url = embedded.start().database_url or ""
    try:
        results = Results(url)
        results.migrate()
        [known] = results.expect([make_job("known")])
        embedded.stop()
        for call in (
            lambda: results.expect([make_job("other")]), lambda: results.record([ended(known)]),
            lambda: results.note_published(["x"], NOW), lambda: results.fail("x", "malformed", NOW),
            lambda: results.with_row(["x"]), lambda: results.overdue(NOW), lambda: results.get(["x"]),
            results.latest, results.last_successes, results.clock, results.migrate,
            lambda: results.checkpoints.of("configs"), lambda: Results(url),
        ):  # fmt: skip
            with pytest.raises(ServiceError, match=r"^DEVICEVAULT_DATABASE_URL: cannot use Postgres: \S"):
                call()
        results.close()
        embedded = Embedded(tmp_path / "state", want_redis=False)
        embedded.start()
        with Results(url) as again:
            assert {row.device: row.status for row in again.latest()} == {"known": "queued"}
    finally:
        embedded.stop()


def test_an_open_row_keeps_its_job_and_a_closed_one_does_not(results: Results, database_url: str) -> None:
    soon = make_job("soon", deadline=datetime.now(UTC) + timedelta(hours=1))
    late = make_job("late", deadline=datetime.now(UTC) - timedelta(hours=1))
    soon, late = results.expect([soon, late])
    now = datetime.now(UTC)
    assert results.overdue(now) == [late]
    assert (results.unpublished_since(now, now), results.silent_since(now, now)) == ([soon], [])
    results.note_published([soon.task_identifier], now)
    assert (results.unpublished_since(now, now), results.silent_since(now, now)) == ([], [soon])
    assert results.silent_since(now - timedelta(seconds=1), now) == []
    results.record([ended(soon), ended(late)])
    assert results.overdue(now) == results.silent_since(now, now) == []
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(job) FROM device_backup_result").fetchone() == (0,)


def test_an_open_job_that_cannot_be_read_fails_and_stops_no_other(
    results: Results, database_url: str
) -> None:
    late = datetime.now(UTC) - timedelta(hours=1)
    broken, whole = results.expect([make_job("broken", deadline=late), make_job("whole", deadline=late)])
    with psycopg.connect(database_url) as db:
        db.execute("UPDATE device_backup_result SET job = '{}' WHERE device = 'broken'")
    assert results.overdue(datetime.now(UTC)) == [whole]
    row = results.get([broken.task_identifier])[broken.task_identifier]
    assert (row.status, row.reason) == ("failure", "malformed")


def test_a_network_that_went_silent_is_not_waited_for_for_hours_unless_the_url_says_so(
    database_url: str,
) -> None:
    with Results(database_url) as results, Results(f"{database_url}&tcp_user_timeout=1000") as other:
        assert results._db.info.get_parameters()["tcp_user_timeout"] == "30000"
        assert other._db.info.get_parameters()["tcp_user_timeout"] == "1000"


def test_history_latest_and_successes_are_told_apart(results: Results) -> None:
    first, second = results.expect([make_job(slot=NOW + timedelta(days=day)) for day in range(2)])
    results.record([stored(first), ended(second)])
    assert [row.task_identifier for row in results.history("core-sw1")] == [
        second.task_identifier,
        first.task_identifier,
    ]
    assert [row.status for row in results.latest()] == ["failure"]
    assert results.last_successes(["core-sw1"])["core-sw1"].commit == COMMIT
    assert results.last_successes(["other"]) == {}
    assert results.with_row([first.task_identifier, "no such"]) == {first.task_identifier}


def test_a_backup_that_met_another_one_does_not_hide_how_that_ended(results: Results) -> None:
    """Of two at once the second has the greater run_seq, and knows nothing of the device."""
    runs = [make_job("sw1", slot=NOW + timedelta(seconds=day)) for day in range(3)]
    first, second, third = results.expect(runs)
    [only] = results.expect([make_job("sw2")])
    results.record([stored(first), *(ended(job, "contended") for job in (second, third, only))])
    one, two = results.latest()
    assert (one.task_identifier, one.status, one.failed) == (first.task_identifier, "success", False)
    assert (two.task_identifier, two.reason, two.failed) == (only.task_identifier, "contended", False)
    [last] = results.expect([make_job("sw1", slot=NOW + timedelta(days=4))])
    results.record([ended(last)])
    assert [(row.reason, row.failed) for row in results.latest()] == [("timeout", True), ("contended", False)]


def test_a_device_that_is_only_ever_contended_since_its_last_backup_is_not_well(results: Results) -> None:
    first, *later = results.expect([make_job("sw1", slot=NOW + timedelta(days=day)) for day in range(3)])
    results.record([stored(first), *(ended(job, "contended") for job in later)])
    [row] = results.latest()
    assert (row.task_identifier, row.contended, row.unwell) == (later[-1].task_identifier, True, True)
    # The session that it met has ended after that one was asked for, and stored what there was.
    met, again = results.expect([make_job("sw1", slot=NOW + timedelta(days=day)) for day in (3, 4)])
    results.record([replace(stored(met), finished_at=again.queued_at), ended(again, "contended")])
    [row] = results.latest()
    assert (row.task_identifier, row.unwell) == (met.task_identifier, False)


def test_nul_and_oddities_in_an_outcome_are_stored_without_them(results: Results) -> None:
    [job] = results.expect([make_job()])
    entry = {"timestamp": "t", "severity": "error", "source": "s", "message": "a\0b ✓ '; DROP TABLE x; --"}
    results.record([FinalRow(job, "failure", "od\0d", NOW, log=[entry], worker="w\0")])
    [row] = results.latest()
    assert (row.reason, row.worker, row.log[0]["message"]) == ("odd", "w", "ab ✓ '; DROP TABLE x; --")


@pytest.fixture
def database_of(database_url: str) -> Iterator[Callable[[str], str]]:
    """Makes a database of an encoding and gives its URL."""
    made: list[str] = []

    def make(encoding: str) -> str:
        name = f"in_{encoding.lower()}"
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(
                SQL("CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0").format(
                    Identifier(name), encoding
                )
            )
        made.append(name)
        return re.sub(r"/test_\d+\?", f"/{name}?", database_url)

    yield make
    with psycopg.connect(database_url, autocommit=True) as admin:
        for name in made:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def test_a_database_in_no_encoding_holds_every_text(database_of: Callable[[str], str]) -> None:
    with Results(database_of("SQL_ASCII")) as results:
        results.migrate()
        [job] = results.expect([make_job("zürich-sw1-日本")])
        results.record([ended(job)])
        assert results.latest()[0].device == "zürich-sw1-日本"
        assert results.encoding() == "SQL_ASCII"


def test_a_new_database_that_cannot_hold_every_text_is_refused(database_of: Callable[[str], str]) -> None:
    with (
        Results(database_of("LATIN1")) as results,
        pytest.raises(StateError, match=r"^DEVICEVAULT_DATABASE_URL: .*LATIN1.*ENCODING 'UTF8'"),
    ):
        results.migrate()
