"""The tree of a collection's errors."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.errors import CollectError


def kinds_below(parent: type[CollectError]) -> Iterator[type[CollectError]]:
    """Every error that is a kind of `parent`, by its reason, each before its own kinds."""
    for kind in sorted(parent.__subclasses__(), key=lambda kind: kind.reason):
        yield kind
        yield from kinds_below(kind)
