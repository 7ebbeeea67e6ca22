"""How many of the secrets in the tests' own texts are hidden, by all and by the net alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from collectors.answer.text import without_secrets
from collectors.define import Platform
from tests.collectors.answer.lines import marked_lines
from tests.collectors.platforms.test_wordings import plain, wordings

_MARK = re.compile("«(.*?)»", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of texts.

    counts  secrets; those hidden; those that the net hides without any rule of the platform; lines without a
            secret; those of them that are changed
    """

    name: str
    counts: tuple[int, int, int, int, int]


def rows(platforms: Mapping[str, Platform]) -> list[Row]:
    """The wordings of all platforms, and the lines that no rule knew."""
    every = [(name, text) for name in platforms for text in wordings(name).values()]
    return [
        _row("wordings of the platforms", every, platforms),
        _row("lines that no rule knew", marked_lines("secret"), platforms),
        _row("lines that only look so", marked_lines("public"), platforms),
    ]


def _row(name: str, texts: Iterable[tuple[str, str]], platforms: Mapping[str, Platform]) -> Row:
    counts = [0] * 5
    for platform, marked in texts:
        definition = platforms[platform]
        stored = without_secrets(definition, plain(marked)).split("\n")
        alone = without_secrets(replace(definition, secrets=()), plain(marked)).split("\n")
        for line, product, net in zip(marked.split("\n"), stored, alone, strict=True):
            secrets = [secret.strip("\"'") for secret in _MARK.findall(line)]
            counts[0] += len(secrets)
            counts[1] += sum(secret not in product for secret in secrets)
            counts[2] += sum(secret not in net for secret in secrets)
            if not secrets and "«" not in line and "»" not in line:
                counts[3] += bool(line.strip())
                counts[4] += product != line
    return Row(name, (counts[0], counts[1], counts[2], counts[3], counts[4]))
