"""A study at work: the cohort behind a notebook, and what can be asked of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, MutableMapping
from functools import cached_property
from importlib.metadata import version
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication import write_adjudication
from amyloid.adjudication.criteria import CRITERIA, keys_of
from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import Evidence, gather_evidence
from amyloid.adjudication.labs.course import IMID_NAMES
from amyloid.adjudication.response import Confirm, adjudicate, first_months
from amyloid.cohort import EMBEDDED, read_cohort
from amyloid.questions import claims, curves, page
from amyloid.questions.groups import Groups, read_groups
from amyloid.questions.parameters import (
    PARAMETERS,
    PLACES,
    Value,
    check_values,
    defaults,
    out_folder,
    resolved,
)
from amyloid.questions.patient import alone
from amyloid.questions.words import Words
from amyloid.show.page import Page, Reading

RESPONDING = ("CR", "VGPR", "PR", "response")
"""Categories that count as a response; a minor response does not."""


class Study:
    """A cohort and a notebook's parameters.

    Parameters
    ----------
    notebook : str
        The notebook's file name without its ending, such as ``02_response``.
    values : mapping
        What the parameters cell set: `cohort_dir`, `out_dir` and the parameters that
        `amyloid.questions.parameters` declares. A notebook hands over its `globals()`:
        ``default`` gives way there to the criteria that it stands for.

    Attributes
    ----------
    cohort : Cohort
    n : int
        Patients in the cohort.
    synthetic, reconstruction : bool
        Whether the card says synthetic; whether it is, besides, a reconstruction of the abstract's trial.
    show : Page
        What the notebook displays, keeps and stamps.

    Raises
    ------
    KeyError
        For a parameter that the notebook does not set.
    ParameterError
        For parameters that cannot be used.
    CohortError
        For a cohort that cannot be read, with all its problems.
    """

    def __init__(self, notebook: str, values: MutableMapping[str, Any]) -> None:
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        given = check_values({key: values[key] for key in PARAMETERS})
        self.cohort = read_cohort(values["cohort_dir"])
        parameters = resolved(given, self.cohort.card)
        values.update(parameters)
        self.name = notebook
        self.out = out_folder(values["out_dir"])
        self.parameters: dict[str, Value] = {place: values[place] for place in PLACES} | parameters
        self.hematologic_criteria = str(parameters["hematologic_criteria"])
        self.renal_criteria = str(parameters["renal_criteria"])
        self.compare_by = str(parameters["compare_by"])
        self.confirm: Confirm = "28-days" if parameters["confirm"] == "28-days" else "none"
        self.landmark = float(parameters["landmark_months"])
        self.confidence = float(parameters["confidence"])
        self.min_cell = int(parameters["min_cell"])
        self.n = len(self.cohort.patients)
        self.synthetic = self.cohort.card.synthetic
        self.reconstruction = self.synthetic and claims.reproduces_the_abstract(self.cohort)
        made_up = "synthetic, not patient data" if self.synthetic else False
        self.show = Page(notebook, self.out, synthetic=self.reconstruction or made_up)
        self._used: dict[tuple[str, str], None] = {}

    @classmethod
    def of(cls, cohort_dir: str = EMBEDDED, **parameters: Value) -> Study:
        """Open a cohort to look at, with every parameter at its default unless it is given.

        Parameters
        ----------
        cohort_dir : str
            The name of a shipped cohort, or a folder or workbook.
        **parameters
            Such as ``hematologic_criteria="isa-2021"``.
        """
        return cls(
            "explore", {"cohort_dir": cohort_dir, "out_dir": "runs/explore", **defaults(), **parameters}
        )

    def __repr__(self) -> str:
        return f"Study of {self.cohort!r}, {self.hematologic_criteria}, {self.renal_criteria}"

    def _repr_html_(self) -> str:
        chosen = f"hematologic {self.hematologic_criteria}, renal {self.renal_criteria}"
        return f"{self.cohort._repr_html_()}<p>Judged by: {chosen}; confirmation: {self.confirm}.</p>"

    def words(self, questions: ModuleType) -> Words:
        """Sentences of the notebook: templates beside a module of questions, filled with what it tells."""
        return Words(self.name, self, questions)

    # -- what the cohort holds ------------------------------------------------------------------------------

    @property
    def patients(self) -> pd.Series:
        """Id of each patient, in the cohort's order."""
        return self.cohort.patients["patient_id"]

    @cached_property
    def groups(self) -> Groups:
        """Who is compared with whom: the groups of the column `compare_by`.

        Raises
        ------
        ValueError
            With every problem, for a column that is not there and names that cannot be used.
        """
        reference = self.cohort.card.comparison.get("reference")
        return read_groups(self.cohort.patients, self.compare_by, reference)

    @cached_property
    def drugs(self) -> tuple[str, ...]:
        """Drugs of the treatments table, the one given to most patients first."""
        given = self.cohort.treatments[["patient_id", "drug"]].dropna().astype(str)
        patients = given.drop_duplicates().groupby("drug").size()
        return tuple(patients.sort_values(ascending=False, kind="stable").index)

    @property
    def imids(self) -> list[str]:
        """Those of the drugs that are immunomodulatory."""
        return [drug for drug in self.drugs if re.search(IMID_NAMES, drug, re.IGNORECASE)]

    @property
    def software(self) -> str:
        """Packages behind the numbers, with their versions."""
        return ", ".join(f"{package} {version(package)}" for package in page.PACKAGES)

    def source(self, domain: str) -> str:
        """Citation of the notebook's own version of a domain's criterion."""
        key = self.renal_criteria if domain.startswith("renal") else self.hematologic_criteria
        return CRITERIA[domain, key].source

    @cached_property
    def evidence(self) -> tuple[Evidence, Evidence]:
        """Follow-up and baseline, gathered once."""
        return gather_evidence(self.cohort)

    # -- what is judged -------------------------------------------------------------------------------------

    def judge(
        self,
        domain: str,
        criteria: str,
        *,
        confirm: Confirm | None = None,
        until: float | None = None,
        reasons: bool = True,
    ) -> pd.DataFrame:
        """Judge every patient by one version of one criterion.

        Parameters
        ----------
        domain, criteria : str
            Such as ``hematologic_response`` and ``isa-2012``; `amyloid.adjudication.criteria.keys_of` lists
            the versions of a domain.
        confirm : {"none", "28-days"}, optional
            The notebook's own when left out.
        until : float, optional
            Last month that counts (landmark response).
        reasons : bool
            Whether to write the reasons; without them it is faster.

        Returns
        -------
        DataFrame
            One row per patient, in the cohort's order: ``patient_id``; ``category``, an ordered Categorical
            of all that this version knows, best first, then ``NE``; ``month``; ``undecided``, whether a
            better category could not be decided for want of a test; ``reason``.
        """
        self._used[domain, criteria] = None
        confirm = self.confirm if confirm is None else confirm
        found = adjudicate(
            self.evidence,
            [(domain, criteria)],
            confirm=confirm,
            until=until,
            with_reasons=reasons,
            with_undecided=True,
        ).drop(columns=["domain", "criteria"])
        known = [*CRITERIA[domain, criteria].categories, "NE"]
        return found.assign(category=pd.Categorical(found["category"], known, ordered=True))

    def judge_each(self, domain: str, criteria: Iterable[str] | None = None, **options: Any) -> pd.DataFrame:
        """Judge by several versions, all of a domain by default: as `judge`, with ``criteria`` first."""
        keys = list(keys_of(domain) if criteria is None else criteria)
        parts = {key: self.judge(domain, key, reasons=False, **options) for key in keys}
        plain = [part.astype({"category": object}).assign(criteria=key) for key, part in parts.items()]
        return pd.concat(plain, ignore_index=True)[["criteria", *plain[0].columns[:-1]]]

    @cached_property
    def evaluable(self) -> int:
        """Patients whose hematologic response can be judged by the notebook's criteria."""
        found = self.judge("hematologic_response", self.hematologic_criteria, reasons=False)
        return int((found["category"] != "NE").sum())

    def first_months(
        self, domain: str, criteria: str, *, dated: Literal["reached", "confirmed"] = "reached"
    ) -> pd.DataFrame:
        """First month of each grade, or a better one; see `amyloid.adjudication.response.first_months`."""
        return first_months(
            self.cohort, domain, criteria, confirm=self.confirm, dated=dated, evidence=self.evidence
        )

    @cached_property
    def first_response(self) -> pd.Series:
        """Month of each patient's first CR, VGPR or PR by the notebook's criteria; NaN for never."""
        return self._responded("reached")

    @cached_property
    def counted_response(self) -> pd.Series:
        """Month from which the response counts when survival is compared by it.

        Where it must be confirmed that is the month of the confirming sample: who lived to have one would
        otherwise be credited with the time before it.
        """
        return self._responded("confirmed")

    def _responded(self, dated: Literal["reached", "confirmed"]) -> pd.Series:
        months = self.first_months("hematologic_response", self.hematologic_criteria, dated=dated)
        return months[[grade for grade in RESPONDING if grade in months]].min(axis=1).rename("response_month")

    def why(self, patient: str) -> pd.DataFrame:
        """Every criterion of one patient: ``domain, criteria, category, month, reason``.

        Raises
        ------
        KeyError
            If nobody has this id; the message names the nearest.
        """
        own = gather_evidence(alone(self.cohort, patient))
        found = adjudicate(own, confirm=self.confirm).round({"month": 2})
        return found[["domain", "criteria", "category", "month", "reason"]]

    # -- endpoints ------------------------------------------------------------------------------------------

    @cached_property
    def endpoints(self) -> pd.DataFrame:
        """Every endpoint of every patient."""
        return endpoints(
            self.cohort,
            hematologic_criteria=self.hematologic_criteria,
            confirm=self.confirm,
            evidence=self.evidence,
        )

    def endpoint(self, name: str) -> pd.DataFrame:
        """Rows of one endpoint, of those to whom it applies: ``patient_id, months, event, reason``."""
        return curves.one_endpoint(self.endpoints, name)

    @property
    def last_months(self) -> pd.Series:
        """Month of death or last contact of each patient, in the cohort's order."""
        rows = self.endpoints["endpoint"] == "overall_survival"
        return self.endpoints.loc[rows, "months"].reset_index(drop=True)

    def first_of(self, *months: pd.Series | np.ndarray) -> pd.DataFrame:
        """Time to the first of competing events.

        Parameters
        ----------
        *months
            Month of each event of each patient, in the cohort's order; missing or infinite for never.

        Returns
        -------
        DataFrame
            ``patient_id, months, cause``: which event came first, from 1; 0 is followed without any of them.
        """
        candidates = np.nan_to_num(np.stack(months).astype(float), nan=np.inf, posinf=np.inf)
        first = candidates.min(axis=0)
        happened = np.isfinite(first)
        time = np.where(happened, first, self.last_months.to_numpy(float))
        cause = np.where(happened, candidates.argmin(axis=0) + 1, 0)
        return pd.DataFrame({"patient_id": self.patients, "months": time, "cause": cause})

    # -- head and foot of a page ----------------------------------------------------------------------------

    def opening(self) -> None:
        """Show whose data this is, what reading changed, who is in it, and how long they were followed."""
        words, seen = Words("page", self, page), self.endpoint("follow_up")
        reverse = stats.median_follow_up(seen["months"], 1 - seen["event"], confidence=self.confidence)
        self.show.say(words("stamp"), kind="stamp")
        self.show.say(words("who", seen, reverse), kind="cohort")
        self.show.say(self._own_words("opening"))

    def _own_words(self, key: str) -> Reading:
        """Words that the cohort's card adds to every page of its own; empty where there are none."""
        return Reading(f"card_{key}", text=self.cohort.card.text.get(key, ""))

    def claims(self) -> None:
        """Show the abstract's numbers beside this page's own; nothing for a cohort that is not its trial."""
        if not claims.reproduces_the_abstract(self.cohort):
            return
        words = Words("page", self, page)
        self.show.say(words("claims_heading"))
        if self.as_the_abstract:
            found = claims.joined(self.show.results, self.name[:2])
            self.show.claims_table(found, words("claims", found))

    @property
    def as_the_abstract(self) -> bool:
        """Whether the page judges as the abstract did: then its numbers are held against the printed."""
        own = (self.hematologic_criteria, self.renal_criteria, self.confirm)
        return own == ("boston-2007", "gertz-2005", "none")

    def close(self) -> None:
        """Show the card's limits, parameters, data, criteria and versions, and write what was kept."""
        self.show.say(self._own_words("limits"))
        words = Words("page", self, page)
        shown = page.parameter_table(self.parameters, self.cohort.card)
        behind, reading = words.table("provenance", self._used)
        self.show.foot(shown, behind, words("parameters", shown), reading)
        self.show.write(self.out / "results" / f"{self.name[:2]}.csv")
        if self.name.startswith("01"):
            self.__dict__.pop("evidence", None)  # make room for the same again, with reasons
            write_adjudication(
                self.cohort, self.out, hematologic_criteria=self.hematologic_criteria, confirm=self.confirm
            )
