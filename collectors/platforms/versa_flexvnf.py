"""Versa FlexVNF (VOS) and its Junos-like command line; every answer ends with the time of day.

Source: Versa Networks, "Versa FlexVNF user management"; VOS CLI Reference, "show configuration". A user whose
login is `shell` lands in Linux on port 22; port 2024 is always the command line.
"""

from collectors.define import Command, Platform, drop, hide

_KEY = (
    r"(?:hello-)?authentication-key|md5|wpa-passphrase|password|passwd|secret|shared-secret|key|auth-key|encryption-key|psk"
    r"|auth-password|priv-password|passphrase|private-key"
)

PLATFORM = Platform(
    prompt=r"[\w.@-]+(?:\(\w+\))?[>%]",
    config=Command(
        "show configuration | no-more",
        known_by=r"^(?:system|devices|orgs|interfaces) ",
        balanced=True,
        ends_with=r"^(?:\}|\[ok\]\[.*\])$",
        idle_s=180.0,
    ),
    rejected=r"^(?:syntax error|\[error\]|unknown command|Error: )|^-+\^",
    volatile=(drop(r"^\[ok\]\["),),
    secrets=(
        hide(rf'^ *(?:{_KEY}) +("[^"]*"|[^\s;]+);'),
        hide(r'^ *community +("[^"]*"|[^\s;]+) \{'),
        hide(r'(?<![^\s;"])(?>[^\s;"]*?(?=\$\d\$))([^\s;"]++)"?;', word="$"),  # a hash, wherever it stands
    ),
    artefacts={"version": Command("show system package-info | no-more")},
    aliases=("versa", "flexvnf", "versa_vos"),
)
