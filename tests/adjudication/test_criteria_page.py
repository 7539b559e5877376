"""The page of criteria says what the values say."""

from pathlib import Path

from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.kit import criteria_page

PAGE = Path(__file__).parents[2] / "docs" / "criteria.md"


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == criteria_page(), "write the page anew"


def test_every_rule_and_source_is_on_the_page():
    page = criteria_page()
    for criteria in CRITERIA.values():
        assert criteria.source in page
        assert f"### {criteria.key}\n" in page
        for rule in criteria.rules:
            assert rule.words in page
            assert rule.limit.replace("{flc_ratio}", "0.26-1.65") in page


def test_every_source_says_how_well_its_text_is_known():
    for criteria in CRITERIA.values():
        assert any(tag in criteria.source for tag in ("[R", "[S", "[M", "[C", "R]", "M]")), criteria.key


def test_every_threshold_in_the_words_is_in_the_limit_or_the_words():
    for criteria in CRITERIA.values():
        for rule in criteria.rules:
            assert rule.words
            assert rule.limit or criteria.when == "baseline" or rule.words.startswith("dialysis"), rule.words
