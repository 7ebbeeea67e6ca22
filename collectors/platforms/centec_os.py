"""Centec Networks' switches, and those that others sell under their name, as the S5800 of FS.com.

Source: FS S5800 and S8050 Series Switches CLI Reference Guide, "show running-config".
"""

from collectors.define import HEADING, IOS_LIKE, Command, Platform, fact

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^(?:version|hostname) ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Command)",
    volatile=(HEADING,),
    secrets=IOS_LIKE,
    facts=(fact("os_version", r"^version (\S+)"),),
    artefacts={"version": Command("show version"), "transceivers": Command("show transceiver")},
    aliases=("cnos", "centec"),
)
