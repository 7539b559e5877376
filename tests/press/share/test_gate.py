"""The gate: every planted leak is found, and clean files pass."""

import base64
import re
import struct
import zipfile
import zlib
from datetime import date
from io import BytesIO

import pytest
from invented_cohort import KNOWN, PARAMETERS, identifiers, tables

from amyloid.press.disclosure.formats import pack
from amyloid.press.disclosure.gate import MANIFEST, inspect
from amyloid.press.disclosure.search import Secrets
from amyloid.press.share.build import aggregate_report, sealed

SECRETS = Secrets(
    identifiers=frozenset([*identifiers(40), "8814402", "Quennerstedt", "P7", "007", "AL-012"]),
    names=frozenset(["vera.lindqvist", "hemlab-pc12", "my_cohort_kiruna"]),
    dates=frozenset([date(2021, 3, 4), date(2019, 11, 27)]),
)


@pytest.fixture(scope="module")
def clean():
    return aggregate_report(tables(1), PARAMETERS, KNOWN).contents


def resealed(contents, **changes):
    """Return the contents with files changed and a manifest that fits: only the leak itself is wrong."""
    whole = {name: body for name, body in {**contents, **changes}.items() if name != MANIFEST}
    return pack(sealed(whole, {}))


def in_page(contents, old, new):
    html = contents["index.html"].decode()
    assert old in html
    return resealed(contents, **{"index.html": html.replace(old, new, 1).encode()})


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png, kind, body):
    return png[:33] + chunk(kind, body) + png[33:]


TEXTS = {
    "id as typed": "ZQX-007",
    "id in small letters": "zqx-007",
    "id with another dash": "ZQX‑007",
    "id with a space": "ZQX 007",
    "id without a dash": "ZQX007",
    "id with an underscore": "ZQX_007",
    "id split by bold": "ZQ<b>X-0</b>07",
    "id split by spans": "<span>ZQX</span><span>-</span><span>007</span>",
    "id split by blocks": "<span>ZQX-</span></td><td>007",
    "id as character references": "&#90;&#81;&#88;-&#48;&#48;&#55;",
    "id with a soft hyphen": "ZQX&shy;-007",
    "id with a zero-width space": "ZQX\u200b-007",
    "id in full-width letters": "ＺＱＸ－００７",
    "id with a mark of reading order": "ZQX\u202e-007",
    "id glued to a word": "patientZQX-007",
    "id of five signs glued to a word": "seriesAL-012",
    "short id": "see P7 there",
    "id with a leading zero": "patient 007 died",
    "record number": "8814402",
    "record number in groups": "88 14 402",
    "name of a patient": "QUENNERSTEDT",
    "name in a sentence": "as Quennerstedt's course shows",
    "date": "2021-03-04",
    "date with slashes": "04/03/2021",
    "date with dots": "4.3.2021",
    "date in words": "4 March 2021",
    "date in American words": "Mar 4th, 2021",
    "date with a short year": "27-11-19",
    "month": "November 2019",
    "date without marks": "20191127",
    "date of the input, day first": "27112019",
    "date of the input as a spreadsheet number": "44259",
    "date that is not of the input": "1999-12-31",
    "time of day": "started 09:41:07",
    "path": "/home/vera/study/run.py",
    "path of Windows": r"C:\Users\vera\study",
    "network path": r"\\hemlab\share",
    "path from home": "~/study/cohort",
    "user": "made by Vera.Lindqvist",
    "computer": "HEMLAB-PC12",
    "folder": "My_Cohort_Kiruna",
    "address": "https://example.org/x",
    "address without scheme": "www.example.org",
    "mail": "vera@example.org",
    "number of a computer": "10.1.20.33",
    "traceback": "Traceback (most recent call last):",
    "fault": "KeyError: 12",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_planted_in_a_cell_is_found(clean, text):
    found = inspect(in_page(clean, '<td class="gt_right">', f'<td class="gt_right">{text} '), SECRETS)
    assert found
    assert all(finding.file == "index.html" for finding in found)


PLACES = {
    "caption": ("<caption>", "<caption>ZQX-007 "),
    "title": ("<title>", "<title>ZQX-007 "),
    "heading": ("<h1>", "<h1>zqx-007 "),
    "alternative text": ('alt="', 'alt="ZQX-007 '),
    "label": ('aria-label="', 'aria-label="2021-03-04 '),
    "figure caption": ("<figcaption>", "<figcaption>Zqx-007 "),
    "comment": ("<main", "<!-- ZQX-007 --><main"),
    "empty comment": ("<main", "<!----><main"),
    "class name": ('class="prose"', 'class="prose ZQX-007"'),
    "anchor": ('id="left-out"', 'id="zqx-007"'),
    "style sheet": ("</style>", ".x::after{content:'ZQX-007'}</style>"),
    "second style sheet": ("</head>", "<style>p{}</style></head>"),
    "style attribute": ("<main", '<main style="background:url(//x.org)"'),
    "script": ("</main>", "<script>1</script></main>"),
    "handler": ("<main", '<main onclick="x()"'),
    "frame": ("</main>", '<iframe src="x.html"></iframe></main>'),
    "drawing": ("</main>", "<svg><!-- ZQX-007 --></svg></main>"),
    "outside link": ("</main>", '<a href="//example.org">x</a></main>'),
    "script link": ("</main>", '<a href="javascript:x()">x</a></main>'),
    "outside picture": ("</main>", '<img src="x.png" alt=""></main>'),
    "metadata": ("</head>", '<meta name="author" content="someone"></head>'),
    "refresh": ("</head>", '<meta http-equiv="refresh" content="0"></head>'),
    "looser policy": ("default-src 'none'", "default-src *"),
    "no policy": ("http-equiv", "name"),
    "form": ("</main>", "<form><input type='text'></form></main>"),
    "marked section": ("</main>", "<![CDATA[ZQX-007]]></main>"),
    "instruction": ("</main>", "<?x ZQX-007?></main>"),
    "end of a tag that never began": ("</main>", "</zqx-007></main>"),
}


@pytest.mark.parametrize(("old", "new"), PLACES.values(), ids=PLACES.keys())
def test_leak_in_another_place_of_a_page_is_found(clean, old, new):
    old = old.replace("'", "&#39;") if old not in clean["index.html"].decode() else old
    assert inspect(in_page(clean, old, new), SECRETS)


PICTURES = {
    "text chunk": lambda png: with_chunk(png, b"tEXt", b"Author\0Vera"),
    "compressed text": lambda png: with_chunk(png, b"zTXt", b"Comment\0\0" + zlib.compress(b"ZQX-007")),
    "international text": lambda png: with_chunk(png, b"iTXt", b"a\0\0\0\0\0ZQX-007"),
    "time": lambda png: with_chunk(png, b"tIME", bytes(7)),
    "camera data": lambda png: with_chunk(png, b"eXIf", b"ZQX-007"),
    "unknown chunk": lambda png: with_chunk(png, b"zqXx", b"007"),
    "bytes after the end": lambda png: png + b"ZQX-007",
    "changed byte": lambda png: png[:-20] + bytes([png[-20] ^ 1]) + png[-19:],
    "not a picture": lambda png: b"ZQX-007",
}


@pytest.mark.parametrize("spoil", PICTURES.values(), ids=PICTURES.keys())
def test_pictures_hold_a_picture_only(clean, spoil):
    png = clean["figures/overall_survival.png"]
    assert inspect(resealed(clean, **{"figures/overall_survival.png": spoil(png)}), SECRETS)
    body = base64.b64encode(png).decode()
    spoilt = base64.b64encode(spoil(png)).decode()
    assert inspect(in_page(clean, body, spoilt), SECRETS)


FILES = {
    "name of a file": ("tables/ZQX-007.csv", b"a\n"),
    "date in the name of a file": ("tables/2021-03-04.csv", b"a\n"),
    "drawing": ("figures/a.svg", b"<svg/>"),
    "notebook": ("a.ipynb", b"{}"),
    "script": ("a.js", b""),
    "file above": ("../a.csv", b"a\n"),
    "table": ("tables/a.csv", b"patient,month\nZQX-007,3\n"),
    "table in two cells": ("tables/a.csv", b"a,b\nZQX,007\n"),
    "formula": ("tables/a.csv", b"a\n=1+1\n"),
    "formula with a minus": ("tables/a.csv", b"a\n-1+cmd\n"),
    "text": ("a.txt", b"fine\nZQX-007\n"),
    "text over two lines": ("a.txt", b"ZQX-\n007\n"),
    "data": ("a.json", b'{"a": ["ZQX-007"]}'),
    "key": ("a.json", b'{"zqx-007": 1}'),
    "value of a key that stands twice": ("a.json", b'{"a": "ZQX-007", "a": 1}'),
    "broken text": ("a.txt", b"\xff\xfe"),
    "broken data": ("a.json", b"{"),
}


@pytest.mark.parametrize(("name", "body"), FILES.values(), ids=FILES.keys())
def test_other_files_are_read_too(clean, name, body):
    assert inspect(resealed(clean, **{name: body}), SECRETS)


def test_finding_names_page_and_column(clean):
    html = clean["index.html"].decode()
    cell = re.search(r'<td class="gt_right">\d+</td>', html)[0]
    found = inspect(in_page(clean, cell, '<td class="gt_right">1999-12-31</td>'), SECRETS)
    assert [str(finding) for finding in found] == ["index.html, column Patients: date (1999-12-31)"]


def test_manifest_notices_a_changed_byte_a_missing_and_an_extra_file(clean):
    changed = {**clean, "CHECKLIST.txt": clean["CHECKLIST.txt"] + b"."}
    assert [f.file for f in inspect(pack(changed), SECRETS)] == ["CHECKLIST.txt"]
    missing = {name: body for name, body in clean.items() if name != "CHECKLIST.txt"}
    assert [f.file for f in inspect(pack(missing), SECRETS)] == ["CHECKLIST.txt"]
    assert inspect(pack({**clean, "extra.txt": b"x"}), SECRETS)
    assert inspect(pack({k: v for k, v in clean.items() if k != MANIFEST}), SECRETS)


def zipped(contents, *, comment=b"", stamp=(1980, 1, 1, 0, 0, 0), twice=False):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in contents.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), body)
        archive.comment = comment
    return buffer.getvalue()


def test_the_zip_itself_hides_nothing(clean):
    for packed in (
        zipped(clean, comment=b"ZQX-007"),
        zipped(clean, stamp=(2021, 3, 4, 9, 0, 0)),
        b"ZQX-007" + pack(clean),
        pack(clean) + b"ZQX-007",
        pack(clean)[:-30],
        b"",
    ):
        assert [f.file for f in inspect(packed, SECRETS)] == ["the zip file"]
