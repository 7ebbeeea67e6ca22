"""A small fleet with one device of each platform, for tests of the whole journey."""

from __future__ import annotations

from collectors.simulator import SimulatedDevice, personalities

CISCO_IOS = """\
version 15.2
hostname core-ios
enable secret 5 $1$canary$hash
snmp-server community canary-snmp-91c2 RO
interface GigabitEthernet0/1
 description uplink
line vty 0 4
 login local
end
"""
CISCO_NXOS = """\
version 10.4(5)
hostname core-nxos
snmp-server community canary-snmp-91c2 group network-operator
interface Ethernet1/1
  description uplink
line vty
boot nxos bootflash:/nxos64-cs.10.4.5.M.bin
"""
ARISTA_EOS = """\
hostname core-eos
snmp-server community canary-snmp-91c2 ro
interface Ethernet1
   description uplink
ip routing
end
"""
JUNIPER_JUNOS = """\
version 22.4R3;
system {
    host-name core-junos;
    root-authentication {
        encrypted-password "$1$canary$hash"; ## SECRET-DATA
    }
}
snmp {
    community canary-snmp-91c2 {
        authorization read-only;
    }
}
"""
MIKROTIK_ROUTEROS = """\
/system identity
set name=edge-routeros
/interface bridge port
add bridge=bridge1 interface=ether2
/snmp community
set [ find default=yes ] name=canary-snmp-91c2
"""
LINUX_FRR = """\
frr version 8.4.4
frr defaults traditional
hostname edge-frr
router bgp 65001
 neighbor 192.0.2.9 remote-as 65002
 neighbor 192.0.2.9 password canary-snmp-91c2
exit
!
end
"""

CONFIG_CANARIES = ("canary-snmp-91c2", "$1$canary$hash")
"""The secrets inside these configurations."""

_DEVICES = {
    "core-ios": (personalities.CISCO_IOS, CISCO_IOS),
    "core-nxos": (personalities.CISCO_NXOS, CISCO_NXOS),
    "core-eos": (personalities.ARISTA_EOS, ARISTA_EOS),
    "core-junos": (personalities.JUNIPER_JUNOS, JUNIPER_JUNOS),
    "edge-routeros": (personalities.MIKROTIK_ROUTEROS, MIKROTIK_ROUTEROS),
    "edge-frr": (personalities.LINUX_FRR, LINUX_FRR),
}
NAMES = tuple(_DEVICES)


def make_device(name: str, username: str, password: str, enable: str | None = None) -> SimulatedDevice:
    """The device of that name on a free port of 127.0.0.1; core-ios asks for the enable password."""
    personality, config = _DEVICES[name]
    return SimulatedDevice(
        name, personality, config, username=username, password=password,
        enable_password=enable if name == "core-ios" else None,
    )  # fmt: skip
