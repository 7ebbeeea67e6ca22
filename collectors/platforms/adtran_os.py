"""ADTRAN AOS (NetVanta, Total Access).

Source: ADTRAN Operating System (AOS) Command Reference Guide, "show running-config".
"""

from collectors.define import IOS_LIKE, UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^hostname ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized|Unknown|Permission)|^%Unrecognized",
    volatile=(drop(r"^Building configuration"), UPTIME),
    secrets=(
        hide(rf"^crypto ike remote-id .*?\bpreshared-key {VALUE}"),
        *IOS_LIKE,
    ),
    facts=(
        fact("os_version", r"^! .*OS version (\S+)"),
        fact("model", r"^! Platform: ([^,]+)"),
        fact("serial_number", r"^! Serial number (\S+)"),
    ),
    artefacts={"version": Command("show version")},
    aliases=("adtran", "adtranos", "adtran_aos", "netvanta"),
)
