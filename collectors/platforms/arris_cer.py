"""Arris CMTS and edge routers (C4, E6000 CER).

Source: E6000 Converged Edge Router User Guide, "Command Line Interface"; C4 CMTS User Guide.
"""

from collectors.define import IOS_NOT_SNMP, STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command(
        "show running-config",
        known_by=r"^(?:configure|interface|hostname|snmp-server) ",
        min_lines=10,
        idle_s=180.0,
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)|^(?:Error|Invalid command)",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"\bsnmp-server community {VALUE}", word="community "),
        hide(rf"^(?>.*?\bsnmp-server user ).*?\bauth(?:-password)? (?:(?:md5|sha)[\w-]* )?{VALUE}"),
        hide(
            r"^(?>.*?\bsnmp-server user ).*?\bpriv(?:-password)? "
            rf"(?:(?:des|aes)[\w-]* (?:(?:128|192|256) )?)?{VALUE}"
        ),
        hide(rf"^(?>.*?\b(?:tacacs|radius)\b).*?\b(?:key|shared-secret) (?:\d )?{VALUE}"),
        hide(rf"\b(?:cable authstring|shared-secret|auth-key) (?:\d )?{VALUE}"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version")},
    aliases=("c4cmts", "arris", "arris_c4", "arris_e6000"),
)
