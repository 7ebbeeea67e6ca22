"""Netgate pfSense, one command per SSH channel. Source: pfSense Documentation, "XML Configuration File".

Every save stamps a `<revision>` with who, when and from where: a fact, not a change.
"""

import re
from datetime import UTC, datetime

from collectors.define import Command, Platform, drop, fact, hide

_TAGS = (
    r"\w*passw(?:or)?d|\w*_pass|\w*passphrase|[\w-]*-hash|\w*secret\d?|pre[-_]?shared[-_]?key|\w*psk|prv|privkey|"
    r"private_?key|\w*community|trapstring|ldap_bindpw|shared_?key|tls|static_key|otp_seed|md5sigpass|md5sigkey|"
    r"\w*authkey|enckey|radkey\d?|ddnsdomainkey|accountkey|"
    r"api|api_?key|apisecret|\w*token|accesskey|secretkey|varusersmotpsecret|varusersmotpinitsecret|hmac_key|keydata"
)
_CDATA = r"<!\[CDATA\[(?!\]\])"
_TEXT = rf"(?:{_CDATA}(?:[^\]]++|\](?:[^\]]|\]++[^>]))*+\]\]++>|[^<]++)++"
# A section that does not end in its line is hidden to the end of the line, and not looked into once more.
SECRETS = (hide(rf"<(?i:{_TAGS})>(?:({_TEXT})</|[^<]*+{_CDATA}(.++))", word="<"),)


_OPENS = re.compile(r"^[ \t]*<revision\b[^<>]*>", re.MULTILINE)
_CLOSES = re.compile(r"</revision>[ \t]*\n")
# Rules and users carry names and times of their own.
_REVISION = r"^[ \t]*<revision\b[^<>]*>(?:[^<]++|<(?!/?revision\b))*?"


def in_utc(seconds: str) -> str:
    """Seconds since 1970 as ISO 8601."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


LAST_CHANGE = (
    fact("changed_by", rf"{_REVISION}<username>(?:<!\[CDATA\[)?([^@\]<(]+)", across=True),
    fact("changed_at", rf"{_REVISION}<time>(?:<!\[CDATA\[)?(\d{{9,11}})\b", in_utc, across=True),
)
"""Who saved the configuration last, and when."""


def without_revision(text: str) -> str:
    """Take out the `<revision>` blocks, which name the last save."""
    kept = []
    done = 0
    while (block := _OPENS.search(text, done)) and (end := _CLOSES.search(text, block.end())):
        kept.append(text[done : block.start()])
        done = end.end()
    return "".join(kept) + text[done:]


PLATFORM = Platform(
    transport="exec",
    config=Command("cat /cf/conf/config.xml", ends_with=r"^</pfsense>$", known_by=r"<pfsense\b"),
    rejected=r"(?:Permission denied|No such file or directory|not found)$",
    tidy=without_revision,
    volatile=(drop(r"<last_rule_upd_time>"),),
    secrets=SECRETS,
    facts=LAST_CHANGE,  # <version> is that of the file's layout
    artefacts={"version": Command("cat /etc/version")},
    aliases=("pf_sense", "netgate_pfsense", "pfsensible.core.pfsense"),
)
