"""Enterprise SONiC (Dell, Broadcom) with the Management Framework's command line.

Source: Dell Enterprise SONiC Distribution User Guide, "Command-line interface". A login that lands in the
Linux shell goes on to `sonic-cli`; one that lands there at once refuses that command, which does no harm.
"""

from collectors.define import (
    IOS_NOT_SNMP,
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    hide,
)

PLATFORM = Platform(
    prompt=r"[\w.-]+@[\w.-]+:[\w~/.-]+\$|[\w.-]+(?:\([\w-]+\))?#",
    setup=("sonic-cli", "terminal length 0"),
    config=Command("show running-configuration", known_by=r"^(?:interface|hostname)", min_lines=5),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%? ?Error: |^%Error|command not found",
    volatile=(drop(r"^! (?:Last configuration change|Generated)"), UPTIME),
    secrets=(
        hide(rf"\bpriv-password {VALUE}", word="priv-password "),
        hide(rf"^snmp-server (?:host .*?\b)?community {VALUE}"),
        hide(rf"^ldap-server .*?\bbindpw {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show platform syseeprom")},
    aliases=(
        "enterprise_sonic",
        "enterprisesonic",
        "sonic_cli",
        "dellemc.enterprise_sonic.sonic",
        "dell_enterprisesonic",
    ),
)
