r"""A recorded session as a device: each line that was typed, and the answer to it.

    # <platform>/<case>.yaml
    prompt: "sw1#"
    motd: "\nWelcome\n"                 # optional, as are banner, user_prompt, enable_password,
    pager: " --More-- "                 # erase (what rubs out the pager) and unknown
    paging_off: terminal length 0       # without a pager nothing is paged
    commands:                           # in any order; a list of single commands: in that order only
      terminal width 0: ""
      show running-config: |
        hostname sw1
        end

A line that is not in `commands` is refused with `unknown`. `{name}` in a prompt or an answer is the device's
name.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from collectors.simulator.device import SimulatedDevice, SimulatorError
from collectors.simulator.personality import Pager, Personality

_TEXTS = (
    "prompt",
    "user_prompt",
    "enable_password",
    "banner",
    "motd",
    "pager",
    "erase",
    "paging_off",
    "unknown",
)


def recorded_device(path: Path, *, username: str, password: str) -> SimulatedDevice:
    """The device that answers as in the recording at `path`; its name is the file's, without `.yaml`.

    The platform is the name of the file's folder. Raises SimulatorError, naming file and line.
    """
    rows = {key.value: value for key, value in _rows(path, _parse(path))}
    for name, node in rows.items():
        if name not in (*_TEXTS, "commands"):
            raise SimulatorError(f"{_place(path, node)}: unknown key {name!r}; known are {', '.join(_TEXTS)}")
    for name in ("prompt", "commands"):
        if name not in rows:
            raise SimulatorError(f"{path}: a recording needs '{name}'")
    texts = {name: _text(path, node) for name, node in rows.items() if name in _TEXTS}
    ordered, answers = _answers(path, rows["commands"])
    pager, unknown = texts.get("pager"), texts.get("unknown", "% Unknown command\n")
    personality = Personality(
        platform=path.parent.name,
        prompt=texts["prompt"],
        user_prompt=texts.get("user_prompt", "{name}>"),
        banner=texts.get("banner", ""),
        motd=texts.get("motd", ""),
        unknown=unknown,
        incomplete=unknown,
        answers=answers,
        ordered=ordered,
        pager=Pager(pager, texts.get("erase", f"\r{' ' * len(pager)}\r")) if pager else None,
        paging_off=(texts["paging_off"],) if "paging_off" in texts else (),
        abbreviates=False,
    )
    enable_password = texts.get("enable_password")
    return SimulatedDevice(
        path.stem, personality, "", username=username, password=password, enable_password=enable_password
    )


def _parse(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise SimulatorError(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SimulatorError(f"{path}{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise SimulatorError(f"{path}: not YAML: {str(error).splitlines()[0]}") from error


def _answers(path: Path, node: yaml.Node) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Whether the commands have an order, and each with its answer."""
    ordered = isinstance(node, yaml.SequenceNode)
    rows = [row for item in node.value for row in _rows(path, item)] if ordered else _rows(path, node)
    return ordered, tuple((_text(path, command), _text(path, answer)) for command, answer in rows)


def _rows(path: Path, node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise SimulatorError(f"{_place(path, node) if node else path}: must be a mapping, `name: text`")
    return list(node.value)


def _text(path: Path, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise SimulatorError(f"{_place(path, node)}: must be text")
    return str(node.value)


def _place(path: Path, node: yaml.Node) -> str:
    return f"{path}:{node.start_mark.line + 1}"
