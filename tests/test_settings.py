"""The environment becomes one frozen value, or one line per variable; passwords stay in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.local.up import environment
from pipeline.settings import PREFIX, Settings, load_settings, misspelt
from pipeline.values.urls import passwords_in, url_problem, without_password

EXAMPLES = {
    "secret_variables": "CORE_*,DMZ_PASSWORD",
    "secret_dir": "/run/credentials/devicevault.service",
    "state_dir": "/srv/state",
    "inventory": "/srv/network/inventory",
    "inventory_ref": "release",
    "redis_url": "rediss://:pw@redis.example.net:6380/2",
    "broker_url": "amqps://backup:pw@mq.example.net//",
    "database_url": "postgresql://backup:pw@db1:5432,db2:5433/devicevault",
    "ca_file": "/etc/devicevault/ca.pem",
    "allow_no_login": "True",
    "configs_repo": "/srv/configs.git",
    "push_url": "git@git.example.net:network/configs.git",
    "push_branch": "live/network",
    "push_timeout": "7.5",
    "push_ssh_key": "/run/secrets/key",
    "push_known_hosts": "/etc/known_hosts",
    "stream": "site:results",
    "consumer_name": "consumer-2",
    "batch_size": "17",
    "worker_name": "worker-7",
    "worker_concurrency": "32",
    "fingerprint_key": "env:FINGERPRINT_KEY",
    "worker_remote_control": "True",
    "signing_key": "/etc/devicevault/worker.key",
    "signers": "/etc/devicevault/signers",
    "policy": "/etc/devicevault/policy.yaml",
    "commit_key": "/etc/devicevault/store.key",
    "max_attempts": "5",
    "retry_backoff": "1.5",
    "republish_after": "30.0",
    "author_name": "Network Backup",
    "author_email": "backup@example.net",
    "run_url": "https://ci.example.net/runs/7",
    "log_level": "WARNING",
    "log_format": "text",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_every_field_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(EXAMPLES) == set(Settings.model_fields)
    defaults = load_settings()
    for name, value in EXAMPLES.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    settings = load_settings()
    for name, value in EXAMPLES.items():
        assert str(getattr(settings, name)) == value
        assert getattr(settings, name) != getattr(defaults, name)


def test_a_childs_environment_gives_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXAMPLES.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    settings = load_settings()
    clean_child = {name: value for name, value in environment(settings).items() if name.startswith(PREFIX)}
    for name in EXAMPLES:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}")
    for name, value in clean_child.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_what_a_command_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICEVAULT_STATE_DIR", "/from/environment")
    monkeypatch.setenv("DEVICEVAULT_INVENTORY", "/inventory/from/environment")
    settings = load_settings(state_dir=Path("/given"), inventory=None)
    assert settings.state_dir == Path("/given")
    assert settings.inventory == Path("/inventory/from/environment")


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = load_settings()
    for name in EXAMPLES:
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", "")
    assert load_settings() == defaults


def test_the_state_directory_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/xdg")
    assert load_settings().state_dir == Path("/xdg/devicevault")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert load_settings().configs_path == Path("/home/ada/.local/state/devicevault/configs.git")


def test_log_levels_are_taken_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICEVAULT_LOG_LEVEL", "debug")
    assert load_settings().log_level == "DEBUG"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, value) for field in ("batch_size", "worker_concurrency", "max_attempts")
          for value in ("0", "-1", "lots", "1.5", "")),
        *((field, value) for field in ("push_timeout", "retry_backoff", "republish_after")
          for value in ("0", "-0.1", "nan", "inf", "soon")),
        ("batch_size", "1001"),
        ("push_branch", "../main"),
        ("push_branch", "-main"),
        ("push_branch", "main.lock"),
        ("stream", "a b"),
        ("worker_name", "a\nb"),
        ("author_name", "a\nb"),
        ("author_email", "<a@b>"),
        ("run_url", "https://a b"),
        ("run_url", "x" * 3000),
        ("log_level", "TRACE"),
        ("log_format", "logfmt"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^DEVICEVAULT_{field.upper()}: ") as refused:
        load_settings(**{field: value})
    assert "\n" not in str(refused.value)


SECRET = "canary-pw-90c3"
URLS = [
    f"redis://:{SECRET}@127.0.0.1:6379/0",
    f"redis://user:{SECRET}@127.0.0.1/0",
    f"amqp://user:{SECRET}@[::1]:5672//",
    f"postgresql://user:{SECRET}@/db?host=/run/postgresql",
    f"postgresql:///db?user=u&password={SECRET}&sslmode=require",
    f"https://user:{SECRET}@git.example.net/configs.git",
    f"https://{SECRET}@git.example.net/configs.git",
]


@pytest.mark.parametrize("url", URLS)
def test_a_password_in_a_url_is_found_and_hidden(url: str) -> None:
    assert SECRET in set(passwords_in(url))
    for text in (url, f"cannot reach {url}: refused", f'missing "=" after "{url}" in'):
        assert SECRET not in without_password(text)


@pytest.mark.parametrize("password", ["p/w", "p:w", "p@w", "p/@:w@x", "päss wörd"])
def test_a_password_that_nobody_encoded_is_hidden_with_all_its_parts(password: str) -> None:
    shown = without_password(f"redis://user:{password.replace(' ', '%20')}@host:6379/0")
    assert shown == "redis://user:***@host:6379/0"


def test_a_text_without_a_password_stays_as_it_is() -> None:
    for text in ("redis://127.0.0.1:6379/0", "git@github.com:a/b.git", "https://example.net/a@b:c", "a: b@c"):
        assert without_password(text) == text


def test_settings_never_show_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("redis_url", "redis_url", "broker_url", "database_url", "database_url", "push_url", "push_url")
    for name, url in zip(names, URLS, strict=True):
        settings = load_settings(**{name: url})
        assert SECRET not in f"{settings!r} {settings}"
        assert SECRET in set(settings.passwords())
        if name != "push_url":
            with pytest.raises(SettingsError) as refused:
                load_settings(**{name: url.replace("://", "x://").replace(SECRET, f"{SECRET}/")})
            assert SECRET not in f"{refused.value} {refused.value.__cause__}"


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://h:1/0",
        "redis://[::1]:6379",
        "redis://[fe80::1%25eth0]",
        "redis://a:1,b:2/0",
        "redis:///0",
    ],
)
def test_hosts_and_ports_as_they_are_written(url: str) -> None:
    assert url_problem(url, ("redis",)) is None


@pytest.mark.parametrize(
    "url", ["", "h", "redis:/h", "redis://h:x", "redis://h:70000", "redis://h:1:2", "redis://a b", "redis://[::1",
            "redis://u:p#w@h", "redis://h\n", "amqp://h"]
)  # fmt: skip
def test_what_is_no_url_of_that_service(url: str) -> None:
    assert url_problem(url, ("redis",)) is not None


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("DEVICEVAULT_REDISURL", "DEVICEVAULT_REDIS_URL"),
        ("DEVICEVAULT_DATABSE_URL", "DEVICEVAULT_DATABASE_URL"),
        ("DEVICEVAULTSTATE_DIR", "DEVICEVAULT_STATE_DIR"),
        ("DEVICEVAULT_CONFIG_REPO", "DEVICEVAULT_CONFIGS_REPO"),
    ],
)
def test_a_slip_in_a_variables_name_is_noticed(variable: str, meant: str) -> None:
    [line] = misspelt(iter([variable, "PATH"]))
    assert line.startswith(variable)
    assert line.endswith(f"did you mean {meant}?")


@pytest.mark.parametrize(
    "variable", ["DEVICEVAULT_DEMO_PASSWORD", "DEVICEVAULT_CORE_ENABLE", "devicevault_redis_url", "REDIS_URL",
                 "DEVICEVAULT_REDIS_URL", "DEVICEVAULT_REQUIRE_ALL"]
)  # fmt: skip
def test_variables_that_are_meant_are_left_alone(variable: str) -> None:
    assert misspelt(iter([variable])) == []
