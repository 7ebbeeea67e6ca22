"""Nokia (Alcatel-Lucent) ISAM access nodes (7302, 7330, 7360 FX).

Source: Nokia 7302/7330/7360 ISAM CLI Command Guide, "info", "environment". Alarms would be printed into
the answer, so they are inhibited.
"""

from collectors.define import ANY_LINE_MAY_BE_LAST, UPTIME, VALUE, Command, Platform, drop, hide

_FORM = "(?:plain:|encrypted:)?"

PLATFORM = Platform(
    prompt=r"[\w.:@/-]+(?:>[\w.:@/-]*)*[#$]",
    setup=("environment inhibit-alarms", "environment mode batch", "environment print no-more"),
    config=Command("info configure flat", known_by=r"^configure ", min_lines=10, idle_s=240.0),
    no_end=ANY_LINE_MAY_BE_LAST,
    rejected=r"^(?:invalid token|Error ?: |command is not complete)",
    volatile=(drop(r"^(?:#-+|echo \"|# ?generated|# ?finished)"), UPTIME),
    secrets=(
        hide(rf"^configure system security (?:snmp community|ssh .*?key) {VALUE}"),
        hide(rf"^configure system security (?:radius|tacacs).*?\b(?:secret|key) {_FORM}{VALUE}"),
        hide(rf"^configure .*?\b(?:subslocid|password|auth-key|priv-key|authentication-key) {_FORM}{VALUE}"),
        hide(rf"^configure .*?\bauthentication (?:md5|sha1):{VALUE}"),
        hide(rf"^configure .*?\bprivacy (?:des|aes-128):{VALUE}"),
    ),
    artefacts={
        "version": Command("show software-mngt oswp detail"),
        "inventory": Command("show equipment slot detail"),
    },
    aliases=("isam", "alcatel_isam"),
)
