"""AudioCodes Mediant gateways and session border controllers, software 7.x.

Source: AudioCodes Mediant Software SBC/MSBR CLI Reference Guide, Version 7.2, "show running-config". The
pager is a matter of the configuration, so it is answered. The prompt may hold blanks and a `*`.
"""

from collectors.define import STOPS_AT_THE_LAST_SETTING, UPTIME, VALUE, Command, Platform, hide

PLATFORM = Platform(
    prompt=r"[\w.()\[\]*-]+(?: [\w.()*-]+){0,3}[>#]\*?",
    enter="\r",  # a line feed alone ends no line
    enable="enable",
    config=Command("show running-config", known_by=r"^#+ ?Running Configuration", min_lines=10, idle_s=120.0),
    no_end=STOPS_AT_THE_LAST_SETTING,
    rejected=r"^\s*(?:Invalid command|Incomplete command|Ambiguous command|% ?Invalid|Command not found)",
    volatile=(UPTIME,),
    secrets=(
        hide(rf"^ *(?:password|passwd|key|secret|shared-secret|psk|passphrase) {VALUE}"),
        hide(rf"\b(?:password|shared-secret|auth-key|priv-key|preshared-key|pre-shared-key) (?:\d )?{VALUE}"),
        hide(rf"^ *(?:ro|rw|trap)?-?community(?:-string)?(?: \d+)? {VALUE}"),
        hide(rf"^ *crypto isakmp key {VALUE}"),
        hide(rf"^ *(?:radius|tacacs|tacplus)\S* .*?\b(?:key|secret) {VALUE}"),
        hide(r'("[^"]*"|(?<!\S)\S++) (?:obscured|encrypted)$', word="ed"),
    ),
    artefacts={"version": Command("show system version")},
    aliases=("audiocodes", "audiocode_66", "audiocodes_mediant", "audiocodesmp", "audiocode_shell"),
)
