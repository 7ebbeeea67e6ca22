"""Every reason for a failure has its row: the tables explain what the code gives, and no more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from collectors import errors
from pipeline.values import reasons
from tests.docs.markdown import ROOT, document, first_column
from tests.support.errors import kinds_below

FIELD = "reason"
WORD = re.compile(r"[a-z]+(?:_[a-z]+)*")
"""What a reason looks like; a message of several words is none."""


@cache
def trees() -> Mapping[str, ast.Module]:
    """The code of every module, by its path."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for top in ("collectors", "pipeline")
        for path in sorted((ROOT / top).rglob("*.py"))
    }


@cache
def constants() -> Mapping[str, str]:
    """The texts that modules name in capitals."""
    return {
        target.id: node.value.value
        for tree in trees().values()
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper() and isinstance(node.value.value, str)
    }


@cache
def positions() -> Mapping[str, set[int]]:
    """Functions and classes that are given a reason, each with the places that it has among the arguments."""
    found: dict[str, set[int]] = {}
    for node in (node for tree in trees().values() for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
        elif isinstance(node, ast.ClassDef):
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
            names = [each.target.id for each in fields if isinstance(each.target, ast.Name)]
        else:
            continue
        if FIELD in names:
            found.setdefault(node.name, set()).add(names.index(FIELD))
    return found


def word(node: ast.expr | None) -> Iterator[str]:
    """The reasons that an expression may be, where it says so itself."""
    match node:
        case ast.Constant(value=str(text)) if WORD.fullmatch(text):
            yield text
        case ast.Name(id=name) if name in constants():
            yield constants()[name]
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*word(body), *word(orelse))
        case ast.BoolOp(values=values):
            yield from (text for value in values for text in word(value))
        case ast.Call(func=ast.Name(), args=arguments):  # such as str(...)
            yield from (text for argument in arguments for text in word(argument))


def given_by(node: ast.AST) -> Iterator[str]:
    """The reasons that a node gives: as an attribute, as an argument, or in front of a message."""
    match node:
        case ast.Assign(targets=[ast.Name(id="reason")], value=value):
            yield from word(value)
        case ast.Call(args=arguments, keywords=keywords):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            at = [arguments[place] for place in positions().get(name, ()) if place < len(arguments)]
            at += [keyword.value for keyword in keywords if keyword.arg == FIELD]
            yield from (text for argument in at for text in word(argument))
        case ast.FunctionDef() if FIELD in (ast.get_docstring(node) or "").lower():
            values = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            firsts = [value.elts[0] if isinstance(value, ast.Tuple) else value for value in values]
            yield from (text for first in firsts for text in word(first))


def given() -> Iterator[tuple[str, str]]:
    """Each reason that the code gives, and where."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            yield from ((text, f"{path}:{getattr(node, 'lineno', 0)}") for text in given_by(node))


def test_every_reason_that_the_code_gives_is_explained_and_no_other() -> None:
    of_collections = {
        kind.reason for parent in (errors.Transient, errors.Permanent) for kind in kinds_below(parent)
    }
    explained = {*of_collections, *reasons.OF_BACKUPS, *reasons.OF_QUESTIONS}
    found = {(text, place) for text, place in given() if text != errors.CollectError.reason}
    assert [(text, place) for text, place in sorted(found) if text not in explained] == []
    assert explained - {text for text, _ in found} == set()


def test_no_reason_is_explained_twice() -> None:
    operations = document("docs/operations.md")
    sections = map(operations.section, ("New devices", "Why a backup failed"))
    listed = [reason for section in sections for reason in first_column(section)]
    assert len(listed) == len(set(listed)) > 20
