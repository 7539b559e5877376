"""Notebook 02, who responded: the frames it asks for, and what its sentences (02_response.md) name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import CRITERIA, label
from amyloid.adjudication.labs import first_event
from amyloid.cohort import Cohort
from amyloid.cohort.lines import lines_of
from amyloid.questions import names
from amyloid.questions.claims import as_printed
from amyloid.questions.curves import by_cause, incidence_milestones, records
from amyloid.questions.study import RESPONDING, Study
from amyloid.questions.words import Told
from amyloid.show import text

DOMAIN: Final = "hematologic_response"
EVERYONE: Final = "all treated"
CAUSES: Final = {1: "response", 2: "death without response", 3: "next therapy without response"}
MONTHS: Final = (3, 6, 12, 24)
EARLY: Final = (3, 6)
"""Months between which a complete response counts as early, in whole months as the abstract counts."""

SPELLINGS: Final[Mapping[str, list[str]]] = names("spellings")
"""Category -> what centres write for it; capitals, hyphens and dots do not matter."""

_CATEGORY_OF: Final = {text: category for category, texts in SPELLINGS.items() for text in texts}


# -- frames -------------------------------------------------------------------------------------------------


def shares(categories: pd.Series, denominator: str, confidence: float = 0.95) -> pd.DataFrame:
    """Share in each category with exact limits, then that of all responders together.

    Parameters
    ----------
    categories : Series
        ``category`` of `Study.judge`, of the patients that make the denominator.
    denominator : str
        What it is called, such as ``evaluable``.

    Returns
    -------
    DataFrame
        ``category, denominator, count, n, estimate, lower, upper``. Without a patient the estimates are NaN.
    """
    known = [name for name in categories.cat.categories if name != "NE"]
    responding = [name for name in known if name in RESPONDING]
    wanted = {name: [name] for name in known}
    if len(responding) > 1:
        wanted[" + ".join(responding)] = responding
    counts = [int(categories.isin(names).sum()) for names in wanted.values()]
    limits = stats.proportion(counts, [len(categories)] * len(counts), confidence=confidence)
    head = {"category": list(wanted), "denominator": denominator, "count": counts, "n": len(categories)}
    return pd.concat([pd.DataFrame(head), limits], axis=1)


def on_both(categories: pd.Series, confidence: float = 0.95) -> pd.DataFrame:
    """`shares` of the evaluable, then of everybody treated."""
    evaluable = categories[categories != "NE"]
    return pd.concat(
        [shares(evaluable, "evaluable", confidence), shares(categories, EVERYONE, confidence)],
        ignore_index=True,
    )


def times_to_response(study: Study) -> pd.DataFrame:
    """Time to the first response, with death and next therapy competing, in everybody.

    Returns
    -------
    DataFrame
        ``patient_id, months, cause``: the causes of `CAUSES`; 0 is alive without any of them.
    """
    death, next_line = first_event(study.cohort, "death"), lines_of(study.cohort).next
    return study.first_of(study.first_response, death, next_line)


def best_changes(study: Study, name: str, categories: pd.DataFrame) -> pd.DataFrame:
    """Largest fall of a quantity from baseline on this line of therapy, in percent (a fall is negative).

    Parameters
    ----------
    name : str
        Such as ``dflc`` or ``iflc``.
    categories : DataFrame
        From `Study.judge`.

    Returns
    -------
    DataFrame
        ``patient_id, base, best, change, category``: patients with a positive baseline and a later value.
    """
    follow_up, at_baseline = study.evidence
    now = getattr(follow_up.now, name)
    rows = now.known & follow_up.before_next_line
    best = np.full(follow_up.n_patients, np.inf)
    np.minimum.at(best, follow_up.patient[rows], now.high[rows])
    base = getattr(at_baseline.base, name).high
    frame = categories[["patient_id", "category"]].assign(base=base, best=best)
    chosen: pd.DataFrame = frame.loc[np.isfinite(frame["best"]) & (frame["base"] > 0)]
    return chosen.assign(change=(chosen["best"] / chosen["base"] - 1) * 100).reset_index(drop=True)


def courses(visits: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """Visits with the patient's best category, for small multiples: ``patient_id, month, dflc, category``."""
    best = dict(zip(categories["patient_id"], categories["category"], strict=True))
    frame = visits[["month", "dflc"]].assign(patient_id=visits["patient_id"].astype(str))
    return frame.assign(category=frame["patient_id"].map(best)).dropna(subset=["dflc"]).reset_index(drop=True)


def by_criteria(judged: pd.DataFrame, confidence: float = 0.95, domain: str = DOMAIN) -> pd.DataFrame:
    """`on_both` for each version of `Study.judge_each`: ``criteria`` and the columns of `shares`."""
    parts = []
    for key, part in judged.groupby("criteria", sort=False):
        known = [*CRITERIA[domain, str(key)].categories, "NE"]
        rates = on_both(pd.Series(pd.Categorical(part["category"], known)), confidence)
        parts.append(rates.assign(criteria=str(key)))
    return pd.concat(parts, ignore_index=True)


def in_words(rates: pd.DataFrame) -> pd.DataFrame:
    """Rates as text, one row per criteria and category, a column per denominator."""
    cells = [
        f"{row.count:,} of {row.n:,}"
        + (f" ({text.percent(row.estimate)}; {text.interval(row.lower, row.upper, digits=0, share=True)})"
           if row.n else "")
        for row in records(rates)
    ]  # fmt: skip
    said = rates.assign(criteria=rates["criteria"].map(label), cell=cells)
    judged, treated = (said[said["denominator"] == name] for name in ("evaluable", EVERYONE))
    wide = judged[["criteria", "category", "cell"]].rename(columns={"cell": "evaluable"})
    return wide.assign(**{EVERYONE: treated["cell"].to_numpy()}).reset_index(drop=True)


def compared_with(criteria: str) -> str:
    """Definition to set beside another: ISA 2012, the consensus in use; Gertz 2005 for that itself."""
    return "gertz-2005" if criteria == "isa-2012" else "isa-2012"


def changed(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Patients whose category differs between two criteria: ``patient_id``, both categories, both reasons."""
    one, two = (part.set_index("patient_id")[["category", "reason"]].astype(str) for part in (first, second))
    both = one.add_prefix("first_").join(two.add_prefix("second_"))
    apart = both["first_category"] != both["second_category"]
    order = ["first_category", "second_category", "first_reason", "second_reason"]
    return both.loc[apart, order].reset_index()


def at_landmarks(parts: Mapping[str, pd.DataFrame], confidence: float = 0.95) -> pd.DataFrame:
    """Complete and overall response of everybody treated, with exact limits.

    Parameters
    ----------
    parts : Mapping
        Words, such as a landmark, to what `Study.judge` found by then.

    Returns
    -------
    DataFrame
        ``group, label, count, n, estimate, lower, upper``.
    """
    rows = []
    for words, part in parts.items():
        for name, chosen in (("CR", ["CR"]), ("Any response", list(RESPONDING))):
            count = int(part["category"].isin(chosen).sum())
            limits = stats.proportion(count, len(part), confidence=confidence).iloc[0]
            rows.append({"group": words, "label": name, "count": count, "n": len(part), **limits.to_dict()})
    return pd.DataFrame(rows)


def responders(rates: pd.DataFrame) -> pd.DataFrame:
    """The rows of `shares` that hold all responders together, one per denominator."""
    by = [name for name in ("criteria", "denominator") if name in rates]
    return rates.groupby(by, sort=False).tail(1)


@dataclass(frozen=True)
class Agreement:
    """Recorded against derived response.

    Attributes
    ----------
    compared : pandas.DataFrame
        ``patient_id, recorded, derived, reason``: patients whose recorded response could be read.
    unread : pandas.DataFrame
        ``patient_id, recorded``: entries that are no category; they are not compared.
    """

    compared: pd.DataFrame
    unread: pd.DataFrame

    @property
    def disagreements(self) -> pd.DataFrame:
        """The rows of `compared` where the two differ."""
        return self.compared.query("recorded != derived").reset_index(drop=True)

    @property
    def cross_table(self) -> pd.DataFrame:
        """Counts, recorded categories in rows, derived ones in columns, both best first."""
        table = pd.crosstab(self.compared["recorded"], self.compared["derived"])
        order = [name for name in SPELLINGS if name in table.index.union(table.columns)]
        return table.reindex(index=order, columns=order, fill_value=0)

    @property
    def alike(self) -> int:
        """How many patients have the same category both ways."""
        return len(self.compared) - len(self.disagreements)


def recorded_category(text: object) -> str | None:
    """Read what a centre wrote as a category.

    Parameters
    ----------
    text : object
        A cell of ``recorded_response``.

    Returns
    -------
    str or None
        ``CR VGPR PR MR NR NE``; None for a blank or an unknown word.
    """
    if not isinstance(text, str):
        return None
    return _CATEGORY_OF.get(re.sub(r"[\s._/()-]+", " ", text).strip().casefold())


def agreement(cohort: Cohort, categories: pd.DataFrame) -> Agreement:
    """Compare the recorded response with the derived one, patient by patient.

    Parameters
    ----------
    cohort : Cohort
    categories : pandas.DataFrame
        One version of one criterion from `amyloid.adjudication.response.categories`: one row per patient.

    Returns
    -------
    Agreement
        Cohen's kappa of it is ``amyloid.stats.kappa(compared["recorded"], compared["derived"])``.

    Raises
    ------
    ValueError
        When `categories` has not exactly one row per patient, in the order of the patients.
    """
    ids = cohort.patients["patient_id"].tolist()
    if categories["patient_id"].tolist() != ids:
        raise ValueError("categories must hold one row per patient: choose one version of one criterion")
    written = cohort.patients["recorded_response"]
    frame = pd.DataFrame(
        {
            "patient_id": ids,
            "recorded": [recorded_category(text) for text in written],
            "derived": categories["category"].to_numpy(),
            "reason": categories["reason"].to_numpy(),
        }
    )
    known = frame["recorded"].notna()
    filled = written.fillna("").astype(str).str.strip().ne("").to_numpy()
    unread = pd.DataFrame({"patient_id": ids, "recorded": written.to_numpy()})[filled & ~known.to_numpy()]
    return Agreement(frame[known].reset_index(drop=True), unread.reset_index(drop=True))


# -- what the sentences name --------------------------------------------------------------------------------


def undecided(best: pd.DataFrame) -> pd.DataFrame:
    """Complete responses that nobody can decide, and the rate if none of them is one, and if all are.

    Returns
    -------
    DataFrame
        ``denominator, open, of, least, n_least, most, n_most``: evaluable, then all treated. Who could not be
        judged otherwise would be evaluable with a complete response.
    """
    complete, open_ = best["category"] == "CR", best["undecided"].to_numpy(bool)
    rows = []
    for name, among in (("evaluable", best["category"] != "NE"), (EVERYONE, best["category"].notna())):
        sure = int(complete.sum())
        most = sure + int(open_.sum())
        rows.append((name, most - sure, len(best), sure, int(among.sum()), most, int((among | open_).sum())))
    return pd.DataFrame(rows, columns=["denominator", "open", "of", "least", "n_least", "most", "n_most"])


def timing(best: pd.DataFrame) -> Told:
    """When the complete responses came, in whole months: before the early ones, early, and each late one."""
    months = sorted(int(value + 0.5) for value in best.loc[best["category"] == "CR", "month"].dropna())
    late = [value for value in months if value > EARLY[1]]
    before = sum(value < EARLY[0] for value in months)
    return {"n": len(months), "before": before, "early": len(months) - before - len(late), "late": late}


def tell_best(study: Study, best: pd.DataFrame, rates: pd.DataFrame) -> Told:
    """Rates on both denominators, and how far undecided complete responses could move them."""
    evaluable, everyone = (rates[rates["denominator"] == name] for name in ("evaluable", EVERYONE))
    rows = {row.category: row for row in records(evaluable)}
    n = int(evaluable["n"].iloc[0])
    parts = [rows[name].count for name in ("CR", "PR")]
    evaluable_open, everyone_open = records(undecided(best))
    return {
        "n": n,
        "rows": list(rows.values()),
        "everyone": list(records(everyone)),
        "overall": next(records(responders(evaluable))),
        "overall_all": next(records(responders(everyone))),
        "complete": rows["CR"],
        "minor": rows.get("MR"),
        "printed": float(as_printed(parts, n, "sum of rounded parts")) if n else None,
        "open": evaluable_open,
        "open_all": everyone_open,
        "timing": timing(best),
    }


tell_answer = tell_results = tell_best


def tell_time(study: Study, curve: pd.DataFrame, times: pd.DataFrame, best: pd.DataFrame) -> Told:
    """Cumulative incidence of response at fixed months, and when complete responses came."""
    return {
        "at": list(records(incidence_milestones(curve, MONTHS))),
        "causes": by_cause(times, CAUSES),
        "open": next(records(undecided(best))),
        "timing": timing(best),
    }


def tell_criteria(study: Study, grid: pd.DataFrame) -> Told:
    """Responders of those evaluable by every version."""
    return {"every": responders(grid[grid["denominator"] == "evaluable"])}


def tell_changes(study: Study, kinds: pd.Series, other: str) -> Told:
    """Who changes category between two versions, the commonest change first."""
    ordered = records(kinds.sort_values(ascending=False, kind="stable").reset_index())
    pair = (study.hematologic_criteria, other)
    return {
        "kinds": [f"{row.count:,} from {row.first_category} to {row.second_category}" for row in ordered],
        "sources": [(label(key), CRITERIA[DOMAIN, key].source) for key in pair],
    }


def tell_landmarks(study: Study, rates: pd.DataFrame, landmarks: Mapping[str, pd.DataFrame]) -> Told:
    """Who loses the category when it must be confirmed."""
    best, confirmed = (landmarks[words]["category"].astype(str) for words in ("Best", "Best, confirmed"))
    return {"lost": int((best != confirmed).sum())}


def tell_agreement(study: Study, found: Agreement) -> Told:
    """Cohen's kappa of recorded and derived response."""
    both = found.compared["recorded"], found.compared["derived"]
    kappa = stats.kappa(*both, confidence=study.confidence) if len(found.compared) else found.compared
    return {"kappa": next(records(kappa), None)}


def tell_decisions(study: Study, grid: pd.DataFrame, landmarks: pd.DataFrame) -> Told:
    """Responders by every version, and of all treated by each landmark."""
    rates = {(row.criteria, row.denominator): row for row in records(responders(grid))}
    lead = study.hematologic_criteria
    at = {row.group: row for row in records(landmarks[landmarks["label"] == "Any response"])}
    return {
        "lead": lead,
        "everyone": rates.pop((lead, EVERYONE)),
        "here": rates.pop((lead, "evaluable")),
        "others": {key: row for (key, among), row in rates.items() if among == "evaluable"},
        "best": at.pop("Best"),
        "landmarks": at,
    }
