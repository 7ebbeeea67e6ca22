"""Whatever the bytes are, a reader reads them or refuses them with an error of its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@st.composite
def altered(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Bytes that are almost right: pieces of a right input are cut out, doubled, or replaced."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        piece = bytes(data[start:end])
        data[start:end] = draw(st.one_of(st.just(b""), st.just(piece + piece), st.binary(max_size=12)))
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_right_input_is_read_and_no_other_breaks_the_reader(name: str) -> None:
    target = TARGETS[name]
    for seed in (*target.seeds, b"", b"\0", b"\xff" * 64, b"[" * 20_000, b"{" * 20_000, b"\n" * 20_000):
        target(seed)

    @given(st.one_of(st.binary(max_size=400), altered(target.seeds)))
    @settings(max_examples=60)
    def search(data: bytes) -> None:
        target(data)

    search()
