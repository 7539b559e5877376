"""The search finds what it promises, and does not stop on the program's own words."""

from dataclasses import replace
from datetime import date

import pytest
from followed_cohort import GRADES, PARAMETERS, followed_cohort

from amyloid.press.disclosure.formats import pack
from amyloid.press.disclosure.gate import inspect
from amyloid.press.disclosure.search import Secrets
from amyloid.press.share.build import aggregate_report

SECRETS = Secrets(
    identifiers=frozenset(
        ["ZQX-007", "AB/12.C", "Anna-Maria Quist", "8814402", "12-345-6", "N-4411*", "#K77-2", "Lindqvist."]
    ),
    names=frozenset(["hemlab-pc12", "vera.lindqvist"]),
    dates=frozenset([date(2014, 4, 17), date(2021, 3, 4)]),
    texts=frozenset(["ruptured spleen", "Kiruna county registry", "Dara_CyBorD pilot"]),
)
IDENTIFIERS = """
ZQX-007 | ZQX_007 | ZQX007 | ZQX.007 | ZQX/007 | zqx-007 | ZQX-007. | (ZQX-007) | ZQX-007, | ZQX-007;
"ZQX-007" | patZQX-007 | patZQX_007 | ZQX–007 | ZQX--007 | ZQX 007 | ZQX - 007 | ZQX-007: | [ZQX-007]
AB/12.C | AB12C | ab-12-c | AB_12_C | AB12.C | ab/12/c | AB 12 C
Anna Maria Quist | Anna-Maria_Quist | AnnaMariaQuist | anna_maria_quist | ANNA.MARIA.QUIST | anna-maria  quist
8814402 | 88-14-402 | 8814402. | 881/4402 | 12-345-6 | 123456 | 12_345_6 | 12/345/6 | 12.345.6 | 12 345 6
N-4411* | N-4411 | N4411 | n_4411 | (N-4411*) | N 4411 | #K77-2 | K77-2 | k77_2 | K77/2 | K772! | K77 2
Lindqvist. | lindqvist | Lindqvist, | LINDQVIST; | Lindqvist's
"""
IDENTIFIERS = [text.strip() for line in IDENTIFIERS.splitlines() for text in line.split("|") if text.strip()]
DATES = [
    *("17.4.14", "17.04.14", "17. 4. 14", "04/2014", "4/2014", "04-2014", "04.2014", "2014-04", "2014/04"),
    *("5 sepember 2021", "févier 2021"),  # as they are mistyped
    *("5. Mai 2014", "5 avril 1931", "5 Mai 2014", "17. April 2014", "1er avril 1931", "3. März 2021"),
    *("12 août 2019", "12 agosto 2019", "5 de mayo de 1931", "5 mayo 1931", "3 maggio 1999", "4 mei 2011"),
    *("Mai 2014", "avril 1931", "Dezember 1999", "décembre 1999", "abril de 2014", "5th of May 2014"),
    *("17 Apr 14", "17-Apr-2014", "17APR2014", "Apr '14", "April 17, 2014", "2014 April 17", "2014-04-17"),
    *("17/04/2014", "04/17/14", "17042014", "20140417", "140417", "41746", "2014-W16", "2014 Q2", "Q2 2014"),
]
OTHERS = [
    "Ruptured spleen",
    "ruptured-spleen",
    "kiruna county registry",
    "Dara CyBorD pilot",
    "daracybordpilot",
]
PLANTED = [*IDENTIFIERS, *DATES, *OTHERS]


def test_a_hundred_texts_are_planted():
    assert len(set(PLANTED)) >= 100


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_text_is_found(text):
    for around in ("{}", "as {} shows", "({}) 12"):
        assert SECRETS.search(around.format(text)), around


@pytest.mark.parametrize(
    "text",
    [
        *(
            "median 17.4 months",
            "1.4 (0.9 to 2.1)",
            "2014",
            "2019-2023",
            "years 2004 to 2014",
            "12/40",
            "3/4",
        ),
        *(
            "version 0.1.0",
            "Mayo 2004",
            "mayo-2004-european",
            "isa-2012",
            "may respond",
            "in March",
            "5 marks",
        ),
        *("80 to 92", "40000", "dFLC 50 mg/L", "mL/min/1.73 m2", "CR 33 %", "month 24", "24 months"),
        *("ZQX-0071", "anna maria quister", "18814402", "8814402.5", "spleen"),
    ],
)
def test_ordinary_text_is_no_finding(text):
    assert SECRETS.search(text) == []


NAMES = (
    "mayo",
    "boston",
    "palladini",
    "european",
    "aggregates",
    "survival_by_group",
    "heart",
    "groups",
    "index",
)
TITLES = (
    *("AL amyloidosis at one center, 2010-2020", "Two regimens", "First-line therapy in AL amyloidosis"),
    *("Cardiac amyloidosis registry", "Daratumumab in AL amyloidosis", "Stage IIIb patients"),
)


def clean(seed):
    """Return the findings in the release of a clean cohort with ordinary names."""
    n = (43, 60, 97, 130)[seed % 4]
    title = TITLES[seed % len(TITLES)]
    shared = aggregate_report(followed_cohort(seed, n), PARAMETERS, GRADES, title)
    prefixes = ("M", "P-", "AL-", "2007-", "I", "CR", "pat", "", "S0", "N")
    ids = [f"{prefixes[seed % len(prefixes)]}{number}" for number in range(1, n + 1)]
    secrets = Secrets(
        frozenset([*ids, "yes", "male", "60000"]),
        frozenset([*NAMES, "vera.lindqvist"]),
        frozenset([date(2009, 7, 6), date(2021, 3, 4)]),  # the first is day 40000 of a spreadsheet
        frozenset(["cardiac", "VCd", "D-VCd", "not recorded", "Response and stage", title]),
    )
    return inspect(pack(shared.contents), secrets, shared.own)


@pytest.mark.parametrize("seed", range(3))
def test_clean_cohorts_raise_no_alarm(seed):
    assert clean(seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 20))
def test_more_clean_cohorts_raise_no_alarm(seed):
    assert clean(seed) == []


@pytest.fixture(scope="module")
def shared():
    return aggregate_report(followed_cohort(1, 43), PARAMETERS, GRADES, "Forty thousand")


def planted(shared, old, new):
    from test_gate import in_page

    return in_page(shared.contents, old, new)


def test_a_count_that_is_also_a_day_is_found_where_it_is_no_count(shared):
    secrets = Secrets(dates=frozenset([date(2009, 7, 6)]))
    packed = planted(shared, "<h1>", "<h1>40000 ")
    assert [finding.words for finding in inspect(packed, secrets, shared.own)] == ["40000"]


def test_a_word_of_the_program_is_found_where_it_stands_with_others(shared):
    packed = planted(shared, "<caption>", "<caption>at mayo ")
    secrets = Secrets(names=frozenset(["mayo"]))
    assert inspect(packed, secrets, shared.own)


def test_what_is_allowed_does_not_stop_and_other_words_do(shared):
    packed = planted(shared, "<h1>", "<h1>Quist and Lindqvist ")
    secrets = Secrets(identifiers=frozenset(["Quist", "Lindqvist"]))
    one, both = (replace(secrets, allowed=frozenset(words)) for words in (["quist"], ["Quist", "Lindqvist"]))
    assert [finding.words for finding in inspect(packed, one, shared.own)] == ["lindqvist"]
    assert inspect(packed, both, shared.own) == []
