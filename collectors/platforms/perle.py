"""Perle IDS switches and IRG/IOLAN routers with the IOS-like command line.

Source: Perle IDS Industrial Managed Switch, Command Line Reference Guide, "show running-config".
"""

from collectors.define import IOS_LIKE, UPTIME, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    enable="enable",
    setup=("terminal length 0",),
    config=Command(
        "show running-config",
        ends_with=r"^(?:end|! \*+ ?END\b.*)$",
        known_by=r"^(?:version|hostname|interface) ?",
    ),
    rejected=r"^\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)|^Error: ",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration ?:"), UPTIME),
    secrets=(
        hide(
            r"^ *(?:wpa-psk|passphrase|pre-shared-key|shared-secret) (?:address \S.*? key |local |remote )?"
            rf"(?:ascii(?:-text)? |hex )?{VALUE}"
        ),
        *IOS_LIKE,
    ),
    artefacts={"version": Command("show version verbose"), "inventory": Command("show system hardware")},
    aliases=("perle_ios", "perle_ids"),
)
