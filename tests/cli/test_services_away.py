"""Broker, Redis and Postgres that are away, wrong or unfit: one line that names the setting, no password."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import psycopg
import pytest

from pipeline.local.keys import make_local_keys
from tests.cli.shell import Shell

SECRET = "canary-url-4711"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Bound and not listening: nobody answers there, and nobody else can take it meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


URLS = [
    ("REDIS_URL", "redis://:{secret}@127.0.0.1:{port}/0", "refused"),
    ("REDIS_URL", "unix://:{secret}@/nowhere/redis.sock", "No such file"),
    ("REDIS_URL", "redsi://:{secret}@127.0.0.1/0", "must begin with one of redis://"),
    ("REDIS_URL", "redis://:{secret}/x@127.0.0.1/0", "percent-encode"),
    ("REDIS_URL", "redis://:{secret}@127.0.0.1:99999/0", "port cannot be read"),
    ("REDIS_URL", "redis://:{secret}@127.0.0.1/zero", "number of a Redis database"),
    ("BROKER_URL", "redis://:{secret}@127.0.0.1:{port}/0", "refused"),
    ("BROKER_URL", "amqp://backup:{secret}@127.0.0.1:{port}//", "refused"),
    ("BROKER_URL", "kafka://backup:{secret}@127.0.0.1", "must begin with one of redis://"),
    ("BROKER_URL", "amqp://backup:{secret}:x@127.0.0.1:1:2", "percent-encode"),
    ("DATABASE_URL", "postgresql://backup:{secret}@127.0.0.1:{port}/devicevault", "refused"),
    (
        "DATABASE_URL",
        "postgers://backup:{secret}@127.0.0.1/devicevault",
        "must begin with one of postgresql://",
    ),
    ("DATABASE_URL", "host=127.0.0.1 password={secret} oops", "must begin with one of postgresql://"),
    ("DATABASE_URL", "postgresql://127.0.0.1:{port}/x?password={secret}&sslmode=wat", "sslmode"),
]


@pytest.mark.parametrize(("variable", "url", "why"), URLS)
def test_a_service_that_is_away_is_named_without_its_password(
    shell: Shell, closed_port: int, variable: str, url: str, why: str
) -> None:
    env = {f"DEVICEVAULT_{variable}": url.format(secret=SECRET, port=closed_port)}
    answer = shell("collect", "--all", env=env)
    answer.is_refusal(1, f"DEVICEVAULT_{variable}: ", why)
    assert SECRET not in answer.err
    shell.nothing_is_written()


@pytest.mark.parametrize("variable", ["REDIS_URL", "BROKER_URL", "DATABASE_URL"])
def test_doctor_goes_on_past_a_service_that_is_away_and_shows_no_password(
    shell: Shell, closed_port: int, variable: str
) -> None:
    make_local_keys(shell.deployment.settings)
    scheme = {"REDIS_URL": "redis", "BROKER_URL": "amqp", "DATABASE_URL": "postgresql"}[variable]
    env = {f"DEVICEVAULT_{variable}": f"{scheme}://backup:{SECRET}@127.0.0.1:{closed_port}/0"}
    answer = shell("doctor", env=env)
    assert (answer.status, answer.err) == (1, "")
    problems = [line for line in answer.out.splitlines() if line.startswith("problem")]
    # Without a broker of its own, Redis is the broker too.
    assert len(problems) == (2 if variable == "REDIS_URL" else 1)
    assert all(f"DEVICEVAULT_{variable}" in line for line in problems)
    assert "git version" in answer.out
    assert SECRET not in answer.out


def test_doctor_tells_of_a_misspelt_variable(shell: Shell) -> None:
    make_local_keys(shell.deployment.settings)
    answer = shell("doctor", env={"DEVICEVAULT_BATCHSIZE": "5"})
    assert answer.status == 0
    assert "did you mean DEVICEVAULT_BATCH_SIZE?" in answer.out


def test_a_wrong_password_for_rabbitmq_is_told_without_it(shell: Shell, rabbitmq: str) -> None:
    url = rabbitmq.replace("guest:guest", f"guest:{SECRET}")
    answer = shell("collect", "--all", env={"DEVICEVAULT_BROKER_URL": url})
    answer.is_refusal(1, "DEVICEVAULT_BROKER_URL: ", "refused")
    assert SECRET not in answer.err
    shell.nothing_is_written()


def test_a_missing_vhost_of_rabbitmq_is_told(shell: Shell, rabbitmq: str) -> None:
    url = rabbitmq.removesuffix("/") + "nowhere"
    shell("collect", "--all", env={"DEVICEVAULT_BROKER_URL": url}).is_refusal(
        1, "DEVICEVAULT_BROKER_URL: ", "vhost"
    )


def test_a_worker_whose_redis_is_away_does_not_start(shell: Shell, closed_port: int) -> None:
    answer = shell.process("worker", env={"DEVICEVAULT_REDIS_URL": f"redis://127.0.0.1:{closed_port}"})
    answer.is_refusal(1, "DEVICEVAULT_REDIS_URL: ", "refused")


def test_a_redis_without_the_password_is_told(shell: Shell) -> None:
    url = shell.deployment.settings.redis_url or ""
    answer = shell(
        "collect", "--all", env={"DEVICEVAULT_REDIS_URL": url.replace("unix://", f"unix://:{SECRET}@")}
    )
    assert answer.status == 1
    assert "DEVICEVAULT_REDIS_URL: " in answer.err or "DEVICEVAULT_BROKER_URL: " in answer.err
    assert SECRET not in answer.err
    shell.nothing_is_written()


def test_a_database_that_is_not_there_is_told(shell: Shell) -> None:
    url = (shell.deployment.settings.database_url or "").replace("/test_", "/no_such_")
    answer = shell("status", env={"DEVICEVAULT_DATABASE_URL": url})
    answer.is_refusal(1, "DEVICEVAULT_DATABASE_URL: ", "no_such_", "does not exist")


def test_a_schema_of_a_newer_version_is_left_alone(shell: Shell) -> None:
    url = shell.deployment.settings.database_url or ""
    with shell.deployment.results(), psycopg.connect(url) as db:
        db.execute("INSERT INTO devicevault_schema VALUES (999)")
    for arguments in (["status"], ["collect", "--all"], ["show", "core-sw1"]):
        shell(*arguments).is_refusal(1, "DEVICEVAULT_DATABASE_URL: ", "999", "newer", "upgrade DeviceVault")


def test_a_database_where_nothing_may_be_created_is_told(shell: Shell) -> None:
    url = shell.deployment.settings.database_url or ""
    with psycopg.connect(url, autocommit=True) as db:
        name = db.info.dbname
        db.execute("DROP ROLE IF EXISTS reader")
        db.execute("CREATE ROLE reader LOGIN")
        db.execute("REVOKE CREATE ON SCHEMA public FROM public")
    as_reader = url.replace("//devicevault@", "//reader@")
    assert name in as_reader
    shell("status", env={"DEVICEVAULT_DATABASE_URL": as_reader}).is_refusal(
        1, "DEVICEVAULT_DATABASE_URL: ", "permission denied"
    )


def test_a_table_that_somebody_changed_is_told(shell: Shell) -> None:
    with shell.deployment.results(), psycopg.connect(shell.deployment.settings.database_url or "") as db:
        db.execute("ALTER TABLE device_backup_result DROP COLUMN worker")
    shell("status").is_refusal(1, "DEVICEVAULT_DATABASE_URL: ", "worker", "does not exist")
