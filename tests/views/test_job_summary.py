"""What a job's summary says of a collection."""

from __future__ import annotations

from pipeline.text.markdown import SUMMARY_BYTES
from pipeline.views.job_summary import as_markdown
from tests.views.rows import error, row


def test_failures_come_first_then_what_waits_then_what_changed() -> None:
    rows = [
        row("sw1", "success", changed=True, commit="0123456789abcdef"),
        row("sw2", "success", changed=False),
        row("sw3", "failure", reason="timeout", log=error("timeout: sw3: no prompt within 30 s (30010 ms)")),
        row("sw4", "queued", collection_group=None),
        row("sw5", "lost", reason="lost"),
        row("sw6", "failure", reason="contended", log=error("contended: sw6: another backup was running")),
    ]
    assert as_markdown(rows).splitlines() == [
        "**6 backups: 1 changed, 1 unchanged, 2 failed, 1 contended, 1 waiting**",
        "",
        "| Failed | Group | Reason | What it said |",
        "| --- | --- | --- | --- |",
        "| `sw3` | `core` | `timeout` | no prompt within 30 s |",
        "| `sw5` | `core` | `lost` | lost |",
        "",
        "| Not begun | Group | Reason | Why |",
        "| --- | --- | --- | --- |",
        "| `sw6` | `core` | `contended` | another backup was running |",
        "",
        "| No outcome yet | Group |",
        "| --- | --- |",
        "| `sw4` | - |",
        "",
        "| Changed | Group | Commit |",
        "| --- | --- | --- |",
        "| `sw1` | `core` | `0123456789` |",
    ]


def test_what_a_device_says_is_text_on_its_line() -> None:
    hostile = "bad | <img src=x> @noc\n| `x` [click](https://evil.example) |\x1b[2J" + "y" * 10_000
    [*_, line] = as_markdown([row("sw1", "failure", reason="rejected", log=error(hostile))]).splitlines()
    assert line.startswith(
        "| `sw1` | `core` | `rejected` | bad \\| \\<img src=x\\> @\u200bnoc \\| \\`x\\` \\[click\\](https:"
    )
    assert len(line) < 1000


def test_a_fleet_that_all_failed_fits_into_a_summary() -> None:
    rows = [row(f"sw{n}", "failure", reason="timeout", log=error("é" * 400)) for n in range(5_000)]
    text = as_markdown(rows)
    assert len(text.encode()) <= SUMMARY_BYTES
    assert text.startswith("**5000 backups: 5000 failed**\n")
    assert text.endswith(" more lines, which do not fit here.\n")
