"""Ubiquiti EdgeSwitch. Source: Ubiquiti EdgeSwitch CLI Command Reference, "show running-config"."""

from collectors.define import IOS_NOT_SNMP, STOPS_AT_THE_LAST_SETTING, Command, Platform, fact
from collectors.platforms.netgear_prosafe import FASTPATH_NOISE, FASTPATH_SECRETS, PLAIN_PROMPT

PLATFORM = Platform(
    prompt=PLAIN_PROMPT,  # the X series shows no parentheses
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^!Current Configuration", min_lines=8),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)|^Command not found",
    volatile=FASTPATH_NOISE,
    secrets=(
        *FASTPATH_SECRETS,
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("os_version", r"^!System Software Version \"?([\w.]+)"),
        fact("model", r"^!System Description \"?([^,\"]+)"),
    ),
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
    aliases=(
        "edgeswitch",
        "ubiquiti_edge",
        "ubnt_edgeswitch",
        "edgemax",
        "community.network.edgeswitch",
    ),
)
