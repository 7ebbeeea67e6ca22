"""What another tool calls an operating system → the platform's name here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from collectors import registry
from pipeline.inventory.problems import did_you_mean


@lru_cache(maxsize=4096)
def platform_of(word: str) -> tuple[str | None, bool]:
    """The platform, or None; and whether it was guessed, from a part of the word.

    A word that is known is never a guess: every platform lists the names that other tools have for it. What
    netmiko puts behind a name, `_ssh` or `_telnet`, is no part of it.
    """
    word = registry.without_telnet(word) or word
    if found := _resolve(word):
        return found, False
    return next(((found, True) for part in _parts(word) if (found := _resolve(part))), (None, False))


def speaks_telnet(word: str) -> bool:
    """Whether the word says so itself, as in `cisco_ios_telnet`."""
    return registry.without_telnet(word) is not None


def takes_telnet(platform: str) -> bool:
    """Whether it can be collected over Telnet, which carries a command line and nothing else."""
    definition = registry.platform(platform)
    return definition is None or definition.transport == "shell"


def advice(word: str) -> str:
    """What to do about a word that maps to nothing."""
    known = registry.KnownNames()
    near = known.advice(word) or did_you_mean(word, known)
    if _resolve(f"netmiko_{word}"):
        near = near or f"'netmiko_{word}' is known to netmiko"
    return near or "`devicevault platforms` lists what is known"


def _resolve(word: str) -> str | None:
    plain = word.strip().lower().replace("-", "_")
    if not plain.isprintable() or len(plain) > 100 or plain == "netmiko":
        return None
    # netmiko's device types share one collector: the word itself is the platform's name.
    found = registry.resolve(plain)
    return plain if found == "netmiko" else found


def _parts(word: str) -> Iterator[str]:
    """`cisco-ios-xe` → `ios_xe`: a collection's last word, then without signs, then without the vendor."""
    yield word.rpartition(".")[2]
    words = word.lower().replace("-", "_").replace(" ", "_").replace(".", "_").split("_")
    yield "_".join(words)
    yield "".join(words)
    if len(words) > 1:
        yield "_".join(words[1:])
        yield "".join(words[1:])
