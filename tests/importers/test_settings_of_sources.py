"""What a source's configuration says beyond devices and logins is taken over, or named in the report."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.importers.rhythm import rhythm_of
from tests.importers.desk import Desk

CONFIG = """\
username: ops
password: {password}
source: {{default: csv, csv: {{file: router.db, map: {{name: 0, ip: 1, model: 2}}}}}}
"""


def put_oxidized(desk: Desk, *lines: str, database: str = "r1:192.0.2.1:ios\n") -> None:
    desk.put("source/config", CONFIG.format(password="Canary-word") + "".join(f"{line}\n" for line in lines))
    desk.put("source/router.db", database)


@pytest.mark.parametrize(
    ("seconds", "name", "cron"),
    [
        (60, "every-5-minutes", "*/5 * * * *"),
        (300, "every-5-minutes", "*/5 * * * *"),
        (1800, "every-30-minutes", "*/30 * * * *"),
        (3600, "hourly", "17 * * * *"),
        (7200, "every-2-hours", "17 */2 * * *"),
        (18000, "every-6-hours", "17 */6 * * *"),
        (86400, "nightly", "17 2 * * *"),
        (604800, "nightly", "17 2 * * *"),
    ],
)
def test_an_interval_becomes_a_schedule(desk: Desk, seconds: int, name: str, cron: str) -> None:
    put_oxidized(desk, f"interval: {seconds}")
    answer = desk.run("oxidized")
    assert answer.status == 0
    schedules = yaml.safe_load((desk.inventory / "schedules.yaml").read_text())
    assert {key: value["cron"] for key, value in schedules.items()} == {name: cron}
    assert {device.schedule for device in desk.loaded().devices} == {name}
    is_exact = seconds in (300, 1800, 3600, 7200, 86400)
    assert (f"becomes the schedule '{cron}'" in answer.out) is not is_exact


@given(st.integers(1, 10**9))
def test_a_schedule_is_never_more_often_than_the_interval_unless_than_a_day(seconds: int) -> None:
    found = rhythm_of(seconds)
    minute, hour, *days = found.cron.split(" ")
    assert days == ["*", "*", "*"]
    every_s = (
        86_400 if hour == "2" else 3600 * int(hour[2:]) if hour.startswith("*/")
        else 60 * int(minute[2:]) if minute.startswith("*/") else 3600
    )  # fmt: skip
    assert every_s >= min(seconds, 86_400)
    assert found.is_exact == (every_s == seconds)


def test_an_interval_of_zero_and_one_that_is_no_number_are_said(desk: Desk) -> None:
    put_oxidized(desk, "interval: 0")
    assert "never collects by itself" in desk.run("oxidized").out
    put_oxidized(desk, "interval: soon")
    assert "no number of seconds" in desk.run("oxidized").out


def test_every_key_of_oxidized_s_config_is_taken_over_or_named(desk: Desk) -> None:
    put_oxidized(
        desk, "interval: 3600", "timeout: 20", "retries: 3", "threads: 30", "pid: /run/Canary-pid",
        "invented: {deeper: Canary-x}",
        "hooks: {push: {type: githubrepo, password: Canary-hook}}", "rest: 127.0.0.1:8888",
        "vars: {enable: Canary-e, ssh_no_exec: true, auth_methods: [none]}",
        "groups: {core: {vars: {metadata: true}, max_threads: 2}}",
        "input: {default: ssh, ssh: {secure: false, banner: x}, utf8_encoded: true}",
    )  # fmt: skip
    answer = desk.run("oxidized")
    assert answer.status == 0
    assert "Canary" not in answer.out
    named = "".join(line for line in answer.out.splitlines() if line.startswith("ignored: "))
    for place in (
        "timeout", "retries", "threads", "pid", "invented", "hooks", "rest", "vars.ssh_no_exec",
        "vars.auth_methods", "vars.metadata", "groups.*.max_threads", "input.ssh.secure", "input.ssh.banner",
        "input.utf8_encoded",
    ):  # fmt: skip
        assert f"'{place}'" in named, place
    for place in ("interval", "username", "groups", "vars.enable", "source", "input.default"):
        assert f"'{place}'" not in named, place


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("https://nms.example.net/api/v0/oxidized", "devicevault import librenms URL"),
        ("https://netbox.example.net/api/dcim/devices/?status=active", "devicevault import netbox URL"),
        ("https://cmdb.example.net/list", "only 'csv'"),
    ],
)
def test_a_source_that_is_asked_by_url_names_the_import_for_it(desk: Desk, url: str, advice: str) -> None:
    desk.put("source/config", f"source: {{default: http, http: {{url: '{url}', scheme: https}}}}\n")
    desk.put("source/router.db", "r1:ios\n")
    desk.run("oxidized").is_refusal(1, advice)


def test_a_delimiter_may_look_at_what_stands_beside_it(desk: Desk) -> None:
    desk.put(
        "source/config",
        r"source: {default: csv, csv: {delimiter: !ruby/regexp '/(?<!\\):/', "
        "map: {name: 0, model: 1, password: 2}}}",
    )
    desk.put("source/router.db", "r1.example.net:ios:Canary\\:word\n")
    assert desk.run("oxidized").status == 0
    assert "Canary\\:word" in desk.secrets.read_text()


def test_ssh_or_telnet_is_a_choice_that_a_person_sees_once(desk: Desk) -> None:
    put_oxidized(desk, "input: {default: 'ssh, telnet'}", database="r1:192.0.2.1:ios\nr2:192.0.2.2:ios\n")
    answer = desk.run("oxidized")
    assert answer.out.count("SSH is taken") == 1
    assert {device.options.transport for device in desk.loaded().devices} == {None}


def test_a_line_of_cloginrc_for_every_device_is_said_once(desk: Desk) -> None:
    names = [f"r{number}.example.net" for number in range(30)]
    desk.put("source/core/router.db", "".join(f"{name};cisco;up\n" for name in names))
    desk.put(
        "source/.cloginrc",
        "add user * ops\nadd password * {Canary-a} {Canary-b}\nadd cyphertype * {3des}\nadd enauser * root\n"
        "add sshcmd * {ssh}\n",
    )
    answer = desk.run("rancid")
    assert answer.status == 0
    lines = [line for line in answer.out.splitlines() if ".cloginrc" in line]
    assert [line.split(":")[:3] for line in lines] == [
        ["ignored", " source/.cloginrc", "4"],
        ["ignored", " source/.cloginrc", "5"],
        ["to do", " source/.cloginrc", "3"],
    ]


@pytest.mark.parametrize("name", ["LICENSE", "README", "CODEOWNERS", "Makefile", "Dockerfile", "run.sh"])
def test_what_lies_beside_an_ansible_inventory_is_not_read(desk: Desk, name: str) -> None:
    desk.put("source/hosts", "[core]\nr1 ansible_host=192.0.2.1 ansible_network_os=cisco.ios.ios\n")
    desk.put(f"source/{name}", "Permission is hereby granted, free of charge:\n[x\n")
    answer = desk.run("ansible")
    assert answer.status == 0
    assert {device.name for device in desk.loaded().devices} == {"r1"}
    assert f"skipped: source/{name}: it has the name of no inventory" in answer.out
