"""Ruckus FastIron and Brocade IronWare. Source: RUCKUS FastIron Command Reference, `skip-page-display`.

The prompt names the way in (`SSH@`). Older releases know only one of the two ways to turn the pager off.
"""

from collectors.define import IOS_LIKE, SPACED_PROMPT, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=rf"{SPACED_PROMPT}|[\w.()/:@~+#-]+[>#]",
    enable="enable",
    setup=("skip-page-display", "terminal length 0"),
    config=Command("show running-config", known_by=r"^(?:ver|hostname) ", ends_with=r"^end$"),
    rejected=r"^\s*(?:% ?)?(?:Invalid input|Unrecognized command|Incomplete command|Ambiguous input|"
    r"Unknown command|Error ?[-:]|Not authorized|Authorization failed)",
    volatile=(drop(r"^!?(?:Current|Building) configuration\b"),),
    secrets=(
        hide(r"^snmp-server community ((?:\d )?\S+)(?: r[ow]|$)"),
        hide(r"^snmp-server host \S+ version v\d\S* (?:(?:no)?auth\w* |priv )?((?:\d )?\S+)"),
        hide(r"^snmp-server host \S+ (?!version |vrf |traps |informs )((?:\d )?\S+)"),
        hide(
            r"^ *pre-shared-key (?:(?:address|hostname) \S.*? key |local |remote )?"
            rf"(?:ascii-text |hex )?{VALUE}"
        ),
        hide(r"^ +ip ospf (?:authentication-key|md5-authentication .*?key) (?:\d )?(\S+)"),
        hide(r"^ +authentication-key key-id \d+ \S+ (?:\d )?(\S+)"),
        hide(r"^ *(?:area|ip vrrp-extended) .*?(?:authentication|auth-type simple-text-auth) (?:\d )?(\S+)$"),
        *IOS_LIKE,
    ),
    facts=(fact("os_version", r"^ver (\S+)"),),
    artefacts={
        "version": Command("show version"),
        "chassis": Command("show chassis"),
        "vlan": Command("show vlan"),
    },
    recorded=True,
    aliases=(
        "ironware",
        "fastiron",
        "icx",
        "foundry",
        "brocade_fastiron",
        "brocade_ironware",
        "ruckus_icx",
        "community.network.icx",
        "community.network.ironware",
        "community.network.ruckus_icx",
        "commscope.icx.icx",
    ),
)
