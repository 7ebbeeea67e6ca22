"""Fortinet FortiOS, all VDOMs in one answer. Source: FortiOS CLI Reference; FortiOS Administration Guide.

The pipe turns the pager off without changing the device's console settings. Stored passwords are
encrypted anew for every answer, so that only a hidden one makes no difference. The names of internet services
come with the vendor's updates and are left out, but for those that somebody defined.

Over HTTPS the credential's password is a REST API administrator's token. Source: FortiOS REST API reference,
"monitor/system/config/backup": GET up to 7.4, POST since.
"""

import re
from dataclasses import replace

from collectors.define import (
    PRIVATE_KEY,
    Api,
    Command,
    Platform,
    bearer_token,
    blocks_fault,
    drop,
    fact,
    hide,
    question,
)

_VALUE = r'("(?:[^"\\]++|\\.)*+"|\S+)'
_BACKUP = "/api/v2/monitor/system/config/backup"
_FILE = Command(
    f"GET {_BACKUP}?scope=global",
    ends_with=r"^end\s*$",
    known_by=r"^config system ",
    idle_s=120,
    fault=blocks_fault,
)

_UPDATED = re.compile(r"^ +edit [^\n]+\n +set internet-service-id \d+ *\n +next *\n", re.MULTILINE)
_BEGINS = re.compile(r"^config firewall internet-service-name *\n", re.MULTILINE)
_ENDS = re.compile(r"^end *\n", re.MULTILINE)


def without_updates(text: str) -> str:
    """Leave out the internet services that only have a number: the vendor changes these at any time."""
    kept = []
    done = 0
    while (table := _BEGINS.search(text, done)) and (end := _ENDS.search(text, table.end())):
        entries = _UPDATED.sub("", text[table.end() : end.start()])
        kept.append(text[done : table.start()])
        if entries:
            kept.append(table[0] + entries + end[0])
        done = end.end()
    return "".join(kept) + text[done:]


PLATFORM = Platform(
    prompt=r"(?:\([MPS]\) )?[\w\x80-\xff.()@~+/:&,'*%=\[\]-]+(?: \[\w{1,16}\])?(?: \([^()\n]{1,64}\))* ?[#$]",
    questions=(question(r"press 'a' to accept", "a"),),
    config=(
        Command(
            "show | grep .",
            ends_with=r"^end\s*$",
            known_by=r"^config system ",
            idle_s=120,
            fault=blocks_fault,
        ),
        Command("show", ends_with=r"^end\s*$", known_by=r"^config system ", idle_s=120, fault=blocks_fault),
    ),
    grant="an access profile that reads everything (`super_admin_readonly`)",
    rejected=r"^(?:Command fail|command parse error|Unknown action|ambiguous command|"
    r"Permission denied|No permission|% ?Unknown)",
    tidy=without_updates,
    volatile=(
        drop(r"^#conf_file_ver="),
        drop(r"^ +set last-login "),
    ),
    secrets=(
        hide(r"^ +(?:un)?set \S+ (?:\d+ )?ENC (\S+)", salted=True),
        hide(
            r"^ +set (?:\S*passw(?:or)?d[12345]?|\S*-pwd|\S*passphrase\d?|\S*secret|psk\S*|\S*auth-key|"
            r"authentication-key|md5-key|key-string|key|\S*shared-key|api-key|\S*token|private-key|wep-key\d?|sae-private-key|"
            rf'secondary-secret|tertiary-secret|ppk-secret)(?: ENC)? (?!"-----BEGIN){_VALUE}'
        ),
        hide(rf"^ +set name {_VALUE}", begins=r"^ *config system snmp community", ends=r"^ *end\b"),
        hide(rf"^ +set (?:key-(?:in|out)bound|fixed-key|hmac-key|\S*-psk|(?:enc|auth)key) {_VALUE}"),
        replace(PRIVATE_KEY, salted=True),
    ),
    facts=(
        fact("os_version", r"^#config-version=[^-]+-([\d.]+)"),
        fact("model", r"^#config-version=([^-]+)-"),
    ),
    artefacts={"version": Command("get system status"), "ha": Command("get system ha status")},
    api=Api(
        login=bearer_token,
        config=(
            _FILE,
            replace(_FILE, text=f'POST {_BACKUP}?scope=global {{"destination":"file","scope":"global"}}'),
        ),
        rejected=r"^\s*(?:\{|<(?:!DOCTYPE|html))",  # an error in JSON, or a page for people
    ),
    recorded=True,
    aliases=(
        "fortios",
        "fortigate",
        "fortinet_fortios",
        "fortinet.fortios.fortios",
        "fortigate_full",
    ),
)
