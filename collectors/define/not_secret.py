"""What is not secret although it stands where a secret would: reviewed data, each group with its reason.

The net below the rules (collectors.answer.net) masks what follows a word such as `password` or `key`. What it
must leave is said here for every platform, and in `Platform.public` for one.
"""

from __future__ import annotations

from collections.abc import Mapping

from collectors.define.rules import public


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


WHERE_OR_HOW = "a word that says where or how it is checked"
"""Such a word is a secret after all where a type digit, quotes or `=` show that it is the value."""
KEYWORDS: Mapping[str, str] = {
    "a state or a switch, and no value": (
        "prefer iburst burst minpoll maxpoll source number true false yes no on off enable enabled "
        "enables disable disabled none null nil unset undef default defaults auto automatic always never "
        "optional required mandatory permit deny allow allowed any all both active inactive present "
        "absent set configured unknown valid invalid supported unsupported strict loose normal standard "
        "extended basic advanced complex complexity strong weak empty missing changed change reset "
        "expired expires expire expiry rejected accepted"
    ),
    WHERE_OR_HOW: (
        "local remote radius tacacs tacacs+ ldap kerberos krb5 line enable login console telnet ssh http "
        "https vty group server servers domain realm host hostname user users username usernames name "
        "names number admin manager operator guest client peer interface port vlan vrf address ip ipv4 "
        "ipv6 tcp udp database file files certificate certificates certs cert rsa-sig rsa-encr rsa dsa "
        "ecdsa ed25519 eap peap ttls mschap mschapv2 pki psk-only open wpa wpa2 wpa3 wep dot1x mab "
        "webauth web-auth two-factor otp"
    ),
    "a setting of its own": (
        "policy policies profile profiles template length min max minimum maximum min-length max-length "
        "minimum-length maximum-length age aging min-age max-age lifetime timeout timeouts retries retry "
        "retransmit history reuse lock lockout lock-out attempts max-attempts recovery strength "
        "strength-check check checking encryption encryption-key encryption-mode protection protect "
        "storage store format mode modes method methods type types size bits modulus algorithm algorithms "
        "exchange rotation rotate renewal renew regenerate generate generation export import exportable "
        "zeroize label usage usage-keys general-keys chain chains ring string-type version versions index "
        "id ids list lists map table storage-type prompt warning notification notifications display show "
        "hide visible hidden masking mask upper-case lower-case numeric special-char character characters "
        "restrictions restriction rules rule validation validate verification verify-data expiration "
        "service services access session sessions order sequence priority weight tolerance window limit "
        "limits control controls complexity-check request requests response header headers cookie-name "
        "insert persist persistence nopassword trunk member members description comment "
        "authorization-level privilege role class bypass ro rw read-only read-write read write view "
        "group-read ro-community notify sec-level sec-model sec-name exact additive delete add replace "
        "remove internet no-export no-advertise local-as gshut send-lifetime accept-lifetime start-time "
        "end-time stop-time transmit-key tx-key cryptographic-algorithm context engineid engine-id "
        "localizedkey localizedv2key localizedkey-md5 security-level noauth noauthnopriv authnopriv "
        "authpriv noauthpriv use-vrf source-interface udp-port auth-port acct-port acl pattern match "
        "sha-rsa xauth hybrid rsa-signature signature signatures digital-signature public publickey "
        "public-key keyboard-interactive keychain key-chain keyring key-id level-1 level-2 level-1-2 "
        "required-in generated pubkey-chain mypubkey pubkey accounting authorization authentication"
    ),
    "prose": (
        "a an and are as at be been before below but by can cannot could do does entry following for from "
        "has have here if in into is it its may must not of or other our provided shall should such that "
        "the their there these this those to until upon used was were when where which will with within "
        "without would you your only please contact enter entered failed failure incorrect wrong again"
    ),
}
"""Words that are never a secret where a secret could stand, by what they are."""

COMMANDS = tuple(
    f"{command} "
    for command in (
        "aaa authentication",
        "aaa authorization",
        "aaa accounting",
        "no",
        "service password-encryption",
        "ip community-list",
        "ip bgp-community",
        "ip extcommunity-list",
        "ip large-community-list",
        "set community",
        "match community",
        "snmp-server enable",
        "multilink bundle-name",
        "ip http authentication",
        "authentication order",
        "authentication priority",
        "authentication periodic",
        "authentication host-mode",
        "if community",
        "elseif community",
        "set extcommunity",
        "set large-community",
    )
)
"""How commands begin that never hold a secret. This saves the time to look at them, too."""

NO_KEY = words(
    "pub public host hot foreign primary sort partition group turn registry map hash function ssh rsa "
    "dsa "
    "dss any dns index candidate administrative admin lacp actor partner aggregation tunnel gre unique "
    "lookup transmit tx no identity x509 signed authorized answer"
)
"""What stands before `key` in the name of a key that is no secret: a public one, an index, a number."""

NO_COMMUNITY = words("bgp ext extended large std standard send well-known known")
"""What stands before `community` where routes carry it."""

PUBLIC = (
    public(
        r"(?i)\bset (?:(?:extended |large |ext)?community|extcommunity)\b.*",
        "BGP communities of a route map",
        word="ommunity",
    ),
    public(r"(?i)\b(?:key[ -]?chain|keyring|key-set) +\S+", "the name of a key chain"),
    public(
        r"(?i)\b(?:public|pub|host|ssh|client|root|dnssec|ssh-dss|ssh-rsa)[-_ ]?key\b"
        r"(?:(?!private|secret|passw|psk|shared).)*",
        "a public key",
    ),
    public(r"\bpassword encryption\b.*", "how the device encrypts passwords"),
    public(r"ssh-(?:rsa|dss|ed25519) [\w+/=]+|\b(?:AAAAB3Nza|AAAAC3Nza|AAAAE2Vj)[\w+/=]+", "a public key"),
    public(
        r"(?i)\bkey[-_ ]?(?:id|index|number|size|length|bits|type|usage|name|label|role)\b[=: ]+\S+",
        "what a key is called or how long it is",
    ),
    public(r"\b(?:wgpeer|peer|PublicKey)[ =]+[\w+/]{43}=", "the public key of a peer of WireGuard"),
    public(
        r"(?i)\b(?:secret|key|password|shared-secret) profile \S+(?: algorithm \S+)?", "the name of a profile"
    ),
)
"""Phrases that hold no secret on any platform."""
