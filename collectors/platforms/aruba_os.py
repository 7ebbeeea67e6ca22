"""ArubaOS mobility controllers and access points. Source: ArubaOS Command-Line Interface Reference Guide.

`encrypt disable` would print every key in clear text: it is never sent.
"""

from collectors.define import IOS_LIKE, VALUE, Command, Platform, drop, fact, hide

PLATFORM = Platform(
    prompt=r"\([^()\n]{1,64}\) ?(?:[*^]{0,2}\[[^\]\n]{1,64}\] ?)?(?:\([^()\n]{1,64}\) ?)?[*^]{0,2}[>#]|"
    r"[\w.:-]{1,64} ?[>#]",
    enable="enable",
    setup=("no paging",),
    config=Command("show running-config", ends_with=r"^end$", known_by=r"^version \d", min_lines=10),
    rejected=r"^\s*(?:% ?)?(?:Parse error|Invalid input|Incomplete command|Ambiguous|Unknown command|"
    r"Permission [Dd]enied|Access denied)",
    volatile=(drop(r"^Building Configuration"), drop(r"^controller config \d+")),
    secrets=(
        hide(r'^ *(?:wpa-passphrase|wpa-hexkey|wepkey\d|ap-psk-passphrase|pap-password) ("[^"]*"|\S+)'),
        hide(r"^mgmt-user \S+ (?:\S+ )?([0-9a-f]{20,}|\S+)(?: node \S+)? *$"),
        hide(rf"^ *(?:enable secret|enable bypass|encrypt-key) (?:level \d+ )?{VALUE}"),
        hide(r'^ *(?:key|psk|ike-?psk|preshared-key|pre-shared?-key) (?!\d+ *$)("[^"]*"|\S+) *$'),
        hide(r"^ *ike authentication pre-share (\S+)"),
        hide(r"^crypto isakmp (?:key|psk) (?:\d )?\"?([^\s\"]+)"),
        hide(r"^crypto-local isakmp key \"?([^\s\"]+)"),
        hide(
            r"^ *(?:local|master|peer-mac|peer-ip-address|masterip|localip|conductorip) "
            r".*?\bipsec(?:-factory-cert)? (\S+)"
        ),
        hide(r"^mobility-manager \S+ user \S+ (\S+)"),
        hide(r"^ *authentication (?!none *$)(\S+) *$", begins=r"^vrrp (?:ipv6 )?\d+", ends=r"^!"),
        hide(r"^snmp-server user .*?auth-prot \S+ (\S+)(?: priv-prot \S+ (\S+))?"),
        hide(
            r"^ *(?:admin-passwd|bkup-passwords|ap-console-password|ppp(?:oe)?-passwd|pppoe-password|"
            r"vrrp-passphrase) (\S+)"
        ),
        *IOS_LIKE,
    ),
    facts=(fact("os_version", r"^version ([\d.]+)"),),
    artefacts={"version": Command("show version"), "inventory": Command("show inventory")},
    aliases=(
        "aosw",
        "arubaos",
        "aruba",
        "aruba_controller",
        "aruba_wlc",
        "community.network.aruba",
    ),
)
