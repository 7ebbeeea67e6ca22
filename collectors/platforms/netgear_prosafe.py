"""NETGEAR ProSAFE and Smart Managed Pro switches. Source: NETGEAR M4300 CLI Command Reference Manual.

Two families answer: one heads its file with `SYSTEM CONFIG FILE`, the other with `!Current Configuration:`.
"""

from collectors.define import (
    IOS_NOT_SNMP,
    SNMP_PEERS,
    STOPS_AT_THE_LAST_SETTING,
    Command,
    Platform,
    drop,
    fact,
    hide,
)

FASTPATH_PROMPT = r"\([^()\n]{1,64}\) ?(?:\([^()\n]{1,64}\) ?)*[>#]"
PLAIN_PROMPT = r"(?:\([^()\n]{1,64}\)|[\w./:@~+-]++)++ ?(?:\([^()\n]{1,64}\) ?)*[>#]"
FASTPATH_NOISE = (
    drop(r"^! ?(?:System )?Up ?Time"),
    drop(r"^! ?System Up Time"),
    drop(r"^! ?Current (?:System Time|SNTP Synchronized Time)"),
)
FASTPATH_SECRETS = (
    hide(r'^(?:username|users passwd|passwords?) .*?(?<!\w)([0-9a-f]{32,}+)"?(?: |$)'),
    hide(r'^snmp-server community (?:ro |rw )?(?!ipaddr |ipmask |mode |ro$|rw$)("[^"]*"|\S+)'),
    hide(r'^snmptrap ("[^"]*"|\S+) (?:ip|\d+\.|[0-9a-fA-F]+:)'),
    hide(r"^radius server key (?:auth|acct) \S+ (?:encrypted )?(\S+)"),
    hide(r"^(?:tacacs-server|radius server) (?:host \S+ )?key (?!auth |acct )(?:\d |encrypted )?(\S+)"),
    hide(r'^snmp-server user .*?(?<!\S)auth-(?:md5|sha)\S*+ ("[^"]*"|\S+)(?: priv-\S+ ("[^"]*"|\S+))?'),
    *SNMP_PEERS,
)

PLATFORM = Platform(
    prompt=PLAIN_PROMPT,
    enable="enable",
    setup=("terminal length 0",),
    config=Command(
        "show running-config", known_by=r"^(?:SYSTEM CONFIG FILE|! ?Current Configuration|!System Desc)"
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?(?:Invalid|Incomplete|Ambiguous|Unknown)|Incorrect input|Command not found)",
    volatile=FASTPATH_NOISE,
    secrets=(
        *FASTPATH_SECRETS,
        hide(r'^snmp community ("[^"]*"|\S+)'),
        hide(r'^snmp host \S+ .*?version \S+ ("[^"]*"|\S+)'),
        hide(r"^snmp user .*?\bauth \S+ (?:encrypted )?(\S+)(?: priv(?: \S+)? (?:encrypted )?(\S+))?"),
        hide(r'^(?:radius|tacacs) (?:server )?host .*?\bkey (?:encrypted )?("[^"]*"|\S+)'),
        *IOS_NOT_SNMP,
    ),
    facts=(
        fact("os_version", r"^! ?(?:Firmware Version: |System Software Version )\"?([\w.]+)"),
        fact("model", r"^! ?(?:Model: |System Description \"?)([^\s\",]+)"),
        fact("serial_number", r"^! Serial Number: (\S+)"),
    ),
    artefacts={"version": Command("show version")},
    recorded=True,
    aliases=("netgear", "netgear_m4300", "netgear_smart"),
)
