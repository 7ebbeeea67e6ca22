"""VyOS. Source: VyOS documentation, "Command Line Interface" and "Configuration Overview".

As commands every line stands for itself, and a diff needs no context. Nothing marks the end.
"""

from collectors.define import (
    ANY_LINE_MAY_BE_LAST,
    Command,
    Platform,
    hide,
    public,
)

_VALUE = r"('[^']*'|\S+)"
SECRETS = (
    hide(
        r"^(?:set|edit) .*? (?:\S*(?<!area-)(?<!domain-)password|pre-shared-secret|preshared-key|"
        r"pre-shared-key|secret|shared-secret(?! \S+ key )|\S*passphrase|private-key|private key|"
        r"shared-key key|auth-key|md5-key|simple-key|wep key|key-secret|api-key|token|wpa-psk|session-key|"
        rf"enc-key) {_VALUE}"
    ),
    hide(rf"^set .*?(?:radius|tacacs)(?:-server|-servers)?(?: server)? \S+ key {_VALUE}"),
    hide(r"(?<!\S)(?>\S*?\bwss://)[^\s+]+\+([^\s+']+)", word="wss://"),  # of UISP
    hide(rf"^set container name \S+ environment \S+ value {_VALUE}"),
    hide(rf"^set service snmp .*?\bcommunity {_VALUE}"),
    hide(rf"^set service snmp v3 .*?\b(?:encrypted|plaintext)-key {_VALUE}"),
    hide(rf"^set .*?\bopenvpn shared-secret \S+ key {_VALUE}"),
    hide(rf"^set .*?\b(?:api keys id \S+|otp|config-sync secondary) key {_VALUE}"),
    hide(
        rf"^set .*?\b(?:mka cak|cisco-authentication|"
        rf"(?:area|domain)-password (?:md5|plaintext-password)) {_VALUE}"
    ),
)

PLATFORM = Platform(
    prompt=r"[\w.@\\-]+@[\w./-]+(?::[^\s$#>]*)?[$#>]",
    config=Command("show configuration commands | no-more", known_by=r"^set ", min_lines=5),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^\s*(?:Invalid command|Configuration system locked|Incomplete command|Ambiguous command|"
    r"% ?Unknown command|-?vbash: |bash: |Configuration path: .* is not valid)",
    secrets=SECRETS,
    public=(public(r"\bauthentication psk \S+", "the name of a key"),),
    artefacts={"version": Command("show version | no-more")},
    recorded=True,
    aliases=(
        "vyatta_vyos",
        "vyos_vyos",
        "vyatta",
        "vyos.vyos.vyos",
        "brocade_vyos",
    ),
)
