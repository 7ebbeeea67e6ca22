"""WatchGuard Fireware, whose whole configuration is one XML document.

Source: Fireware Command Line Interface Reference, "export" and "Logon Disclaimer".
"""

from collectors.define import UPTIME, Command, Platform, drop, fact, hide, question

PLATFORM = Platform(
    prompt=r"(?:\[[\w -]*\])?[\w.-]*(?:\([\w/ -]+\))?(?:<[\w -]{0,40}>)*[#>]",
    questions=(question(r"I have read and accept the Logon Disclaimer message", "yes"),),
    config=Command(
        "export config to console", known_by=r"<profile\b", ends_with=r"^\s*</profile>$", idle_s=120.0
    ),
    rejected=r"^\s*(?:% |\^|Error: |-- ?Error)|[Uu]nrecognized command",
    volatile=(drop(r"^\s*<timestamp>"), UPTIME),
    secrets=(
        hide(
            r"<(?![\w-]*(?:length|age|expir|policy|complex))(?=[\w-]*(?:passwd|password|passphrase|secret|psk|pre-shared-key|shared-key|community|private-key"
            r"|authkey|auth-key|privkey|priv-key|wep-key))[\w-]++>([^<]+)</",
            word="</",
        ),
    ),
    facts=(
        fact("os_version", r"^\s*<for-version>([^<]+)</"),
        fact("model", r"^\s*<(?:base-model|model)>([^<]+)</"),
        fact("serial_number", r"^\s*<serial-number>([^<]+)</"),
    ),
    artefacts={"version": Command("show sysinfo")},
    aliases=("fireware", "watchguard", "firebox", "firewareos"),
)
