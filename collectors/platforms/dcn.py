"""DCN (Yunke China) switches and those sold as SNR and by others.

Source: DCN S4600 Series Command Guide, "Basic Management Commands".
"""

from collectors.define import CHANGED, HEADING, IOS_NOT_SNMP, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^hostname ", ends_with=r"^end$"),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized|Unknown)",
    volatile=(HEADING, CHANGED, UPTIME),
    secrets=(
        hide(rf"^snmp-server (?:community (?:ro|rw)|host \S+ v(?:1|2c)) (?:[07] )?{VALUE}"),
        hide(rf"^snmp-server user .*? auth \S+ (?:[07] )?{VALUE}"),
        hide(rf"^snmp-server user .*? authPriv (?:3?des|aes) {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version"), "boot": Command("show boot-files")},
    aliases=("dcnos", "snr", "dcn_os"),
)
