"""Pages in a real browser: from a file, without network, by mouse, by keyboard, on paper, on a phone."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
CHAIN = ("index", "01_cohort_description", "02_response", "03_durability")
NAMES = (*CHAIN, "shared")
PROJECT = ("index", *(path.stem for path in sorted((ROOT / "notebooks").glob("0*.ipynb"))))


class Opened:
    """A page opened from a file, with everything that it asked for and said."""

    def __init__(self, browser, path, **context):
        self.requests, self.messages = [], []
        self.context = browser.new_context(offline=True, **context)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda fault: self.messages.append(str(fault)))
        self.page.goto(path.resolve().as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def shows(self, *expected):
        """Say whether exactly these listings are seen, after at most five seconds."""
        for _ in range(50):
            if self.listings() == list(expected):
                return True
            self.page.wait_for_timeout(100)
        return False

    def listings(self):
        return self.page.evaluate(
            "[...document.querySelectorAll('details.code .listing')]"
            ".map(e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}))"
        )


@pytest.mark.parametrize("name", NAMES)
def test_opening_asks_for_nothing_and_runs_nothing(browser, pages, name):
    with Opened(browser, pages / f"{name}.html") as opened:
        asked = [url for url in opened.requests if not url.startswith("data:image/png")]
        assert asked == [(pages / f"{name}.html").resolve().as_uri()]
        assert opened.messages == []
        assert opened.page.title() != "ran"
        assert opened.page.evaluate("document.scripts.length") == 0


def test_the_style_sheet_passes_its_own_policy(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        assert (
            opened.page.evaluate("getComputedStyle(document.querySelector('.stamp')).borderRadius") != "0px"
        )


def test_hostile_text_is_seen_and_covers_nothing(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        seen = opened.page.inner_text("main")
        assert "<script>document.title='ran'</script>" in seen
        assert "=cmd|' /C calc'!A0" in seen
        assert "Published against computed" in seen


def test_code_unfolds_by_mouse_one_or_all(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        assert opened.shows(False, False, False, False)
        opened.page.locator("details.code summary").first.click()
        assert opened.shows(True, False, False, False)
        opened.page.get_by_label("Show all code").check()
        assert opened.shows(True, True, True, True)
        opened.page.get_by_label("Show all code").uncheck()
        assert opened.shows(True, False, False, False)


def test_code_unfolds_by_keyboard_one_or_all(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        opened.page.locator("details.code summary").nth(1).focus()
        opened.page.keyboard.press("Enter")
        assert opened.shows(False, True, False, False)
        opened.page.get_by_label("Show all code").focus()
        opened.page.keyboard.press("Space")
        assert opened.shows(True, True, True, True)


def test_keyboard_reaches_everything_in_order(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        reached = []
        for _ in range(60):
            opened.page.keyboard.press("Tab")
            reached.append(opened.page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
            if "BODY" in opened.page.evaluate("document.activeElement.tagName"):
                break
        text = "\n".join(reached)
        assert reached[0].startswith('<a class="skip"')
        for what in (
            "unfold-all",
            "<summary>Code: parameters",
            "<summary>Code: Figure 1. ",
            "picture",
            "table-frame",
            'rel="next"',
        ):
            assert what in text


def test_skip_link_leads_to_the_content(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        opened.page.keyboard.press("Tab")
        opened.page.keyboard.press("Enter")
        assert opened.page.evaluate("document.activeElement.id") == "content"


def test_links_lead_from_page_to_page(browser, pages):
    with Opened(browser, pages / "index.html") as opened:
        for expected in CHAIN[1:]:
            opened.page.locator("a[rel=next], .answers a").first.click()
            assert opened.page.url.endswith(f"{expected}.html")


def violations(browser, axe, path, scheme):
    """Return every violation of a page with everything unfolded: its rule and the first places."""
    with Opened(browser, path, color_scheme=scheme) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        opened.page.evaluate(axe)
        found = opened.page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
        said = [(v["id"], [n["html"][:300] for n in v["nodes"]][:3]) for v in found["violations"]]
        assert len(found["passes"]) > 15
        return said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser, pages, axe, name, scheme):
    assert violations(browser, axe, pages / f"{name}.html", scheme) == []


@pytest.mark.parametrize("name", PROJECT)
def test_axe_finds_no_violation_in_the_projects_own_pages(browser, project_pages, axe, name):
    for scheme in ("light", "dark"):
        assert violations(browser, axe, project_pages / f"{name}.html", scheme) == []


@pytest.mark.parametrize("name", PROJECT)
def test_the_projects_own_pages_ask_for_nothing_and_fit_a_phone(browser, project_pages, name):
    path = project_pages / f"{name}.html"
    assert path.stat().st_size < 3_000_000
    with Opened(browser, path, viewport={"width": 375, "height": 700}) as opened:
        assert [url for url in opened.requests if not url.startswith("data:image/png")] == [path.as_uri()]
        assert opened.messages == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 375


def test_axe_finds_a_planted_violation(browser, pages, axe, tmp_path):
    spoilt = tmp_path / "spoilt.html"
    html = (pages / "02_response.html").read_text(encoding="utf-8")
    spoilt.write_text(re.sub(r' alt="[^"]*"|alt="[^"]*" ', "", html), encoding="utf-8")
    with Opened(browser, spoilt) as opened:
        opened.page.evaluate(axe)
        found = opened.page.evaluate("axe.run()")
        assert "image-alt" in {violation["id"] for violation in found["violations"]}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [320, 375])
def test_a_phone_shows_the_page_without_scrolling_sideways(browser, pages, name, width):
    with Opened(browser, pages / f"{name}.html", viewport={"width": width, "height": 700}) as opened:
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PROJECT[1:])
def test_figures_are_readable_on_a_phone_without_a_script(browser, project_pages, name):
    """Lettering is drawn at 8 points or so of a width of 170 mm: at 96 dots an inch it can be read."""
    with Opened(browser, project_pages / f"{name}.html", viewport={"width": 375, "height": 700}) as opened:
        shown = opened.page.evaluate(
            "[...document.querySelectorAll('.picture img')]"
            ".map(e => e.getBoundingClientRect().width / e.naturalWidth)"
        )
        assert shown
        assert min(shown) >= 0.6
        frames = opened.page.locator(".picture")
        widest = max(range(len(shown)), key=lambda n: frames.nth(n).evaluate("e => e.scrollWidth"))
        frames.nth(widest).focus()
        opened.page.keyboard.press("ArrowRight")
        opened.page.wait_for_timeout(300)
        assert frames.nth(widest).evaluate("e => e.scrollLeft") > 0


@pytest.mark.parametrize("name", PROJECT)
def test_no_page_is_endless_and_the_overview_fits_one_sheet(browser, project_pages, name):
    with Opened(browser, project_pages / f"{name}.html", viewport={"width": 1280, "height": 900}) as opened:
        assert opened.page.evaluate("document.documentElement.scrollHeight") <= 12_000
        if name == "index":
            for paper in ("A4", "Letter"):
                assert len(re.findall(rb"/Type\s*/Page\b", opened.page.pdf(format=paper))) == 1


def test_long_tables_fold_on_the_screen_and_open_on_paper(browser, project_pages):
    with Opened(browser, project_pages / "02_response.html") as opened:
        table = opened.page.locator("details.long table").first
        seen = "e => e.checkVisibility({contentVisibilityAuto: true})"
        assert not table.evaluate(seen)
        opened.page.emulate_media(media="print")
        assert table.evaluate(seen)


def test_dark_and_light_differ_and_figures_stay_on_white(browser, pages):
    grounds = []
    for scheme in ("light", "dark"):
        with Opened(browser, pages / "02_response.html", color_scheme=scheme) as opened:
            grounds.append(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
            white = opened.page.evaluate(
                "getComputedStyle(document.querySelector('figure img')).backgroundColor"
            )
            assert white == "rgb(255, 255, 255)"
    assert grounds[0] != grounds[1]


def test_print_leaves_out_what_paper_cannot_use(browser, pages):
    with Opened(browser, pages / "02_response.html") as opened:
        opened.page.emulate_media(media="print")
        for selector in (".pages", ".contents", "details.code", ".neighbors"):
            assert not opened.page.locator(selector).first.is_visible()
        assert opened.page.locator(".stamp").is_visible()
        assert opened.page.locator("figure img").is_visible()
        pdf = opened.page.pdf(format="A4")
        assert pdf.startswith(b"%PDF")
        assert re.search(rb"/MediaBox \[\s*0 0 59[45][.\d]* 84[12][.\d]*\s*\]", pdf)
