"""What notebook 06 says: which numbers the abstract pins, and how far the others move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from amyloid.curves import records
from amyloid.narrative.phrases import FEW, counted, listed, number, plain, some
from amyloid.narrative.reading import Number, Reading, drawn
from amyloid.tables.text import p_value

SHARES, TIMES, RATIOS = "Patients (%)", "Months", "Hazard ratio"
HEADLINES: Final = {
    "02.cr.percent": (SHARES, "complete response, of the evaluable"),
    "02.cr_pr.percent": (SHARES, "complete or partial response, of the evaluable"),
    "02.cr_pr.all.percent": (SHARES, "complete or partial response, of all treated"),
    "05.cr.outcome.1.percent": (SHARES, "proteinuria resolved, of complete responders with it"),
    "02.grid.isa-2012.cr_vgpr_pr.evaluable.percent": (SHARES, "response by today's criteria (ISA 2012)"),
    "02.grid.isa-2012.cr.evaluable.percent": (SHARES, "complete response by ISA 2012"),
    "02.landmark.by_month_6.any_response.percent": (SHARES, "response within 6 months, of all treated"),
    "03.relapse.12": (SHARES, "relapse within a year of the response"),
    "01.deaths.percent": (SHARES, "died during follow-up"),
    "04.os.at.12": (SHARES, "alive at one year"),
    "04.os.at.24": (SHARES, "alive at two years"),
    "04.os.at.36": (SHARES, "alive at three years"),
    "05.response.gertz-2005.percent": (SHARES, "renal response (Gertz 2005), of the evaluable"),
    "05.response.palladini-2014.percent": (SHARES, "renal response (Palladini 2014), of the evaluable"),
    "05.progression.24": (SHARES, "renal progression within two years"),
    "01.follow_up.observed": (TIMES, "median follow-up as observed"),
    "01.follow_up.reverse": (TIMES, "median follow-up, reverse Kaplan-Meier"),
    "03.cr.lasting.longest": (TIMES, "longest maintained complete response"),
    "02.time.median_of_responders": (TIMES, "median time to response, of responders"),
    "03.dor.median": (TIMES, "median duration of response"),
    "03.ttnt.median": (TIMES, "median time to next treatment or death"),
    "04.os.median": (TIMES, "median overall survival"),
    "04.response.naive.hr": (RATIOS, "death, responders over others: naive"),
    "04.response.landmark.hr": (RATIOS, "death, responders over others: landmark"),
    "04.response.time_dependent.hr": (RATIOS, "death, responders over others: time-dependent"),
    "04.covariate.1.hr": (RATIOS, "death, heart involved over not"),
}
"""The numbers that a reader of the abstract asks for, in a clinician's words."""
