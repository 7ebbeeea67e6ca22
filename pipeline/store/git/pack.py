"""Git packs, written once per batch: the fastest way to put a hundred commits on disk for good.

Source: Git's Documentation/gitformat-pack. A tree that differs from an earlier one of the same batch
in a few entries is stored as a delta against it, so a large directory costs its change and not its size.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import mkstemp
from typing import Literal, NamedTuple

from dulwich.pack import write_pack_index_v2

from pipeline.values.compression import ZLIB_LEVEL

Kind = Literal[1, 2, 3]
COMMIT: Kind = 1
TREE: Kind = 2
BLOB: Kind = 3
_KINDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}
_REF_DELTA = 7
# zlib's usual buffers have 256 kB. To prepare them costs more than to deflate a commit, which is small.
_SMALL, _SMALL_WINDOW, _SMALL_MEMORY = 4096, 12, 4
_MOST_INSERTED = 0x7F  # bytes that one instruction of a delta can bring


class Splice(NamedTuple):
    """One difference: where the base has `base[base_start:base_end]`, the object has `data[start:end]`."""

    base_start: int
    base_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Object:
    """A Git object to be written. With `base`, `data` is stored as a delta against that object's `data`.

    `splices` are where `data` differs from the base, in order. `deflated` is the zlib stream of `data` if
    somebody has made it already.
    """

    kind: Kind
    data: bytes
    id: bytes
    base: Object | None = None
    splices: tuple[Splice, ...] = ()
    deflated: bytes | None = None


def make_object(
    kind: Kind,
    data: bytes,
    base: Object | None = None,
    splices: tuple[Splice, ...] = (),
    deflated: bytes | None = None,
) -> Object:
    """An object with its id, the 20 bytes of SHA-1 that Git names it by."""
    digest = hashlib.sha1(b"%s %d\0" % (_KINDS[kind], len(data)), usedforsecurity=False)
    digest.update(data)
    return Object(kind, data, digest.digest(), base, splices, deflated)


def write_pack(folder: Path, objects: Sequence[Object]) -> Path:
    """Write `objects` as one pack with its index into `folder`, and return the pack's path.

    When this returns, both files are on disk and were read back. A crash before that leaves nothing that Git
    would see.
    Raises OSError if the disk refuses or does not hold what was written.
    """
    first: dict[bytes, Object] = {}
    for obj in objects:
        # An object may come twice. The first one counts: it may be the base of a delta, and comes before it.
        first.setdefault(obj.id, obj)
    unique = list(first.values())
    out = BytesIO()
    out.write(b"PACK" + (2).to_bytes(4, "big") + len(unique).to_bytes(4, "big"))
    entries: list[tuple[bytes, int, int | None]] = []
    for obj in unique:
        start = out.tell()
        record = _record(obj)
        out.write(record)
        entries.append((obj.id, start, zlib.crc32(record)))
    checksum = hashlib.sha1(out.getbuffer(), usedforsecurity=False).digest()
    out.write(checksum)
    index = BytesIO()
    write_pack_index_v2(index, sorted(entries), checksum)
    name = hashlib.sha1(b"".join(sorted(obj.id for obj in unique)), usedforsecurity=False).hexdigest()
    pack = folder / f"pack-{name}.pack"
    # The pack first: Git looks for indexes, so a pack without one is not there yet.
    _write_file(pack, out.getbuffer())
    _write_file(pack.with_suffix(".idx"), index.getbuffer())
    fsync_directory(folder)
    return pack


def fsync_directory(path: Path) -> None:
    """Make a rename in this directory survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_file(path: Path, content: memoryview) -> None:
    fd, temporary = mkstemp(prefix="tmp_", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o400)
            os.fsync(file.fileno())
        if Path(temporary).read_bytes() != content:
            raise OSError(f"{path}: the disk does not hold what was written")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _record(obj: Object) -> bytes:
    if obj.base is None:
        return _header(obj.kind, len(obj.data)) + (obj.deflated or _deflated(obj.data))
    delta = _delta(obj.base.data, obj.data, obj.splices)
    # A delta of trees inserts mostly ids. They are random and do not deflate, so they are stored as they are.
    return _header(_REF_DELTA, len(delta)) + obj.base.id + zlib.compress(delta, 0)


def _deflated(data: bytes) -> bytes:
    if len(data) > _SMALL:
        return zlib.compress(data, ZLIB_LEVEL)
    deflater = zlib.compressobj(ZLIB_LEVEL, zlib.DEFLATED, _SMALL_WINDOW, _SMALL_MEMORY)
    return deflater.compress(data) + deflater.flush()


def _header(kind: int, size: int) -> bytes:
    """Type in three bits, size in four and then sevens, the low ones first."""
    first, size = (kind << 4) | (size & 0x0F), size >> 4
    return bytes([first | (0x80 if size else 0)]) + (_varint(size) if size else b"")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _delta(base: bytes, data: bytes, splices: Sequence[Splice]) -> bytes:
    """A delta: it copies the base between the splices and inserts the object's own bytes in them."""
    out = bytearray(_varint(len(base)) + _varint(len(data)))
    at = 0
    for splice in splices:
        _copy(out, at, splice.base_start - at)
        for start in range(splice.start, splice.end, _MOST_INSERTED):
            piece = data[start : min(start + _MOST_INSERTED, splice.end)]
            out.append(len(piece))
            out += piece
        at = splice.base_end
    _copy(out, at, len(base) - at)
    return bytes(out)


def _copy(out: bytearray, offset: int, length: int) -> None:
    while length > 0:
        size = min(length, 0xFFFFFF)
        flags, arguments = 0x80, bytearray()
        for bit, shift in enumerate((0, 8, 16, 24)):
            if byte := offset >> shift & 0xFF:
                flags |= 1 << bit
                arguments.append(byte)
        for bit, shift in enumerate((0, 8, 16), start=4):
            if byte := size >> shift & 0xFF:
                flags |= 1 << bit
                arguments.append(byte)
        out.append(flags)
        out += arguments
        offset, length = offset + size, length - size
