"""Ericsson IPOS (SSR, Router 6000) and Redback SEOS. The prompt names the context: `[local]ssr1#`.

Source: Ericsson IP Operating System, Commands: show; SmartEdge OS Configuration Guide.
"""

from collectors.define import IOS_NOT_SNMP, TYPE, UPTIME, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=r"\[[\w.@-]+\][\w.@()/-]+[>#]",
    enable="enable",
    setup=("terminal length 0", "terminal width 0"),
    config=Command(
        "show configuration",
        known_by=r"^(?:system hostname|context|software license) ?",
        ends_with=r"^end$",
        idle_s=180.0,
    ),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Permission|Command not)",
    volatile=(
        drop(r"^Building configuration"),
        drop(r"^Current configuration:"),
        drop(r"^! Configuration last changed by"),
        UPTIME,
    ),
    secrets=(
        hide(rf"^ *(?:administrator \S+|enable) (?:encrypted \d |password )(?:level \d+ )?{TYPE}{VALUE}"),
        hide(rf"^ *snmp (?:community|target \S+ .*?community) {VALUE}"),
        hide(rf"^ *snmp user .*?\b(?:md5|sha)(?: (?:passphrase|key|encrypted-key))? {VALUE}"),
        hide(rf"^ *snmp user .*?\b(?:des56|aes)(?: (?:passphrase|key|encrypted-key))? {VALUE}"),
        hide(rf"^ *(?:radius|tacacs\+) .*?\bkey {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    facts=(fact("changed_by", r"^! Configuration last changed by user '([^']+)'"),),
    artefacts={"version": Command("show version"), "inventory": Command("show hardware")},
    aliases=(
        "ipos",
        "seos",
        "redback",
        "ericsson_seos",
        "community.network.eric_eccli",
        "eric_eccli",
    ),
)
