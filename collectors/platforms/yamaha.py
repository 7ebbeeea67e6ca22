"""Yamaha RTX, NVR and vRX routers. `administrator` raises privilege.

Source: Yamaha RT Series Command Reference, "show config", "console" and "administrator".
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, UPTIME, VALUE, WORD, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=r"(?:[\w.()\[\]-][\w.()\[\] -]{0,60})?[>#]",
    enable="administrator",
    setup=("console lines infinity", "console columns 200", "console character en.ascii"),
    config=Command("show config", known_by=r"^# \S+ Rev\.", min_lines=10),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^Error: ",
    volatile=(drop(r"^# Reporting Date:"), UPTIME),
    secrets=(
        hide(rf"^ *(?:administrator|login) password (?:encrypted )?{VALUE}"),
        hide(rf"^ *login user \S+ (?:encrypted )?{VALUE}"),
        hide(rf"^ *pp auth (?:username|myname) \S+ {VALUE}"),
        hide(rf"^ *ipsec ike (?:pre-shared-key \d+ (?:text )?|(?:eap|xauth) myname \d+ \S+ ){VALUE}"),
        hide(rf"^ *ipsec sa policy (?>.*?\bmanual )(?>.*? (?={WORD}$)){VALUE}"),
        hide(rf"^ *l2tp tunnel auth on {VALUE}"),
        hide(rf"^ *snmp(?:v2c)? (?:community (?:read-only|read-write)|trap community) {VALUE}"),
        hide(rf"^ *snmpv3 usm user \d+ \S+ \S+ {VALUE}(?: \S+ {VALUE})?"),
        hide(rf"^ *radius secret {VALUE}"),
        hide(rf"^ *(?:bgp neighbor pre-shared-key \d+ text|(?:ip|ospf) .*?\bauthkey=) ?{VALUE}"),
        hide(r"^ *(?:ip|ospf) .*?\bmd5key=\(\d+,([^)]+)"),
        hide(rf"^ *wan\d? (?>.*?\bauth ).*?\bpassword {VALUE}"),
    ),
    facts=(
        fact("model", r"^# (\S+) Rev\."),
        fact("os_version", r"^# \S+ Rev\.(\S+)"),
        fact("serial_number", r"^# .*[Ss]erial[= ]+(\w+)"),
    ),
    artefacts={"environment": Command("show environment")},
    aliases=("yamaha_rtx", "rtx"),
)
