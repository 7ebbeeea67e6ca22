"""FS.com (Fiberstore) switches on FSOS.

Source: FS S3900/S5800 Series Switches FSOS Command Line Interface Reference, "System Management Commands".
"""

from collectors.define import (
    CHANGED,
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    Command,
    Platform,
    drop,
    fact,
    hide,
)

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0", "terminal width 0"),
    config=Command("show running-config", known_by=r"^(?:version|hostname|service|interface) ?"),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%+ ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Command|Parameter)"
    r"|^Unknown command",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration ?:"), CHANGED, UPTIME),
    secrets=(
        # Both hashes of a user stand after the second of the two algorithms.
        hide(r"^snmp-server user \S+ \S+ v3 .*?\bauth \S+ (?:\d )?(\S+)(?: (?!priv\b|access\b)(\S+))?"),
        *IOS_LIKE,
    ),
    facts=(fact("os_version", r"^!?version (\S.*)"),),
    artefacts={"version": Command("show version")},
    aliases=("fs_com", "fsos", "fs", "fiberstore", "fiberstore_fsosv2", "fiberstore_networkos"),
)
