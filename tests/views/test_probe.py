"""What `probe` shows: how far a device came."""

from __future__ import annotations

from pipeline.text.markdown import COMMENT_BYTES
from pipeline.views.probe import as_markdown, lines
from pipeline.worker.probe_report import Report, Step

GOOD = Report(
    "sw1", "cisco_ios", "collector.group.core",
    steps=(Step("reached", True, 0.1, ("192.0.2.1 port 22", "SSH-2.0-x")), Step("login", True, None)),
    facts={"os_version": "15.2"}, size=1234, lines=40, secrets_hidden=2, head=("hostname sw1", "</details>"),
)  # fmt: skip
BAD = Report(
    "sw2", "cisco_ios", "collector.group.core", reason="host_key", message="sw2: unknown key",
    host_key="192.0.2.2 ssh-ed25519 AAAA", hint="looks like arista_eos",
)  # fmt: skip


def test_people_read_a_paragraph_for_each_device() -> None:
    assert list(lines([GOOD, BAD])) == [
        "sw1 (cisco_ios, collector.group.core): good",
        "  reached       ok        0.10 s  192.0.2.1 port 22",
        "                                  SSH-2.0-x",
        "  login         ok",
        "  1,234 bytes in 40 lines, secrets hidden: 2; os_version 15.2",
        "  | hostname sw1",
        "  | </details>",
        "",
        "sw2 (cisco_ios, collector.group.core): failed: host_key",
        "  sw2: unknown key",
        "  compare with the device, then pin: 192.0.2.2 ssh-ed25519 AAAA",
        "  looks like arista_eos",
        "",
        "2 probed: 1 good, 1 failed",
    ]
    assert list(lines([])) == ["nothing to probe: no device is new or collected in another way"]


def test_a_comment_has_a_table_and_what_a_device_said_is_code() -> None:
    text = as_markdown([GOOD, BAD]).splitlines()
    assert text[:6] == [
        "**2 probed: 1 good, 1 failed**",
        "",
        "| Device | Platform | Outcome | What |",
        "| --- | --- | --- | --- |",
        "| `sw1` | `cisco_ios` | good | 1,234 bytes in 40 lines, secrets hidden: 2; os\\_version 15.2 |",
        "| `sw2` | `cisco_ios` | failed: host\\_key | sw2: unknown key |",
    ]
    assert "    </details>" in text
    assert text.count("</details>") == 2


def test_a_comment_is_never_too_long() -> None:
    assert len(as_markdown([GOOD] * 2000).encode()) <= COMMENT_BYTES
