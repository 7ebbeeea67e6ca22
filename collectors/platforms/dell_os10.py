"""Dell SmartFabric OS10. Source: Dell SmartFabric OS10 User Guide, "show running-configuration"."""

from collectors.define import IOS_LIKE, STOPS_AT_THE_LAST_SETTING, Command, Platform, drop, fact

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-configuration", known_by=r"^! Version ", min_lines=8),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Error|Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Permission)",
    volatile=(drop(r"^! Last configuration change at "),),
    secrets=(*IOS_LIKE,),
    facts=(fact("os_version", r"^! Version (\S+)"),),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=(
        "os10",
        "dellos10",
        "dell_smartfabric_os10",
        "dellemc.os10.os10",
        "dnos10",
        "community.network.dellos10",
    ),
)
