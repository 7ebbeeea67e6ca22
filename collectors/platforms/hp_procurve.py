"""HPE ProCurve and Aruba ArubaOS-Switch. Source: ArubaOS-Switch Basic Operation Guide, "include-credentials".

The login waits for a key behind its copyright. Lines are placed with VT100 sequences, and a host name may
hold blanks. A long line goes on in the next one, behind a blank.
"""

from collectors.define import (
    SPACED_PROMPT,
    STOPS_AT_THE_LAST_SETTING,
    Command,
    Platform,
    fact,
    hide,
    question,
)

_VALUE = r'("(?:[^"\\]++|\\.)*+"|\S+)'
_HASH = "(?:plaintext|sha1|sha256|encrypted-password)"

PLATFORM = Platform(
    prompt=SPACED_PROMPT,
    # It asks twice if the owner has set a banner.
    questions=(question(r"press any key to continue", ""),) * 2,
    enable="enable",
    setup=("no page", "terminal width 511"),
    config=Command("show running-config", known_by=r"^; \S+ Configuration Editor|^hostname "),
    no_end=STOPS_AT_THE_LAST_SETTING,
    grant="manager rights",
    rejected=r"^\s*(?:Invalid input|Incomplete input|Ambiguous input|Unknown command|Not authorized|"
    r"Unauthorized command|Access denied|% ?Unknown)",
    secrets=(
        hide(
            r'^(?:encrypted-)?password (?:manager|operator|port-access)(?: user-name (?:"[^"]*"|\S+))? '
            rf"(?!user-name |{_HASH} *$)(?:{_HASH} )?{_VALUE}"
        ),
        hide(
            rf"^aaa authentication local-user .*? (?:encrypted-)?password (?!{_HASH} *$)(?:{_HASH} )?{_VALUE}"
        ),
        # The password stands alone on its line, or other settings follow it there.
        hide(
            rf"^ {_VALUE}", begins=rf"^(?:(?:encrypted-)?password|aaa authentication local-user) .*{_HASH} *$"
        ),
        hide(rf"^encrypt-credentials pre-shared-key (?:plaintext|hex) {_VALUE}"),
        hide(rf"^ +mode pre-shared-key .*?\b(?:encrypted-)?cak {_VALUE}"),
        hide(rf"^snmp-server community {_VALUE}"),
        hide(rf"^snmp-server host \S+ (?:community )?(?!informs|trap-level){_VALUE}"),
        hide(rf"^snmpv3 user \S+ .*?\bauth \S+ {_VALUE}(?: priv (?:(?:aes|des)\S* )?{_VALUE})?"),
        hide(rf"^snmpv3 community index \S+ name {_VALUE}"),
        hide(rf"^(?:radius|tacacs)-server .*?\b(?:encrypted-)?key {_VALUE}"),
        hide(rf"^s?ntp authentication .*?\b(?:key-value|encrypted-key) {_VALUE}"),
        hide(
            rf"^ *(?:key-string|encrypted-key|encrypted-password) (?!manager |operator |port-access ){_VALUE}"
        ),
        hide(rf"^ +neighbor \S+ password {_VALUE}"),
        hide(rf"^(?: +|key-chain \S+ )key \d+ (?:encrypted-)?key-string {_VALUE}"),
        hide(
            rf"^ *(?:ip ospf|area|ip rip) .*?\b(?:authentication-key|encrypted-authentication-key) {_VALUE}"
        ),
        hide(rf"^aaa port-access .*?\b(?:password|(?:encrypted-)?secret) {_VALUE}"),
    ),
    facts=(
        fact("os_version", r"^; .*Created on release #(\S+)"),
        fact("model", r"^; (\S+) Configuration Editor"),
    ),
    artefacts={
        "version": Command("show version"),
        "modules": Command("show modules"),
        "vlan": Command("show vlans"),
    },
    aliases=(
        "procurve",
        "hp",
        "aruba_procurve",
        "aruba_osswitch",
        "arubaos_switch",
        "hpe_procurve",
        "provision",
        "arubanetworks.aos_switch",
        "aruba_os_switch",
        "arubanetworks.aos_switch.arubaoss",
        "hpemsa_switch",
        "hpswitch",
        "arubaoss",
    ),
)
