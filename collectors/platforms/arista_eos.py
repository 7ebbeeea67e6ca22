"""Arista EOS. Source: Arista EOS User Manual, Command-Line Interface and Session Management.

Where the device authorizes single commands, the one without a pipe may be the only one allowed.
"""

from collectors.define import BANNERS, IOS_LIKE, SPACED_PROMPT, Command, Passage, Platform, drop, fact, hide

_BEGINS = r"^(?:! device: |hostname )"

PLATFORM = Platform(
    prompt=SPACED_PROMPT,
    enable="enable",
    setup=("terminal length 0",),
    config=(
        Command("show running-config | no-more | exclude ! Time:", known_by=_BEGINS, ends_with=r"^end$"),
        Command("show running-config", known_by=_BEGINS, ends_with=r"^end$"),
    ),
    grant="privilege level 15 and a role that allows `show running-config`",
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unavailable|Permission denied|"
    r"Authorization denied|Authorization failed|Internal error)",
    passages=(
        Passage(r"^banner \w+ *$", ends=r"^EOF$"),
        Passage(r"^ +action bash *$", ends=r"^ *EOF$"),
        *BANNERS,
    ),
    volatile=(drop(r"^! (?:Time|Command|Saved By):"),),
    secrets=(
        *IOS_LIKE,
        hide(
            r"-(?:cvauth|ingestauth)=(?:key|token|token-secure),([^\s,]+)", word="auth="
        ),  # TerminAttr's token
        hide(r"^service unsupported-transceiver \S+ (\S+)"),
    ),
    facts=(
        fact("os_version", r"^! device: .*\b(?:EOS-|EOS )([^\s)]+)"),
        fact("model", r"^! device: \S+ \(([^,]+),"),
    ),
    recorded=True,
    aliases=("eos", "arista", "arista.eos.eos"),
)
