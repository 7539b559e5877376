"""Texts that cannot be true (below zero, no time of the day), and partial dates on any day of the run."""

import datetime as dt
from types import SimpleNamespace

import pytest

from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading import dates

VALUES = {  # test: a line of labs.csv with it
    "kappa_flc": "mg/L", "urine_protein": "g/24h", "serum_m_protein": "g/dL", "troponin_t": "ug/L",
}  # fmt: skip


def faults(folder):
    with pytest.raises(CohortError) as fault:
        read_cohort(folder.path)
    return str(fault.value)


@pytest.mark.parametrize("test", VALUES)
@pytest.mark.parametrize("text", ["<0", "< 0", "<0.0", "<=0", "≤0", "-0", "-0.0", "\u22120", "-1", "<-1"])
def test_below_zero_is_refused(folder, test, text):
    folder.append("labs", patient_id="AL-001", month="3.3", test=test, value=text, unit=VALUES[test])
    assert "below zero" in faults(folder)


@pytest.mark.parametrize("text", ["0", "+0", "0.00", "<0.01"])
def test_zero_and_a_limit_above_it_can_be_true(folder, text):
    folder.append("labs", patient_id="AL-001", month="3.3", test="urine_protein", value=text, unit="g/24h")
    read_cohort(folder.path)


def test_minus_zero_is_no_dose(folder):
    folder.set("treatments", 3, "dose_mg", "-0")
    assert "cannot be true for dose_mg" in faults(folder)
    folder.set("treatments", 3, "dose_mg", "0")
    read_cohort(folder.path)


@pytest.mark.parametrize("clock", ["99:99", "24:00", "12:60", "12:30:61", "12:30:00+99:00", "08:00 Uhr"])
def test_no_time_of_the_day_is_refused(dated, clock):
    dated.set("labs", 9, "date", f"2005-06-03 {clock}")
    assert "is no time of the day" in faults(dated)


@pytest.mark.parametrize("clock", ["T00:00", " 23:59:59", "T08:30:00.25Z", " 08:30:00+14:00"])
def test_a_time_of_the_day_is_left_out(clock):
    day = dates.parse_day(f"2005-06-03{clock}", dt.date(2020, 1, 1))
    assert day == dates.parse_day("2005-06-03", dt.date(2020, 1, 1))


@pytest.mark.parametrize("text", ["2026", "2026-05"])
def test_a_period_that_has_not_ended_reads_the_same_on_any_day(text):
    days = [dt.date(2026, 5, 1), dt.date(2026, 5, 20), dt.date(2026, 12, 31), dt.date(2030, 1, 1)]
    assert len({dates.parse_day(text, today) for today in days}) == 1
    assert dates.parse_day(text, dt.date(2025, 12, 31)).fault == "lies in the future."


def test_last_contact_in_this_year_gives_the_same_follow_up_on_any_day(dated, monkeypatch):
    dated.append("events", patient_id="AL-001", date="2026", event="last_contact")

    def last_month(*today):
        class Clock(dt.date):
            @classmethod
            def today(cls):
                return cls(*today)

        monkeypatch.setattr(dates, "dt", SimpleNamespace(date=Clock, timedelta=dt.timedelta))
        cohort = read_cohort(dated.path)
        events = cohort.events[cohort.events["patient_id"] == "AL-001"]
        return events["month"].max(), cohort.notes

    assert last_month(2026, 1, 2) == last_month(2026, 7, 1) == last_month(2026, 12, 31)
