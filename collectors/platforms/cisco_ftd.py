"""Cisco Secure Firewall Threat Defense, at its own command line.

Source: Cisco Secure Firewall Threat Defense Command Reference. What the data path runs with, in the words of
the ASA, which it is a child of. The policy's source is the manager, not the device.
"""

from collectors.define import IOS_NOT_SNMP, Command, Platform
from collectors.platforms.cisco_asa import FACTS, REJECTED, SECRETS, VOLATILE

_BEGINS = r"^(?:NGFW Version|ASA Version|hostname) "

PLATFORM = Platform(
    prompt=r"(?:[\w.-]+)?[>#]",
    config=(
        Command("show running-config all", known_by=_BEGINS, ends_with=r"^: end", idle_s=120),
        Command("show running-config", known_by=_BEGINS, ends_with=r"^: end", idle_s=120),
    ),
    passages=(),
    rejected=REJECTED + r"|^Syntax error: ",
    volatile=VOLATILE,
    secrets=(*SECRETS, *IOS_NOT_SNMP),
    facts=FACTS,
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=("ftd", "firepower", "firelinuxos", "fmos", "firepower_ftd"),
)
