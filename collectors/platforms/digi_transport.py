"""Digi TransPort WR routers: one line per parameter that is not at its default.

Source: Digi TransPort User Guide, "Command line interface" (config c show).
"""

from collectors.define import UPTIME, VALUE, Command, Platform, drop, hide

PLATFORM = Platform(
    prompt=r"[\w.-]+>",
    enter="\r",  # a line feed alone ends no line
    config=Command("config c show", ends_with=r"^OK$", known_by=r"^\w+ \d+ \S+ ", min_lines=5),
    rejected=r"^(?:ERROR|Invalid|Unknown command|Access denied)",
    volatile=(drop(r"^OK$"), UPTIME),  # `OK` ends every answer
    secrets=(
        hide(rf"^\w+ \d+ (?:[eE]?password|[eE]?passwd|[eE]?pass|epwd|pwd) {VALUE}"),
        hide(rf"^\w+ \d+ \w*(?i:psk|secret|sharedkey|wpakey|wepkey|community|privpass|authpass|pin) {VALUE}"),
        hide(rf"^\w+ \d+ (?:[eE](?:psk|sk|key|priv|auth)\w*|key\d*|privkey) {VALUE}"),
    ),
    artefacts={"version": Command("ati5")},
    aliases=("digi", "transport"),
)
