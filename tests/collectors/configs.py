"""Small configurations of our own making, one per platform, each with a secret and what must survive."""

from __future__ import annotations

IOS = """\
version 17.9
hostname {name}
!
enable secret 9 $9$SECRETsecret
username netops privilege 15 secret 9 $9$SECRETsecret
!
interface GigabitEthernet0/1
 description to > core #
 ip address 192.0.2.1 255.255.255.0
!
snmp-server community SECRETro RO
!
end
"""
NXOS = """\
version 10.4(5) Bios:version 01.11
hostname {name}
feature bgp
username admin password 5 $5$SECRETsecret  role network-admin
vlan 10
  name users
interface Ethernet1/1
  no shutdown
"""
EOS = """\
transceiver qsfp default-mode 4x10G
!
hostname {name}
!
username admin privilege 15 role network-admin secret sha512 $6$SECRETsecret
!
interface Ethernet1
   ip address 192.0.2.1/31
!
end
"""
JUNOS = """\
version 22.4R3;
system {
    host-name {name};
    root-authentication {
        encrypted-password "$6$SECRETsecret"; ## SECRET-DATA
    }
}
snmp {
    community SECRETro {
        authorization read-only;
    }
}
policy-options {
    community CUSTOMER members 65000:100;
}
"""
ROUTEROS = """\
/interface bridge
add name=bridge
/interface pppoe-client
add disabled=no interface=ether1 name=pppoe-out1 password=SECRETsecret user=user
/system identity
set name={name}
"""
FRR = """\
frr version 10.2
frr defaults traditional
hostname {name}
!
router bgp 65000
 neighbor 192.0.2.2 remote-as 65001
 neighbor 192.0.2.2 password SECRETsecret
exit
!
end
"""
EXAMPLES = {
    "cisco_ios": IOS,
    "cisco_nxos": NXOS,
    "arista_eos": EOS,
    "juniper_junos": JUNOS,
    "mikrotik_routeros": ROUTEROS,
    "linux_frr": FRR,
}


def example(platform: str, name: str) -> str:
    """The platform's configuration for a device called `name`."""
    return EXAMPLES[platform].replace("{name}", name)
