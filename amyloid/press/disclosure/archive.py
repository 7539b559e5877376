"""A zip file that is the same, byte for byte, whenever it is made of the same contents."""

import io
import zipfile
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(contents: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, sorted by name, without clock, comment, owner or machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name; what is anything but what `pack` makes of them is a ValueError."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = archive.namelist()
            contents = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as fault:
        raise ValueError(f"not a readable zip file: {fault}") from fault
    if len(contents) != len(names):
        raise ValueError("a file name twice")
    if pack(contents) != packed:
        raise ValueError(
            "bytes that belong to no file: a comment, an extra field, a date or other hidden data"
        )
    return contents
