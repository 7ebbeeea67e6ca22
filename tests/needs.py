"""What a test needs beyond Python and git: a server, or a program that it starts.

It is read off the test: from its fixtures, and from the functions and classes of `tests` that these and the
test name, one after the other. So nobody has to mark a test. `--unit` leaves out what needs more. A test that
starts a program all the same is then an error, which says so.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

STARTERS = (
    "subprocess",
    "multiprocessing",
    "concurrent.futures.process",
    "pty",
    "pipeline.system",
    "pipeline.local",
    "benchmarks",
)
"""Modules and packages whose functions start processes."""

HARMLESS = "tests.support.git"
"""Git is there wherever the tests are, and one call takes milliseconds."""


_seen: dict[tuple[object, ...], bool] = {}


def starts_programs(item: pytest.Item) -> bool:
    """Whether a test needs a server or starts a program, as far as its code shows."""
    if not isinstance(item, pytest.Function):
        return False
    test = (item.function, item.parent, *item.fixturenames)  # the same for all cases of a test
    if test not in _seen:
        _seen[test] = any(map(leads_to_programs, _functions(item)))
    return _seen[test]


def _functions(item: pytest.Function) -> Iterator[object]:
    """The test itself and the fixtures that it uses, directly or not."""
    yield getattr(getattr(item.obj, "hypothesis", None), "inner_test", item.obj)
    fixtures = item._fixtureinfo.name2fixturedefs
    for name in item.fixturenames:
        yield from (fixture.func for fixture in fixtures.get(name, ()))


_known: dict[object, bool] = {}


def leads_to_programs(thing: object) -> bool:
    """Follow the names in the code of a function or class of `tests`; each is looked at once."""
    thing = getattr(thing, "__func__", thing)  # of a test that stands in a class
    thing = inspect.unwrap(thing) if callable(thing) else thing
    module = thing if isinstance(thing, str) else getattr(thing, "__module__", None) or ""
    if isinstance(thing, ModuleType):
        module = thing.__name__
    if any(f"{module}.".startswith(f"{starter}.") for starter in STARTERS):
        return True
    if not isinstance(thing, FunctionType | type) or not module.startswith("tests.") or module == HARMLESS:
        return False
    if thing not in _known:
        _known[thing] = False  # for functions that call each other
        _known[thing] = any(map(leads_to_programs, _named_by(thing)))
    return _known[thing]


def _named_by(thing: FunctionType | type) -> Iterator[object]:
    """The methods of a class, or the global things that a function's code names."""
    if isinstance(thing, type):
        for member in vars(thing).values():
            yield getattr(member, "__func__", getattr(member, "fget", member))
        yield from thing.__bases__
        return
    names = set(_names(thing.__code__))
    yield from names & {*STARTERS}  # imported in the function
    found = [thing.__globals__[name] for name in names if name in thing.__globals__]
    yield from found
    for module in filter(inspect.ismodule, found):
        if module.__name__.startswith("tests."):
            yield from (vars(module)[name] for name in names if name in vars(module))


def _names(code: CodeType) -> Iterable[str]:
    """The names in a function's code and in that of the functions inside of it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def forbid_programs() -> None:
    """From now on a test that starts a program other than git is an error. There is no way back."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # of a test that started this whole run

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen" and "PYTEST_CURRENT_TEST" in os.environ:
            program, line = str(arguments[0]), [str(word) for word in arguments[1]]
            if "git" not in [Path(word).name for word in line]:
                raise RuntimeError(
                    f"--unit selected a test that starts {program}: tests/needs.py overlooked it"
                )

    sys.addaudithook(check)
