"""Infinera (Coriant, Tellabs) 8600 series.

Source: Coriant 8600 Smart Routers CLI Commands Manual, "show running-config" and "terminal more".
"""

from collectors.define import (
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    hide,
)

PLATFORM = Platform(
    prompt=r"[^\s#>]+[#>]",
    setup=("enable", "terminal more off"),
    config=Command("show running-config", known_by=r"^(?:hostname |interface )", min_lines=10, idle_s=120.0),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?)?(?:Invalid|Incomplete|Ambiguous|Unknown command|Error)",
    volatile=(drop(r"^Building configuration"), UPTIME),
    secrets=(
        hide(rf"^ *(?:radius|tacacs) .*?\b(?:key|secret) (?:\d )?{VALUE}"),
        hide(rf"^ *snmp-server community {VALUE}"),
        *IOS_LIKE,
    ),
    artefacts={"inventory": Command("show hw-inventory"), "flash": Command("show flash")},
    aliases=("coriant", "coriant8600", "tellabs_8600"),
)
