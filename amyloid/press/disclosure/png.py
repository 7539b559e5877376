"""PNG files that hold a picture and nothing else."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"pHYs", b"gAMA", b"sRGB", b"cHRM", b"sBIT", b"bKGD"}
)
"""Chunks that describe pixels. Text, time, EXIF and unknown chunks are not among them."""


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's type and content; what is not a whole PNG, or more than one, is a ValueError."""
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    place = len(SIGNATURE)
    while place < len(png):
        if place + 12 > len(png):
            raise ValueError("PNG is cut")
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind = png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        check = png[place + 8 + length : place + 12 + length]
        if len(check) < 4 or struct.unpack(">I", check)[0] != zlib.crc32(kind + body):
            raise ValueError("PNG is cut or changed")
        yield kind, body
        place += 12 + length
        if kind == b"IEND":
            break
    if place != len(png):
        raise ValueError("bytes after the end of the PNG")


def strip(png: bytes) -> bytes:
    """Return the PNG without anything but its picture; see `PICTURE_CHUNKS`."""
    kept = [SIGNATURE]
    for kind, body in chunks(png):
        if kind in PICTURE_CHUNKS:
            kept.append(
                struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            )
    return b"".join(kept)


def faults(png: bytes) -> list[str]:
    """Return in words what a PNG holds besides a picture; empty when nothing."""
    try:
        found = [kind for kind, _ in chunks(png) if kind not in PICTURE_CHUNKS]
    except ValueError as fault:
        return [str(fault)]
    return [f"PNG holds more than a picture: {kind.decode('latin-1')} chunk" for kind in found]
