"""Juniper ScreenOS (NetScreen, SSG, ISG).

Source: ScreenOS CLI Reference Guide: IPv4 Command Descriptions; Concepts & Examples, "Administration".
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, UPTIME, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    prompt=r"[\w.:@()/ -]+->",
    setup=("set console page 0",),
    config=Command("get config", known_by=r"^set ", min_lines=10),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^\s*\^-+|^(?:unknown keyword|Command parse error)",
    volatile=(drop(r"^Total Config size"), UPTIME),
    secrets=(
        hide(rf"^set (?:vrouter \S+ )?.*?\b(?:hash-)?password (?:md5 |encrypt )?{VALUE}"),
        hide(rf"^set .*?\b(?:secret|preshare|preshared-key|md5-authentication|shared-secret) {VALUE}"),
        hide(rf"^set snmp (?:community|host) {VALUE}"),
        hide(rf"^set snmpv3 .*?\bauth(?:-pass(?:phrase|word)|-key)? (?:md5|sha) {VALUE}"),
        hide(rf"^set snmpv3 .*?\bpriv(?:-pass(?:phrase|word)|-key)? (?:des|aes) {VALUE}"),
        hide(rf"^set vpn (?>.*? manual ).*?\b(?:key|password) {VALUE}(?: auth \S+ (?:key|password) (\S+))?"),
        hide(rf"^set .*?\bauthentication (?:password|md5) {VALUE}"),
        hide(rf"^set ssid .*?\b(?:passphrase|key) {VALUE}"),
        hide(rf"^set ntp server .*?\bkey-id \d+ preshare-key {VALUE}"),
    ),
    artefacts={"version": Command("get system")},
    aliases=("screenos", "netscreen", "juniper_netscreen"),
)
