"""Aruba Instant access points, from the virtual controller. Source: Aruba Instant CLI Reference Guide.

After a crash the prompt begins with a blank. Where `no-encrypt` is refused, the keys come encrypted.
"""

from collectors.define import PROMPT, SPACED_PROMPT, STOPS_AT_THE_LAST_SETTING, Command, Platform, fact, hide

PLATFORM = Platform(
    prompt=rf" {PROMPT}|{SPACED_PROMPT}",
    enable="enable",
    config=(
        Command("show running-config no-encrypt", known_by=r"^version ", min_lines=10),
        Command("show running-config", known_by=r"^version ", min_lines=10),
    ),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?(?:Parse error|Invalid|Incomplete|Ambiguous|Unknown)|Permission denied|Parse error)",
    secrets=(
        hide(r"^virtual-controller-key (\S+)"),
        hide(r"^(?:hash-)?mgmt-user \S+ (?:password hash )?(?!password|hash|usertype)(\S+)"),
        hide(r"^user \S+ (?!portal|radius)(\S+)"),
        hide(r"^snmp-server community (\S+)"),
        hide(r"^snmp-server host \S+ version \S+ (\S+)"),
        hide(r"^snmp-server user \S+(?: auth-prot \S+ (\S+))?(?: priv-prot \S+ (\S+))?"),
        hide(r"^ +(?:wpa-passphrase|wep-key|wpa-hexkey|key|shared-key) (\S+)"),
        hide(r"^ +(?:admin-?dn-?)?passw(?:or)?d (\S+)"),
        hide(r"^ +admin-password (\S+)"),
        hide(r"^ *(?:vpn ikepsk|pppoe-passwd|pppoe-chapsecret|pppoe-chap-secret|ams-key|cli-password) (\S+)"),
        hide(r"^(?:ap1x|peap-user|cppm-username) .*?\bpassw(?:or)?d (\S+)"),
        hide(r"^vpn ikepsk .*\bpassword (\S+)"),
        hide(r"^ +cppm-(?:username \S+ cppm-)?password (\S+)"),
    ),
    facts=(fact("os_version", r"^version (\S+)"),),
    artefacts={"version": Command("show version"), "access-points": Command("show aps")},
    recorded=True,
    aliases=("arubainstant", "instant", "iap", "aruba_iap"),
)
