"""Cisco IOS XR. Source: Cisco IOS XR System Management and Security Command References.

Every answer begins with the time of day, unless the prompt's time stamp is turned off.
"""

from collectors.define import BANNERS, IOS_LIKE, Command, Passage, Platform, drop, fact, hide

PLATFORM = Platform(
    setup=("terminal length 0", "terminal width 0", "terminal exec prompt no-timestamp"),
    config=Command(
        "show running-config", known_by=r"^(?:!! IOS XR|hostname )", ends_with=r"^end$", idle_s=120
    ),
    grant="a task group with read access to all tasks, such as `cisco-support` or `root-lr`",
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|This command is not authorized|"
    r"Permission denied|Failed to authorize|Authorization failed)",
    busy=r"^%? ?(?:Failed to lock|The configuration is currently locked)",
    passages=(Passage(r"^banner [\w-]+ ([^\w\s])"), *BANNERS),
    volatile=(
        drop(r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ [\d:.]+ "),
        drop(r"^Building configuration"),
        drop(r"^!! Last configuration change at "),
    ),
    secrets=(
        hide(r"\bencrypted (?!auth )(\S+)", word="encrypted "),
        hide(r"^snmp-server user .*? auth \S+ clear (\S+)(?: priv \S+(?: \d+)? clear (\S+))?"),
        hide(
            r"^ +authentication (?!message-digest|keychain|null|mode|key-chain)(\S+)$",
            begins=r"^ +(?:hsrp|vrrp) \d+",
            ends=r"^ *!",
        ),
        *IOS_LIKE,
    ),
    facts=(
        fact("os_version", r"^!! IOS XR Configuration (?:version = )?(\S+)"),
        fact("changed_by", r"^!! Last configuration change at .* by (\S+)"),
        fact("changed_at", r"^!! Last configuration change at (.+?)(?: by \S+)?$"),
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory all")},
    aliases=(
        "iosxr",
        "ios_xr",
        "cisco_iosxr",
        "xr",
        "iosxr_netconf",
        "cisco.iosxr.iosxr",
        "iosxr7",
        "cisco_iosxr_netconf",
        "cisco_xr7",
        "ios_xr7",
        "cisco_exr",
        "ios_exr",
    ),
)
