"""Frames to draw from, at any size, and the ruler that finds text that collides or is too small."""

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from amyloid import stats
from amyloid.questions.description import dose_shares
from amyloid.show import plots

Draw = Callable[..., plots.Panel]
GRADES = ["CR", "PR", "MR", "NR", "NE"]
ORGANS = ["heart", "kidney", "liver", "nerve", "gastrointestinal", "lung", "soft_tissue"]


@pytest.fixture
def visible_texts() -> Callable[[plots.Panel], list[Text]]:
    """Every text that is drawn, with the figure laid out."""

    def find(panel: plots.Panel) -> list[Text]:
        panel.draw_without_rendering()
        hidden = {id(text) for ax in panel.axes for text in _hidden(ax)}
        return [
            t for t in panel.findobj(Text) if t.get_visible() and t.get_text().strip() and id(t) not in hidden
        ]

    return find


def _hidden(ax: Axes) -> list[Text]:
    """Texts that matplotlib keeps and does not draw: those of a hidden axis, and ticks out of view."""
    texts: list[Text] = []
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * max(abs(low), abs(high), 1.0)
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not ax.axison or not low - slack <= tick.get_loc() <= high + slack:
                texts += [tick.label1, tick.label2]
        texts += [] if ax.axison else [axis.label, axis.offsetText]
    return texts


@pytest.fixture
def collisions(visible_texts: Callable[[plots.Panel], list[Text]]) -> Callable[[plots.Panel], list[str]]:
    """Pairs of texts whose boxes share more than a pixel, and texts that leave the sheet."""

    def find(panel: plots.Panel) -> list[str]:
        boxes = [(t.get_text(), t.get_window_extent()) for t in visible_texts(panel)]
        sheet = panel.bbox
        found = [
            f"{text!r} leaves the sheet"
            for text, box in boxes
            if min(box.x0, box.y0) < -1 or box.x1 > sheet.width + 1 or box.y1 > sheet.height + 1
        ]
        for (one, a), (other, b) in combinations(boxes, 2):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            if wide > 1 and high > 1:
                found.append(f"{one!r} meets {other!r}")
        return found

    return find


def ids(n: int) -> list[str]:
    return [f"AL-{place:06d}" if n > 999 else f"AL-{place:03d}" for place in range(1, n + 1)]


def follow_up(n: int, deaths: float = 0.35) -> pd.DataFrame:
    rng = np.random.default_rng(n + 1)
    months = np.round(rng.uniform(1.0, 38.0, n), 1)
    return pd.DataFrame(
        {"patient_id": ids(n), "months": months, "event": (rng.random(n) < deaths).astype(int)}
    )


def treatments(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 2)
    lanes = follow_up(n)
    dose = np.tile([15.0, 10.0, 5.0], n)
    turn = np.sort(rng.uniform(0.05, 1.0, (n, 3)), axis=1) * lanes["months"].to_numpy()[:, None]
    start = np.c_[np.zeros(n), turn[:, :2]].ravel()
    frame = pd.DataFrame({"patient_id": np.repeat(ids(n), 3), "drug": "lenalidomide", "start_month": start})
    return frame.assign(end_month=turn.ravel(), dose_mg=dose)


def marks(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 3)
    lanes = follow_up(n)
    names = ["CR", "VGPR", "PR", "MR", "relapse", "next treatment", "transplant", "dialysis"]
    mark = [names[place % len(names)] for place in range(n)]
    return pd.DataFrame(
        {"patient_id": ids(n), "month": lanes["months"] * rng.uniform(0.2, 0.9, n), "mark": mark}
    )


def categories(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 4)
    best = rng.choice(GRADES, n)
    parts = []
    for key in ("gertz-2005", "boston-2007", "isa-2012"):
        changed = np.where(rng.random(n) < 0.2, rng.choice(["CR", "VGPR", "PR", "NR", "NE"], n), best)
        parts.append(
            pd.DataFrame(
                {"patient_id": ids(n), "domain": "hematologic_response", "criteria": key, "category": changed}
            )
        )
    return pd.concat(parts, ignore_index=True) if n else pd.DataFrame(columns=list(parts[0].columns))


def visits(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 5)
    months = np.array([0.0, 1, 2, 3, 6, 9, 12, 18])
    level = 200 * np.exp(-np.outer(rng.random(n), months) / 6) - 2
    frame = pd.DataFrame({"patient_id": np.repeat(ids(n), len(months)), "month": np.tile(months, n)})
    return frame.assign(
        dflc=level.ravel(), best=np.repeat([GRADES[place % 5] for place in range(n)], len(months))
    )


def changes(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 6)
    grade = [GRADES[place % 5] for place in range(n)]
    return pd.DataFrame(
        {"patient_id": ids(n), "change": rng.normal(-50, 50, n).clip(-120, 300), "category": grade}
    )


def curve(n: int, deaths: float = 0.35, groups: int = 1) -> pd.DataFrame:
    if n == 0:
        return pd.DataFrame(
            columns=["group", "time", "at_risk", "events", "censored", "survival", "lower", "upper"]
        )
    lanes = follow_up(n, deaths)
    named = None if groups == 1 else [f"stage {'I' * (1 + place % groups)}" for place in range(n)]
    return stats.kaplan_meier(lanes["months"], lanes["event"], named)


def incidence(n: int) -> pd.DataFrame:
    if n == 0:
        return pd.DataFrame(columns=["group", "cause", "time", "at_risk", "incidence", "lower", "upper"])
    return stats.cumulative_incidence(follow_up(n)["months"], [place % 3 for place in range(n)])


def rates(n: int) -> pd.DataFrame:
    columns = ["category", "denominator", "count", "n", "estimate", "lower", "upper"]
    rows = []
    for place, grade in enumerate(["CR", "PR", "MR", "NR"] if n else []):
        for name, size in (("evaluable", max(n * 33 // 43, 1)), ("treated", n)):
            k = size * (place + 1) // 12
            rows.append((grade, name, k, size, *stats.proportion(k, size).iloc[0]))
    return pd.DataFrame(rows, columns=columns)


def estimates(n: int) -> pd.DataFrame:
    rows = [
        (f"Trait {place}", 0.5 + 0.1 * place, 0.2 + 0.05 * place, 1.1 + 0.2 * place)
        for place in range(min(n, 12))
    ]
    frame = pd.DataFrame(rows, columns=["label", "estimate", "lower", "upper"])
    return frame.assign(text=[f"{value:.2f}" for value in frame["estimate"]])


def remission(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 7)
    start = rng.uniform(2, 12, n)
    length = rng.uniform(2, 24, n)
    outcome = [["ongoing", "relapse", "death", "next treatment"][place % 4] for place in range(n)]
    off = np.where(rng.random(n) < 0.6, start + length / 2, np.nan)
    frame = pd.DataFrame({"patient_id": ids(n), "start": start, "end": start + length, "off_from": off})
    return frame.assign(outcome=outcome)


def pairs(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 8)
    before = rng.lognormal(1.5, 0.6, n)
    outcome = [["resolved", "improved by half or more", "unchanged"][place % 3] for place in range(n)]
    return pd.DataFrame(
        {
            "patient_id": ids(n),
            "before": before,
            "after": before * rng.uniform(0.02, 1.1, n),
            "outcome": outcome,
        }
    )


def tiles(n: int) -> pd.DataFrame:
    rows = [
        (a, u, n // (2 + i + j))
        for i, a in enumerate(["CR", "PR", "NR"])
        for j, u in enumerate(["response", "no response"])
    ]
    return pd.DataFrame(rows, columns=["across", "up", "n"])


def printed(n: int) -> pd.DataFrame:
    rows = [(f"{24 + place}% of something", 33 - place, "rounded") for place in range(min(n, 8))]
    return pd.DataFrame(rows, columns=["label", "denominator", "how"])


def steps(n: int) -> pd.DataFrame:
    rows = [
        (0, "Original series", n - n // 5, "main"),
        (0, "Added since", n // 5, "main"),
        (1, "Treated", n, "main"),
        (1, "died before month 3", n // 10, "reason"),
        (1, "nothing measurable", 0, "reason"),
        (2, "Evaluable for hematologic response", n - n // 10, "main"),
    ]
    return pd.DataFrame(rows if n else [], columns=["level", "text", "n", "kind"])


def members(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + 10)
    share = [0.4, 0.7, 0.2, 0.15, 0.1, 0.0, 0.1]
    return pd.DataFrame(
        {o: pd.array(rng.random(n) < p, dtype="boolean") for o, p in zip(ORGANS, share, strict=True)}
    )


def spans(n: int) -> pd.DataFrame:
    """Pinned, carried, and a median that is not reached in some cohorts; one row of each for one patient."""
    rng = np.random.default_rng(n + 12)
    rows = []
    for group, scale in (("Patients (%)", 80.0), ("Months", 30.0), ("Hazard ratio of death", 2.0)):
        for place in range(min(n, 6)):
            middle = scale * rng.uniform(0.3, 0.9)
            reach = np.array([-0.3, -0.2, 0.0, 0.2, 0.3]) * (middle if place else 0.0)
            ends = middle + reach
            ends[-1] = np.nan if place == 3 and group == "Months" else ends[-1]
            rows.append(
                (group, f"Number {place} of the group", *ends, place == 0, middle, f"{middle:.1f} or so")
            )
    columns = ["group", "label", "lowest", "p5", "median", "p95", "highest", "pinned", "marked", "text"]
    return pd.DataFrame(rows, columns=columns)


def differences(n: int) -> pd.DataFrame:
    """Traits before and after weighting, one that cannot be compared and one without any spread."""
    rows = [
        (f"Trait {place} of the patients", series, (0.6, -0.3, math.nan, math.inf, 0.05)[place] * scale)
        for series, scale in (("before weighting", 1.0), ("after weighting", 0.2))
        for place in range(min(n, 5))
    ]
    return pd.DataFrame(rows, columns=["trait", "series", "difference"])


def one_patient(n: int) -> dict[str, pd.DataFrame]:
    """Frames of a patient with so many visits."""
    months = np.arange(n, dtype=float)
    values = [
        ("Light chains (mg/L)", "kappa", 300.0),
        ("Light chains (mg/L)", "lambda", 12.0),
        ("eGFR", "eGFR", 60.0),
    ]
    rows = [
        (axis, test, month, start / (1 + month / 9), 0) for axis, test, start in values for month in months
    ]
    grades = [("hematologic_response", key, m, "PR") for key in ("isa-2012", "boston-2007") for m in months]
    return {
        "values": pd.DataFrame(rows, columns=["axis", "test", "month", "value", "bound"]).assign(log=False),
        "limits": pd.DataFrame([("eGFR", 50.0, "50")], columns=["axis", "value", "words"]),
        "treatments": pd.DataFrame(
            [("lenalidomide", 0.0, 9.0, 15.0)], columns=["drug", "start_month", "end_month", "dose_mg"]
        ),
        "events": pd.DataFrame([(7.0, "next_treatment", "")], columns=["month", "event", "detail"]),
        "grades": pd.DataFrame(grades, columns=["domain", "criteria", "month", "category"]),
    }


FIGURES: dict[str, Draw] = {
    "patient": lambda n, **more: plots.patient(one_patient(n), **more),
    "balance": lambda n, **more: plots.balance(
        differences(n), x_label="Standardized difference, new minus old", **more
    ),
    "survival_effect": lambda n, **more: plots.survival(
        curve(n, groups=2),
        effect="Hazard ratio, new over old: crude 0.42 (0.23 to 0.78);\nby cardiac stage 0.69 (0.37 to 1.30)",
        **more,
    ),
    "ranges": lambda n, **more: plots.ranges(spans(n), log=["Hazard ratio of death"], synthetic=True, **more),
    "flow": lambda n, **more: plots.flow(steps(n), synthetic=True, **more),
    "upset": lambda n, **more: plots.upset(members(n), synthetic=True, **more),
    "dose_over_time": lambda n, **more: plots.dose_over_time(
        dose_shares(treatments(n), follow_up(n), "lenalidomide"), **more
    ),
    "follow_up": lambda n, **more: plots.follow_up(follow_up(n), medians={"Median": 20.0}, **more),
    "availability": lambda n, **more: plots.availability(categories(n), synthetic=True, **more),
    "criteria_grid": lambda n, **more: plots.criteria_grid(categories(n), synthetic=True, **more),
    "percentage_audit": lambda n, **more: plots.percentage_audit(printed(n), highlight=[33], **more),
    "response_bars": lambda n, **more: plots.response_bars(rates(n), synthetic=True, **more),
    "forest": lambda n, **more: plots.forest(
        estimates(n),
        x_label="Hazard ratio",
        log=True,
        reference=1.0,
        sides=("less", "more"),
        synthetic=True,
        **more,
    ),
    "cumulative_incidence": lambda n, **more: plots.cumulative_incidence(
        incidence(n), causes={1: "relapse", 2: "death"}, **more
    ),
    "waterfall": lambda n, **more: plots.waterfall(changes(n), thresholds={-50: "fall of 50%"}, **more),
    "courses": lambda n, **more: plots.courses(
        visits(n), "dflc", y_label="dFLC (mg/L)", panel_by="best", thresholds={40: "40"}, floor=1.0, **more
    ),
    "swimmer": lambda n, **more: plots.swimmer(follow_up(n), treatments(n), marks(n), synthetic=True, **more),
    "remissions": lambda n, **more: plots.remissions(remission(n), synthetic=True, **more),
    "survival": lambda n, **more: plots.survival(curve(n), synthetic=True, **more),
    "survival_groups": lambda n, **more: plots.survival(curve(n, groups=3), **more),
    "survival_pair": lambda n, **more: plots.survival_pair(
        curve(n, groups=2), curve(n // 2, groups=2), titles=("Naive", "Landmark"), **more
    ),
    "log_log": lambda n, **more: plots.log_log(curve(n, groups=2), **more),
    "paired": lambda n, **more: plots.paired(
        pairs(n), y_label="Urine protein (g/24 h)", thresholds={0.5: "0.5 g"}, **more
    ),
    "mosaic": lambda n, **more: plots.mosaic(
        tiles(n), x_label="Hematologic", y_label="Renal response", **more
    ),
}


@pytest.fixture(params=list(FIGURES))
def draw(request: pytest.FixtureRequest) -> Draw:
    """Each figure in turn, as a function of the number of patients and what all figures share."""
    return FIGURES[request.param]


@pytest.fixture
def figures() -> dict[str, Draw]:
    """Every figure by name."""
    return FIGURES


@pytest.fixture
def frames() -> dict[str, Callable[..., pd.DataFrame]]:
    """Makers of the frames that the figures draw."""
    return {
        f.__name__: f
        for f in (
            follow_up,
            treatments,
            marks,
            categories,
            visits,
            changes,
            curve,
            incidence,
            rates,
            remission,
            pairs,
            tiles,
            members,
        )
    }
