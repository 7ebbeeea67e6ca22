"""zlib streams: how configurations and outcomes travel, and how a pack of Git's holds a text."""

from __future__ import annotations

import zlib

from pipeline.errors import MessageError

ZLIB_LEVEL = 1
"""It takes half the time of zlib's default, and a tenth more space until packs are put together."""


def deflate(text: str) -> bytes:
    """A text as a zlib stream; a pack of Git's can hold it as it is."""
    return zlib.compress(text.encode(errors="replace"), ZLIB_LEVEL)


def inflate(data: bytes, limit: int) -> bytes:
    """What one zlib stream holds; MessageError if it is none, or holds more than `limit` bytes.

    No more than that is ever inflated.
    """
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, limit)
        # At the limit, the end of the stream may be all that is left.
        if not inflater.eof and inflater.decompress(inflater.unconsumed_tail, 1):
            raise MessageError(f"a zlib stream holds more than {limit >> 20} MB")
    except zlib.error as error:
        raise MessageError(f"not a zlib stream: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise MessageError("a zlib stream is cut short, or more than one")
    return content


def inflate_text(data: bytes, limit: int) -> str:
    """The text that one zlib stream holds; MessageError as for `inflate`, or if it is not UTF-8."""
    try:
        return inflate(data, limit).decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"a text that is not UTF-8: {error}") from error
