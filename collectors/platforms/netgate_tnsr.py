"""Netgate TNSR. Source: TNSR Documentation, "Configuration Backups" and "Basics of the CLI".

The pager cannot be turned off, and may stand behind the words of a line that it interrupts. The prompt is
known by the product's name in it, which ends no line of a configuration: the host may be renamed meanwhile.
"""

from collectors.define import PAGER, STOPS_AT_THE_LAST_SETTING, Command, Platform, hide

PLATFORM = Platform(
    prompt=r"[\w.-]+ (?P<host>tnsr)(?:\([\w./-]+\))?[>#]",
    pager=rf"(?P<text>.*?)--More-- ?|{PAGER}",
    config=Command("show configuration running cli", known_by=r"^(?:nacm|system|dataplane|interface) "),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:CLI syntax error|% ?Unknown command|Error:|.{0,60}access-denied)",
    secrets=(
        hide(r"\bpassword (\S+)", word="password "),
        hide(r"^ *snmp community community-name (\S+)"),
        hide(r"^ *snmp user .*?\bauth(?:-\w+)? \S+ (\S++)(?:.*?priv(?:-\w+)? \S+ (\S+))?"),
        hide(r"^ *(?:pre-shared-key|psk|key-string|private-key(?: base64)?|shared-secret|secret|key) (\S+)"),
        hide(r"\b(?:authentication-key|message-digest-key(?: key-id \d+)?(?: md5)?) (?!key-id)(\S+)"),
        hide(r"^ *(?:authentication|auth) .*?\bkey (?!chain)(\S+)"),
        hide(r"^ *wireguard .*?\bprivate-key (?:base64 )?(\S+)"),
    ),
    artefacts={"version": Command("show version")},
    recorded=True,
    aliases=("tnsr", "netgate"),
)
