"""Secrets as IOS and the many systems modelled on it write them. A platform takes these and adds its own.

Sources: Cisco IOS Security, SNMP and IP Routing command references; NX-OS and EOS configuration guides.
Only the secret goes: type digits, users, addresses and roles stay, so that a diff still says what changed.
"""

from __future__ import annotations

from collectors.define.rules import hide

VALUE = r'(?:(?:\d|8a|encrypted) (?=\S))?("[^"]*"|\S+)'
"""A secret, without the digit before it, which only says how the secret is encrypted."""
REST = r"(\S[^ ]*+(?: ++[^ ]++)*+) *+$"
"""A secret that may hold blanks and ends with its line; the blanks behind it are not part of it."""
WORD = r'(?:"[^"]*"|\S+)'
"""A word, or several in quotes."""
TYPE = (
    r"(?:(?:(?:0x)?\d{1,2}|8a|sha-?(?:1|256|512)|md5|scrypt|pbkdf2|clear(?:-?text)?|plain(?:-?text)?|encrypted|"
    r"cipher(?:text)?|irreversible-cipher|simple|hash(?:ed)?) )?"
)
_NOT_PROSE = r"^(?! *(?:description|remark|!|no |ntp ))"

_KEY = r"----(?:-| )BEGIN (?:[\w ]*PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-----?"
PRIVATE_KEY = hide(
    r"^[ \t]*([\w+/=]+)\s*$", begins=rf"^(?>.*{_KEY})(?!.*-----?END )", ends=r"----(?:-| )END "
)
"""The body of a private key in a frame of PEM (RFC 7468) or SSH2 (RFC 4716), wherever it stands."""

ANYWHERE = (
    # The password of a URL such as ftp://user:password@host. It may hold an "@" itself.
    hide(r"://[^/\s:@]*:([^/\s]+)@", word="@"),
    # A key on a single line, with escaped line ends.
    hide(rf"{_KEY}([^-\s][^-]*)-----END ", word="-----BEGIN "),
    PRIVATE_KEY,
)
"""What is secret in the configuration of any system. No platform needs to name these."""

SNMP_PEERS = (
    hide(
        r"^snmp-server host \S+(?: (?:vrf|use-vrf) \S+)?(?: (?:informs?|traps?))?(?: version v?(?:1|2c?))? "
        r"(?!version |vrf |use-vrf |filter-vrf |informs? |traps? |udp-port |source-interface |community )"
        rf"{VALUE}"
    ),
    hide(
        r"^snmp-server user .*? auth \S+ (?:auth-password |[0-9] )?(\S+)(?: encrypted)?"
        r"(?: priv (?:(?i:aes|des|3des)[\w-]*(?: (?:128|192|256))? )?(?:priv-password |[0-9] )?(\S+))?"
    ),
)
"""Trap receivers and users."""

IOS_SNMP = (
    hide(rf"^snmp-server community (?:(?:[0678]|8a) (?!(?i:ro|rw|view|ipv6|group|vrf)\b|\d+ *$))?{VALUE}"),
    hide(r"^snmp(?:-server)? (?:mib )?community-map (\S+)"),
    *SNMP_PEERS,
)
"""SNMP communities, trap receivers and users."""

IOS_NOT_SNMP = (
    hide(rf"^ *neighbor \S+ password {TYPE}{REST}"),
    hide(
        rf"{_NOT_PROSE}.*?\bpassword (?!\d+ level )(?:fallback |option \d+ for \S+ )?{TYPE}"
        r"(?!level |strength-check|secure-mode|encryption-key|encryption (?:aes|reversible)|"
        r"peer |read-(?:only|write) )"
        rf"{VALUE}",
        word="password ",
    ),
    hide(rf"^ip msdp password peer \S+ {TYPE}{VALUE}"),
    hide(r"^ +sap pmk (\S+)"),  # TrustSec
    hide(rf"^enable password level \d+ {TYPE}{VALUE}"),
    hide(rf"{_NOT_PROSE}.*?\bsecret (?!dhchap )(?:level \d+ )?{TYPE}{VALUE}", word="secret "),
    hide(rf"^(?:tacacs|radius|ldap)-server (?:.*? )?key {TYPE}{VALUE}"),
    hide(rf"^ +(?:server|server-private|address|host) .*?(?<=[ ])key {TYPE}{VALUE}", word=" key "),
    # `key 1` names a key of a key chain; anything longer or not a number is a key.
    hide(r'^ +(?:pac )?key (?:(?:[0-9]|8a) )?(?!\d{1,5} *$)("[^"]*"|\S+) *$'),
    hide(r"^ +key [0-9A-Fa-f]+ (?:[078]|8a) (\S+)"),  # a MACsec key behind its name
    hide(rf"{_NOT_PROSE}.*?\bkey-(?:octet-)?string (?:password6? )?{TYPE}{VALUE}", word="string "),
    hide(r"^key config-key \S+ (?:\d )?(\S+)"),
    hide(r"^ +encryption .*?\bkey \d+ size \S+ (?:[07] )?(\S+)"),  # WEP
    hide(rf"^.*?(?<![-\w])(?:server|shared)-key {TYPE}{VALUE}", word="-key "),
    hide(rf"^.*?\bmap-server \S+ key {TYPE}{VALUE}", word="map-server "),
    hide(rf"^ntp authentication-key \d+ \S+ (?:(?:\d|8a) (?=\S))?{VALUE}"),
    hide(rf"{_NOT_PROSE}.*?\bauthentication[- ]key (?!eigrp |key-id ){TYPE}{VALUE}", word="authentication"),
    hide(rf"^.*?\bmessage-digest-key \d+ \S+ (?:(?:\d|8a) )?{VALUE}", word="message-digest-key "),
    hide(
        r"^(?>.*?\bipsec spi \d+ (?=esp |md5 |sha1 ))(?:esp .*? )?(?:md5|sha1) (?:[07] )?(\S+)",
        word="ipsec spi ",
    ),
    hide(
        r"^.*?\bipsec spi \d+ esp (?!null )\S+ (?:(?:128|192|256) )?(?:[07] )?(?!md5 |sha1 )(\S+)",
        word="ipsec spi ",
    ),
    hide(r"^ +set session-key \S+ (?:ah|esp) \d+ (?:cipher )?(\S+)(?: authenticator (\S+))?"),
    hide(rf"^ +(?:\S+ )?auth-key (?:level-\d )?{TYPE}{VALUE}"),
    hide(rf"^.*?\bauthentication mode hmac-sha-256 {TYPE}{VALUE}", word="hmac-sha-256 "),
    hide(rf"^ +(?:\S+ ){{0,3}}authentication (?:text |string |md5 key-string ){TYPE}{VALUE}"),
    hide(r"^ +(?:standby|glbp|vrrp)(?: \d+)? authentication (?!text |md5 )(\S+)"),
    hide(r"^ +ip nhrp authentication (\S+)"),
    hide(rf"^crypto isakmp key (?:[06] )?{VALUE} "),
    hide(
        r"^ +(?:\S+ ){0,3}pre-shared-key (?!key-chain )(?:(?:address|hostname) \S.*? key |local |remote )?"
        rf"(?:[0678] |hex |ascii-text |password )?{VALUE}"
    ),
    hide(rf"^.*?\bset-key (?:ascii|hex) {TYPE}{VALUE}", word="set-key "),
    hide(rf"^.*?\bwpa-psk (?:ascii|hex) {TYPE}{VALUE}", word="wpa-psk "),
)
"""Users, AAA, routing protocols, VPN, first-hop redundancy and wireless, without SNMP."""

IOS_LIKE = (*IOS_SNMP, *IOS_NOT_SNMP)
"""All of these."""
