"""Every expression that sees what a device prints: of the platforms, and of the engine's own modules."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import collectors
from collectors import registry
from collectors.define.growth import Expression
from collectors.define.ios_like import ANYWHERE
from collectors.netmiko.collector import GENERIC

FULLMATCH = {
    *("_REFUSAL", "_MASKED", "_ASKS_PASSWORD", "_NAME"),
    *("_TYPE_DIGIT", "_WRITTEN", "_BARE_ALGORITHM", "_ANOTHER_NAME", "_SETTING", "_ANY_ADDRESS"),
    *("_PLACEHOLDER", "_FILE_NAME"),
}
MATCH = {
    *("_LINE_END", "_BLANK_END", "_RUB_OUT", "_STRING", "_ERASE_LINE", "_COMMAND", "_LOGGED_ROW"),
    *(
        "_WHOLE_WORD",
        "_GAP",
        "_REST_OF_TAG",
        "_SCHEME",
        "_VALUE_ENDS",
        "_LAST",
        "_OPTION_NAME",
        "_TRAP",
        "_TEXT_CLOSES",
    ),
    *("_INDENT", "_PROSE_LINE", "_NEXT_TOKEN", "_BLOCK_SIGN", "_NAMES_ANOTHER"),
}
"""The constants that are matched with a whole text, or with its beginning; the others are searched for."""
NOT_OF_DEVICES = ("collectors.define.rules",)
"""Modules whose own expressions read our expressions."""


def modules() -> Iterator[ModuleType]:
    """All of the engine's, but not the simulator's: that one is the device."""
    for found in pkgutil.walk_packages(collectors.__path__, "collectors."):
        if "simulator" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def of_platforms() -> dict[Expression, list[str]]:
    """Each expression with the platforms that use it."""
    found: dict[Expression, list[str]] = {}
    platforms = {name: registry.platform(name) for name in registry.names()}
    for name, platform in {**platforms, "netmiko": GENERIC}.items():
        for expression in platform.expressions() if platform else ():
            found.setdefault(expression, []).append(name)
    for rule in ANYWHERE:
        for expression in rule.expressions:
            found.setdefault(expression, []).append("any")
    return found


def of_modules() -> dict[Expression, list[str]]:
    """Each compiled constant with the places where it stands, and each expression in a call of `re`."""
    found: dict[Expression, list[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                expression = Expression.of(value)
                if name in FULLMATCH | MATCH:
                    expression = expression._replace(use="fullmatch" if name in FULLMATCH else "match")
                found.setdefault(expression, []).append(f"{module.__name__}.{name}")
        for expression in _in_calls(module) if module.__name__ not in NOT_OF_DEVICES else ():
            found.setdefault(expression, []).append(f"{module.__name__}, in a call")
    return found


def _in_calls(module: ModuleType) -> Iterator[Expression]:
    """The expressions that are written in calls such as `re.sub(r"…", …)`; parts that vary are an "x"."""
    tree = ast.parse(Path(module.__file__ or "").read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in (found for function in functions for found in ast.walk(function)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[ast.Constant(str(text)), *rest]):
                yield Expression(text, _flags([*rest, *(option.value for option in node.keywords)]))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[ast.JoinedStr(parts), *rest]):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)
                yield Expression(text, _flags([*rest, *(option.value for option in node.keywords)]))


def _flags(arguments: list[ast.expr]) -> int:
    words = {
        node.attr for argument in arguments for node in ast.walk(argument) if isinstance(node, ast.Attribute)
    }
    return sum(int(re.RegexFlag[word]) for word in words & set(re.RegexFlag.__members__))
