"""Dell PowerConnect 3xxx, 5xxx. Source: Dell PowerConnect CLI Reference Guide, `terminal datadump`."""

from collectors.define import (
    IOS_LIKE,
    STOPS_AT_THE_LAST_SETTING,
    Command,
    LoginPrompts,
    Platform,
    drop,
    fact,
    hide,
)

PLATFORM = Platform(
    login_prompts=LoginPrompts(username=r"User(?: ?name)? ?:", again=True),
    enable="enable",
    setup=("terminal datadump", "terminal length 0"),
    config=Command("show running-config", known_by=r"^(?:interface|vlan|hostname|ip|username) ?"),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*%? ?(?:Invalid input|Incomplete command|Ambiguous|Unrecognized command|"
    r"bad parameter value|missing mandatory parameter|Unknown command)|^Command not found",
    volatile=(drop(r"^! ?(?:System )?Up ?Time"), drop(r"^sflow \d+ receiver .* timeout ")),
    secrets=(
        hide(r"^snmp-server user .*? auth-(?:md5|sha)\S* (\S+)(?: priv-\S+ (\S+))?"),
        *IOS_LIKE,
    ),
    facts=(fact("os_version", r"^!System Software Version ([\d.]+)"),),
    artefacts={
        "version": Command("show version"),
        "system": Command("show system"),
        "vlan": Command("show vlan"),
    },
    aliases=("powerconnect", "dell_pc", "dell"),
)
