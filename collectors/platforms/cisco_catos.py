"""Cisco CatOS (Catalyst 4000, 5000, 6000). `set` commands between `begin` and `end`.

Source: Catalyst 6500 Series Switch Command Reference, 8.7, "show config". The privileged prompt ends in
`(enable)`: the login has to lead there, for instance by TACACS+.
"""

from collectors.define import UPTIME, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    # Without privilege there is no configuration, and `sw1>` may be the first piece of `sw1> (enable)`.
    prompt=r"[\w.@()/-]+> \(enable\)",
    setup=("set length 0",),
    config=Command(
        "show config all", known_by=r"^(?:begin|set (?:system|prompt) ?)", ends_with=r"^end$", idle_s=120.0
    ),
    rejected=r"^(?:Unknown command|Usage: |Invalid|Command authorization failed|Cannot )",
    volatile=(drop(r"^#time: "), drop(r"^\.+$"), UPTIME),
    secrets=(
        hide(rf"^set (?:password|enablepass) {VALUE}"),
        hide(rf"^set localuser user \S+ password {VALUE}"),
        hide(rf"^set snmp community(?:-ext)? (?:index \S+ name )?(?:read-\S+ +)?{VALUE}"),
        hide(rf"^set snmp trap \S+ {VALUE}"),
        hide(rf"^set snmp user .*? authentication \S+ {VALUE}(?: privacy {VALUE})?"),
        hide(rf"^set (?:tacacs|radius) key {VALUE}"),
        hide(rf"^set ntp (?:server .*? )?key \d+ (?:trusted |untrusted )?md5 {VALUE}"),
        hide(rf"^set vtp .*?\bpasswd {VALUE}"),
    ),
    artefacts={"version": Command("show version"), "inventory": Command("show module")},
    aliases=("catos", "cat5", "cisco_cat"),
)
