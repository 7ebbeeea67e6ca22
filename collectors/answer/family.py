"""Secrets that are known by their name: what follows `password`, `…-key`, `<secret>`, `"token":`.

A name is a whole word or the end of a compound, with `-`, `_` or a hump: `server-key`, `shared_secret`,
`cookiePassphrase`. Some names are strong: what follows is a secret if nothing speaks against it. Others, such
as `key` and `authentication`, need a sign: a type digit, quotes, `=`, letters and digits mixed. Every
expression is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from collectors.answer.finds import Find, Line
from collectors.answer.shapes import long_keys
from collectors.answer.values import MASKED, Value, is_mixed, value_from
from collectors.define.not_secret import NO_COMMUNITY, NO_KEY, WHERE_OR_HOW, words

_LONGEST_WORD = 80  # characters
_NEAR = 300  # characters in which a rule's mask belongs to a name
_WHOLE_WORD = re.compile(r"[A-Za-z][\w-]{1,80}+")
_NEXT_WORD = re.compile(r"(?<![\w-])[a-z][\w-]{1,80}+")
_STEM = re.compile(
    r"key|pass|secret|auth|priv|communit|token|psk|pwd|cookie|credential|pin|phrase|hash|digest|cak|pmk|ppk|"
    r"(?<![a-z])(?:ak|pw)|bind-?pw|otp_?seed"
)
_KINDS = ("strong", "key", "community", "token", "pin", "cookie", "auth", "hash")
_FAMILY = re.compile(
    r"(?:(?P<strong>secret|passw(?:or)?d|passwort|(?:pass|auth|crypt|priv)[-_]?phrase|passcode|"
    r"pass(?=[-_]?(?:$|\d|enc))|pwd|psk|credential|(?<![a-z])(?:cak|pmk|ppk|ak)|nthash|phash|keytab|bind-?pw|"
    r"otp_?seed)"
    r"|(?P<key>key)|(?P<community>community(?:[-_]?(?:name|string))?)|(?P<token>token|(?<![a-z])pw)"
    r"|(?P<pin>pin)|(?P<cookie>cookie)|(?P<auth>auth|authentication|authorization|priv|privacy)"
    r"|(?P<hash>hash|digest))"
    r"(?:s(?=[ \t]|$))?"
    r"(?:[-_]?(?:encrypted|enc|crypted|value|string|octet-string|data|text|hash|hashed|hex|ascii|plain|"
    r"plaintext|clear|cipher|type|mode|method|prot|protocol|word|map|"
    r"(?P<algorithm>md5|sha\d{0,3}|aes\d{0,3}|3?des))){0,2}\d{0,2}$"
)
_GAP = re.compile(
    r"""\\{0,3}["']?(?:,?[ \t]+["']?(?:value|val|data|content)["']?(?P<pair>[ \t]*[:=][ \t]*)"""
    r"""|[ \t]*(?P<assigned>=>|:=|=)[ \t]*|[ \t]*:[ \t]*|[ \t]+|,(?=[^\s,]))"""
)
_REST_OF_TAG = re.compile(r"[\"']?(?:\s[^<>]*)?>(?:<!\[CDATA\[)?([^<\]]*)")
_SCHEME = re.compile(
    r"[\"'\\]{0,3}[:=][ \t]*[\"'\\]{0,3}(?:basic|bearer|digest|token|apikey|key)[ \t]+([\w+/=.~:-]{4,})",
    re.IGNORECASE,
)
_VALUE_ENDS = re.compile(r"[\\\"']{0,4}(?:[,;}<)&]|$)")
_LAST = re.compile(r"[ \t;\"'\r\\]{0,80}$")
_OPTION_NAME = re.compile(r"[a-z-]{2,30}=")
_BETWEEN_ROUTERS = re.compile(r"\b(?:vrrp|hsrp|glbp|standby|nhrp)\b")
_OF_A_SERVER = re.compile(
    r"(?m)^[ \t]*+(?:aaa )?(?:radius|tacacs\+?|ldap)[ -](?:\S+ )?(?:server|host|scheme)"
)
_RIGHTS = words(
    "ro rw read write read-only read-write readonly readwrite read-write-all create add name simple mode "
    "enable"
)
"""What may stand between `community` and the community."""
_BEFORE_COMMUNITY = _RIGHTS | words("securityname community")
_TRAP = re.compile(
    r"(?:[^\n]{0,80}\b)?"
    r"(?:snmptrap|snmp[\w-]{0,12}[ \t]+(?:\w+[ \t]+)?(?:host|(?:trap|target)[\w-]{0,12}))[ \t]"
)
_VERSION = re.compile(r"[ \t](?:version[ \t]+)?v?(?:1|2c?)(?=[ \t])")
_USER = re.compile(r"\bsnmp\S{0,10}[ \t](?:\S{1,20}[ \t]){0,3}user[ \t]")
_ALGORITHM = re.compile(r"[ \t](?:md5|sha[\w-]{0,7}|hmac[\w-]{0,12}|3?des\d{0,2}|aes[\w-]{0,10})[ :]")


def by_name(line: Line) -> Iterator[Find]:
    """What follows each name of a secret in `line`, be it one or not."""
    named = False
    end = 0
    for stem in _STEM.finditer(line.low):
        if stem.start() < end:
            continue  # another stem of the same word
        start = _word_start(line.low, stem.start(), end)
        word = _WHOLE_WORD.match(line.low, start)
        if word is None or word.end() < stem.end():
            continue
        end = word.end()
        family = _FAMILY.search(line.low, stem.start(), end)
        if family is None or line.text.startswith("/", start - 1):
            continue
        kind = _kind(line.text, start, family)
        if kind is None:
            continue
        named = True
        if "authorization" in word[0] and (scheme := _SCHEME.match(line.text, end)):
            yield Find(*scheme.span(1), start, "the value of a header", True)
        elif (value := _value(line, start, end, kind)) and (value.because or not _is_masked(line, value)):
            typed = value.typed or family["algorithm"] is not None
            find = _find(line, start, family[0], kind, replace(value, typed=typed))
            yield find
            if find.secret:
                end = max(end, find.end)
    if named:
        yield from long_keys(line.text)


def of_snmp(line: Line) -> Iterator[Find]:
    """The community of a trap receiver and the keys of a user of SNMPv3, before which no name stands."""
    starts: list[tuple[int, str]] = []
    if (trap := _TRAP.match(line.low)) and (version := _VERSION.search(line.low, trap.end() - 1)):
        starts.append((version.end(), "the community of traps"))
    if _USER.search(line.low):
        starts += [(by.end(), "the key of a user of SNMPv3") for by in _ALGORITHM.finditer(line.low)]
    for start, because in starts:
        value = value_from(line.text, start, over=_BEFORE_COMMUNITY)
        if value is None or _is_masked(line, value):
            continue
        word = line.low[value.start : value.end]
        none = value.because or ("a number" if word.isdigit() else "")
        none = none or ("a name" if word.isalpha() and _FAMILY.search(word) else "")
        yield Find(value.start, value.end, value.start, none or because, not none)


def _word_start(low: str, start: int, floor: int) -> int:
    """Where the word begins in which something stands at `start`."""
    floor = max(floor, start - _LONGEST_WORD)
    while start > floor and (low[start - 1].isalnum() or low[start - 1] in "_-"):
        start -= 1
    while low[start] in "-_" or low[start].isdigit():
        start += 1
    return start


def _kind(text: str, start: int, family: re.Match[str]) -> str | None:
    """Which name of a secret the word at `start` is; None for one that only ends like it."""
    kind = next(each for each in _KINDS if family[each] is not None)
    prefix = text[start : family.start()]
    bare = prefix.rstrip("-_")
    if not bare:
        return kind
    hump = text[family.start()].isupper() and bare[-1].islower()
    joined = bare == prefix and not hump
    last = bare.lower().replace("_", "-").rpartition("-")[2]
    if kind == "key":
        return None if last in NO_KEY else "key" if joined else "keyed"
    if kind == "auth" and last in ("text", "simple", "plain", "clear"):
        return "keyed"
    if kind in ("pin", "auth", "hash"):
        return None if joined else kind
    if kind == "community":
        weak = joined and last not in ("ro", "rw")
        return None if last in NO_COMMUNITY else "community" if weak else "strong"
    return "strong" if kind in ("token", "cookie") and not joined else kind


def _value(line: Line, start: int, end: int, kind: str) -> Value | None:
    """What belongs to the name from `start` to `end`: in its tag, or behind `=`, `:` or a blank."""
    text = line.text
    if text.startswith((">", '">', "'>"), end) or text.startswith("<", start - 1 if start else len(text)):
        return _in_tag(text, end)
    gap = _GAP.match(text, end)
    if gap is None or (gap[0] == "," and text[start - 1 : start] != "="):
        return None
    assigned = gap["assigned"] is not None or gap["pair"] is not None or "," in gap[0]
    over = _RIGHTS if kind == "community" else frozenset[str]()
    value = value_from(text, gap.end(), assigned=assigned, over=over)
    return replace(value, quoted=True) if value and (assigned or ":" in gap[0]) else value


def _in_tag(text: str, end: int) -> Value | None:
    match = _REST_OF_TAG.match(text, end)
    if match is None or match[1].startswith(MASKED):
        return None
    if not match[1].strip():
        goes_on = match.end() == len(text) and text.find("<", end) < 0
        return Value(len(text), len(text), quoted=True, until="</") if goes_on else None
    value = value_from(text, match.start(1), assigned=True)
    return value if value is None or value.because else Value(*match.span(1), quoted=True)


def _is_masked(line: Line, value: Value) -> bool:
    """Whether a rule has masked what belongs to this name: behind `value`, with no other name between."""
    hit = line.text.find(MASKED, value.end, value.end + _NEAR)
    between = _NEXT_WORD.finditer(line.low, value.end, hit) if hit >= 0 else ()
    return hit >= 0 and not any(_FAMILY.search(line.low, *word.span()) for word in between)


def _find(line: Line, name: int, family: str, kind: str, value: Value) -> Find:
    shown = value.typed or (value.quoted and _VALUE_ENDS.match(line.text, value.end) is not None)
    known = value.because == WHERE_OR_HOW and kind in ("strong", "keyed") and shown
    none = "" if known else value.because or _none(line, name, kind, family, value)
    because = none or ("an SNMP community" if kind == "community" else f"it follows '{family}'")
    return Find(value.start, value.end, name, because, not none, value.until)


def _none(line: Line, name: int, kind: str, family: str, value: Value) -> str:
    """Why `value`, which looks like any word, is no secret behind a name of this `kind`; "" if it is one."""
    word = line.text[value.start : value.end]
    sign = value.typed or value.quoted
    names = "key" in kind or family == "psk" or line.low.startswith("shared", name)
    if not sign and names:
        following = _WHOLE_WORD.match(line.low, value.end + 1)
        if following and _FAMILY.search(following[0]):
            return "the name of what follows"
    if not sign and kind != "strong" and _OPTION_NAME.match(word):
        return "an option"
    if word.isdigit():
        return _no_number(line, kind, word, sign=sign)
    if kind in ("strong", "keyed"):
        return ""
    if kind == "pin":
        return "" if value.quoted or is_mixed(word) else "no digits"
    if kind == "community":
        of_snmp = any(sign in line.low for sign in ("snmp", "trap")) or "snmp" in line.block()
        return "" if of_snmp else "a community, but not of SNMP"
    alone = _LAST.match(line.text, value.end) is not None
    if (
        kind == "auth"
        and alone
        and not value.typed
        and _BETWEEN_ROUTERS.search(f"{line.low}\n{line.block()}")
    ):
        return ""
    if kind in ("auth", "hash"):
        shown = is_mixed(word) or value.quoted
        secret = shown and (value.typed or (family == "priv" and len(word) > 7))
    else:
        secret = sign or alone or is_mixed(word)
    return "" if secret else "no sign of a secret"


def _no_number(line: Line, kind: str, word: str, *, sign: bool) -> str:
    if kind in ("strong", "pin") and len(word) > 3:
        return ""
    if len(word) > 5 and (kind == "keyed" or sign):
        return ""
    # `key 1` names a key of a chain. In the block of a server it is the key.
    return "" if kind == "key" and not sign and _OF_A_SERVER.search(line.block()) else "a number"
