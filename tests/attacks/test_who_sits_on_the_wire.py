"""Whoever sits between the processes and their servers: a server that cannot show who it is gets no login."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collectors.simulator import Fleet
from pipeline.local.keys import make_local_keys
from pipeline.system.embedded import Services
from tests.journey.deployment import Deployment
from tests.servers.rabbitmq import serve_rabbitmq
from tests.servers.tls import Authority, Certificate, Connect, relay, serve_postgres, to_port, to_unix

SECRET = "canary-wire-1b7e"
ONE_DEVICE = {
    "devicevault": "version: 1\ndefaults: {credential: lab}\n",
    "groups": "core: {}\n",
    "credentials": "lab: {username: backup, password: env:LAB_PASSWORD}\n",
    "devices__all": "core-1: {address: 192.0.2.1, platform: cisco_ios, group: core}\n",
}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def good(authority: Authority) -> Certificate:
    return authority.issue("good", "localhost", "127.0.0.1")


def given_to(deployment: Deployment, **settings: object) -> None:
    deployment.settings = deployment.settings.model_copy(update=settings)


def makes_its_way(deployment: Deployment, fleet: Fleet) -> None:
    """Driver, worker and consumer reach what the settings name; so does doctor."""
    make_local_keys(deployment.settings)
    deployment.write_fleet([fleet["core-ios"]])
    with deployment.running("worker-core", "consumer"):
        assert deployment.collect("--device", "core-ios")["core-ios"]["status"] == "success"
    found = deployment.cli("doctor")
    assert "problem" not in found
    assert "not encrypted" not in found


def test_a_backup_goes_its_whole_way_over_rediss_and_verified_postgres(
    deployment: Deployment, fleet: Fleet, authority: Authority, good: Certificate, valkey: Services,
    tmp_path: Path,
) -> None:  # fmt: skip
    with (
        relay(to_unix(valkey.sockets[0]), good) as redis,
        serve_postgres(tmp_path / "postgres", good) as postgres,
    ):
        given_to(
            deployment,
            redis_url=f"rediss://localhost:{redis}/0",
            database_url=f"postgresql://backup@localhost:{postgres}/postgres?sslmode=verify-full",
            ca_file=authority.file,
        )
        makes_its_way(deployment, fleet)


def test_a_backup_goes_its_whole_way_over_amqps_to_rabbitmq(
    deployment: Deployment, fleet: Fleet, authority: Authority, good: Certificate, tmp_path: Path
) -> None:
    (tmp_path / "rabbitmq").mkdir()
    with serve_rabbitmq(tmp_path / "rabbitmq", good) as url:
        given_to(deployment, broker_url=url, ca_file=authority.file)
        makes_its_way(deployment, fleet)


Case = tuple[Certificate | None, Path, str]


@pytest.fixture
def cases(authority: Authority, good: Certificate, tmp_path: Path) -> dict[str, Case]:
    """Certificate, CA that is trusted, and what is said, by what is wrong."""
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    return {
        "a wrong CA": (good, stranger.file, "no CA of DEVICEVAULT_CA_FILE has signed its certificate"),
        "a wrong name": (
            authority.issue("other", "redis.example.net"),
            authority.file,
            "its certificate is another server's",
        ),
        "an expired certificate": (
            authority.issue("expired", "localhost", "127.0.0.1", expired=True),
            authority.file,
            "its certificate has expired",
        ),
        "no TLS": (None, authority.file, "there is no TLS on that port"),
    }


@pytest.fixture
def server(valkey: Services, request: pytest.FixtureRequest) -> Connect:
    return to_unix(valkey.sockets[0])


WRONG = ["a wrong CA", "a wrong name", "an expired certificate", "no TLS"]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("variable", ["REDIS_URL", "BROKER_URL"])
def test_a_redis_that_cannot_show_who_it_is_gets_no_password(
    deployment: Deployment, cases: dict[str, Case], server: Connect, wrong: str, variable: str
) -> None:
    certificate, ca, why = cases[wrong]
    if certificate is None:
        why = "perhaps there is no TLS on that port"  # it waits for the end of a command
    with relay(server, certificate) as port:
        url = f"rediss://backup:{SECRET}@localhost:{port}/0"
        given_to(deployment, ca_file=ca, **{variable.lower(): url})
        is_refused_in_one_line(deployment, variable, why)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_rabbitmq_that_cannot_show_who_it_is_gets_no_password(
    deployment: Deployment, cases: dict[str, Case], rabbitmq: str, wrong: str
) -> None:
    certificate, ca, why = cases[wrong]
    with relay(to_port(urlsplit(rabbitmq).port or 0), certificate) as port:
        given_to(deployment, ca_file=ca, broker_url=f"amqps://backup:{SECRET}@localhost:{port}//")
        is_refused_in_one_line(deployment, "BROKER_URL", why)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_postgres_that_cannot_show_who_it_is_gets_no_password(
    deployment: Deployment, cases: dict[str, Case], wrong: str, tmp_path: Path
) -> None:
    certificate, ca, why = cases[wrong]
    if wrong == "an expired certificate":
        why = "or it is not valid now"  # libpq does not tell them apart
    with serve_postgres(tmp_path / "postgres", certificate) as port:
        url = f"postgresql://backup:{SECRET}@localhost:{port}/postgres?sslmode=verify-full"
        given_to(deployment, ca_file=ca, database_url=url)
        is_refused_in_one_line(deployment, "DATABASE_URL", why)


def is_refused_in_one_line(deployment: Deployment, variable: str, why: str) -> None:
    deployment.write(**ONE_DEVICE)
    process = "beat" if variable == "DATABASE_URL" else "worker"
    for command in (["collect", "--all"], [process]):
        done = subprocess.run(
            deployment.command(*command),
            env=deployment.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, done.stderr
        assert f"DEVICEVAULT_{variable}: cannot use" in lines[0]
        assert why in lines[0]
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stderr
    assert any(
        f"DEVICEVAULT_{variable}" in line and why in line
        for line in subprocess.run(
            deployment.command("doctor"),
            env=deployment.environment,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.splitlines()
    )


def test_a_ca_file_that_holds_none_is_named(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate\n")
    deployment.write(**ONE_DEVICE)
    for file, why in (
        (tmp_path / "empty.pem", "no certificates in PEM"),
        (tmp_path / "none.pem", "No such file"),
    ):
        given_to(deployment, ca_file=file)
        said = deployment.cli("collect", "--all", expect=1)
        assert f"DEVICEVAULT_CA_FILE: {file}: {why}" in said
