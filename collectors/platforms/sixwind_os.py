"""6WIND Virtual Service Router.

Source: 6WIND VSR User Guide, "Command line interface" (show config, cliconfig pager).
"""

from collectors.define import (
    STOPS_AT_THE_LAST_SETTING,
    UPTIME,
    VALUE,
    Command,
    Platform,
    hide,
    public,
)

PLATFORM = Platform(
    prompt=r"[\w.-]+(?: [\w -]+)?[>#]",
    setup=("cliconfig pager enabled false",),
    config=Command("show config nodefault", known_by=r"^(?:vrf|system)\b", min_lines=5),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^(?:Error: |Invalid|Unknown command|Syntax error|Ambiguous)",
    volatile=(UPTIME,),
    secrets=(
        hide(
            r"^ *(?:password|secret|key|private-key|psk|(?:auth|priv)-password|authentication-key|"
            rf"passphrase) {VALUE}"
        ),
        hide(rf"\b(?:password|secret|md5|auth-key|priv-key) (?:\d )?(?!auth|priv){VALUE}"),
        hide(rf"^ *community (?!\d+:\d){VALUE}"),
    ),
    public=(public(r"\bpre-shared-key [^\s;]+$", "the name of a key"),),
    artefacts={"version": Command("show product version")},
    aliases=("sixwind", "6wind", "6wind_vsr"),
)
