"""A command line that needs no service, run in this process: a tenth of the time, and the same function."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.settings import PREFIX


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def without_log(self) -> Answer:
        """The same without what a process has logged before it ended."""
        lines = self.err.splitlines(keepends=True)
        return Answer(self.status, self.out, "".join(line for line in lines if not line.startswith("{")))

    def is_refusal(self, status: int, *words: str) -> None:
        """One line that says all of `words`, this exit status, and nothing else."""
        assert self.status == status, self
        assert self.out == "", self
        line = self.err.removesuffix("\n")
        assert line.startswith("error: "), self
        assert "\n" not in line, self
        for word in words:
            assert word in line, (word, line)


Run = Callable[..., Answer]


def answer(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Answer:
    """What the command says to these arguments, in the environment as it is."""
    monkeypatch.setattr(sys, "argv", ["devicevault", *arguments])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return Answer(ended.value.code, said.out, said.err)


def in_this_process(
    arguments: Sequence[str],
    env: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path | None = None,
) -> Answer:
    """Run the command in `folder`, with none of our variables but those of `env`."""
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        if folder is not None:
            patch.chdir(folder)
        return answer(arguments, patch, capsys)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("plan", "--worktree")`, without any setting from the environment."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)

    def command(*arguments: object) -> Answer:
        return answer([*map(str, arguments)], monkeypatch, capsys)

    return command
