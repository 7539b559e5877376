"""Bytes to UTF-8: what kind of file it really is, and which encoding it is in."""

from __future__ import annotations

from amyloid.cohort.reading.findings import Findings

_KINDS = (
    (b"PK\x03\x04", "a workbook or zip file", "Save the sheet as CSV, or give the .xlsx file itself."),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel file or a workbook with a password",
        "Save it as .xlsx without a password.",
    ),
    (b"%PDF", "a PDF", "Export the table itself."),
    (b"\x1f\x8b", "a gzip file", "Unpack it first."),
    (b"PAR1", "a Parquet file", "Give it the ending .parquet."),
    (b"SQLite format 3", "a database", "Export the table as CSV."),
    (b"\x89PNG", "a picture", "Export the table itself."),
    (b"\xff\xd8\xff", "a picture", "Export the table itself."),
    (b"{\\rtf", "a text document", "Save the table as CSV."),
)
_UTF8_MARK = b"\xef\xbb\xbf"


def kind_of_file(head: bytes) -> tuple[str, str] | None:
    """Recognize a file that is not text by its first bytes.

    Parameters
    ----------
    head : bytes

    Returns
    -------
    (str, str) or None
        What it is and what to do; None for what may be text.
    """
    for start, kind, mend in _KINDS:
        if head.startswith(start):
            return kind, mend
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and len(head) > 1:
        return "a Python pickle, which is never opened", "Export the table as CSV."
    if head.lstrip(_UTF8_MARK + b" \t\r\n")[:1] == b"<":
        return "a web page or XML", "The download may have stopped at a login page; export the table again."
    return None


def to_utf8(data: bytes, file: str, findings: Findings) -> bytes | None:
    """Bring the bytes of a text file to UTF-8 without byte-order mark.

    Parameters
    ----------
    data : bytes
    file : str
        Name of the file, for messages.
    findings : Findings

    Returns
    -------
    bytes or None
        None when the file cannot be read, which has been said.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            data = data.decode("utf-16").encode("utf-8")
        except UnicodeError:
            findings.file("encoding", file, "starts like UTF-16 but is not.", "Save it as CSV UTF-8.")
            return None
        findings.note(f"{file} was read as UTF-16.")
    while data.startswith(_UTF8_MARK):
        data = data[len(_UTF8_MARK) :]
    if (nul := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        findings.file(
            "nul-byte",
            file,
            "a NUL byte (\\x00): the file is damaged or is no text file.",
            "Export it again as CSV UTF-8.",
            line=line,
        )
        return None
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return _from_windows(data, fault.start, file, findings)
    return data


def _from_windows(data: bytes, start: int, file: str, findings: Findings) -> bytes | None:
    line = data.count(b"\n", 0, start) + 1
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        findings.file(
            "encoding",
            file,
            f"is neither UTF-8 nor Windows-1252 (byte {data[start]:#04x}).",
            "Save it as CSV UTF-8.",
            line=line,
        )
        return None
    findings.file(
        "encoding",
        file,
        "is not UTF-8 and was read as Windows-1252 (Latin letters).",
        "Check the letters with accents, or save it as CSV UTF-8.",
        line=line,
        severity="warning",
    )
    return text.encode("utf-8")
