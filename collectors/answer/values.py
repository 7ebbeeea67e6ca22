"""Which word of a line is the secret: not the type digit before it, nor an algorithm, an index or an address.

Configurations put many words between `password` and the password itself. `value_from` steps over them. Every
expression here is linear: what it repeats is a class of characters, bounded, or possessive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from collectors.define.not_secret import KEYWORDS, words

MASKED = "<hidden"
_KEYWORDS: Mapping[str, str] = {word: why for why, text in KEYWORDS.items() for word in text.split()}
BLOCK = "|"
"""`Value.until` of a value that ends with the block of lines that are indented more."""
_A_NAME = "a name"
_BEFORE_VALUE = ("=", ":", "=>", ":=")
_LONGEST_STEP = 60
_NAMES_ANOTHER = re.compile(r"(?:[\w-]{1,40} )?(?:profile|key-chain|keychain|keyring|trustpoint) ")
_FILE_NAME = re.compile(
    r"/(?:[A-Za-z][\w.-]{0,40}/){1,8}[\w.-]{1,60}|[\w-][\w.-]{0,60}\.(?:key|pem|crt|cer|pfx|p12|der|csr)"
)
_NAMES = 2  # further names before a value, as in `shared-secret key X`
_SHORTEST = 4  # characters of a secret that is known by its mix of letters
_SIGNS = frozenset("$!#%^&*+=~")
_ENCRYPTED_TYPES = frozenset("056789")
_BLOCK_SIGN = re.compile(r"[|>][+-]?[ \t]*$")
_QUOTES_WITHIN = 4_000  # characters before a word in which its quote is looked for
_TYPES = frozenset("0123456789t")
_NAME_ENDS = ("key", "secret", "word", "passwd", "phrase", "psk", "cak", "token", "string")
_PLACEHOLDERS = frozenset("*x.•#?_{}()-<$[%")
_STEPS = 9  # words between `password` and its value; the longest known form has seven
_NEXT_TOKEN = re.compile(
    r"[ \t]*(?:"
    r'\\{1,3}"(?P<escaped>(?:[^"\\]|\\(?!"))*+)\\{1,3}"'
    r'|"(?P<double>(?:[^"\\]|\\.)*+)"'
    r"|'(?P<single>[^']*+)'"
    r"|(?P<bare>[^\s]+))"
)
_TYPE_DIGIT = re.compile(r"(?:0x)?\d{1,3}|8a|type-?\d")
_WRITTEN_WORDS = words(
    "enc encr encrypt encrypted crypt crypted unencrypted cipher ciphertext clear cleartext plain "
    "plaintext simple ascii asciitext text string hex hexadecimal hash hashed reversible secure hmac "
    "cmac md sha aes des tripledes camellia blowfish scrypt bcrypt chap pap dhchap mschap"
)
_WRITTEN = re.compile(  # how the secret is written, or by what it is hashed, in words with digits or signs
    r"(?:cipher|clear|plain|simple|ascii)[-_]?text(?:-password|-auth)?|(?:clear|plain)-password|hex-string|hash\d|"
    r"base64|"
    r"irreversible-cipher|(?:ah|esp|hmac|keyed|cmac|hash|crypto)[-_][\w-]{2,30}|md5|sha[-_]?[1235](?:-?\d{2,3})?|"
    r"(?:aes|3?des|camellia)[-_]?\d{0,3}(?:-?(?:cbc|gcm|ctr|cfb|cmac|cfb128|c)){0,2}(?:-\d{2,3})?|"
    r"aes_\d{3}_cmac|wep-?\d{2,3}|pbkdf2|rfc-?\d{4}"
)
_BARE_ALGORITHM = re.compile(
    r"(?:hmac-)?(?:md5|sha-?[1235]\d{0,2}|sha-?[1235]-\d{3})|aes-?\d{3}\S{0,8}|3des|des"
)
_FILLING = words(
    "local remote value word required mandatory fallback primary secondary verify auto add set is trusted "
    "char pem pre-share digest password-encrypt ah esp authenticator"
)
_ANOTHER_NAME = re.compile(
    r"(?:[a-z0-9]{1,20}[-_]){0,4}(?:key|secret|passw(?:or)?d|pass-?phrase|psk|cak|token|string)"
)
_SETTING = re.compile(r"(?=.*(?:pass|key|secret|auth|encrypt))[a-z0-9]{1,24}(?:[-_][a-z0-9]{1,24}){1,5}")
_NAMED = words(
    "level index key-id keyid id peer user username vrf encryption option for size address hostname "
    "spi algorithm send-id recv-id lifetime node ckn"
)
"""Words that a name or a number follows, before the secret."""
_REFERENCES = words(
    "profile key-chain keychain policy template trustpoint certificate map keyring key-set list chain"
)
_ANY_ADDRESS = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{1,5})?|(?=[^\s:]*+:[^\s:]*+:)[0-9a-fA-F:.]{3,45}(?:/\d{1,3})?|"
    r"(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}"
)
_PLACEHOLDER = re.compile(r"[*x.•#?_{}()-]*|\*{3}.*|<[\w -]{0,30}>|\$[A-Za-z_{(]\S*|\{\{.*|%\w.*|\[.*")


@dataclass(frozen=True, slots=True)
class Value:
    """A word of a line that may be a secret: its place, and what stood before it.

    typed     a type digit, an algorithm or the like stands before it
    quoted    it stands in quotes, which are not part of it
    because   why it is no secret; "" if it may be one
    until     what ends a value that goes on in the next lines; "" for any other
    """

    start: int
    end: int
    typed: bool = False
    quoted: bool = False
    because: str = ""
    until: str = ""


def value_from(
    line: str, start: int, *, assigned: bool = False, over: frozenset[str] = frozenset()
) -> Value | None:
    """The word at `start` of `line` or behind it that may be a secret; None if there is none.

    `assigned` values follow `=`, and nothing is stepped over there. `over` are more words to step over.
    """
    typed = False
    names = 0
    number: Value | None = None
    for step in range(_STEPS):
        token = _token(line, start)
        if token is None:
            break
        word = line[token.start : token.end]
        if MASKED in word:
            return None
        low = word.lower()
        if token.until:
            return replace(token, typed=typed)
        follows = step < _STEPS - 1 and not assigned and not token.quoted
        if follows and low in _REFERENCES:
            return Value(token.start, token.end, because=_A_NAME)
        if follows and is_type(low):
            number = Value(token.start, token.end, typed)
            typed, start = True, _after(line, token)
        elif follows and written(low):
            typed, start = True, _after(line, token)
        elif follows and (low in _FILLING or low in over or (_is_name(low) and names < _NAMES)):
            names += _is_name(low)
            start = _after(line, token)
        elif follows and low in _NAMED:
            named = _token(line, _after(line, token))
            if named is None:
                break
            start = _after(line, named)
        elif follows and _is_address(word):
            start = _after(line, token)
        else:
            value = Value(token.start, token.end, typed, token.quoted, _because(word, low, token.quoted))
            doubtful = follows and not typed and (value.because or word.islower())
            return (_encrypted_behind(line, value) if doubtful else None) or value
    return number


def _encrypted_behind(line: str, word: Value) -> Value | None:
    """The value behind a type digit, an algorithm or the like that follows `word`.

    So it is in `key accounting simple S3cret`.
    """
    start, as_text, by_type = word.end, False, False
    for _ in range(_STEPS):
        token = _token(line, start)
        text = line[token.start : token.end] if token else MASKED
        low = text.lower()
        if token is None or MASKED in text or _is_name(low) or low in _REFERENCES:
            return None
        if is_type(low):
            by_type = by_type or low in _ENCRYPTED_TYPES
        elif written(low):
            as_text = True
        elif as_text or by_type:
            plain = low.isalpha() or len(text) < _SHORTEST or low in _KEYWORDS
            looks = is_mixed(text) or (as_text and (token.quoted or not plain))
            secret = looks and not _because(text, low, token.quoted)
            return replace(token, typed=True) if secret else None
        start = _after(line, token)
    return None


def is_mixed(word: str) -> bool:
    """Whether letters are mixed with digits, signs or letters of the other size, as in no keyword."""
    letters = any(map(str.isalpha, word))
    digits = any(map(str.isdigit, word))
    sizes = any(map(str.islower, word)) and any(map(str.isupper, word[1:]))
    return len(word) >= _SHORTEST and (sizes or (letters and (digits or not _SIGNS.isdisjoint(word))))


def written(low: str) -> bool:
    """Whether a word, in small letters, only says how a secret is written: an algorithm, an encoding."""
    return low in _WRITTEN_WORDS or (not low.isalpha() and _WRITTEN.fullmatch(low) is not None)


def is_type(low: str) -> bool:
    """Whether a word, in small letters, is the digit that says how a secret is encrypted, or an index."""
    return low[:1] in _TYPES and _TYPE_DIGIT.fullmatch(low) is not None


def _is_name(low: str) -> bool:
    return low.endswith(_NAME_ENDS) and _ANOTHER_NAME.fullmatch(low) is not None


def _is_address(word: str) -> bool:
    return ("." in word or ":" in word) and _ANY_ADDRESS.fullmatch(word) is not None


def settled(line: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """What is masked where a rule captured `line[start:end]`: that, or the value behind it.

    A rule that meets a form which it does not know may capture a type digit, an algorithm or an address. The
    mask then reaches on to the value. If it cannot be told which of two words is the value, both are masked.
    """
    captured = line[start:end]
    if captured[:1] in "|\"'" and (token := _token(line, start)) and token.until:
        return ((token.start, token.end),) if token.start < token.end else ()
    if len(captured) > _LONGEST_STEP or captured[:1] in "\"'":
        return ((start, end),)
    if captured in _BEFORE_VALUE:
        value = value_from(line, end, assigned=True)
        return ((value.start, value.end),) if value and not value.because else ()
    low = captured.lower()
    if " " in captured:
        return () if _NAMES_ANOTHER.match(low) else ((start, end),)
    if low in _REFERENCES and line[end:].strip():
        return ()
    if _is_name(low) and _NAMES_ANOTHER.match(low + line[end : end + 40]):
        return ()
    digit = is_type(low)
    is_address = "." in captured and _is_address(captured)
    if not (digit or is_address or low in _NAMED or low in _FILLING or written(low)):
        return ((start, end),)
    value = value_from(line, start)
    if value is None and MASKED in line[end:]:
        return ()  # the value behind it is masked
    if value is None or value.because or value.start <= start:
        never = (
            is_address or _BARE_ALGORITHM.fullmatch(low) or (value is not None and value.because == _A_NAME)
        )
        return () if never else ((start, end),)
    behind = (value.start, value.end)
    if digit and not value.quoted and line[value.start : value.end].isalpha():
        return ((start, end), behind)
    return (behind,)


def _because(word: str, low: str, quoted: bool) -> str:
    """Why `word` is no secret, "" if it may be one."""
    keyword = _KEYWORDS.get(low) or _KEYWORDS.get(low.rstrip(".:,!"))
    if keyword:
        return keyword
    if (not word or word[0] in _PLACEHOLDERS) and _PLACEHOLDER.fullmatch(word):
        return "a placeholder"
    if _is_address(word):
        return "an address"
    if low in _FILLING or written(low):
        return "how a secret is written"
    if _FILE_NAME.fullmatch(word):
        return "the name of a file"
    if word.lstrip("\\\"'").startswith(("-----BEGIN", "---- BEGIN")):
        return "a frame"
    if quoted:
        return ""
    if word[0] == "-" and not word.startswith("-AQ=="):
        return "an option"
    compound = ("-" in word or "_" in word) and word.islower()
    return "a setting of its own" if compound and _SETTING.fullmatch(word) else ""


def _after(line: str, token: Value) -> int:
    end = token.end
    while end < len(line) and line[end] in "\\\"'":
        end += 1
    return end


def _token(line: str, start: int) -> Value | None:
    match = _NEXT_TOKEN.match(line, start)
    if match is None:
        return None
    group = match.lastgroup or "bare"
    first, last = match.span(group)
    if group != "bare":
        return Value(first, last, quoted=True)
    sign = line[first]
    if sign in "\"'" and not line.startswith(("----", sign), first + 1) and not _quotes(line, sign, first):
        return Value(first + 1, len(line), quoted=True, until=sign)  # the quote closes in another line
    if sign in "|>" and _BLOCK_SIGN.match(line, first):
        return Value(len(line), len(line), quoted=True, until=BLOCK)
    last = _end_of_bare(line, first, last)
    return Value(first, last) if first < last else None


def _quotes(line: str, sign: str, end: int) -> int:
    """1 if an odd number of quotes stands before `end`, which means inside of one; else 0."""
    return line.count(sign, max(0, end - _QUOTES_WITHIN), end) % 2


def _end_of_bare(line: str, first: int, last: int) -> int:
    """Where a word without quotes of its own ends: before `;`, and before the quote of a text around it."""
    if _quotes(line, '"', first) and (quote := line.find('"', first, last)) >= 0:
        last = quote
        while last > first and line[last - 1] == "\\":
            last -= 1
    if _quotes(line, "'", first) and (quote := line.find("'", first, last)) >= 0:
        last = quote
    if (tag := line.find("</", first, last)) > first:
        last = tag
    while last > first and line[last - 1] in ";,":
        last -= 1
    return last
