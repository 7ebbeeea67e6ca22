"""FRRouting on Linux, for a user whose login shell is vtysh. Source: FRR User Manual, "VTY shell".

vtysh may complain about its own vtysh.conf before the banner; that is not part of any answer.
"""

from collectors.define import IOS_LIKE, Command, Platform, drop, fact

PLATFORM = Platform(
    setup=("terminal length 0",),
    config=Command(
        "show running-config", known_by=r"^(?:frr version|frr defaults|hostname) ", ends_with=r"^end$"
    ),
    rejected=r"^\s*% ?(?:Unknown command|Command incomplete|Ambiguous command|There is no matched command)",
    volatile=(drop(r"^Building configuration"), drop(r"^Current configuration:")),
    secrets=IOS_LIKE,
    facts=(fact("os_version", r"^frr version (\S+)"),),
    recorded=True,
    aliases=(
        "frr",
        "vtysh",
        "linux/frr",
        "frrouting",
        "cumulus_frr",
        "frr.frr.frr",
        "zebra",
        "cumulus_vtysh",
    ),
)
