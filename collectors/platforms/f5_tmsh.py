"""F5 BIG-IP TMOS, one command per SSH channel. Source: F5 tmsh Reference Guide, "list".

A user's login shell is either bash, which knows `tmsh`, or tmsh itself, which knows only `list`.
"""

from collectors.define import Command, Platform, drop, hide

_VALUE = r'("(?:[^"\\]++|\\.)*+"|\S+)'

_BEGINS = r"^(?:sys|ltm|net|auth|cm) "

PLATFORM = Platform(
    transport="exec",
    config=(
        Command("tmsh -q list", known_by=_BEGINS, balanced=True, ends_with=r"^(?:\S.* \{ )?\}$", idle_s=180),
        Command("list", known_by=_BEGINS, balanced=True, ends_with=r"^(?:\S.* \{ )?\}$", idle_s=180),
    ),
    grant="the role `auditor` with `tmsh` as its shell",
    rejected=r"(?:^Syntax Error:|command not found$|^Unexpected Error:|^Data Input Error:)",
    volatile=(
        drop(r"^ +state (?:up|down|unchecked|checking|user-down|fqdn-\S+)$"),
        drop(r"^ +(?:errors|bandwidth-\S+) \d"),
        drop(r"^ +session monitor-\S+$"),
        drop(r"^ +(?:last-login|last-update-time|last-successful-update) "),
    ),
    secrets=(
        hide(
            r"^ +(?:encrypted-password|password|pass|passphrase|secret|bind-pw|admin-encrypted-password|"
            r"auth-password(?:-encrypted)?|privacy-password(?:-encrypted)?|preshared-key(?:-encrypted)?|"
            r"client-secret|cookie-encryption-passphrase|cookie-passphrase|proxy-ca-passphrase|key-passphrase|"
            rf"shared-secret|ppk|md5-signature-passphrase|psk|ssl-sign-hash-secret) (?!none$){_VALUE}"
        ),
        hide(rf"^ +(?:community|community-name|rocommunity|rwcommunity) (?!none$){_VALUE}"),
    ),
    artefacts={
        "version": Command("tmsh -q show sys version"),
        "hardware": Command("tmsh -q show sys hardware"),
    },
    aliases=(
        "tmos",
        "f5",
        "bigip",
        "f5_ltm",
        "f5_linux",
        "f5networks.f5_modules",
        "f5networks.f5_modules.bigip",
        "bigip13",
        "f5networks.f5_bigip.bigip",
    ),
)
