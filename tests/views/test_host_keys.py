"""What `hostkeys` shows: never a line that `>> known_hosts` should not have pinned."""

from __future__ import annotations

from pipeline.live.host_keys import Finding
from pipeline.live.pins import pin
from pipeline.views.host_keys import additions, as_json, known_hosts, summary, warnings
from tests.inventory.files import host_key
from tests.plan.inventories import device

SW1 = device("sw1", address="192.0.2.1")
OLD, NEW = pin(SW1, host_key(1)), pin(SW1, host_key(2))
FRESH = Finding("sw1", "new", (NEW,), (NEW,))
CHANGED = Finding("sw1", "changed", (NEW,), (NEW,), (OLD,), "host_key", "sw1: its host key has changed")
FAILED = Finding("sw2", "failed", reason="timeout", message="sw2: silent")


def test_a_new_key_is_a_line_and_a_changed_one_a_comment() -> None:
    assert list(known_hosts([FRESH])) == [f"# sw1: {NEW.fingerprint}", f"192.0.2.1 {host_key(2)}"]
    assert all(line.startswith("#") for line in known_hosts([CHANGED]))


def test_of_a_changed_key_both_fingerprints_are_told() -> None:
    assert list(warnings([FRESH, CHANGED, FAILED])) == [
        "CHANGED sw1: its host key has changed",
        f"  shown: {NEW.fingerprint}",
        f"  pinned: {OLD.fingerprint}",
        "sw2: silent",
    ]


def test_what_was_written_is_to_be_compared() -> None:
    assert list(additions([NEW])) == [
        f"sw1: pinned {NEW.fingerprint}",
        "1 key added to known_hosts; compare them before you commit",
    ]
    assert list(additions([])) == ["0 keys added to known_hosts"]


def test_devices_are_counted_by_their_standing() -> None:
    no_keys = Finding("sw3", "none", message="sw3: Telnet has no host keys")
    assert summary([no_keys, FAILED, CHANGED, Finding("sw4", "ok")]) == (
        "4 devices: 1 ok, 1 changed, 1 failed, 1 without keys"
    )


def test_scripts_get_what_was_written_after_a_scan_alone() -> None:
    assert as_json([], [NEW]) == {"devices": [], "written": [NEW.line]}
    assert as_json([]) == {"devices": []}
