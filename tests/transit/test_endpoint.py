"""Where the services are: what is on this machine, what asks for a login, what is encrypted and checked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pipeline.audit.doctor import examine
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load_settings
from pipeline.transit.broker import make_app
from pipeline.transit.connect import client_of
from pipeline.transit.endpoint import broker_endpoints, check_logins, endpoints, explained, redis_endpoint

FAR = "192.0.2.7"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names as some machine may have them; nobody else is asked."""
    real = socket.getaddrinfo
    known = {
        "db.local": ["127.0.0.1", "::1"],
        "mixed.local": ["127.0.0.1", FAR],
        "redis.example.net": [FAR],
        "localhost": ["127.0.0.1", "::1"],
    }

    def lookup(host: str, port: object, *args: object, **more: object) -> object:
        if host in known:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0)) for found in known[host]]
        if not host.replace(".", "").isdigit() and ":" not in host:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real(host, None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


LOCAL = [
    "redis://127.0.0.1", "redis://127.9.8.7:6379/1", "redis://[::1]:6379/0", "redis://localhost/0",
    "redis:///0", "redis://db.local", "unix:///run/redis.sock", "redis://[::ffff:127.0.0.1]", "redis://127.1",
    "amqp://", "amqp://guest:guest@localhost//", "amqps://[::1]//", "amqp://127.0.0.1;amqp://localhost",
]  # fmt: skip
OPEN = [
    "redis://192.0.2.7", "redis://redis.example.net:6379/0", "redis://mixed.local", "redis://nowhere.example",
    "redis://[2001:db8::1]:6379", "redis://user@192.0.2.7", "redis://:@192.0.2.7", "redis://0.0.0.0",
    "redis://?host=192.0.2.7", "rediss://192.0.2.7", "REDIS://192.0.2.7",
    "redis://[::ffff:192.0.2.7]", "redis://%31%39%32.0.2.7",
    "amqp://192.0.2.7//", "amqps://192.0.2.7//", "amqp://guest:guest@192.0.2.7//", "amqp://guest@192.0.2.7//",
    "amqp://backup:pw@192.0.2.7;amqp://192.0.2.8", "amqp://localhost;amqp://192.0.2.8",
]  # fmt: skip
WITH_LOGIN = [
    "redis://:pw@192.0.2.7", "redis://worker:pw@192.0.2.7", "rediss://worker:pw@redis.example.net",
    "redis://192.0.2.7?password=pw", "rediss://192.0.2.7?ssl_certfile=/etc/us.pem",
    "amqp://backup:pw@192.0.2.7//", "amqps://backup:pw@192.0.2.7;amqps://backup:pw@192.0.2.8",
]  # fmt: skip


def settings_with(url: str, **more: object) -> Settings:
    is_amqp = url.startswith("amqp")
    redis_url = "redis://localhost" if is_amqp else url
    return load_settings(redis_url=redis_url, broker_url=url if is_amqp else None, **more)


@pytest.mark.parametrize("url", LOCAL + WITH_LOGIN)
def test_a_login_is_wanted_only_for_what_others_can_reach(url: str) -> None:
    settings = settings_with(url)
    make_app(settings).close()
    client_of(settings).close()


@pytest.mark.parametrize("url", OPEN)
def test_a_service_of_another_machine_without_a_login_is_refused(url: str) -> None:
    settings = settings_with(url)
    setting = "BROKER" if url.startswith("amqp") else "REDIS"
    with pytest.raises(SettingsError, match=rf"DEVICEVAULT_{setting}_URL: .*DEVICEVAULT_ALLOW_NO_LOGIN=true"):
        make_app(settings)
    if setting == "REDIS":
        with pytest.raises(SettingsError, match="has no login"):
            client_of(settings)
    make_app(settings.model_copy(update={"allow_no_login": True})).close()


def test_redis_as_a_broker_of_its_own_is_refused_under_its_own_setting() -> None:
    settings = load_settings(redis_url="redis://localhost", broker_url="redis://192.0.2.7")
    with pytest.raises(SettingsError, match="DEVICEVAULT_BROKER_URL"):
        make_app(settings)
    with pytest.raises(SettingsError, match="DEVICEVAULT_BROKER_URL"):
        check_logins(settings, endpoints(settings))


@pytest.mark.parametrize(
    ("url", "encrypted", "checked"),
    [
        ("redis://:pw@192.0.2.7", False, False),
        ("rediss://:pw@192.0.2.7", True, True),
        ("rediss://:pw@192.0.2.7?ssl_cert_reqs=none", True, False),
        ("rediss://:pw@192.0.2.7?ssl_check_hostname=false", True, False),
        ("amqp://a:pw@192.0.2.7", False, False),
        ("amqps://a:pw@192.0.2.7", True, True),
        ("postgresql://a:pw@192.0.2.7/db", False, False),
        ("postgresql://a:pw@192.0.2.7/db?sslmode=require", True, False),
        ("postgresql://a:pw@192.0.2.7/db?sslmode=verify-full", True, True),
    ],
)
def test_doctor_says_what_somebody_on_the_way_could_do(
    url: str, encrypted: bool, checked: bool, tmp_path: Path
) -> None:
    field = {"r": "redis_url", "a": "broker_url", "p": "database_url"}[url[0]]
    [endpoint] = endpoints(load_settings(**{field: url}))
    assert (endpoint.is_encrypted, endpoint.is_checked) == (encrypted, checked)
    nowhere = {"redis_url": f"unix://{tmp_path}/no", "database_url": f"postgresql:///x?host={tmp_path}"}
    settings = load_settings(**{**nowhere, "state_dir": tmp_path, field: url})
    # Only as far as the connections: nobody is there.
    findings = {}
    for finding in examine(settings):
        findings[finding.check] = finding
        if finding.check.endswith(" connection"):
            break
    found = findings[field.removesuffix("_url") + " connection"]
    assert found.verdict == ("ok" if checked else "warning")
    expected = "is checked" if checked else "not checked" if encrypted else "not encrypted"
    assert expected in found.found
    assert "pw" not in found.found.split()


def test_the_servers_of_an_embedded_service_are_local() -> None:
    assert redis_endpoint("unix:///run/valkey.sock?db=0").is_local
    assert [each.is_local for each in broker_endpoints("redis+socket:///run/valkey.sock?virtual_host=0")] == [
        True
    ]


def test_what_is_no_failure_of_tls_is_said_as_it_is() -> None:
    assert explained("Connection refused") == "Connection refused"
