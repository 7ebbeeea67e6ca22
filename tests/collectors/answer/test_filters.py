"""What is kept of a configuration: secrets by vendor, volatile lines, and nothing else touched."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answer.complete import check
from collectors.answer.filters import hide_secrets, read_facts, without_volatile
from collectors.answer.masks import fingerprints
from collectors.answer.text import without_secrets
from collectors.define import IOS_NOT_SNMP as IOS_RULES
from collectors.define import IOS_SNMP, UPTIME, Api, Command, Platform, drop, fact, hide
from collectors.registry import names, platform
from tests.collectors.configs import EXAMPLES, example

RECORDINGS = Path(__file__).parents[1] / "recordings"
IOS_LIKE = [
    "enable secret 9 $9$SECRET",
    "enable password SECRET",
    "enable password level 7 7 SECRET",
    "enable secret level 5 5 SECRET",
    "username a privilege 15 secret 9 $9$SECRET",
    "username a password 0 SECRET",
    'username a password 5 "SECRET WITH SECRET" role network-admin',
    "username admin role network-admin secret sha512 $6$SECRET",
    "aaa root secret sha512 $6$SECRET",
    "snmp-server community SECRET RO 5",
    "snmp-server community SECRET group network-operator",
    "snmp-server host 192.0.2.1 SECRET",
    "snmp-server host 192.0.2.1 version 2c SECRET  tty vtp",
    "snmp-server host 192.0.2.1 vrf Mgmt-vrf informs version 2c SECRET bgp",
    "snmp-server host 192.0.2.1 traps version 2c SECRET udp-port 163",
    "snmp-server user a network-admin auth md5 0xSECRET priv 0xSECRET localizedkey",
    "snmp-server user a network-admin auth sha SECRET priv aes-128 SECRET localizedV2key",
    "snmp-server user a g v3 localized f5717f auth sha SECRET priv aes SECRET",
    "tacacs-server key 7 SECRET",
    "tacacs-server host 192.0.2.1 key 7 SECRET",
    "radius-server host 192.0.2.1 auth-port 1812 acct-port 1813 key SECRET",
    'radius-server key 7 "SECRET"',
    " key 7 SECRET",
    " key SECRET",
    " pac key 7 SECRET",
    "  key-string 7 SECRET",
    "  key-octet-string 7 SECRET cryptographic-algorithm AES_128_CMAC",
    "   key 0ABC 7 SECRET",
    " client 192.0.2.1 server-key 7 SECRET",
    " neighbor 192.0.2.1 password 7 SECRET",
    " neighbor 192.0.2.1 password SECRET WITH SECRET",
    "  password 3 SECRET",
    " password 7 SECRET",
    " ppp chap password 0 SECRET",
    " ppp pap sent-username a password 7 SECRET",
    " isis password md5 SECRET",
    " area-password clear SECRET",
    " ip ospf authentication-key 7 SECRET",
    " ip ospf message-digest-key 1 md5 7 SECRET",
    " area 0 virtual-link 192.0.2.1 message-digest-key 1 md5 SECRET",
    " ip rip authentication string SECRET",
    "ntp authentication-key 1 md5 SECRET 7",
    "  authentication mode hmac-sha-256 7 SECRET",
    " isis authentication key 7 SECRET",
    " standby 1 authentication md5 key-string 7 SECRET",
    " standby 1 authentication SECRET",
    " vrrp 1 authentication text SECRET",
    " authentication md5 key-string SECRET",
    " ip nhrp authentication SECRET",
    "crypto isakmp key 6 SECRET address 192.0.2.1",
    "  pre-shared-key address 192.0.2.1 255.255.255.0 key 6 SECRET",
    " pre-shared-key local SECRET",
    " pre-shared-key 6 SECRET",
    "username a secret 8 $8$SECRET",
    "username a password cipher SECRET",
    "enable password sha512 $6$SECRET",
    "snmp-server community 7 SECRET RO",
    "snmp-server mib community-map SECRET context c",
    "snmp-server user a g v3 encrypted auth sha SECRET priv aes 256 SECRET access 10",
    " server-private 192.0.2.1 auth-port 1812 acct-port 1813 key 7 SECRET",
    " address ipv4 192.0.2.1 auth-port 1812 acct-port 1813 key SECRET",
    " key 8a SECRET",
    " neighbor 192.0.2.1 password 8a $1c$SECRET",
    " send-id 1 recv-id 1 cryptographic-algorithm hmac-sha-1 key-string SECRET",
    " ospfv3 authentication ipsec spi 500 md5 0 SECRET",
    " ipv6 ospf encryption ipsec spi 1001 esp aes-cbc 256 7 SECRET sha1 7 SECRET",
    " ipv6 ospf encryption ipsec spi 1001 esp null md5 SECRET",
    " area 0 authentication ipsec spi 500 sha1 SECRET",
    " set session-key outbound esp 256 cipher SECRET authenticator SECRET",
    "mpls ldp password fallback 7 SECRET",
    "mpls ldp password option 1 for 10 7 SECRET",
    "ntp authentication-key 1 md5 7 SECRET",
    "  pre-shared-key address ipv6 2001:db8::/64 key 6 SECRET",
    " mka pre-shared-key SECRET",
    " encryption vlan 10 key 1 size 128bit 7 SECRET transmit-key",
    "key config-key password-encrypt SECRET",
    " security wpa psk set-key ascii 0 SECRET",
    " wpa-psk ascii 7 SECRET",
    " etr map-server 192.0.2.1 key 7 SECRET",
    "   shared-key 7 SECRET",
    "  auth-key 7 SECRET",
    "ip msdp password peer 192.0.2.9 7 SECRET",
    "  sap pmk SECRET mode-list gcm-encrypt",
    "  path ftp://backup:SECRET@192.0.2.1/$h",
]
NOT_SECRET = [
    "no password strength-check",
    "service password-encryption",
    "no service password-encryption",
    "security passwords min-length 8",
    "aaa authentication password-prompt Password:",
    " description the password is in the vault, key 7 of the box",
    " key 1",
    "key chain BGP",
    "ip bgp-community new-format",
    " neighbor 192.0.2.1 send-community both",
    "snmp-server host 192.0.2.1 vrf Mgmt-vrf informs version 3 auth netops bfd",
    "snmp-server host 192.0.2.1 use-vrf management",
    " authentication pre-share",
    "  authentication mode md5",
    " ip ospf authentication message-digest",
    " standby 1 authentication md5 key-chain HSRP",
    "username a nopassword",
    "ip community-list standard CUST permit 65000:1",
    " mka pre-shared-key key-chain MACSEC",
    " server name ise1",
    " ip ospf authentication ipsec",
    "password encryption aes",
]
ROUTEROS = [
    "add name=a password=SECRET use-peer-dns=yes user=u",
    'add name=a password="SECRET \\"WITH\\" SECRET" user=u',
    "set [ find default=yes ] wpa2-pre-shared-key=SECRET",
    'add interface=wg0 preshared-key="SECRET=" private-key="SECRET="',
    "add address=192.0.2.1 secret=SECRET service=login",
    "set trap-community=SECRET",
    "set security.passphrase=SECRET",
]


@pytest.mark.parametrize("name", ["cisco_ios", "cisco_nxos", "arista_eos", "linux_frr"])
@pytest.mark.parametrize("line", IOS_LIKE)
def test_an_ios_like_secret_is_hidden_and_the_rest_of_its_line_stays(name: str, line: str) -> None:
    assert_only_secrets_go(name, line)


# Systems modelled on IOS whose SNMP is its own: their manuals write communities, hosts and users otherwise.
_TAKES_ALL = [name for name in names() if (p := platform(name)) and set(IOS_RULES) <= set(p.secrets)]


@pytest.mark.parametrize("name", _TAKES_ALL)
def test_a_rule_of_the_platforms_own_never_takes_the_type_of_a_secret_for_the_secret(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    lines = [line for line in IOS_LIKE if not line.startswith("snmp")]
    if set(IOS_SNMP) <= set(definition.secrets):
        lines = IOS_LIKE
    hidden = hide_secrets("".join(f"{line}\n" for line in lines), definition.hides)
    assert [line for line in hidden.splitlines() if "SECRET" in line] == []


@pytest.mark.parametrize("line", ROUTEROS)
def test_a_routeros_secret_is_hidden_and_the_rest_of_its_line_stays(line: str) -> None:
    assert_only_secrets_go("mikrotik_routeros", line)


def assert_only_secrets_go(name: str, line: str) -> None:
    definition = platform(name)
    assert definition is not None
    hidden = hide_secrets(f"first\n{line}\nlast\n", definition.hides)
    assert "SECRET" not in hidden
    assert "<hidden>" in hidden
    assert hidden.startswith("first\n")
    assert hidden.endswith("\nlast\n")
    words = [word for word in line.split() if "SECRET" not in word and '"' not in word and word != "WITH"]
    assert [word for word in words if word not in hidden.split()] == []


@pytest.mark.parametrize("name", ["cisco_ios", "cisco_nxos", "arista_eos", "linux_frr"])
@pytest.mark.parametrize("line", NOT_SECRET)
def test_what_only_sounds_secret_stays(name: str, line: str) -> None:
    definition = platform(name)
    assert definition is not None
    assert without_secrets(definition, f"{line}\n") == f"{line}\n"


def test_a_folded_routeros_line_hides_the_secret_that_the_fold_splits() -> None:
    definition = platform("mikrotik_routeros")
    assert definition is not None
    assert definition.tidy is not None
    folded = 'add name=wg0 private-key=\\\n    "SECRET" mtu=1420\n'
    assert (
        hide_secrets(definition.tidy(folded), definition.hides)
        == "add name=wg0 private-key=<hidden> mtu=1420\n"
    )


def test_a_block_rule_touches_nothing_outside_of_its_block() -> None:
    rules = (hide(r"\bname=(\S+)", begins=r"^/snmp community", ends=r"^/"),)
    text = "/ip pool\nadd name=a\n/snmp community\nadd name=b\nset name=c\n/user\nadd name=d\n"
    assert hide_secrets(text, rules) == text.replace("name=b", "name=<hidden>").replace(
        "name=c", "name=<hidden>"
    )


@given(st.lists(st.sampled_from(["", "!", "hostname r1", " key 7 SECRET", "! Time: now", "end", "  "])))
def test_filters_change_matching_lines_only_and_twice_is_once(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    drops, hides = (drop(r"^! Time:"),), (hide(r"^ +key 7 (\S+)"),)
    clean = hide_secrets(without_volatile(text, drops), hides)
    kept = [line.replace("SECRET", "<hidden>") + "\n" for line in lines if line != "! Time: now"]
    assert clean == "".join(kept)
    assert hide_secrets(without_volatile(clean, drops), hides) == clean


@given(st.lists(st.sampled_from(["", "!", "end", " description key to the rack", *IOS_LIKE])))
def test_rules_together_hide_what_they_hide_one_after_the_other(lines: list[str]) -> None:
    text = "\n".join(lines)
    mask = fingerprints(b"key", "r1")
    expected = text
    for rule in (*IOS_SNMP, *IOS_RULES):
        expected = hide_secrets(expected, (rule,), mask)
    assert hide_secrets(text, (*IOS_SNMP, *IOS_RULES), mask) == expected


@pytest.mark.parametrize("name", [name for name in names() if platform(name)])
def test_a_platform_has_secrets_a_refusal_and_a_configuration_of_our_making(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    assert definition.secrets
    assert definition.rejected
    if name in EXAMPLES:
        check("r1", definition, definition.configs[0], example(name, "r1"))
    else:
        assert any(RECORDINGS.glob(f"{name}/*.yaml")), f"{name} has neither an example nor a recording"


LONG_LINES = "\n".join(("a.b-c_" * 1500, "set " + "word " * 1500, " " * 5000 + "x", "A" * 9000)) + "\n"


@pytest.mark.parametrize("name", [name for name in names() if platform(name)])
def test_no_expression_of_a_platform_chokes_on_a_long_line(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    started = time.process_time()
    without_secrets(definition, without_volatile(LONG_LINES, definition.volatile))
    for line in LONG_LINES.splitlines():
        re.fullmatch(definition.prompt, line[:1000])
        re.fullmatch(definition.pager, line[:1000], re.IGNORECASE)
        re.search(definition.rejected or "", line)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("line", "is_noise"),
    [
        ("sw1 uptime is 3 days, 4 hours", True),
        ("System Up Time: 12 days 3 hrs", True),
        ("Uptime     = 5", True),
        (" description uptime is what we sell", False),
        ("set uptime-check 5", False),
    ],
)
def test_an_uptime_is_noise_wherever_it_stands_but_not_in_prose(line: str, is_noise: bool) -> None:
    assert without_volatile(f"{line}\n", (UPTIME,)) == ("" if is_noise else f"{line}\n")


def test_the_first_fact_of_a_name_wins() -> None:
    definition = platform("cisco_ios")
    assert definition is not None
    text = "! Last configuration change at 09:37 CEST Tue Aug 20 2024 by alice\nversion 17.9\n"
    assert read_facts(text, definition.facts) == {
        "os_version": "17.9",
        "changed_by": "alice",
        "changed_at": "09:37 CEST Tue Aug 20 2024",
    }


CONFIG_XML = """\
  <ppps>
    <username>line@isp.example</username>
  </ppps>
  <filter>
    <rule>
      <created><time>1600000000</time><username>grace@192.0.2.6</username></created>
    </rule>
  </filter>
  <revision>
    <time>1736237742.1234</time>
    <description><![CDATA[/firewall_rules.php made changes]]></description>
    <username><![CDATA[ada@192.0.2.5 (Local Database)]]></username>
  </revision>
"""
LAST_CHANGE = {"changed_by": "ada", "changed_at": "2025-01-07T08:15:42Z"}
FACTS = [
    ("opnsense", CONFIG_XML, LAST_CHANGE),
    ("pfsense", f"  <version>23.3</version>\n{CONFIG_XML}", LAST_CHANGE),
    ("opnsense", CONFIG_XML.replace("1736237742", "9" * 40).replace("<username>", "<user>"), {}),
    (
        "cisco_ios",
        "license udi pid C9200L-24P-4G sn JAE00000000",
        {"model": "C9200L-24P-4G", "serial_number": "JAE00000000"},
    ),
    (
        "cisco_ios",
        "! Last configuration change at 17:52:44 UTC Wed Nov 25 2020",
        {"changed_at": "17:52:44 UTC Wed Nov 25 2020"},
    ),
    (
        "cisco_xr",
        "!! Last configuration change at Wed Apr  7 23:03:21 2021 by cisco",
        {"changed_by": "cisco", "changed_at": "Wed Apr  7 23:03:21 2021"},
    ),
    (
        "cisco_nxos",
        "!Running configuration last done at: Mon Jan  6 09:41:07 2025",
        {"changed_at": "Mon Jan  6 09:41:07 2025"},
    ),
    (
        "juniper_junos",
        "## Last commit: 2025-01-06 09:41:07 UTC by netops",
        {"changed_by": "netops", "changed_at": "2025-01-06 09:41:07 UTC"},
    ),
    (
        "arista_eos",
        "! device: leaf1 (DCS-7050SX3, EOS-4.29.2F)",
        {"os_version": "4.29.2F", "model": "DCS-7050SX3"},
    ),
    ("mikrotik_routeros", "# serial number = HF000000000", {"serial_number": "HF000000000"}),
    (
        "cisco_asa",
        ": Written by admin at 10:15:07.123 UTC Fri Jan 31 2025",
        {"changed_by": "admin", "changed_at": "10:15:07.123 UTC Fri Jan 31 2025"},
    ),
]


@pytest.mark.parametrize(("name", "line", "facts"), FACTS)
def test_what_a_device_says_of_itself_is_a_fact(name: str, line: str, facts: dict[str, str]) -> None:
    definition = platform(name)
    assert definition is not None
    assert read_facts(f"!\n{line}\n", definition.facts) == facts


def no_login(*_: object) -> dict[str, str]:
    return {}


@pytest.mark.parametrize(
    "part",
    [{"secrets": (hide(r"^password \S+"),)}, {"facts": (fact("model", r"^Model: .+"),)},
     {"volatile": (drop(r"^(uptime"),)}, {"secrets": (hide(r"(\S+)", word="key", begins=r"^[a"),)},
     {"prompt": "[#"}, {"artefacts": {"version": Command("show version", known_by="[")}},
     {"api": Api(login=no_login, config=Command("GET /"), secrets=(hide(r"^token=\S+"),))},
     {"api": Api(login=no_login, config=Command("GET /", ends_with="(end"))}],
)  # fmt: skip
def test_a_platform_whose_expressions_are_of_no_use_is_refused(part: dict[str, Any]) -> None:
    definition = Platform(config=Command("show"), **part)
    with pytest.raises((ValueError, re.error)):
        definition.check()


@pytest.mark.parametrize("name", [name for name in names() if platform(name)])
def test_every_platform_has_expressions_that_are_of_use(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    definition.check()


def test_a_large_config_is_filtered_in_linear_time() -> None:
    definition = platform("cisco_ios")
    assert definition is not None
    text = (
        "interface Gi0/1\n description the core, and a password that is none\n ip address 192.0.2.1/24\n!\n"
        * 20_000
    )
    started = time.process_time()
    without_secrets(definition, without_volatile(text, definition.volatile))
    assert time.process_time() - started < 5
