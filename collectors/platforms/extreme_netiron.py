"""Extreme (Brocade, Foundry) NetIron: MLX, CER, CES, XMR.

Source: Brocade NetIron Administration Guide; Multi-Service IronWare Command Reference, "show running-config".
"""

from collectors.define import IOS_NOT_SNMP, SPACED_PROMPT, UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=SPACED_PROMPT,
    enable="enable",
    setup=("terminal length 0", "skip-page-display"),
    config=Command(
        "show running-config",
        known_by=r"^(?:ver|hostname|module|interface) ",
        ends_with=r"^end$",
        idle_s=120.0,
    ),
    rejected=r"^\s*(?:Invalid input|Incomplete command|Ambiguous input|Unrecognized command|Error[ :-])"
    r"|^You are not authorized",
    volatile=(drop(r"^!?Building configuration"), drop(r"^!?Current configuration ?:"), UPTIME),
    secrets=(
        hide(rf"^snmp-server community (?:\d )?{VALUE}"),
        hide(rf"^snmp-server host \S+ (?:version v\S+ )?(?:\d )?{VALUE}"),
        hide(rf"^snmp-server user .*? auth \S+ (?:\d )?{VALUE}(?: priv(?: encrypted)? \S+ (?:\d )?{VALUE})?"),
        hide(
            rf"^ *(?:ip |ipv6 )?ospf (?:md5-authentication key-id \d+ key|authentication-key) (?:\d )?{VALUE}"
        ),
        hide(rf"\bauth-type simple-text-auth {VALUE}"),
        hide(rf"^ *auth(?:entication)?-(?:key|string) (?:\d )?{VALUE}"),
        *IOS_NOT_SNMP,
    ),
    facts=(fact("os_version", r"^ver (\S+)"),),
    artefacts={"version": Command("show version"), "inventory": Command("show module")},
    aliases=("brocade_netiron", "netiron", "foundry_netiron"),
)
