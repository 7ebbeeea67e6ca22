"""Ruijie RGOS.

Source: Ruijie RG-S Series Switches, Command Reference, "show running-config".
"""

from collectors.define import CHANGED, IOS_LIKE, UPTIME, Command, Platform, drop, fact

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0", "terminal width 256"),
    config=Command("show running-config", known_by=r"^(?:version|hostname) ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|User doesn't have)",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration ?:"), CHANGED, UPTIME),
    secrets=(*IOS_LIKE,),
    facts=(fact("os_version", r"^version (\S.*)"),),
    artefacts={"version": Command("show version"), "vlan": Command("show vlan")},
    aliases=("rgos", "ruijie", "ruijie_rgos"),
)
