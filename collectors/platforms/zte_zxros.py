"""ZTE ROS (ZXR10, ZXCTN, M6000), whose sections stand between `!<name>` and `!</name>`.

Source: ZXR10 M6000-S Command Reference, "Basic Configuration Commands".
"""

from collectors.define import (
    IOS_NOT_SNMP,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    fact,
    hide,
)

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^!<\w", min_lines=5, idle_s=120.0),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%(?:Error|Info|Code) |^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)",
    volatile=(
        drop(r"^Building configuration"),
        drop(r"^! ?(?:Last configuration change|Current time)"),
        UPTIME,
    ),
    secrets=(
        hide(rf"^ *snmp-server (?:community|packetsize-community) (?:encrypted )?{VALUE}"),
        hide(rf"^ *snmp-server user .*?\bauth \S+ encrypted {VALUE}(?: priv \S+ encrypted {VALUE})?"),
        hide(rf"^ *snmp-server host .*?\b(?:version \S+ )(?:encrypted )?{VALUE}"),
        *IOS_NOT_SNMP,
    ),
    facts=(fact("os_version", r"^! ?(?:ZXR\S+|ROS) Version(?: Number)? ?:? ?(\S+)"),),
    artefacts={"version": Command("show version")},
    aliases=("zxros", "zxr10"),
)
