"""What `devicevault probe` shows: how far each device came, for people and for a pull request's comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.text import markdown
from pipeline.worker.probe_report import Report, Step


def lines(reports: Sequence[Report]) -> Iterator[str]:
    """A paragraph for each device, and how many are good."""
    for report in reports:
        yield from _paragraph(report)
        yield ""
    yield _summary(reports)


def as_markdown(reports: Sequence[Report]) -> str:
    """A table of all devices, then a folded part for each; as long as a comment may be."""
    return markdown.bounded(_markdown(reports), markdown.COMMENT_BYTES)


def as_json(reports: Sequence[Report]) -> dict[str, Any]:
    """The reports as scripts read them."""
    return {"reports": [report.to_json() for report in reports]}


def _summary(reports: Sequence[Report]) -> str:
    if not reports:
        return "nothing to probe: no device is new or collected in another way"
    bad = sum(not report.ok for report in reports)
    counts = ((len(reports) - bad, "good"), (bad, "failed"))
    return f"{len(reports)} probed: " + ", ".join(f"{count} {word}" for count, word in counts if count)


def _paragraph(report: Report) -> Iterator[str]:
    verdict = "good" if report.ok else f"failed: {report.reason}"
    yield f"{report.device} ({report.platform}, {report.queue}): {verdict}"
    for step in report.steps:
        first, *more = step.details or ("",)
        yield f"  {step.name:<14}{'ok' if step.ok else 'FAILED':<8}{_duration(step):>8}  {first}".rstrip()
        yield from (f"{'':<34}{detail}" for detail in more)
    if not report.steps and report.message:
        yield f"  {report.message}"
    if report.host_key:
        yield f"  compare with the device, then pin: {report.host_key}"
    if report.hint:
        yield f"  {report.hint}"
    if report.ok:
        yield f"  {_amount(report)}"
        yield from (f"  | {line}" for line in report.head)


def _markdown(reports: Sequence[Report]) -> Iterator[str]:
    yield f"**{markdown.escape(_summary(reports))}**"
    if not reports:
        return
    yield ""
    yield from markdown.table(
        ("Device", "Platform", "Outcome", "What"),
        (
            (
                markdown.code(report.device),
                markdown.code(report.platform),
                "good" if report.ok else markdown.escape(f"failed: {report.reason}"),
                markdown.escape(_amount(report) if report.ok else report.message or ""),
            )
            for report in reports
        ),
    )
    for report in reports:
        yield from ("", f"<details><summary>{report.device}</summary>", "")
        yield from (
            f"- {step.name}: {'ok' if step.ok else '**failed**'} {_duration(step)} "
            + markdown.escape("; ".join(step.details))
            for step in report.steps
        )
        yield from (f"- {markdown.escape(hint)}" for hint in (report.hint,) if hint)
        if report.host_key:
            yield f"- compare with the device, then pin: {markdown.code(report.host_key)}"
        if report.head:
            # An indented line is code whatever is in it; the device could close a fence.
            # The comment ends the list above, which would otherwise swallow these lines.
            yield from ("", "<!-- the first lines -->", "", *(f"    {line}" for line in report.head))
        yield from ("", "</details>")


def _amount(report: Report) -> str:
    hidden = "" if report.secrets_hidden is None else f", secrets hidden: {report.secrets_hidden}"
    facts = "".join(f"; {name} {text}" for name, text in report.facts.items())
    return f"{report.size or 0:,} bytes in {report.lines or 0:,} lines{hidden}{facts}"


def _duration(step: Step) -> str:
    return "" if step.seconds is None else f"{step.seconds:.2f} s"
