"""NEC UNIVERGE IX routers, which show their configuration in configuration mode.

Source: UNIVERGE IX2000/IX3000 Series Command Reference, "show running-config" and "enable-config". That mode
belongs to one user at a time; it is not taken from whoever is in it.
"""

from collectors.define import (
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    drop,
    fact,
    hide,
    public,
)

PLATFORM = Platform(
    setup=("enable-config", "terminal length 0"),
    config=Command("show running-config", known_by=r"^! IX Series", min_lines=10),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ",
    volatile=(drop(r"^! Current time"), drop(r"^Current time"), UPTIME),
    secrets=(
        hide(rf"^ *username \S+ password (?:hash|plain|encrypted)?(?: \d)? ?{VALUE}"),
        hide(rf"^ *(?:ike|ikev2|crypto|ipsec) .*?\b(?:key|secret|pre-shared-key)(?: char| hex)? {VALUE}"),
        hide(rf"^ *authentication (?:password \S+|myname \S+ password) (?:plain |secret )?{VALUE}"),
        hide(rf"^ *snmp-agent (?:ip |ipv6 )?(?:community|host \S+) (?:plain |secret )?{VALUE}"),
        hide(rf"^ *(?:radius|tacacs) host .*?\b(?:key|secret) (?:plain |secret )?(?:\d )?{VALUE}"),
        hide(rf"^ *neighbor \S+ password {VALUE}"),
        hide(rf"^ *ip ospf (?:authentication-key|message-digest-key \d+ md5) {VALUE}"),
        hide(rf"\b(?:pre-shared-key|wpa-psk|passphrase|local-auth-key) {VALUE}"),
        hide(rf"^(?>.*?\bweb-console ).*?password {VALUE}", word="web-console "),
    ),
    public=(public(r"authentication password \S+ ", "the user whose password follows"),),
    facts=(
        fact("model", r"^! IX Series (\S+)"),
        fact("os_version", r"^! IX Series .* Version (\S+?),"),
    ),
    artefacts={"version": Command("show version")},
    aliases=(
        "nec",
        "univerge_ix",
        "nec_ix2000",
        "necix",
    ),
)
