"""Dell Networking OS9 (Force10 FTOS). Source: Dell Configuration Guide for the S-Series."""

from collectors.define import IOS_LIKE, Command, Platform, drop, fact, hide, question

PLATFORM = Platform(
    questions=(question(r"acknowledge the above statement\? \[y/n\]", "y\n"),),  # of the login banner
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^(?:! Version|hostname) ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Error|Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)",
    volatile=(
        drop(r"^Current Configuration"),
        drop(r"^! (?:Last configuration change|Startup-config last updated) at "),
    ),
    secrets=(
        hide(r"^enable sha256-password (?:level \d+ )?(?:\d )?(\S+)"),
        *IOS_LIKE,
    ),
    facts=(
        fact("os_version", r"^! Version (\S+)"),
        fact("changed_by", r"^! Last configuration change at .* by (\S+)"),
        fact("changed_at", r"^! Last configuration change at (.+?)(?: by \S+)?$"),
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=(
        "ftos",
        "dnos",
        "dell_dnos9",
        "force10",
        "dellos9",
        "dell_os9",
        "os9",
        "dellemc.os9.os9",
        "dell_ftos",
        "dnos9",
        "community.network.dellos9",
        "dell_emc",
    ),
)
