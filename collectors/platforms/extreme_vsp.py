"""Extreme VOSS and Fabric Engine (VSP). Source: VOSS CLI Commands Reference, `terminal more disable`.

The header tells the time; the configuration itself begins with `config terminal`.
"""

from collectors.define import Command, Platform, drop, fact, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal more disable",),
    config=(
        Command(
            "show running-config", ends_with=r"^end$", known_by=r"^config terminal", min_lines=10, idle_s=120
        ),
        Command(
            "more config.cfg", ends_with=r"^end$", known_by=r"^config terminal", min_lines=10, idle_s=120
        ),
    ),
    rejected=r"^\s*(?:% ?)?(?:Invalid input|Incomplete command|Ambiguous|Unknown command|Permission denied|"
    r"Not allowed)",
    volatile=(
        drop(r"^Preparing to Display Configuration"),
        drop(r"^# (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ "),
    ),
    secrets=(
        hide(r'^snmp-server community ("[^"]*"|\S+)'),
        hide(r'^snmp-server user .*?\b(?:md5|sha\d*) ("[^"]*"|\S+)(?: (?:aes|des)\S* ("[^"]*"|\S+))?'),
        hide(r'^(?:radius|tacacs)(?:-server)? .*?\bkey ("[^"]*"|\S+)'),
        hide(
            r'^ *(?:ip ospf|isis|ip rip) .*?(?:authentication-key|hello-auth type \S+ key|md5) ("[^"]*"|\S+)'
        ),
        hide(r'^ntp authentication-key \d+ (?:type )?(?:\S+ )?("[^"]*"|\S+)$'),
        hide(r'^ *neighbor password \S+ ("[^"]*"|\S+)'),
    ),
    facts=(
        fact("os_version", r"^# [Ss]oftware version +: (\S+)"),
        fact("model", r"^# [Bb]ox type +: (\S+)"),
    ),
    artefacts={"version": Command("show sys-info")},
    aliases=("voss", "vsp", "extreme_voss", "avaya_vsp", "extreme_fabric_engine", "community.network.voss"),
)
