"""The tree of errors that opens collectors/errors.py is the tree of its classes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors import errors, registry
from collectors.errors import CollectError, Permanent, Transient
from tests.support.errors import kinds_below

_ROW = re.compile(r"^ {4}((?:[│ ] {3})*)[├└]── (\w+) +(\S+)", re.MULTILINE)


def drawn() -> Iterator[tuple[str, str, str]]:
    """(parent, error, reason) of every error that the docstring draws below Transient and Permanent."""
    above: list[str] = []
    for indent, name, word in _ROW.findall(errors.__doc__ or ""):
        depth = len(indent) // 4
        del above[depth:]
        if above:
            yield above[-1], name, word
        above.append(name)


def test_every_error_stands_in_the_tree_with_its_reason() -> None:
    for name in registry.names():
        registry.collector_for(name)  # whatever module defines one is imported now
    kinds = [kind for parent in (Transient, Permanent) for kind in kinds_below(parent)]
    assert sorted(drawn()) == sorted(
        (kind.__bases__[0].__name__, kind.__name__, kind.reason) for kind in kinds
    )
    assert CollectError.__subclasses__() == [Transient, Permanent]


def test_every_error_has_a_reason_of_its_own() -> None:
    reasons = [word for _, _, word in drawn()]
    assert len(reasons) == len(set(reasons))
