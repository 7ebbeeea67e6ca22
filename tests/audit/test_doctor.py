"""What `devicevault doctor` finds on real servers, and what it advises."""

from __future__ import annotations

import os
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from pipeline.audit.doctor import Finding, examine
from pipeline.local.keys import make_local_keys
from pipeline.local.policy import write
from pipeline.settings import Settings
from pipeline.store.git.repo import ConfigsRepo
from pipeline.store.ledger.results import Results
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from tests.support.settings import make_settings
from tests.support.values import make_job, success


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, database_url: str) -> Settings:
    settings = make_settings(tmp_path, redis_url, database_url)
    assert make_local_keys(settings)
    write(
        settings.local_policy_path, "version: 1\nrules:\n  - {secrets: env:LAB_*, networks: 192.0.2.0/24}\n"
    )
    return settings


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(settings)}


def test_a_fit_deployment_has_nothing_to_advise(settings: Settings) -> None:
    findings = found(settings)
    assert {finding.verdict for finding in findings.values()} == {"ok"}
    assert {finding.advice for finding in findings.values()} == {""}
    assert set(findings) == {
        "signers", "policy", "broker", "redis clock", "redis eviction", "redis persistence", "result stream",
        "postgres", "postgres clock", "ledger", "configs repo", "git",
    }  # fmt: skip
    assert not settings.configs_path.exists()


def test_a_deployment_without_keys_is_told_so(settings: Settings) -> None:
    (settings.keys_dir / "signers").unlink()
    finding = found(settings)["signers"]
    assert finding.verdict == "problem"
    assert "whoever can write to the broker or to Redis is believed" in finding.found
    assert "devicevault keys" in finding.advice


def test_the_policy_in_force_is_shown(settings: Settings) -> None:
    finding = found(settings)["policy"]
    assert (finding.verdict, finding.found) == ("ok", f"1 rule of {settings.local_policy_path}")
    write(
        settings.local_policy_path,
        "version: 1\nrules:\n  - {secrets: env:OLD, networks: 192.0.2.7/32, transports: telnet}\n",
    )
    finding = found(settings)["policy"]
    assert finding.found == f"{settings.local_policy_path}:3: env:OLD over telnet, in clear: 192.0.2.7/32"
    write(settings.local_policy_path, "version: 1\nrules: x\n")
    assert found(settings)["policy"].verdict == "problem"
    settings.local_policy_path.unlink()
    finding = found(settings)["policy"]
    assert finding.verdict == "warning"
    assert finding.found.startswith("none: BACKUP_*,DEMO_*,EXAMPLE_*,LAB_* and files in /run/secrets may be")
    assert f"`devicevault policy --output {settings.local_policy_path}`" in finding.advice


def test_a_redis_that_may_forget_results_is_told(settings: Settings) -> None:
    with closing(connect(settings.redis_url or "")) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
        try:
            findings = found(settings)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("appendonly", "yes")
    assert (findings["redis eviction"].verdict, findings["redis eviction"].found) == (
        "problem",
        "allkeys-lru",
    )
    assert "noeviction" in findings["redis eviction"].advice
    assert findings["redis persistence"].verdict == "warning"
    assert "appendonly yes" in findings["redis persistence"].advice


def test_waiting_results_dead_letters_and_overdue_backups_are_counted(settings: Settings) -> None:
    with (
        closing(connect(settings.redis_url or "")) as client,
        Results(settings.database_url or "") as results,
    ):
        results.migrate()
        results.expect([make_job(deadline=datetime.now(UTC) - timedelta(hours=1))])
        ResultStream(client, settings.stream).publish(success(make_job(), "a\n"))
        client.xadd(f"{settings.stream}:dead", {"outcome": "x"})
    findings = found(settings)
    assert findings["result stream"].found == "1 result waiting for the consumer"
    assert findings["dead letters"].verdict == findings["ledger"].verdict == "warning"
    assert "1 backup " in findings["ledger"].found
    assert findings["dead letters"].found == "1 message refused"
    assert "devicevault deadletter list" in findings["dead letters"].advice


def test_a_configs_repo_is_named_with_its_newest_commit(settings: Settings) -> None:
    with ConfigsRepo(settings.configs_path) as repo:
        assert repo.head is None
    assert found(settings)["configs repo"].found == f"{settings.configs_path} at no commit yet"


def test_a_database_in_another_encoding_is_told(settings: Settings) -> None:
    with psycopg.connect(settings.database_url or "", autocommit=True) as admin:
        admin.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        try:
            url = re.sub(r"/test_\d+\?", "/plain?", settings.database_url or "")
            finding = found(settings.model_copy(update={"database_url": url}))["postgres encoding"]
        finally:
            admin.execute("DROP DATABASE plain WITH (FORCE)")
    assert (finding.verdict, finding.found) == ("warning", "SQL_ASCII, not UTF-8")
    assert "ENCODING 'UTF8'" in finding.advice


def test_a_missing_git_is_a_problem(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    assert found(settings)["git"].verdict == "problem"


def test_one_service_that_is_away_does_not_hide_the_others(settings: Settings, tmp_path: Path) -> None:
    away = settings.model_copy(
        update={"redis_url": f"unix://:canary@{tmp_path}/no.sock", "broker_url": settings.redis_url}
    )
    findings = found(away)
    assert findings["redis"].verdict == "problem"
    assert "DEVICEVAULT_REDIS_URL" in findings["redis"].found
    assert findings["broker"].verdict == findings["postgres"].verdict == "ok"
    assert "canary" not in str(findings)
