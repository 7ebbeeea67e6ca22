"""Hirschmann HiOS switches; the older Classic software has the same command without `xml`.

Source: HiOS Reference Manual, Command Line Interface, "show running-config xml" and "cli numlines". The
prompt carries `!` and `*` while something is not saved; `enable` asks for no password.
"""

from collectors.define import VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    prompt=r"[!*]*(?:\([\w .!*-]+\)|\[?[\w.-]+\]?) ?(?:\([^()\n]{1,64}\) ?)*[>#]",
    setup=("enable", "cli numlines 0"),
    config=(
        Command("show running-config xml", known_by=r"<Config\b", min_lines=10, idle_s=120.0),
        Command(
            "show running-config", known_by=r"^(?:interface |network |vlan )", min_lines=10, idle_s=120.0
        ),
    ),
    no_end="the older software has no XML, and no mark in its text",
    rejected=r"^\s*(?:Error: |% ?Invalid|Invalid|Incomplete|Command not found|Ambiguous)",
    volatile=(
        drop(r"^!? ?System (?:Up Time|Date and Time)"),
        drop(r'<Attribute name="(?:sysUpTime|hm2SystemTime|hm2NetworkUptime)">'),
    ),
    secrets=(
        hide(
            r'<Attribute name="(?=\w*(?:Password|Passwd|PresharedKey|SharedSecret|Secret|CommunityName'
            r'|AuthKey|PrivKey|PrivateKey))\w++"[^<>]*>([^<]+)</',
            word="<Attribute ",
        ),
        hide(rf"^ *(?:users|user) (?:passwd|password|snmpv3 \S+) \S+ (?:\S+ )?{VALUE}"),
        hide(rf"^ *snmp-(?:server|access) community (?:ro |rw )?{VALUE}"),
        hide(rf"^ *(?:radius|tacacs) server .*?\b(?:key|secret) (?:(?:auth|acct) )?\S+ {VALUE}"),
    ),
    artefacts={"version": Command("show system info")},
    aliases=("hirschmann", "hios"),
)
