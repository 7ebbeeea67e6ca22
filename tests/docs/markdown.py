"""The documents as tests see them: their code blocks, links and tables, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `place` is `file:line` of its first line."""

    place: str
    language: str
    text: str

    @property
    def title(self) -> str:
        """What its first line, a comment, says: the file that the block is."""
        return self.text.partition("\n")[0].lstrip("# ").rstrip()


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file; `name` is relative to the project."""

    name: str
    text: str

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[Block]:
        """The fenced blocks of that language, in order."""
        return [
            Block(f"{self.name}:{self.text[: match.start()].count(chr(10)) + 2}", match[1], match[2])
            for match in _FENCE.finditer(self.text)
            if match[1] == language
        ]

    def links(self) -> list[str]:
        """Where its links point."""
        return _LINK.findall(self.prose)

    def code(self) -> list[str]:
        """What stands between single backticks."""
        return _CODE.findall(self.prose)

    def anchors(self) -> set[str]:
        """The fragments that its headings answer to, as Git hosts derive them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def section(self, heading: str) -> str:
        """What stands below `heading`, up to the next one of any level."""
        # A comment in a block is no heading.
        plain = _FENCE.sub(lambda block: re.sub("[^\n]", "`", block[0]), self.text)
        match = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#|\Z)", plain, re.MULTILINE | re.DOTALL)
        assert match is not None, f"{self.name} has no heading {heading!r}"
        return self.text[match.start(1) : match.end(1)]


def document(name: str) -> Document:
    """The Markdown file of that name."""
    return Document(name, (ROOT / name).read_text(encoding="utf-8"))


def documents() -> list[Document]:
    """Every document of the project."""
    return [
        document(str(path.relative_to(ROOT))) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    ]


def first_column(table: str) -> list[str]:
    """The words in backticks that begin the rows of a Markdown table."""
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def command_lines(doc: Document) -> Iterator[tuple[str, list[str]]]:
    """The place and words of every `devicevault …` line in a shell block."""
    for block in doc.blocks("sh"):
        for line in block.text.splitlines():
            words = re.split(r"#| [>|] ", line, maxsplit=1)[0].split()
            program = next((i for i, word in enumerate(words) if word.endswith("devicevault")), None)
            if program is not None and all("=" in word for word in words[:program]):
                yield block.place, [word for word in words[program + 1 :] if word != "&"]
