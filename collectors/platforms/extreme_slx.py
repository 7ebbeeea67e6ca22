"""Extreme Networks SLX-OS.

Source: Extreme SLX-OS Command Reference, "show running-config" and "terminal length".
"""

from collectors.define import (
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    fact,
    hide,
)

PLATFORM = Platform(
    setup=("terminal length 0",),
    config=Command(
        "show running-config", known_by=r"^(?:interface|host-table|username|logging|aaa|vlan) ", min_lines=10
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%+ ?(?:Error|Invalid|Incomplete|Ambiguous)|^syntax error",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^ +(?:(?:protocol \S+ )?key|shared-secret|bind-password) {VALUE} encryption-level"),
        *IOS_LIKE,
    ),
    facts=(fact("os_version", r"^! ?SLX-OS Operating System Version: (\S+)"),),
    artefacts={"version": Command("show version")},
    aliases=("slx", "slxos", "brocade_slx", "community.network.slxos"),
)
