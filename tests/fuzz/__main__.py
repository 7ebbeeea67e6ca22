"""`python -m tests.fuzz TARGET --seconds 60`: search for bytes that break a reader, guided by coverage.

It needs atheris (https://github.com/google/atheris), which is not among the locked packages: `pip install
atheris` into an environment of your own. What it finds is written to the current directory.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Search in one target."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.exit("this needs atheris: pip install atheris")
    with atheris.instrument_imports(include=["pipeline", "collectors"]):
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz")
    parser.add_argument("target", choices=targets)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    target = targets[arguments.target]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(target.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={arguments.seconds}", "-max_len=4096"], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
