"""Riverbed SteelHead with RiOS. Source: Riverbed Command-Line Interface Reference Manual, "Show Commands"."""

from collectors.define import IOS_LIKE, STOPS_AT_THE_LAST_SETTING, Command, Platform

PLATFORM = Platform(
    prompt=r"[\w.-]+ ?(?:\(config\) ?)?[>#]",
    enable="enable",
    setup=("terminal length 0", "terminal width 1024"),
    config=Command(
        "show running-config", known_by=r"^ *(?:hostname|interface|in-path|ip|ntp) ", min_lines=5, idle_s=120
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Unrecognized|Invalid|Incomplete|Ambiguous|Unknown|Permission)",
    secrets=IOS_LIKE,
    artefacts={
        "version": Command("show version"),
        "inventory": Command("show hardware all"),
        "info": Command("show info"),
    },
    aliases=("riverbed", "steelhead", "rios"),
)
