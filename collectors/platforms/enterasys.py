"""Enterasys (Extreme) stackable switches of the A, B, C, D and G series.

Source: Enterasys B-Series and C-Series CLI Reference, "show config". Secrets stand between colons once the
device has encrypted them.
"""

from collectors.define import UPTIME, VALUE, WORD, Command, Platform, drop, hide

PLATFORM = Platform(
    prompt=r"[\w./ -]+\((?:su|rw|ro)\)->",
    setup=("set length 0",),
    config=Command("show config", ends_with=r"^end$", known_by=r"^begin$", min_lines=5, idle_s=120.0),
    rejected=r"^(?:Error: |Usage: |Invalid|Unknown command|% ?Invalid)|\^-- ",
    volatile=(
        drop(r"^This command shows non-default configurations only"),
        drop(r"^Use 'show config all' to show both"),
        UPTIME,
    ),
    secrets=(
        hide(rf"^set system login \S+ .*?\bpassword {VALUE}"),
        hide(rf"^set snmp community {VALUE}"),
        hide(rf"^set snmp user .*?\bauthentication \S+ {VALUE}(?: encryption \S+)?(?: privacy {VALUE})?"),
        hide(rf"^set (?:radius|tacacs) server (?>.*? (?={WORD}(?: realm |$))){VALUE}"),
        hide(rf"^ *ip (?:ospf message-digest-key \d+ md5|ospf authentication-key) {VALUE}"),
        hide(rf"^ *ip vrrp authentication-key \d+ {VALUE}"),
        hide(rf"^ *ip rip authentication key {VALUE}"),
        hide(rf"^set (?:sntp|ntp) authentication-key \d+ \S+ {VALUE}"),
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show system hardware")},
    aliases=("enterasys_stackable", "securestack"),
)
