"""IP Infusion OcNOS.

Source: OcNOS System Management Configuration Guide, "show running-config".
"""

from collectors.define import IOS_NOT_SNMP, UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command("show running-config", known_by=r"^(?:! Software version|hostname)", ends_with=r"^end$"),
    rejected=r"^\s*%+ ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Permission|Error)",
    volatile=(drop(r"^! ?Last configuration change at"), drop(r"^Building configuration"), UPTIME),
    secrets=(
        hide(rf"^(?:tacacs|radius)-server .*?\b(?:key|seckey) (?:encrypted |[0-7] )?{VALUE}"),
        hide(rf"^snmp-server (?:community|host \S+(?: traps)? version \S+) (?:encrypted )?{VALUE}"),
        hide(
            rf"^snmp-server user .*? auth \S+ (?:encrypt )?{VALUE}(?: priv \S+ (?:(?:128|192|256) )?{VALUE})?"
        ),
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("os_version", r"^! Software version: (\S.*)"),
        fact("changed_by", r"^! ?Last configuration change at .* by (\S+)"),
        fact("changed_at", r"^! ?Last configuration change at (.+?)(?: by \S+)?$"),
    ),
    artefacts={
        "version": Command("show version"),
        "inventory": Command("show system-information board-info"),
    },
    aliases=(
        "ocnos",
        "ip_infusion",
        "ipinfusion.ocnos.ocnos",
    ),
)
