"""Silver Peak (HPE Aruba) EdgeConnect on VXOA / ECOS.

Source: Silver Peak Command Line Interface Reference Guide, "show running-config" and "cli session".
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    prompt=r"[\w.-]+(?: \(config\))? ?[>#]",
    enter="\r",  # a line feed alone ends no line
    enable="enable",
    setup=("no cli session paging enable",),
    config=Command("show running-config", known_by=r"^ *(?:hostname|interface) ", min_lines=10),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*% ",
    volatile=(drop(r"^##? ?Generated at "), UPTIME),
    secrets=(
        hide(rf"^ *username \S+ password (?:\d )?{VALUE}"),
        hide(rf"^ *snmp-server (?:community|host \S+ traps(?: version \S+)?) {VALUE}"),
        hide(rf"^ *snmp-server user .*?\bauth \S+ {VALUE}"),
        hide(rf"^ *snmp-server user .*?\bpriv \S+ {VALUE}"),
        hide(rf"^ *(?:radius|tacacs)-server (?:.*? )?key (?:\d )?{VALUE}"),
        hide(rf"\b(?:preshared-key|psk|passphrase|neighbor \S+ password|md5-key) {VALUE}"),
    ),
    artefacts={"version": Command("show version")},
    aliases=("silverpeak", "vxoa", "edgeconnect", "aruba_ecos"),
)
