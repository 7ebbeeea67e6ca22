"""Secrets that are known by their looks, wherever they stand: hashes, encrypted texts, logins.

Sources: crypt(5) for `$6$…`; the CLI references of IOS (type 7), Junos (`$9$…`), FortiOS (`ENC …`), PAN-OS
(`-AQ==…`), TMOS (`$M$…`) and VRP (`%^%#…%^%#`). Every expression is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.answer.finds import Find
from collectors.answer.values import is_mixed, written

_HASH = re.compile(
    r"(?<![\w$])(\$(?:[0-9][0-9a-zA-Z]?|[A-Zac-z][0-9a-z]?|apr1|2[abxy]|(?:bcrypt|scrypt)[\w-]{0,12}|"
    r"pbkdf2[\w-]{0,16}|argon2\w{0,2}|(?:sha|SHA|AES)\d{0,3})\$[^\s\"'<>;,]{4,})"
)
_BETWEEN_SIGNS = re.compile(
    r"(%[\^@#$+%]%[#@$]{1,2}+[^\s%]{1,400}+(?:%(?![\^@#$+%]%[#@$])[^\s%]{0,99}+){0,9}+%[\^@#$+%]%[#@$]{1,2})"
)
_BEHIND_AQ = re.compile(r"-AQ==[\w+/=]*")
_BEHIND_ENC = re.compile(r"\bENC ([\w+/=]{4,})")
_TYPE_7 = re.compile(r"(?<=[ \t])[5-9] ((?:0\d|1[0-5])[0-9A-F]{6,510}|[0-9a-f]{16,128})(?![\w.:/-])")
_LOGIN = re.compile(  # user:password@host, without a scheme; with one, a rule for any platform hides it
    r"(?<![\w:/.@+-])"
    r"(?!(?:mailto|sips?|xmpp|tel|acct|urn|contact|e-?mail|mail|to|from|cc|support|help|noc|phone)\b)"
    r"[A-Za-z_][\w.+-]{0,63}:([^\s:/\"'<>@,;][^\s/\"'<>,;]{0,126})@[\w\[]",
    re.IGNORECASE,
)
_ENCRYPTED = re.compile(
    r"(?<![\w-])(?:en)?crypted[ \t]+(?:\d{1,2}[ \t]+)?[\"']?([^\s\"';,<>]{6,})", re.IGNORECASE
)
_LONG = re.compile(
    r"(?<![\w.:/+=-])"
    r"((?:0x)?[0-9a-fA-F]{24,}|(?=[a-zA-Z+/]*\d)(?=[0-9a-z+/]*[A-Z])[A-Za-z0-9+/]{32,}={0,2})(?![\w.:/-])"
)


def by_looks(text: str, *, prose: bool) -> Iterator[Find]:
    """What looks encrypted or hashed in the line `text`. In `prose` less is believed."""
    if "$" in text:
        yield from _finds(_HASH, text, "a hash or an encrypted text")
    if "%" in text:
        yield from _finds(_BETWEEN_SIGNS, text, "an encrypted text")
    if "-AQ==" in text:
        yield from _finds(_BEHIND_AQ, text, "an encrypted text")
    if "ENC " in text:
        yield from _finds(_BEHIND_ENC, text, "an encrypted text")
    if " 7 " in text or " 5 " in text or " 8 " in text or " 9 " in text:
        yield from _finds(_TYPE_7, text, "an encrypted text behind its type")
    if prose:
        return
    if "@" in text:
        yield from _finds(_LOGIN, text, "the password of a login")
    if "crypted " in text:
        for find in _finds(_ENCRYPTED, text, "an encrypted text"):
            word = text[find.start : find.end]
            if is_mixed(word) and not written(word.lower()):
                yield find


def long_keys(text: str) -> Iterator[Find]:
    """Long hexadecimal and base64 texts, which are keys in a line that names a secret.

    One name may stand before several values: a vector, a check sum, the encrypted text itself.
    """
    return _finds(_LONG, text, "a long text in a line that names a secret")


def _finds(shape: re.Pattern[str], text: str, because: str) -> Iterator[Find]:
    for match in shape.finditer(text):
        start, end = match.span(match.lastindex or 0)
        yield Find(start, end, start, because, True)
