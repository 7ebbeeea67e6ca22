"""GitHub's expressions, as far as our workflows use them; anything else is a failed test.

Source: GitHub Docs, "Evaluate expressions in workflows and actions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w-]*(?:\.[\w-]+)*)|(&&|\|\||==|!=|!|\(|\)))")
_OPEN = ("github.event", "inputs", "vars")
"""Where a name that is not there is nothing, and no slip of ours."""


@dataclass
class Expressions:
    """Evaluates in one job's contexts; `status` is that of the steps so far."""

    contexts: Mapping[str, Any]
    status: str = "success"
    _tokens: list[str] = field(default_factory=list)

    def text(self, template: object) -> str:
        """A value of the workflow with its expressions filled in."""
        return _EXPRESSION.sub(lambda match: _as_text(self.value(match[1])), _as_text(template))

    def holds(self, condition: str | None) -> bool:
        """An `if:`; without a status function it includes `success()`."""
        if condition is None:
            return self.status == "success"
        match = _EXPRESSION.fullmatch(condition.strip())
        source = match[1] if match else condition
        looks_at_status = any(f"{name}()" in source for name in _FUNCTIONS)
        return bool(self.value(source)) and (looks_at_status or self.status == "success")

    def value(self, source: str) -> Any:
        """The value of one expression."""
        self._tokens, end = [], 0
        while source[end:].strip():
            match = _TOKEN.match(source, end)
            assert match, f"an expression that the tests do not know: {source!r}"
            self._tokens.append(match[0].strip())
            end = match.end()
        found = self._either()
        assert not self._tokens, f"an expression that the tests do not know: {source!r}"
        return found

    def _either(self) -> Any:
        left = self._both()
        while self._next("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._compared()
        while self._next("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Any:
        left = self._one()
        if self._next("=="):
            return left == self._one()
        return left != self._one() if self._next("!=") else left

    def _one(self) -> Any:
        if self._next("!"):
            return not self._one()
        if self._next("("):
            inner = self._either()
            assert self._next(")")
            return inner
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._next("("):
            assert self._next(")"), f"a function with arguments, {token}, that the tests do not know"
            assert token in _FUNCTIONS, f"a function that the tests do not know: {token}()"
            return _FUNCTIONS[token](self.status)
        return self._named(token)

    def _named(self, path: str) -> Any:
        found: Any = self.contexts
        for name in path.split("."):
            if isinstance(found, Mapping) and name in found:
                found = found[name]
            else:
                assert path.startswith(_OPEN), f"a name that the tests do not know: {path}"
                return None
        return found

    def _next(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False


_FUNCTIONS: Mapping[str, Callable[[str], bool]] = {
    "success": lambda status: status == "success",
    "failure": lambda status: status == "failure",
    "cancelled": lambda status: status == "cancelled",
    "always": lambda status: True,
}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
