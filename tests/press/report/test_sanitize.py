"""The allow-list: what may stay in a page, and that nothing else does."""

from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amyloid.press.report.sanitize import ALLOWED, accessible_html, clean_html, is_png_uri, visible

ATTACKS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.org/a.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><p>x</p></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='  JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html,<script>1</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<p style='background:url(https://evil.example/x)'>x</p>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example><input name=a></form>",
    "<object data=x></object><embed src=x>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<p id=unfold-all onclick=x() tabindex=9>x</p>",
    "<table background=//evil.example><td>x",
    "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
    "<img src='data:image/png;base64,PHN2Zy8+'>",
    "<!--[if IE]><script>1</script><![endif]-->",
    "<template><script>1</script></template>",
)


class Strict(HTMLParser):
    """Fail on anything that is not on the list; a second reading of what was written."""

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        for key, value in attrs:
            assert key == "class" or key in ALLOWED[tag], (tag, key)
            assert key != "href" or value.endswith(".html"), value
            assert key != "src" or value.startswith("data:image/png;base64,"), value

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_pi = unknown_decl = handle_decl = handle_comment


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_leave_nothing_active(attack):
    Strict().feed(clean_html(attack))


@given(
    st.lists(
        st.sampled_from([*ATTACKS, "<b>", "</b>", "<td>", "'", '"', "<", ">", "&lt;script&gt;", "x"]),
        max_size=6,
    )
)
def test_mixtures_of_attacks_leave_nothing_active(parts):
    cleaned = clean_html("".join(parts))
    Strict().feed(cleaned)
    assert clean_html(cleaned) == cleaned


@given(st.text())
def test_text_without_tags_is_kept_as_text(text):
    from bs4 import BeautifulSoup

    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assume(visible(plain).strip())  # white space alone is one space in HTML
    assert BeautifulSoup(clean_html(escaped), "html.parser").get_text() == visible(plain) or "\r" in text


def test_links_lead_to_pages_only():
    assert clean_html('<a href="02_response.ipynb#x">next</a>') == '<a href="02_response.html">next</a>'
    assert clean_html('<a href="https://doi.org/10.1182/x">a paper</a>') == "a paper (doi:10.1182/x)"
    assert clean_html('<a href="https://doi.org/10.1182/x">https://doi.org/10.1182/x</a>') == "doi:10.1182/x"
    assert clean_html('<a href="https://example.org/a">https://example.org/a</a>') == "example.org/a"
    assert clean_html('<h2>Title<a href="#Title">¶</a></h2>') == "<h2>Title</h2>"


def test_a_picture_must_be_a_png():
    assert not is_png_uri("data:image/png;base64,")
    assert not is_png_uri("data:image/png;base64,!!!")
    assert is_png_uri("data:image/png;base64,iVBORw0KGgo=")


def test_marks_that_reverse_reading_are_removed():
    assert visible("a\u202eb\u2066c\x00d\ufeff") == "abcd"


@pytest.mark.parametrize(
    "html",
    [
        "<a href='https://example.org'><font>https://example.org</font></a>after",
        "<a href='https://doi.org/10.1/x'><a href='https://doi.org/10.1/x'><a>10.1/x</a></a></a>after",
        "<table><tr><td class='gt_heading'>T<table><tr><th>x</th></tr></table></td></tr></table>after",
        "<table><tr><td class='gt_sourcenote'><p class='gt_footnote'>a<table><tr>"
        "<td class='gt_footnote'>b</td></tr></table></td></tr></table>after",
    ],
)
def test_what_stands_in_what_is_taken_out_stops_no_page(html):
    assert accessible_html(html).endswith("after")


def test_tables_get_caption_scope_and_notes():
    html = (
        '<table><thead><tr><td class="gt_heading" colspan="2">Best response</td></tr>'
        "<tr><th></th><th>n</th></tr></thead><tbody><tr><th>CR</th><td>8</td></tr></tbody>"
        '<tfoot><tr><td class="gt_sourcenote" colspan="2">A note.</td></tr></tfoot></table>'
    )
    found = accessible_html(html)
    assert "<caption>Best response</caption>" in found
    assert '<th scope="col">n</th>' in found
    assert '<th scope="row">CR</th>' in found
    assert "<p>A note.</p>" in found
    assert "tfoot" not in found
    assert 'role="group" tabindex="0"' in found.replace(
        'tabindex="0" role="group"', 'role="group" tabindex="0"'
    ) or ('role="group"' in found and 'tabindex="0"' in found)


def test_caption_comes_from_outside_when_the_table_has_none():
    assert "<caption>Doses</caption>" in accessible_html("<table><tr><td>1</td></tr></table>", "Doses")
