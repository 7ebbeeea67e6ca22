"""Two revisions that are read together: what is common is made once, and nothing is told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InventoryError, Problem
from pipeline.inventory import Inventory, Reader, Source, read
from pipeline.plan import compare
from tests.inventory.files import PLATFORMS, host_key
from tests.plan.inventories import NOW

KEY = "age1" + "q" * 58
LINES = {
    "devicevault.yaml": (
        ["version: 1"],
        ["defaults: {credential: lab, schedule: nightly}", "defaults: {credential: lab, timeout: 90}",
         "defaults: {credential: edge, schedule: hourly, jump: bastion}"],
        [f"recipients: [{KEY}]", f"recipients: [{KEY}, {KEY}]", ""],
    ),
    "groups.yaml": (
        ["core: {platform: cisco_ios, queue_id: core}", "core: {platform: cisco_ios, sealed: true}",
         "core: {platform: cisco_ios, allowed_networks: [192.0.2.0/24]}"],
        ["edge: {platform: juniper_junos}", "edge: {platform: juniper_junos, jump: [bastion]}", ""],
    ),
    "schedules.yaml": (
        ['nightly: {cron: "17 2 * * *"}', 'nightly: {cron: "0 4 * * 0", timezone: Europe/Berlin}'],
        ['hourly: {cron: "5 * * * *"}', ""],
    ),
    "credentials.yaml": (
        ["lab: {username: a, password: env:A}", "lab: {username: a, password: env:B}"],
        ["edge: {username: a, password: env:A}", "edge: {username: b, private_key: file:/b}", ""],
    ),
    "jump_hosts.yaml": (
        ["bastion: {address: 192.0.2.9, credential: lab}", "bastion: {address: 192.0.2.9, credential: edge}",
         "bastion: {address: 192.0.2.9, credential: lab, port: 2222}"],
    ),
    "known_hosts": (
        *([f"192.0.2.{n} {host_key(n)}", f"192.0.2.{n} {host_key(n + 9)}", ""] for n in (1, 2, 9)),
        [f"c {host_key(5)}", ""],
        ["", f"[192.0.2.4]:2222 {host_key(6)}"],
    ),
    "devices/one.yaml": (
        ["a: {address: 192.0.2.1, group: core}"] * 3 + ["a: {id: b, address: 192.0.2.2, group: core}"],
        ["b: {address: 192.0.2.2, group: core, credential: edge}", ""],
    ),
    "devices/two.yaml": (
        ["c: {address: c.example.net, group: edge}", "c: {address: 192.0.2.1, group: edge}"],
        ["d: {address: 192.0.2.4, port: 2222, platform: cisco_ios, schedule: hourly}"],
    ),
    "devices/three.yaml": (
        ["e: {address: 192.0.2.5, group: core, jump: bastion}", ""],
        ["f: {address: 2001:db8::1, platform: cisco_ios, sealed: true}", ""],
    ),
}  # fmt: skip
"""For each file its lines, and for each line what it may be."""


def source(name: str, lines: Mapping[str, tuple[str, ...]]) -> Source:
    return Source(
        name, name, {file: "".join(f"{line}\n" for line in found).encode() for file, found in lines.items()}
    )


CHOICES = {file: st.tuples(*map(st.sampled_from, lines)) for file, lines in LINES.items()}
RIGHT = {file: tuple(line[0] for line in lines) for file, lines in LINES.items()}
ANY = st.fixed_dictionaries({}, optional=CHOICES).map(lambda changed: RIGHT | changed)


def outcome(reading: Any, revision: Source) -> Inventory | tuple[Problem, ...]:
    try:
        found: Inventory = reading(revision)
    except InventoryError as error:
        return tuple(error.problems)
    return found


def alone(revision: Source) -> Inventory:
    return read(revision, PLATFORMS)


@given(ANY, ANY)
def test_a_revision_is_read_after_another_as_it_is_alone(
    first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]
) -> None:
    reader = Reader(PLATFORMS)
    head, base = source("head", first), source("base", second)
    assert outcome(reader.read, head) == outcome(alone, head)
    assert outcome(reader.read, base) == outcome(alone, base)
    assert outcome(reader.read, head) == outcome(alone, head)


@given(ANY)
def test_the_plan_is_that_of_two_readings(changed: Mapping[str, tuple[str, ...]]) -> None:
    reader = Reader(PLATFORMS)
    head, other = source("head", RIGHT), source("base", changed)
    after, base = reader.read(head), outcome(reader.read, other)
    if isinstance(base, Inventory):
        assert compare(base, after, NOW) == compare(alone(other), alone(head), NOW)
        assert compare(after, base, NOW) == compare(alone(head), alone(other), NOW)


CHANGES = [
    ("devices/one.yaml", (RIGHT["devices/one.yaml"][0], ""), {"a"}),
    ("known_hosts", (f"192.0.2.1 {host_key(77)}", *RIGHT["known_hosts"][1:]), {"a", "b"}),
    ("known_hosts", (*RIGHT["known_hosts"][:2], "", *RIGHT["known_hosts"][3:]), {"e", "f"}),
    ("known_hosts", (*RIGHT["known_hosts"][:4], f"[192.0.2.4]:2222 {host_key(6)}"), {"c", "d"}),
    ("groups.yaml", (RIGHT["groups.yaml"][0], "edge: {platform: juniper_junos, port: 830}"), {"c", "d"}),
    ("schedules.yaml", ('nightly: {cron: "1 1 * * *"}', RIGHT["schedules.yaml"][1]), set()),
    ("credentials.yaml", (RIGHT["credentials.yaml"][0], "edge: {username: z, password: env:Z}"), {"a", "b"}),
]


@pytest.mark.parametrize(
    ("file", "lines", "anew"), CHANGES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_only_files_with_devices_that_the_change_concerns_are_made_again(
    file: str, lines: tuple[str, ...], anew: set[str]
) -> None:
    reader = Reader(PLATFORMS)
    after = {found.name: found for found in reader.read(source("head", RIGHT)).devices}
    before = reader.read(source("base", RIGHT | {file: lines})).devices
    assert {found.name for found in before if found is not after[found.name]} == anew
