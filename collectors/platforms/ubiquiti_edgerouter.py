"""Ubiquiti EdgeOS on EdgeRouters. Source: Ubiquiti EdgeRouter User Guide, "Command Line Interface".

Its configuration is written as VyOS writes its own: both come from Vyatta.
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, Command, Platform
from collectors.platforms.vyos import SECRETS

PLATFORM = Platform(
    prompt=r"[\w.@\\-]+@[\w./-]+(?::[^\s$#>]*)?[$#>]",
    setup=("terminal length 0",),
    config=(
        Command("show configuration commands | no-more", known_by=r"^set ", min_lines=5),
        Command("show configuration commands | cat", known_by=r"^set ", min_lines=5),
    ),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^\s*(?:Invalid command|Incomplete command|Ambiguous command|% ?Unknown command|"
    r"vbash: |bash: )",
    secrets=SECRETS,
    artefacts={"version": Command("show version | cat")},
    aliases=(
        "edgeos",
        "edgerouter",
        "ubnt_edgerouter",
        "community.network.edgeos",
        "ubnt",
        "edgerouterbird",
    ),
)
