"""The tree of errors that opens collectors/errors.py is the tree of its classes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors import errors, registry
from collectors.errors import CollectError, Permanent, Transient

_ROW = re.compile(r"^ {4}([│ ]{0,4})[├└]── (\w+) +(\S+)", re.MULTILINE)


def drawn() -> Iterator[tuple[str, str, str]]:
    """(parent, error, reason) of every leaf that the docstring draws."""
    parent = ""
    for indent, name, word in _ROW.findall(errors.__doc__ or ""):
        if indent:
            yield parent, name, word
        else:
            parent = name


def test_every_error_stands_in_the_tree_with_its_reason() -> None:
    for name in registry.names():
        registry.collector_for(name)  # whatever module defines one is imported now
    leaves = [kind for parent in (Transient, Permanent) for kind in parent.__subclasses__()]
    assert sorted(drawn()) == sorted(
        (kind.__bases__[0].__name__, kind.__name__, kind.reason) for kind in leaves
    )
    assert CollectError.__subclasses__() == [Transient, Permanent]
    assert [below for kind in leaves for below in kind.__subclasses__()] == []


def test_every_error_has_a_reason_of_its_own() -> None:
    reasons = [word for _, _, word in drawn()]
    assert len(reasons) == len(set(reasons))
