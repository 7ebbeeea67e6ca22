"""NVIDIA (Mellanox) Onyx and MLNX-OS. Source: NVIDIA Onyx User Manual, "Configuration Management".

`enable` asks for no password. The pager is that of `less` and names the lines that it shows.
"""

from collectors.define import (
    IOS_NOT_SNMP,
    PAGER,
    STOPS_AT_THE_LAST_SETTING,
    VALUE,
    Command,
    Platform,
    drop,
    fact,
    hide,
)

PLATFORM = Platform(
    prompt=r"[\w./-]+ (?:\([^()\n]{1,64}\) )?[>#]|[\w./-]* ?\[[^\]\n]{1,64}\] ?(?:\([^()\n]{1,64}\) ?)?[>#]",
    pager=rf"lines \d+-\d+(?: \(END\))?|\(END\)|{PAGER}",
    setup=("enable", "no cli session paging enable"),
    config=(
        Command("show running-config expanded", known_by=r"^## Product release:", min_lines=10),
        Command("show running-config", known_by=r"^## Product release:", min_lines=10),
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ?(?:Unrecognized|Invalid|Incomplete|Ambiguous|Unknown|Type|Insufficient|Internal error)",
    volatile=(drop(r"^## Generated at "),),
    secrets=(
        hide(r'^ *snmp-server community ("[^"]*"|\S+)'),
        hide(r"^ *snmp-server host \S+ (?:traps|informs) (?:(?:version|port) \S+ )*(?!version |port )(\S+)"),
        hide(
            r"^ *snmp-server user .*? auth \S+ (?:encrypted )?(\S+)"
            r"(?: priv \S+ (?:(?:128|192|256) )?(?:encrypted )?(\S+))?"
        ),
        hide(
            r"^ *(?:tacacs|radius|ldap)-server (?:.* )?(?:key|bind-password|login-password) (?:\d |8a )?"
            r"\"?([^\s\"*]+)"
        ),
        hide(rf"^ *ntp (?:server \S+ )?authentication-key \d+ \S+ {VALUE}"),
        *IOS_NOT_SNMP,
    ),
    facts=(fact("os_version", r"^## Product release: +(\S+)"),),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=(
        "mlnxos",
        "onyx",
        "mlnx_os",
        "mellanox",
        "nvidia_onyx",
        "mellanox_onyx",
        "mellanox.onyx.onyx",
        "community.network.onyx",
        "mlnx",
    ),
)
