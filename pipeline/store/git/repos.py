"""The configs repos of a deployment. Each is opened and locked when its first configuration comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from pipeline.errors import StateError
from pipeline.store.git.commit_signature import CommitSigner
from pipeline.store.git.repo import ConfigsRepo


class ConfigsRepos:
    """Opens configs repos by name and closes all of them at the end.

    `path_of` says where each lies, and `stored` which commit was the last that was stored in it.
    `signer` signs the commits of all of them.
    """

    def __init__(
        self,
        path_of: Callable[[str], Path],
        branch: str = "main",
        author: str = "DeviceVault <devicevault@localhost>",
        stored: Callable[[str], str | None] = lambda _: None,
        signer: CommitSigner | None = None,
    ) -> None:
        self._path_of = path_of
        self._stored = stored
        self._branch = branch
        self._author = author
        self._signer = signer
        self._opened: dict[str, ConfigsRepo] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._opened:
            self._opened.popitem()[1].close()

    @property
    def opened(self) -> Mapping[str, ConfigsRepo]:
        """The repos that are open, by name."""
        return MappingProxyType(self._opened)

    def get(self, name: str) -> ConfigsRepo:
        """The repo of that name, created if it is new.

        HistoryLost if it does not hold what was stored in it, and StateError if it cannot be used.
        """
        if name not in self._opened:
            path = self._path_of(name)
            for other in self._opened:
                if self._path_of(other) == path:
                    raise StateError(
                        f"DEVICEVAULT_CONFIGS_REPO: {path}: the configs repos '{other}' and '{name}' would "
                        f"both lie there; give one another name"
                    )
            self._opened[name] = ConfigsRepo(
                path, self._branch, self._author, self._stored(name), self._signer
            )
        return self._opened[name]
