"""Jobs and outcomes cross a queue and a stream: unchanged, or refused with MessageError."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import MessageError
from pipeline.values import compression
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.job import Backup, Job, expected_job
from pipeline.values.names import name_problem
from pipeline.values.options import Options
from pipeline.values.outcome import Outcome
from pipeline.values.times import from_iso, iso
from tests.support.bomb import bomb
from tests.support.values import NOW, failure, make_job, success

_line = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40)
_free = st.text(st.characters(codec="utf-8"), max_size=60)
_name = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True).filter(lambda name: not name_problem(name))
_time = st.datetimes(datetime(1972, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


credentials = st.builds(
    Credential, name=_line, username=_line, password=_maybe(_line), enable_password=_maybe(_line),
    private_key=_maybe(_line), passphrase=_maybe(_line),
    order=st.sampled_from([("private_key", "password"), ("password", "private_key"), ("password",)]),
)  # fmt: skip
options = st.builds(
    Options, secrets=_maybe(st.sampled_from(["hide", "keep", "fingerprint"])),
    transport=_maybe(st.sampled_from(["ssh", "telnet"])), ssh=_maybe(st.sampled_from(["modern", "legacy"])),
    contexts=_maybe(st.booleans()),
    artefacts=_maybe(st.lists(st.sampled_from(["version", "inventory"]), max_size=2).map(tuple)),
)  # fmt: skip
_lines = st.lists(_line, max_size=3).map(tuple)
hops = st.builds(
    Hop, name=_line, address=_line, port=st.integers(1, 65535), credential=credentials, host_keys=_lines
)
devices = st.builds(
    Device, id=_line, name=_name, address=_line, platform=_name, credential=credentials,
    port=_maybe(st.integers(1, 65535)), group=_maybe(_name), queue_id=_maybe(_name), schedule=st.none(),
    host_keys=_lines, timeout_s=st.floats(0.5, 3600), options=options, max_shrink=st.floats(0, 1),
    jump=st.lists(hops, max_size=2).map(tuple), recipients=_lines, repo=_name, allowed_networks=_lines,
)  # fmt: skip
jobs = st.builds(
    Job, task_identifier=_line, run_seq=st.integers(0, 2**63 - 1), device=devices, schedule=_maybe(_line),
    slot=_maybe(_time), queued_at=_time, deadline=_time,
    inventory_commit=_maybe(_line), run_url=_maybe(_line),
)  # fmt: skip
_log = st.lists(st.fixed_dictionaries(
    {"timestamp": _time.map(iso), "severity": st.sampled_from(["info", "error"]), "source": _line,
     "message": _free}
), max_size=3).map(tuple)  # fmt: skip
_texts = st.dictionaries(_name, _free, max_size=3)
_artefacts = st.dictionaries(st.sampled_from(["version", "device.backup"]), _free, max_size=2)
_ended = {"collected_at": _time, "started_at": _time, "finished_at": _time, "worker": _line,
          "attempts": st.integers(0, 9), "log": _log, "facts": _texts, "artefacts": _artefacts}  # fmt: skip
outcomes = st.builds(
    Outcome, job=jobs, status=st.just("success"), reason=st.none(),
    device_config=_free.filter(lambda text: bool(text.strip())), **_ended,
) | st.builds(
    Outcome, job=jobs, status=st.just("failure"), reason=_line, device_config=st.none(), **_ended
)  # fmt: skip

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(jobs)
def test_a_job_comes_out_of_json_as_it_went_in(job: Job) -> None:
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job


@given(outcomes)
def test_an_outcome_comes_out_of_json_as_it_went_in(outcome: Outcome) -> None:
    config = None if outcome.device_config is None else compression.deflate(outcome.device_config)
    assert Outcome.from_json(outcome.to_json(), config) == outcome
    assert Outcome.from_json(outcome.to_json().encode(), config) == outcome


def _read(reader: Any, raw: object) -> None:
    """A value or MessageError; anything else fails the test by itself."""
    try:
        value = reader(raw)
    except MessageError:
        return
    assert isinstance(value, Job | Outcome)


@given(anything)
def test_any_json_is_a_job_or_a_message_error(raw: object) -> None:
    _read(Job.from_json, raw)
    _read(Outcome.from_json, json.dumps(raw))


@given(st.sampled_from(sorted(make_job().to_json())), anything)
@settings(max_examples=300)
def test_any_value_in_any_field_of_a_job_is_read_or_refused(field: str, value: object) -> None:
    _read(Job.from_json, {**make_job().to_json(), field: value})


@given(st.sampled_from(sorted(json.loads(success(make_job(), "a\n").to_json()))), anything)
@settings(max_examples=300)
def test_any_value_in_any_field_of_an_outcome_is_read_or_refused(field: str, value: object) -> None:
    raw = json.loads(success(make_job(), "a\n").to_json())
    _read(Outcome.from_json, json.dumps({**raw, field: value}))


@given(st.binary())
def test_any_bytes_are_no_outcome(raw: bytes) -> None:
    with pytest.raises(MessageError):
        Outcome.from_json(raw)


@pytest.mark.parametrize(
    "raw", ["[" * 100_000, '{"job":' * 100_000, "9" * 10_000, "", "nul", '"\\ud800"', "NaN"]
)
def test_json_that_breaks_parsers_is_a_message_error(raw: str) -> None:
    with pytest.raises(MessageError):
        Outcome.from_json(raw)


HOSTILE = [
    "", ".", "..", "../x", "a/../../x", "a/b", "/etc/passwd", ".git", ".hidden", "-rf", "a\nb", "a\0b", "a b",
    "CORE", "é", "a.", "x.lock", "con", "nul.x", "git~1", "a..b", "a\u202eb", "a" * 64, "a" * 1_000_000,
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:20])
@pytest.mark.parametrize("field", ["device", "group"])
def test_a_name_that_would_be_a_hostile_path_is_refused(field: str, name: str) -> None:
    assert name_problem(name)
    if field == "group" and not name:
        return  # an empty group is no group, as null is
    with pytest.raises(MessageError) as refused:
        Job.from_json({**make_job().to_json(), field: name})
    assert len(str(refused.value)) < 400
    assert "\0" not in str(refused.value)


def test_a_device_may_not_be_named_like_another_devices_file() -> None:
    """`<group>/x.cfg` is the configuration of x, and `<group>/x.cfg/` would hold x.cfg's artefacts."""
    assert ".cfg" in (name_problem("x.cfg") or "")
    assert name_problem("x.cfgs") is None
    with pytest.raises(MessageError, match="cfg"):
        Job.from_json(make_job("core-sw1.cfg").to_json())


@pytest.mark.parametrize(
    "changes",
    [
        {"run_seq": -1}, {"run_seq": 2**63}, {"run_seq": True}, {"run_seq": 1.5}, {"run_seq": "1"},
        {"timeout_s": "30"}, {"timeout_s": float("nan")}, {"timeout_s": float("inf")}, {"timeout_s": 0},
        {"timeout_s": -5}, {"timeout_s": None}, {"timeout_s": 1e9},
        {"port": 0}, {"port": 65536}, {"port": "22"}, {"port": True},
        {"options": {"secrets": "show"}}, {"options": {"artefacts": ["../x"]}}, {"options": {"contexts": 2}},
        {"options": 7}, {"host_keys": "ssh-rsa AAAA"}, {"host_keys": [1]},
        {"host_keys": {"a": 1}}, {"host_keys": ["a\nb"]}, {"credential": None}, {"credential": {}},
        {"credential": {"name": "lab", "username": None}}, {"credential": {"name": "lab", "username": ["x"]}},
        {"credential": {"name": "lab", "username": "u", "password": 5}},
        {"task_identifier": ""}, {"task_identifier": "a\nb"}, {"task_identifier": "x" * 601},
        {"device_id": None}, {"device_id": "a\0"}, {"address": ""}, {"address": "a\r\nb"},
        {"platform": ["x"]},
        {"queue_id": 5}, {"schedule": "\ud800"}, {"inventory_commit": "a\nTrailer: b"}, {"run_url": {}},
        {"deadline": "tomorrow"}, {"deadline": "2026-01-01T00:00:00"},
        {"queued_at": "9999-12-31T23:59:59-14:00"},
        {"slot": 5}, {"slot": "1066-10-14T00:00:00Z"},
    ],
    ids=str,
)  # fmt: skip
def test_a_job_that_nobody_could_have_written_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        Job.from_json({**make_job().to_json(), **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "lost"}, {"status": []}, {"status": "failure"}, {"log": "text"}, {"log": [1]},
        {"log": [{"message": 5}]}, {"log": [{"message": "\ud800"}]}, {"log": [{"a\0": "b"}]}, {"log": 7},
        {"log": [{}]}, {"log": [{"timestamp": "x", "severity": "info", "source": "x"}]}, {"accepted": 1},
        {"facts": []}, {"facts": {"changed_by": 5}}, {"artefacts": {"x": None}}, {"attempts": "1"},
        {"attempts": -1}, {"attempts": 2**31}, {"worker": None}, {"worker": "a\nb"}, {"reason": 5},
        {"collected_at": None}, {"finished_at": "now"}, {"started_at": 17},
    ],
    ids=str,
)  # fmt: skip
def test_an_outcome_that_cannot_be_stored_is_refused(changes: dict[str, Any]) -> None:
    raw = json.loads(success(make_job(), "hostname a\n").to_json())
    with pytest.raises(MessageError):
        Outcome.from_json(json.dumps({**raw, **changes}), compression.deflate("hostname a\n"))


@pytest.mark.parametrize(
    "config",
    [None, b"", b"hostname a\n", zlib.compress(b" \n"), zlib.compress(b"\xff"), zlib.compress(b"a")[:-1],
     zlib.compress(b"a") * 2, zlib.compress(b"a") + b"\0", bomb(257, b"a")],
    ids=["none", "empty", "not deflated", "blank", "not UTF-8", "cut short", "two", "more behind", "a bomb"],
)  # fmt: skip
def test_a_success_without_a_configuration_that_git_can_hold_as_it_came_is_refused(
    config: bytes | None,
) -> None:
    with pytest.raises(MessageError):
        Outcome.from_json(success(make_job(), "hostname a\n").to_json(), config)


def test_a_failure_with_a_configuration_is_refused() -> None:
    with pytest.raises(MessageError):
        Outcome.from_json(failure(make_job()).to_json(), compression.deflate("hostname a\n"))


@pytest.mark.parametrize("config", ["hostname a\n", 5, [], True])
def test_a_failure_with_a_configuration_in_its_json_is_refused(config: object) -> None:
    raw = json.loads(failure(make_job()).to_json())
    with pytest.raises(MessageError):
        Outcome.from_json(json.dumps({**raw, "device_config": config}))


@pytest.mark.parametrize("config", [5, [], " \n", "a\ud800"])
def test_a_success_whose_json_holds_no_configuration_that_could_be_stored_is_refused(config: object) -> None:
    raw = json.loads(success(make_job(), "hostname a\n").to_json())
    with pytest.raises(MessageError):
        Outcome.from_json(json.dumps({**raw, "device_config": config}))


MESSAGE = {
    "task_identifier": "nightly:core-sw1:2026-03-01T02:17:00Z", "run_seq": 7,
    "device_id": "asset-7", "device": "core-sw1", "group": "core", "queue_id": "core-q",
    "address": "192.0.2.7", "port": 22, "platform": "cisco_ios",
    "credential": {
        "name": "lab", "username": "backup", "password": "env:LAB_PASSWORD", "enable_password": None,
        "private_key": None, "passphrase": None, "order": ["private_key", "password"],
    },
    "host_keys": ["ssh-rsa AAAA"],
    "options": {
        "secrets": "keep", "transport": None, "ssh": None, "contexts": None, "artefacts": ["version"],
    },
    "timeout_s": 30.0, "schedule": "nightly", "slot": "2026-03-01T02:17:00Z",
    "queued_at": "2026-03-01T02:17:01Z", "deadline": "2026-03-01T06:17:00Z",
    "inventory_commit": "a1b2c3", "run_url": "https://ci.example/runs/7", "max_shrink": 0.25,
    "jump": [{
        "name": "bastion", "address": "192.0.2.1", "port": 2222,
        "credential": {
            "name": "jump", "username": "hop", "password": None, "enable_password": None,
            "private_key": "file:/keys/hop", "passphrase": "env:HOP", "order": ["private_key", "password"],
        },
        "host_keys": ["ssh-ed25519 AAAA"],
    }],
    "recipients": ["age1abc"], "repo": "finance", "allowed_networks": ["192.0.2.0/24"],
}  # fmt: skip
"""A job as a queue, a stream and a row hold it: other versions of DeviceVault read and write these keys."""

JOB = Job(
    task_identifier="nightly:core-sw1:2026-03-01T02:17:00Z", run_seq=7,
    device=Device(
        id="asset-7", name="core-sw1", address="192.0.2.7", platform="cisco_ios",
        credential=Credential("lab", "backup", password="env:LAB_PASSWORD"), port=22, group="core",
        queue_id="core-q", host_keys=("ssh-rsa AAAA",), timeout_s=30.0,
        options=Options(secrets="keep", artefacts=("version",)), max_shrink=0.25,
        jump=(Hop(
            "bastion", "192.0.2.1", 2222,
            Credential("jump", "hop", private_key="file:/keys/hop", passphrase="env:HOP"),
            ("ssh-ed25519 AAAA",),
        ),),
        recipients=("age1abc",), repo="finance", allowed_networks=("192.0.2.0/24",),
    ),
    schedule="nightly", slot=from_iso("2026-03-01T02:17:00Z"), queued_at=from_iso("2026-03-01T02:17:01Z"),
    deadline=from_iso("2026-03-01T06:17:00Z"), inventory_commit="a1b2c3", run_url="https://ci.example/runs/7",
)  # fmt: skip


def test_a_job_is_written_and_read_as_other_versions_do() -> None:
    assert json.loads(json.dumps(JOB.to_json())) == MESSAGE
    assert Job.from_json(MESSAGE) == JOB


def test_an_outcome_is_written_and_read_as_other_versions_do() -> None:
    at, moment = "2026-03-01T02:18:00Z", from_iso("2026-03-01T02:18:00Z")
    entry = {"timestamp": at, "severity": "error", "source": "session", "message": "core-sw1: no prompt"}
    message = {
        "job": MESSAGE, "status": "failure", "reason": "timeout", "collected_at": at, "started_at": at,
        "finished_at": at, "worker": "w1", "attempts": 3, "log": [entry], "device_config": None,
        "facts": {"model": "C9300"}, "artefacts": {"version": "15.2"}, "accepted": False, "deflated": None,
    }  # fmt: skip
    outcome = Outcome(
        JOB, "failure", "timeout", moment, moment, moment, "w1", 3, log=(entry,),
        facts={"model": "C9300"}, artefacts={"version": "15.2"},
    )  # fmt: skip
    assert json.loads(outcome.to_json()) == message
    assert Outcome.from_json(json.dumps(message)) == outcome


def test_a_job_from_before_it_knew_repos_and_jump_hosts_is_read() -> None:
    later = ("run_url", "max_shrink", "jump", "recipients", "repo", "allowed_networks")
    job = Job.from_json({key: value for key, value in MESSAGE.items() if key not in later})
    assert job.run_url is None
    assert job.device == replace(
        JOB.device, max_shrink=0.5, jump=(), recipients=(), repo="configs", allowed_networks=()
    )


@pytest.mark.parametrize("key", ["task_identifier", "device_id", "device", "group", "timeout_s", "slot"])
def test_a_job_without_what_every_version_wrote_is_refused(key: str) -> None:
    with pytest.raises(MessageError, match=rf"^Job: .*\b{key}\b"):
        Job.from_json({name: value for name, value in MESSAGE.items() if name != key})


def test_a_backup_on_demand_says_nothing_of_its_devices_schedule() -> None:
    device = replace(make_job().device, schedule="nightly")
    job = expected_job(Backup("manual:core-sw1:now", device, NOW), NOW, None)
    assert job.to_json()["schedule"] is None
    assert Job.from_json(job.to_json()).device.schedule is None


def test_what_a_newer_version_adds_is_ignored() -> None:
    job = make_job()
    raw = {**job.to_json(), "colour": "blue", "credential": {**job.to_json()["credential"], "otp": "env:X"}}
    assert Job.from_json(raw) == job


def test_a_task_id_belongs_to_one_identifier() -> None:
    job = make_job()
    assert job.task_id == replace(job, run_seq=5).task_id
    assert job.task_id != replace(job, task_identifier=f"{job.task_identifier}x").task_id


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "yesterday", ""])
def test_a_time_without_a_zone_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        from_iso(text)


def test_times_are_written_in_utc() -> None:
    assert iso(from_iso("2026-03-01T04:17:00+02:00")) == "2026-03-01T02:17:00Z"
