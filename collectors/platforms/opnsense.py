"""OPNsense, one command per SSH channel. Source: OPNsense documentation, "Backups" and "Users & Groups".

The user's login shell must be a shell, not the console menu.

Over HTTPS the credential's username is an API key, and its password the key's secret. Source: OPNsense
documentation, "API Reference", Core, Backup.
"""

from collectors.define import Api, Command, Platform, basic, hide, xml_fault
from collectors.platforms.pfsense import LAST_CHANGE, SECRETS, without_revision

PLATFORM = Platform(
    transport="exec",
    config=Command("cat /conf/config.xml", ends_with=r"^</opnsense>$", known_by=r"<opnsense\b"),
    rejected=r"(?:Permission denied|No such file or directory|not found)$",
    tidy=without_revision,
    secrets=(
        *SECRETS,
        hide(r"<Key>([^<]+)</", word="</Key>"),  # of IPsec; an API's `key` is the name of its `secret`
    ),
    facts=LAST_CHANGE,
    artefacts={"version": Command("opnsense-version")},
    api=Api(
        login=basic,
        config=Command(
            "GET /api/core/backup/download/this",
            ends_with=r"</opnsense>$",
            known_by=r"<opnsense\b",
            fault=xml_fault,
        ),
        rejected=r"^\s*(?:\{|<(?:!DOCTYPE|html))",
    ),
    recorded=True,
    aliases=("opn_sense", "deciso_opnsense"),
)
