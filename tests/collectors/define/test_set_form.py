"""Set commands, one a line, are a configuration; anything that lacks a part of one is none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answer.complete import check, evidence
from collectors.define import is_set_form, set_form_fault
from collectors.errors import CollectError
from collectors.registry import collector_for, platform
from tests.collectors.asyncssh_server import asyncssh_server
from tests.collectors.contract import config_for
from tests.collectors.scripted import Scripted

SET = (
    "\nset version 21.4R3\nset system login message \"two\nlines, and a \\\" quote\"\n"
    "deactivate interfaces lo0\n\nset address o'neill description 'the \"old\" one'\n"
    'set policy p from [ "a b" c ]\n'
)  # fmt: skip


def test_set_commands_with_quoted_texts_of_several_lines_are_a_configuration() -> None:
    assert set_form_fault(SET) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no set command comes first"),
        ("deactivate interfaces lo0\nset version 1\n", "no set command comes first"),
        (f"{SET}error: the connection to the daemon was lost\n", "a line is no set command"),
        (f"{SET}  --More--\n", "a line is no set command"),
        (f"{SET}settings {{\n}}\n", "a line is no set command"),
        (f'{SET}set system login message "it goes\non\n', "a quoted text does not end"),
        ("version 21.4R3;\nsystem {\n}\n", "a line is no set command"),
    ],
)
def test_anything_else_is_none_and_is_told_without_a_word_of_it(text: str, why: str) -> None:
    assert set_form_fault(text) == why


@given(st.data())
def test_a_text_that_is_cut_in_a_quoted_text_is_none(data: st.DataObject) -> None:
    start = SET.index('"') + 1
    cut = data.draw(st.integers(start, SET.index('"\ndeactivate')))
    assert not is_set_form(SET[:cut])


@pytest.mark.parametrize(
    "name", ["juniper_junos", "juniper_junos_set", "paloalto_panos", "paloalto_panos_set"]
)
def test_a_platform_takes_set_commands_and_nothing_that_only_begins_so(name: str) -> None:
    definition = platform(name)
    assert definition is not None
    command = definition.configs[0]
    check("r1", definition, command, SET)
    assert "end marker" not in evidence(command, SET)
    for broken in (f"{SET}\nInvalid syntax.\n", SET + 'set a "', "set version 1\n"):
        with pytest.raises(CollectError):
            check("r1", definition, command, broken)


def test_a_prompt_in_a_quoted_text_is_doubted_until_the_text_goes_on() -> None:
    answers = {"show": 'set a b\nset banner "one\nadmin@fw1#\nset two"\nset c d\n'}

    async def hesitating(process: Any) -> None:
        device = Scripted(prompt="admin@fw1#", answers=answers)
        process.stdout.write(device.begin().encode())
        while data := await process.stdin.read(4096):
            before, quoted_prompt, after = device.take(data).partition("\nadmin@fw1#\r")
            process.stdout.write((before + quoted_prompt[:-1]).encode())
            await asyncio.sleep(0.5 if after else 0)
            process.stdout.write((quoted_prompt[-1:] + after).encode())

    with asyncssh_server(hesitating) as server:
        result = collector_for("paloalto_panos_set")(config_for(server, platform="paloalto_panos_set"), 30)
    assert result["status"] == "success", result["log"]
    assert result["device_config"] == answers["show"]
