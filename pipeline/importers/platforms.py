"""Find our platform for the word that another tool has for an operating system."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from collectors import registry
from pipeline.inventory.problems import did_you_mean


class PlatformMatch(NamedTuple):
    """A platform of ours. `is_guess`: only a part of the word is known."""

    platform: str
    is_guess: bool


@lru_cache(maxsize=4096)
def platform_of(word: str) -> PlatformMatch | None:
    """The platform for `word`; None if no part of the word is known.

    A word that is known is never a guess: every platform lists the names that other tools have for it. The
    endings that netmiko puts behind a name, `_ssh` and `_telnet`, do not count.
    """
    word = registry.without_telnet(word) or word
    if platform := _resolve(word):
        return PlatformMatch(platform, is_guess=False)
    guesses = (_resolve(part) for part in _parts(word))
    return next((PlatformMatch(platform, is_guess=True) for platform in guesses if platform), None)


def speaks_telnet(word: str) -> bool:
    """Whether the word says so itself, as in `cisco_ios_telnet`."""
    return registry.without_telnet(word) is not None


def takes_telnet(platform: str) -> bool:
    """Whether the platform can be collected over Telnet, which carries a command line and nothing else."""
    definition = registry.platform(platform)
    return definition is None or definition.transport == "shell"


def advice(word: str) -> str:
    """What a person can do about a word for which there is no platform."""
    known = registry.KnownNames()
    near = known.advice(word) or did_you_mean(word, known)
    if _resolve(f"netmiko_{word}"):
        near = near or f"'netmiko_{word}' is known to netmiko"
    return near or "`devicevault platforms` lists what is known"


def _resolve(word: str) -> str | None:
    """The platform that has exactly this word as a name."""
    plain = word.strip().lower().replace("-", "_")
    if not plain.isprintable() or len(plain) > 100 or plain == "netmiko":
        return None
    # netmiko's device types share one collector: the word itself is the platform's name.
    found = registry.resolve(plain)
    return plain if found == "netmiko" else found


def _parts(word: str) -> Iterator[str]:
    """Parts that may be a name: the last word of a collection, then without signs, then without the vendor.

    `cisco-ios-xe` yields `ios_xe` among others.
    """
    yield word.rpartition(".")[2]
    words = word.lower().replace("-", "_").replace(" ", "_").replace(".", "_").split("_")
    yield "_".join(words)
    yield "".join(words)
    if len(words) > 1:
        yield "_".join(words[1:])
        yield "".join(words[1:])
