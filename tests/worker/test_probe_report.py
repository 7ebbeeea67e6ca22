"""From a collector's log to a report: where it failed, how long each step took, what may be shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.contract import CollectorResult, LogEntry
from collectors.transport.ssh.servers import contradiction, looks_like
from pipeline.errors import MessageError
from pipeline.worker.probe import report_of
from pipeline.worker.probe_report import STEPS, Report
from tests.support.values import make_job

AT = "2026-03-01T02:17:{:06.3f}Z"
ASKED = Report("core-sw1", "cisco_ios", "collector.group.core")


def entry(second: float, source: str, message: str, severity: Any = "info") -> LogEntry:
    return LogEntry(AT.format(second), severity, source, f"{message} (5 ms)")


def report_on(*log: LogEntry, **result: Any) -> Report:
    job = make_job()
    values = {"task_id": job.task_id, "status": "failure", "timestamp": AT.format(9), "reason": "timeout"}
    answer = CollectorResult(**{**values, **result}, log=log)
    return report_of(job, answer, AT.format(0), "w1")


CONNECTED = entry(0.5, "connect", "connected")
KEY = entry(0.75, "host_key", "the pinned key")
LOGIN = entry(1, "login", "authenticated")


@pytest.mark.parametrize(
    ("log", "reason", "failed_at"),
    [
        ((entry(1, "connect", "unreachable: r1: no", "error"),), "unreachable", "reached"),
        # The key of a jump host: the device itself was not reached.
        ((entry(1, "connect", "host_key: r1: jump host", "error"),), "host_key", "reached"),
        ((CONNECTED, entry(1, "host_key", "host_key: r1", "error")), "host_key", "host key"),
        ((CONNECTED, KEY, entry(1, "login", "timeout: r1", "error")), "timeout", "login"),
        ((CONNECTED, KEY, LOGIN, entry(2, "session", "prompt: r1", "error")), "prompt", "platform"),
        (
            (CONNECTED, KEY, LOGIN, entry(2, "collect", "truncated: r1", "error")),
            "truncated",
            "configuration",
        ),
        # Over HTTPS the login is proven by the first answer: what is refused there is a command.
        ((CONNECTED, KEY, entry(2, "login", "rejected: r1", "error")), "rejected", "configuration"),
        # A third party's collector has sources of its own.
        ((entry(1, "acme", "no", "error"),), "authentication", "login"),
        ((entry(1, "acme", "no", "error"),), "acme_broke", None),
        ((), "internal", None),
    ],
)
def test_where_it_failed(log: tuple[LogEntry, ...], reason: str, failed_at: str | None) -> None:
    report = report_on(*log, reason=reason)
    failed = [step.name for step in report.steps if not step.ok]
    assert failed == ([failed_at] if failed_at else [])
    assert [step.name for step in report.steps] == sorted(
        (step.name for step in report.steps), key=STEPS.index
    )
    assert not report.ok
    assert report.message
    assert "(5 ms)" not in report.message


def test_each_step_took_what_lies_between_its_entries() -> None:
    log = (CONNECTED, KEY, LOGIN, entry(1.5, "session", "prompt"), entry(4, "collect", "answered"))
    report = report_on(*log, status="success", reason=None, device_config="a\nb\n")
    assert {step.name: step.seconds for step in report.steps} == {
        "reached": 0.5, "host key": 0.25, "login": 0.25, "platform": 0.5, "configuration": 2.5,
    }  # fmt: skip
    assert (report.size, report.lines, report.head) == (4, 2, ("a", "b"))


def test_a_clock_that_goes_back_takes_no_negative_time() -> None:
    report = report_on(KEY, CONNECTED, status="success", reason=None, device_config="a\n")
    assert all(step.seconds is None or step.seconds >= 0 for step in report.steps)


def test_the_head_is_short_whatever_the_device_prints() -> None:
    text = ("\x1b[2J" + "x" * 10_000 + "\n") * 10_000
    report = report_on(status="success", reason=None, device_config=text)
    assert len(report.head) == 10
    assert all(len(line) <= 160 and line.isprintable() for line in report.head)
    assert len(json.dumps(report.to_json())) < 10_000


@pytest.mark.parametrize(
    ("server", "platform", "likely"),
    [
        ("SSH-2.0-ROSSSH", "cisco_ios", "mikrotik_routeros"),
        ("SSH-2.0-ROSSSH", "mikrotik_routeros", ""),
        ("SSH-2.0-Cisco-1.25", "huawei_vrp", "cisco_ios or cisco_asa"),
        ("SSH-2.0-Cisco-1.25", "cisco_asa", ""),
        ("SSH-2.0-HUAWEI-1.5", "hp_comware", "huawei_vrp"),
        ("SSH-2.0-Comware-7.1.070", "huawei_vrp", "hp_comware"),
        ("SSH-2.0-OpenSSH_9.2", "cisco_nxos", ""),
        ("SSH-1.99-Cisco-1.25", "cisco_ios", ""),
        ("", "cisco_ios", ""),
        ("nonsense", "cisco_ios", ""),
    ],
)
def test_a_servers_name_is_a_hint_where_it_contradicts(server: str, platform: str, likely: str) -> None:
    assert contradiction(server, platform) == likely


def test_every_platform_that_a_server_hints_at_exists() -> None:
    from collectors import registry
    from collectors.transport.ssh.servers import _BEGINS

    assert {name for names in _BEGINS.values() for name in names} <= set(registry.names())
    assert looks_like("SSH-2.0-FortiSSH_1.0") == ("fortinet",)


def test_a_report_travels_and_comes_back() -> None:
    log = (CONNECTED, KEY, LOGIN)
    facts = {"os_version": "15.2", "ssh_server": "SSH-2.0-Cisco-1.25"}
    report = report_on(*log, status="success", reason=None, device_config="a\n", facts=facts)
    assert Report.from_json(json.loads(json.dumps(report.to_json())), ASKED) == report


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(ASKED.to_json())), _json)
def test_an_answer_that_is_no_report_is_refused(name: str, value: object) -> None:
    try:
        report = Report.from_json({**ASKED.to_json(), name: value}, ASKED)
    except MessageError:
        return
    assert (report.device, report.platform, report.queue) == ("core-sw1", "cisco_ios", "collector.group.core")
    shown = [report.message, report.hint, report.host_key, *report.head, *report.facts.values()]
    assert all(text is None or text.isprintable() for text in shown)
