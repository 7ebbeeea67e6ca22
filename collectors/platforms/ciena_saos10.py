"""Ciena SAOS 10. Source: Ciena SAOS 10.x Command Reference, `show running config`.

Nothing marks the end of the configuration.
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, Command, Platform, hide

_VALUE = r'("(?:[^"\\]++|\\.)*+"|\S+)'

PLATFORM = Platform(
    prompt=r"[\w.()/:@~+&-]+\*?[>#]",
    setup=("set session more off",),
    config=Command("show running config", known_by=r"^system config ", min_lines=10, idle_s=120),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:% ?|SHELL )?(?:Unknown command|PARSER FAILURE|syntax error|Error:|error:|"
    r"Permission denied|access denied|invalid)",
    secrets=(
        hide(
            r"\b(?:password|password-hashed|hashed-password|secret|secret-key|secret-key-hashed|shared-secret|"
            rf"auth-password|priv-password|auth-key|authentication-key|key-string|passphrase|psk) {_VALUE}"
        ),
        hide(rf"\bsnmp-server communit(?:y|ies) {_VALUE}"),
        hide(rf"\b(?:community-name|text-name|security-name) {_VALUE}"),
        hide(rf"\b(?:auth|priv) (?:md5|sha|aes|des) key {_VALUE}"),
    ),
    artefacts={"software": Command("show software"), "components": Command("show system components")},
    recorded=True,
    aliases=("saos10", "ciena_saos_10", "ciena.saos10.saos10"),
)
