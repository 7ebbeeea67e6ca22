"""The old names of modules that moved, for packages that import them: each warns and leads to the new one.

They go in the release `GONE_IN`; that release removes this module, its line in `collectors/__init__.py` and
tests/collectors/test_moved.py.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

GONE_IN = "0.2.0"

MOVED: Mapping[str, str] = {
    "collectors.api": "collectors.define",
    "collectors.definition": "collectors.define",
    "collectors.filters": "collectors.answer.filters",
    "collectors.masks": "collectors.answer.masks",
    "collectors.rules": "collectors.define.rules",
    "collectors.secrets": "collectors.define.ios_like",
    "collectors.set_form": "collectors.define.set_form",
    "collectors.volatile": "collectors.define.noise",
    "collectors.whole": "collectors.answer.complete",
}
"""Old module → the one that holds its public names now."""

RENAMED: Mapping[str, Mapping[str, str]] = {"collectors.set_form": {"fault": "set_form_fault"}}
"""Old module → those of its names that are called otherwise in the new one."""


class OldModules(MetaPathFinder, Loader):
    """Finds and loads the modules of `MOVED`, of which there are no files."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the finder's signature
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """See MetaPathFinder."""
        return ModuleSpec(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> None:
        """See Loader: a usual module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Give `module` the names of the one that it became, and say which one that is."""
        old, new = module.__name__, MOVED[module.__name__]
        warnings.warn(
            f"{old} is now {new}; the old name goes in DeviceVault {GONE_IN}",
            DeprecationWarning,
            stacklevel=2,
        )
        names = {name: value for name, value in vars(importlib.import_module(new)).items() if name[0] != "_"}
        vars(module).update(names)
        vars(module).update({old_name: names[name] for old_name, name in RENAMED.get(old, {}).items()})


def install() -> None:
    """Let the old names be imported. They are looked for only where no file has such a name."""
    sys.meta_path.append(OldModules())
