"""Names and aliases → collectors."""

from __future__ import annotations

import subprocess
import sys

import pytest

from collectors import noop, registry
from collectors.definition import Platform
from collectors.errors import BadRequest


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("cisco_ios", "cisco_ios"),
        ("ios", "cisco_ios"),
        ("Cisco-IOS", "cisco_ios"),
        ("nxos", "cisco_nxos"),
        ("eos", "arista_eos"),
        ("junos", "juniper_junos"),
        ("mikrotik_ssh_export", "mikrotik_routeros"),
        ("vtysh", "linux_frr"),
        ("linux/frr", "linux_frr"),
        ("noop", "noop"),
        ("no_such_os", None),
    ],
)
def test_names_and_the_names_of_other_tools_resolve(name: str, canonical: str | None) -> None:
    assert registry.resolve(name) == canonical


def test_every_known_name_resolves_to_a_collector() -> None:
    for name in registry.known_names():
        assert registry.resolve(name) in registry.names()
        assert callable(registry.collector_for(name))


def test_no_alias_names_two_platforms() -> None:
    definitions = [registry.platform(name) for name in registry.names()]
    aliases = [alias for definition in definitions if definition for alias in definition.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(registry.names())


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(BadRequest, match="unknown platform 'cisco_isos'; did you mean cisco_ios"):
        registry.collector_for("cisco_isos")


def test_noop_is_a_collector_without_a_platform() -> None:
    assert registry.platform("noop") is None
    assert registry.collector_for("noop") is noop.collect


def test_a_platform_is_data() -> None:
    assert isinstance(registry.platform("ios"), Platform)


def test_a_platform_is_imported_only_when_it_is_asked_for() -> None:
    script = (
        "import sys; from collectors import registry; registry.collector_for('cisco_ios'); "
        "print('collectors.platforms.cisco_nxos' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
