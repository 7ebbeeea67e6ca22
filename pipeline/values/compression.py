"""zlib streams: how configurations and outcomes travel, and how a pack of Git's holds a text."""

from __future__ import annotations

import zlib

from pipeline.errors import MessageError

ZLIB_LEVEL = 1
"""It takes half the time of zlib's default, and a tenth more space until packs are put together."""

_MAX_INFLATED = 256 * 1024 * 1024


def deflate(text: str) -> bytes:
    """A text as a zlib stream; a pack of Git's can hold it as it is."""
    return zlib.compress(text.encode(errors="replace"), ZLIB_LEVEL)


def inflate(data: bytes) -> bytes:
    """What one zlib stream holds; MessageError if it is none, or holds more than 256 MB."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, _MAX_INFLATED)
    except zlib.error as error:
        raise MessageError(f"not a zlib stream: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise MessageError("a zlib stream is cut short, or larger than 256 MB, or more than one")
    return content


def inflate_text(data: bytes) -> str:
    """The text that one zlib stream holds; MessageError as for `inflate`, or if it is not UTF-8."""
    try:
        return inflate(data).decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"a configuration that is not UTF-8: {error}") from error
