"""The garbage collector is paused for a while, and is then as it was."""

from __future__ import annotations

import gc

import pytest

from pipeline.inventory import without_gc


def test_it_runs_again_afterwards_whatever_happens_meanwhile() -> None:
    @without_gc()
    def fails() -> None:
        assert not gc.isenabled()
        raise ValueError("meanwhile")

    with pytest.raises(ValueError, match="meanwhile"):
        fails()
    assert gc.isenabled()


def test_who_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with without_gc(), without_gc():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
