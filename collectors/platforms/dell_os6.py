"""Dell EMC Networking OS6 (N-series). Source: Dell EMC Networking N-Series CLI Reference Guide."""

from collectors.define import IOS_NOT_SNMP, STOPS_AT_THE_LAST_SETTING, Command, Platform, drop, fact, hide
from collectors.platforms.netgear_prosafe import FASTPATH_NOISE, FASTPATH_SECRETS

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^!Current Configuration", min_lines=8),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)|^Command not found",
    volatile=(*FASTPATH_NOISE, drop(r"^sflow \d+ destination .* timeout ")),
    secrets=(
        *FASTPATH_SECRETS,
        hide(r'^ *key (?:7 |encrypted )?("[^"]*"|[^\s"]{6,})$'),
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("os_version", r"^!System Software Version ([\d.]+)"),
        fact("model", r"^!System Description \"?(?:Dell \w+ Networking |Dell Networking )?([\w-]+)"),
    ),
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
    aliases=(
        "os6",
        "dellos6",
        "dell_dnos6",
        "dellemc.os6.os6",
        "community.network.dellos6",
    ),
)
