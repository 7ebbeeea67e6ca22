"""Names and aliases → collectors."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from collectors import noop, registry
from collectors.define import Platform
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
        ("cisco_ios_ssh", "cisco_ios"),
        ("ios_ssh", "cisco_ios"),
        ("linux_ssh", "linux"),
        ("cisco_ios_telnet", None),
        ("cisco_ios_serial", None),
        ("noop", "noop"),
        ("no_such_os", None),
    ],
)
def test_names_and_the_names_of_other_tools_resolve(name: str, canonical: str | None) -> None:
    assert registry.resolve(name) == canonical


def test_every_known_name_resolves_to_a_collector() -> None:
    for name in registry.KnownNames():
        assert registry.resolve(name) in registry.names()
        assert callable(registry.collector_for(name))


def test_no_alias_names_two_platforms() -> None:
    definitions = [registry.platform(name) for name in registry.names()]
    aliases = [alias for definition in definitions if definition for alias in definition.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(registry.names())


@pytest.mark.parametrize(
    ("name", "base", "advice"),
    [
        ("cisco_ios_telnet", "cisco_ios", "write 'platform: cisco_ios' and 'transport: telnet'"),
        ("Huawei-Telnet", "huawei", "write 'platform: huawei_vrp' and 'transport: telnet'"),
        (
            "cisco_ios_serial",
            None,
            "write 'platform: cisco_ios' and an address: a serial line is not reached",
        ),
        ("plan9_telnet", "plan9", ""),
        ("netmiko_cisco_ios_telnet", None, "did you mean 'netmiko_cisco_ios'?"),
    ],
)
def test_a_name_that_says_telnet_is_no_platform_and_is_told_what_to_write(
    name: str, base: str | None, advice: str
) -> None:
    assert registry.without_telnet(name) == base
    assert registry.resolve(name) is None
    assert name not in registry.KnownNames()
    assert registry.KnownNames().advice(name) == advice
    if advice:
        with pytest.raises(BadRequest, match=re.escape(advice)):
            registry.collector_for(name)


def test_no_alias_says_what_a_rule_says() -> None:
    for name in registry.names():
        definition = registry.platform(name)
        for alias in definition.aliases if definition else ():
            base = alias.removesuffix("_ssh").removesuffix("_telnet")
            assert base == alias or registry.resolve(base) is None, alias


# What importers meet: each tool's own name for a platform of the first forty, and where it leads.
ELSEWHERE = {
    "oxidized": "ios:cisco_ios iosxr:cisco_xr nxos:cisco_nxos asa:cisco_asa eos:arista_eos "
    "junos:juniper_junos fortios:fortinet fortigate:fortinet routeros:mikrotik_routeros aoscx:aruba_aoscx "
    "procurve:hp_procurve panos:paloalto_panos comware:hp_comware h3c:hp_comware vrp:huawei_vrp tmos:f5_tmsh "
    "ironware:ruckus_fastiron powerconnect:dell_powerconnect ciscosmb:cisco_s300 aosw:aruba_os "
    "arubainstant:aruba_instant vyos:vyos edgeos:ubiquiti_edgerouter cumulus:cumulus_linux xos:extreme_exos "
    "voss:extreme_vsp sros:nokia_sros os10:dell_os10 ftos:dell_force10 edgeswitch:ubiquiti_edgeswitch "
    "netgear:netgear_prosafe pfsense:pfsense opnsense:opnsense sonicos:sonicwall_sonicos "
    "gaiaos:checkpoint_gaia netscaler:netscaler aireos:cisco_wlc acos:a10 awplus:alliedtelesis_awplus "
    "mlnxos:mellanox_mlnxos tplink:tplink_jetstream apc_aos:apc_aos eatonnetwork:eaton_network "
    "acosa10:a10 ciscocbs:cisco_s300 necix:nec_ix apcaos:apc_aos efos:broadcom_icos cnos:centec_os "
    "mtrlrfs:extreme_wing riverbed:riverbed_rios smartbyte:smartbyte",
    "rancid": "cisco:cisco_ios cisco-nx:cisco_nxos cisco-xr:cisco_xr arista:arista_eos juniper:juniper_junos "
    "foundry:ruckus_fastiron f5:f5_tmsh force10:dell_force10 extreme:extreme_exos hp:hp_procurve "
    "paloalto:paloalto_panos mikrotik:mikrotik_routeros opengear:opengear hpswitch:hp_procurve "
    "ios-nx:cisco_nxos ios-sb:cisco_s300 ios-xr7:cisco_xr cisco-xr7:cisco_xr ios-exr:cisco_xr "
    "cisco-exr:cisco_xr cisco-ncs:cisco_ios cisco-wlc4:cisco_wlc junos-evo:juniper_junos bigip13:f5_tmsh "
    "edgerouterbird:ubiquiti_edgerouter fortigate-full:fortinet paloaltoxml:paloalto_panos "
    "mikrotik-terse:mikrotik_routeros mikrotik-verbose:mikrotik_routeros "
    "routeros-terse:mikrotik_routeros routeros-verbose:mikrotik_routeros",
    "netmiko": "cisco_xe_ssh:cisco_ios huawei_smartaxmmi:huawei_smartax opengear_linux:opengear "
    "edgecore_sonic:sonic brocade_vyos:vyos linux_ssh:linux checkpoint_gaia_ssh:checkpoint_gaia",
    "napalm": "ios:cisco_ios iosxr:cisco_xr nxos_ssh:cisco_nxos eos:arista_eos junos:juniper_junos "
    "ros:mikrotik_routeros",
    "ansible": "cisco.ios.ios:cisco_ios cisco.iosxr.iosxr:cisco_xr cisco.nxos.nxos:cisco_nxos "
    "cisco.asa.asa:cisco_asa arista.eos.eos:arista_eos junipernetworks.junos.junos:juniper_junos "
    "vyos.vyos.vyos:vyos community.routeros.routeros:mikrotik_routeros "
    "community.network.routeros:mikrotik_routeros fortinet.fortios.fortios:fortinet "
    "frr.frr.frr:linux_frr dellemc.os10.os10:dell_os10 "
    "arubanetworks.aoscx.aoscx:aruba_aoscx arubanetworks.aos_switch.arubaoss:hp_procurve "
    "commscope.icx.icx:ruckus_fastiron check_point.gaia.checkpoint:checkpoint_gaia arubaoss:hp_procurve "
    "f5networks.f5_bigip.bigip:f5_tmsh nvidia.nvue.nvue:cumulus_linux ciena.saos6.saos6:ciena_saos "
    "ipinfusion.ocnos.ocnos:ipinfusion_ocnos eric_eccli:ericsson_ipos weos4:westermo_weos",
    "scrapli": "cisco_iosxe:cisco_ios cisco_nxos:cisco_nxos cisco_iosxr:cisco_xr arista_eos:arista_eos "
    "juniper_junos:juniper_junos cisco_cbs:cisco_s300 cumulus_vtysh:linux_frr fortinet_fortios:fortinet "
    "paloalto_panos:paloalto_panos nokia_srlinux:nokia_srl vyos_vyos:vyos",
}
NEXT_IN_DEMAND = (
    "dlink_ds zyxel_os ciena_saos ciena_saos10 fiberstore_fsos extreme_slx brocade_fos sonic "
    "watchguard_fireware opengear juniper_screenos netgate_tnsr perle apc_aos eaton_network garderos_grs "
    "openbsd linux linux_frr openwrt cisco_catos cisco_viptela ipinfusion_ocnos edgecore dcn raisecom_roap "
    "zte_olt vsol_olt calix_axos adtran_os arris_cer casa_cmts"
)


@pytest.mark.parametrize("tool", ELSEWHERE)
def test_the_names_of_another_tool_lead_to_one_platform_each(tool: str) -> None:
    expected = dict(pair.split(":") for pair in ELSEWHERE[tool].split())
    assert {name: registry.resolve(name) for name in expected} == expected


def test_a_hundred_platforms_are_known_and_the_next_in_demand_among_them() -> None:
    platforms = {name for name in registry.names() if registry.platform(name)}
    assert len(platforms) >= 100
    assert set(NEXT_IN_DEMAND.split()) <= platforms


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
