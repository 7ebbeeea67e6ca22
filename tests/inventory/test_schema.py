"""The schemas that editors read: never stricter than `validate`, and as strict wherever one file can tell."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import ruamel.yaml

from pipeline.errors import InventoryError
from pipeline.inventory import value_types, values
from pipeline.inventory.setting import Scope, Setting, ValueType
from pipeline.inventory.source import KNOWN_HOSTS
from tests.docs.generated import files as generated_files
from tests.docs.markdown import ROOT, document
from tests.docs.test_examples import inventory_of, write
from tests.inventory.files import RIGHT, Files

SCHEMAS = ROOT / "pipeline" / "scaffold" / "schemas"
DEVICE = "address: 192.0.2.9, platform: cisco_ios"


def schema_of(file: str) -> Path:
    """The schema of one file of an inventory."""
    return SCHEMAS / ("devices.json" if file.startswith("devices/") else file.replace(".yaml", ".json"))


@cache
def _validator(path: Path) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(path.read_text()))


def complaints(file: str, text: str) -> list[str]:
    """What the schema finds wrong; names are texts to an editor, whatever YAML takes them for."""
    root = ruamel.yaml.YAML(typ="safe", pure=True).load(text)
    named = {str(key): value for key, value in root.items()} if isinstance(root, dict) else root
    return [error.message for error in _validator(schema_of(file)).iter_errors(named)]


@pytest.mark.parametrize("path", sorted(SCHEMAS.iterdir()), ids=lambda path: path.stem)
def test_every_schema_is_one(path: Path) -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(path.read_text()))


def test_every_file_of_an_inventory_has_its_schema() -> None:
    assert {schema_of(file) for file in [*RIGHT, "jump_hosts.yaml"] if file != KNOWN_HOSTS} == {
        path for path in generated_files() if path.parent == SCHEMAS
    }


INVENTORIES = {
    "README.md": inventory_of(document("README.md")),
    "docs/inventory.md": inventory_of(document("docs/inventory.md")),
    "tests": RIGHT,
    "the demo's": {
        str(path.relative_to(ROOT / "inventory")): path.read_text()
        for path in (ROOT / "inventory").rglob("*.yaml")
    },
}


@pytest.mark.parametrize("inventory", INVENTORIES.values(), ids=INVENTORIES)
def test_what_is_right_passes(inventory: Mapping[str, str]) -> None:
    checked = {file: complaints(file, text) for file, text in inventory.items() if file != KNOWN_HOSTS}
    assert checked
    assert not any(checked.values()), checked


def test_the_program_that_people_run_agrees(tmp_path: Path) -> None:
    """check-jsonschema, which reads YAML as editors do, on the reference's whole inventory."""
    files = INVENTORIES["docs/inventory.md"]
    write(tmp_path, files)
    for file in files:
        if file == KNOWN_HOSTS:
            continue
        program = Path(sys.executable).with_name("check-jsonschema")
        command: list[str | Path] = [program, "--schemafile", schema_of(file), tmp_path / file]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout


RIGHT_ENTRIES = [
    ("devices/x.yaml", f"{{name}}: {{{{{DEVICE}}}}}".format(name=name))
    for name in ["on", "no", "010", "1e3", "12_3", "1.0", "0x1f", "2025-01-31", "sw-1.example_a"]
] + [
    ("devices/x.yaml", f"new: {{{DEVICE}, {setting}}}")
    for setting in [
        "port: 22", 'port: "22"', "timeout: 90", "timeout: 1.5", "timeout: 2m", "max_shrink: 20%",
        "artefacts: [version]", "artefacts: version", "jump: []", "sealed: false", "transport: telnet",
        "ssh: legacy", "secrets: fingerprint", "contexts: true", "schedule: nightly", "id: 20117",
    ]
] + [
    ("devices/x.yaml", f'new: {{platform: {platform}, address: "{address}"}}')
    for platform, address in [
        ("netmiko_cisco_xe", "fe80::1%eth0"), ("acme_os", "sw-1.example.net"), ("ios", "sw_1"),
        ("junos", "2001:db8::9"), ("cisco_ios", "::ffff:192.0.2.1"), ("noop", "sw.example.net."),
    ]
] + [
    ("devices/x.yaml", ""),
    ("jump_hosts.yaml", "# none\n"),
    ("groups.yaml", "core: {allowed_networks: [10.0.0.0/8, '2001:db8::/32'], configs_repo: dmz}\n"),
    ("groups.yaml", "core: {allowed_networks: 192.0.2.1}\n"),
    ("groups.yaml", "core:\nedge: {}\nlab: {queue_id: 7, platform: cisco_ios}\n"),
    ("credentials.yaml", "lab: {username: 1000, password: env:A}\n"),
    ("devicevault.yaml", 'version: "1"\ndefaults:\n'),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text"), RIGHT_ENTRIES)
def test_what_is_unusual_and_right_is_not_flagged(file: str, text: str) -> None:
    assert complaints(file, text) == []


WRONG = [
    ("devices/x.yaml", f'"{name}": {{{DEVICE}}}')
    for name in ["..", ".git", "a/b", "con", "x.lock", "-x", "sw1.cfg", "a b", "ungültig", "x" * 64, "NEW"]
] + [
    ("devices/x.yaml", f"new: {{{DEVICE}, {setting}}}")
    for setting in [
        "port: 0", "port: 65536", "port: ssh", "port: 22.5", "port: [22]", "port: ", 'port: "0"',
        "timeout: 0", "timeout: -5", "timeout: 1w", "timeout: soon", "timeout: 100000",
        "secrets: show", "transport: http", "ssh: old", "sealed: yes", "contexts: 1",
        "max_shrink: 20", "max_shrink: lots", "artefacts: [Version]", "artefacts: {}", "schedule: ",
        "id: a b", "credentail: lab", "queue_id: fast", "password: env:A", "commands: [reload]",
        "recipients: []", "configs_repo: dmz", "jump: [[a]]",
    ]
] + [
    ("devices/x.yaml", f"new: {{platform: cisco_ios, address: {address}}}")
    for address in [
        "a b", "-oProxyCommand=x", "192.0.2.300", "010.0.0.1", "1.2.3", "192.0.2.1/24", "192.0.2.1:22",
        '"[::1]:22"', "a..b", '"a\\nb"', "x" * 254, "bücher.example", "$(id)", "a;b", "",
    ]
] + [
    ("devices/x.yaml", "new: {platform: cisco_ios}"),
    ("devices/x.yaml", "new:"),
    ("devices/x.yaml", "new: 192.0.2.9"),
    ("devices/x.yaml", "- new"),
    ("groups.yaml", "core: {platform: cisco_ios}\nungrouped: {}\n"),
    ("groups.yaml", "core: {platform: cisco_ios, queue_id: a, rabbitmq_queue_id: b}\n"),
    ("groups.yaml", "core: {platform: cisco_ios, address: 192.0.2.1}\n"),
    ("groups.yaml", "core: {platform: cisco_ios, allowed_networks: [dmz]}\n"),
    ("groups.yaml", "core: {platform: cisco_ios, configs_repo: ../dmz}\n"),
    ("schedules.yaml", "nightly: {}\nhourly: hourly\n"),
    ("schedules.yaml", "nightly: {timezone: UTC}\n"),
    ("schedules.yaml", 'nightly: {cron: "@daily"}\n'),
    ("schedules.yaml", 'nightly: {cron: "0 0 * * *", deadline: 0}\n'),
    ("schedules.yaml", 'nightly: {cron: "0 0 * * *", every: 4h}\n'),
    ("schedules.yaml", 'manual: {cron: "0 0 * * *"}\n'),
    ("credentials.yaml", "lab: {username: u, password: hunter2}\n"),
    ("credentials.yaml", "lab: {username: u, password: vault:x}\n"),
    ("credentials.yaml", "lab: {username: u, private_key: file:key}\n"),
    ("credentials.yaml", "lab: {username: 'env:', password: env:A}\n"),
    ("credentials.yaml", "lab: {password: env:A}\n"),
    ("credentials.yaml", "lab: {username: u}\n"),
    ("credentials.yaml", "lab: {username: u, password: env:A, passphrase: env:B}\n"),
    ("jump_hosts.yaml", "bastion: {address: 192.0.2.3}\n"),
    ("jump_hosts.yaml", "bastion: {credential: lab}\n"),
    ("devicevault.yaml", "defaults: {credential: lab}\n"),
    ("devicevault.yaml", "version: 2\n"),
    ("devicevault.yaml", "version: 1\ndefaults: {tiemout: 60}\n"),
    ("devicevault.yaml", "version: 1\nrecipients: [age1]\n"),
    ("devicevault.yaml", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text"), WRONG)
def test_what_validate_refuses_is_refused_where_one_file_can_tell(files: Files, file: str, text: str) -> None:
    files[file] = text
    assert any(problem.startswith(f"{file}:") for problem in files.problems())
    assert complaints(file, text)


@pytest.mark.parametrize(("file", "text"), RIGHT_ENTRIES)
def test_what_the_schema_takes_here_is_what_validate_takes(files: Files, file: str, text: str) -> None:
    """But for platforms of other packages; what is missed in other files is their matter."""
    files[file] = text
    try:
        files.load()
    except InventoryError as error:
        here = [str(problem) for problem in error.problems if problem.file == file]
        assert all(": unknown platform" in problem for problem in here), here


def test_a_setting_that_nobody_has_described_is_named() -> None:
    with pytest.raises(ValueError, match="the setting 'paint' has no description"):
        Setting("paint", value_types.TEXT, Scope.LAYERS, "")
    with pytest.raises(TypeError, match="'schema'"):
        ValueType(values.text)  # type: ignore[call-arg]


def test_every_platform_is_offered_and_none_is_demanded() -> None:
    offered, others, _ = json.loads((SCHEMAS / "groups.json").read_text())["additionalProperties"][
        "properties"
    ]["platform"]["anyOf"]
    assert {"cisco_ios", "mikrotik_routeros"} <= set(offered["enum"])
    assert "junos" in others["enum"]
