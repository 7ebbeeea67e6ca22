"""What `devicevault hostkeys` shows: lines for known_hosts, and which devices a person has to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.live.host_keys import Finding
from pipeline.live.pins import Pin
from pipeline.text.words import counted

_WORDS = {"ok": "ok", "changed": "changed", "unknown": "unknown", "failed": "failed", "none": "without keys"}
"""How a device's standing is counted, in this order."""


def known_hosts(findings: Sequence[Finding]) -> Iterator[str]:
    """What known_hosts would pin, with a comment above each line.

    A key that differs from a pinned one is only a comment: `>> known_hosts` must not pin it.
    """
    for finding in findings:
        for pin in finding.pins:
            yield pin.comment
            yield pin.line if finding.standing != "changed" else f"# not the pinned key: {pin.line}"


def additions(added: Sequence[Pin]) -> Iterator[str]:
    """Which keys were added to known_hosts, and how many."""
    yield from (f"{pin.device}: pinned {pin.fingerprint}" for pin in added)
    advice = "; compare them before you commit" if added else ""
    yield f"{counted(len(added), 'key')} added to known_hosts{advice}"


def warnings(findings: Sequence[Finding]) -> Iterator[str]:
    """The devices that a person has to look at; of a changed key, what is shown and what is pinned."""
    for finding in findings:
        if finding.message is None:
            continue
        changed = finding.standing == "changed"
        yield f"{'CHANGED ' if changed else ''}{finding.message}"
        yield from (f"  shown: {pin.fingerprint}" for pin in finding.pins)
        if changed:
            yield from (f"  pinned: {pin.fingerprint}" for pin in finding.pinned)


def summary(findings: Sequence[Finding]) -> str:
    """`3 devices: 2 ok, 1 failed`."""
    counts = {word: sum(f.standing == standing for f in findings) for standing, word in _WORDS.items()}
    counts_in_words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{counted(len(findings), 'device')}: {counts_in_words}"


def as_json(findings: Sequence[Finding], added: Sequence[Pin] | None = None) -> dict[str, Any]:
    """The findings as scripts read them; and, after a scan, the lines that were `added` to known_hosts."""
    report: dict[str, Any] = {"devices": [finding.to_json() for finding in findings]}
    return report if added is None else {**report, "written": [pin.line for pin in added]}
