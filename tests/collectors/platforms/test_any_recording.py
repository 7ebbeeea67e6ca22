"""Every recording, ours and the corpus's, in any pieces, cut anywhere; and bytes without any sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collectors import registry
from collectors.define import Platform
from tests.collectors.platforms.test_corpus import SESSIONS
from tests.collectors.replays import CORPUS, OURS, Session, collect_with, collected, platform_name
from tests.collectors.wires import MemoryWire

RECORDINGS = [*sorted(OURS.glob("*/*.yaml")), *(SESSIONS if CORPUS.is_dir() else [])]
each_recording = pytest.mark.parametrize(
    "recording", RECORDINGS, ids=lambda path: f"{platform_name(path)}/{path.name.split('#simulation')[0]}"
)
PLATFORMS = [name for name in registry.names() if registry.platform(name)]


@each_recording
@given(sizes=st.lists(st.integers(1, 60), max_size=300))
@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
def test_any_chunking_of_a_recording_gives_the_same_text(recording: Path, sizes: list[int]) -> None:
    whole = collected(recording, Session(recording))
    assert whole["status"] == "success", whole["log"]
    assert collected(recording, Session(recording, sizes))["device_config"] == whole["device_config"]


@each_recording
@pytest.mark.parametrize("ends", [True, False], ids=["hang-up", "silence"])
def test_a_recording_cut_at_every_50th_byte_is_never_a_success(recording: Path, ends: bool) -> None:
    session = Session(recording)
    assert collected(recording, session)["status"] == "success"
    for limit in range(0, session.carried - 3, 50):  # a prompt may end with blanks that nobody waits for
        cut = collected(recording, Session(recording, limit=limit, ends=ends))
        assert (cut["status"], cut["device_config"]) == ("failure", None), limit


class Babble:
    """A device that answers everything with the same bytes, and perhaps with a prompt."""

    alive = True
    asks_login = False

    def __init__(self, said: bytes, prompt: bytes) -> None:
        self.said, self.prompt = said, prompt

    def shell(self) -> MemoryWire:
        return MemoryWire(self.said + b"\r\n" + self.prompt, lambda _: self.said + b"\r\n" + self.prompt)

    def run(self, command: str) -> Any:
        wire: Any = MemoryWire(self.said, lambda _: self.said)
        wire._ended = True
        wire.exit_status = lambda _: 0
        wire.complaint = lambda: ""
        return wire

    def fetch(self, path: str, cap: int, idle_s: float) -> bytes:
        return self.said


@pytest.mark.parametrize("name", PLATFORMS)
@given(
    said=st.binary(max_size=400), prompt=st.sampled_from([b"", b"r1#", b"r1>", b"<r1>", b"u@r1>", b"(r1) #"])
)
@example(said=b"\n\n\x01", prompt=b"r1#")
@example(said=b"\r\rx\n\n\n\n\n\n\n\n\n\ny", prompt=b"r1#")
@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
def test_random_bytes_never_hang_or_crash_or_succeed(name: str, said: bytes, prompt: bytes) -> None:
    definition = registry.platform(name)
    assert isinstance(definition, Platform)
    # Where the bytes are a pager's, the device shows one after the other until the deadline.
    result = collect_with(name, Babble(said, prompt), limit_s=1)
    assert (result["status"], result["device_config"]) == ("failure", None), result["log"]
