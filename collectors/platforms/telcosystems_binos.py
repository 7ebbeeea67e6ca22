"""Telco Systems BiNOS (T-Metro, T-Marc).

Source: T-Metro Series User Guide, BiNOS, "show running-config".
"""

from collectors.define import IOS_LIKE, UPTIME, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command(
        "show running-config", ends_with=r"^end$", known_by=r"^(?:hostname |interface )", min_lines=10
    ),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|There is no)",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration ?:"), UPTIME),
    secrets=(
        hide(rf"^ *snmp-server (?:community|trap-community|notify .*?community) {VALUE}"),
        *IOS_LIKE,
    ),
    artefacts={"version": Command("show version")},
    aliases=("telco_systems_binos", "binos", "telcosystems", "telco"),
)
