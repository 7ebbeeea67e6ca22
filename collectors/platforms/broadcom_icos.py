"""Broadcom ICOS and EFOS, as on NetApp's BES-53248 cluster switches.

Source: Broadcom, CLI Command Reference for EFOS; NetApp ONTAP documentation, "BES-53248 cluster switches".
"""

from collectors.define import IOS_NOT_SNMP, STOPS_AT_THE_LAST_SETTING, Command, Platform, fact
from collectors.platforms.netgear_prosafe import FASTPATH_NOISE, FASTPATH_PROMPT, FASTPATH_SECRETS

PLATFORM = Platform(
    prompt=FASTPATH_PROMPT,
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^!Current Configuration", min_lines=8),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?(?:Invalid|Incomplete|Ambiguous|Unknown)|Incorrect input|Command not found)",
    volatile=FASTPATH_NOISE,
    secrets=(
        *FASTPATH_SECRETS,
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("os_version", r"^!System Software Version \"?([\d.]+)"),
        fact("model", r"^!System Description \"?([^\s\",]+)"),
    ),
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
    aliases=("efos", "icos", "netapp_bes"),
)
