"""One notebook at work: the cohort's evidence gathered once, and one way to show each kind of result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import cached_property
from typing import Any

import pandas as pd

from amyloid.adjudication import write_adjudication
from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.response import Confirm, adjudicate, first_months
from amyloid.adjudication.response.agreement import Agreement
from amyloid.questions import page as provenance
from amyloid.questions.claims import compare
from amyloid.questions.claims import published as claims
from amyloid.questions.description import STAGES, rate
from amyloid.questions.narrative import opening
from amyloid.questions.narrative.reading import Number, Reading
from amyloid.questions.notebook import published
from amyloid.questions.notebook.numbers import Numbers
from amyloid.questions.study import Study
from amyloid.show import display, tables
from amyloid.show.plots import Panel, save


class Notebook(Study):
    """A study that shows, numbers and keeps by itself, as the notebooks did that are not opened yet."""

    def __init__(self, name: str, values: MutableMapping[str, Any]) -> None:
        super().__init__(name, values)
        self.numbers = Numbers(name[:2])
        self.claimed: dict[str, Number] = {}
        self._figures = self._tables = 0

    @cached_property
    def hematologic(self) -> pd.DataFrame:
        """Best hematologic response of each patient by the notebook's own criteria, with the reason."""
        return self.categories("hematologic_response", self.hematologic_criteria)

    @cached_property
    def renal(self) -> pd.DataFrame:
        """Best renal response of each patient by the notebook's own criteria, with the reason."""
        return self.categories("renal_response", self.renal_criteria)

    @cached_property
    def everything(self) -> pd.DataFrame:
        """Every criterion in every patient, without reasons."""
        return adjudicate(self.evidence, confirm=self.confirm, with_reasons=False)

    @cached_property
    def first_grades(self) -> pd.DataFrame:
        """First month of each hematologic grade, or a better one; see `response.first_months`."""
        return first_months(
            self.cohort,
            "hematologic_response",
            self.hematologic_criteria,
            confirm=self.confirm,
            evidence=self.evidence,
        )

    @property
    def evaluable(self) -> int:
        """Patients in whom hematologic response can be judged by the notebook's criteria."""
        return int((self.hematologic["category"] != "NE").sum())

    def stages(self) -> pd.DataFrame:
        """Every staging system of `description.STAGES`, one after the other, without reasons."""
        return pd.concat([self.categories(*system, reasons=False) for system in STAGES], ignore_index=True)

    def involvement(self) -> pd.DataFrame:
        """Heart, kidney and liver involvement read from the values, without reasons."""
        organs = [pair for pair in CRITERIA if pair[0].startswith("involvement_")]
        return pd.concat([self.categories(*pair, reasons=False) for pair in organs], ignore_index=True)

    def responses(self, keys: Iterable[str], domain: str = "hematologic_response") -> list[pd.DataFrame]:
        """Several criteria of one domain, one frame each, without reasons."""
        return [self.categories(domain, key, reasons=False) for key in keys]

    def by_landmark(self, months: Iterable[float] = (3, 6, 12)) -> dict[str, pd.DataFrame]:
        """Hematologic response at landmarks, over follow-up, and confirmed; words such as ``By month 6``.

        The landmarks come without reasons.
        """
        pair = ("hematologic_response", self.hematologic_criteria)
        found = {
            f"By month {month:g}": self.categories(*pair, until=month, reasons=False) for month in months
        }
        return {
            **found,
            "Best": self.hematologic,
            "Best, confirmed": self.categories(*pair, confirm="28-days", reasons=False),
        }

    def yes_rates(self, domain: str, names: Mapping[str, str]) -> pd.DataFrame:
        """Share with the category ``yes``, of those judged, for several criteria of a domain.

        Returns
        -------
        DataFrame
            ``label, count, n, estimate, lower, upper``.
        """
        rows = []
        for key, name in names.items():
            judged = self.categories(domain, key, reasons=False).query("category != 'NE'")["category"]
            rows.append(rate(name, int((judged == "yes").sum()), len(judged), self.confidence))
        return pd.DataFrame(rows)

    def categories(
        self,
        domain: str,
        key: str,
        *,
        confirm: Confirm | None = None,
        until: float | None = None,
        reasons: bool = True,
    ) -> pd.DataFrame:
        """Categories of one criterion, one row per patient; see `response.adjudicate`."""
        self._used[domain, key] = None
        confirm = self.confirm if confirm is None else confirm
        return adjudicate(self.evidence, [(domain, key)], confirm=confirm, until=until, with_reasons=reasons)

    def figure(
        self, draw: Callable[..., Panel], *frames: pd.DataFrame, reading: Reading, **options: Any
    ) -> None:
        """Draw, show and save a figure, then say what it shows; a run for numbers only draws none.

        Parameters
        ----------
        draw : callable
            A function of `amyloid.show.plots`.
        *frames : DataFrame
            What it draws.
        reading : Reading
            Title, caption, sentences and numbers.
        **options
            Passed on to `draw`.
        """
        self._figures += 1
        caption = f"Figure {self._figures}. {reading.title}. {reading.caption}".strip()
        if display.numbers_only():
            display.show_no_figure(reading.name, caption, shareable=False)
        else:
            options = {**reading.options, **options}
            panel = draw(*frames, title=reading.title, synthetic=self.synthetic, **options)
            save(panel, self.out / "figures", f"{self.name}_{reading.name}")
            display.show_figure(panel, reading.name, f"{caption} {panel.part}".strip(), shareable=False)
        self.read(reading)

    def table(
        self,
        draw: Callable[..., Any],
        frame: pd.DataFrame,
        *,
        reading: Reading,
        data: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Draw and show a table, then say what it shows; as `figure`, with functions of `show.tables`."""
        self._tables += 1
        title = f"Table {self._tables}. {reading.title}"
        notes = [note for note in (reading.caption, *reading.notes) if note]
        drawn = draw(
            frame,
            title=title,
            name=reading.name,
            notes=notes,
            synthetic=self.synthetic,
            **{**reading.options, **options},
        )
        display.show_table(drawn.as_raw_html(), title, reading.name, title, shareable=False, data=data)
        self.read(reading)

    def read(self, reading: Reading) -> None:
        """Print a reading's sentences and keep its numbers."""
        if reading.text:
            self.say(reading.text)
        for number in reading.numbers:
            self.numbers.keep(number)
            if number.claim:
                self.claimed[number.claim] = number

    def say(self, text: str, *, shareable: bool = False) -> None:
        """Print sentences as Markdown."""
        display.show_text(text, shareable=shareable)

    def opening(self) -> None:
        """Say whose data this is, who is in it, and for how long they were followed."""
        self.say(opening.whose_data(self.cohort), shareable=True)
        self.say(opening.who(self.cohort, self.endpoint("follow_up"), self.confidence))
        if "opening" in self.cohort.card.text:
            self.say(self.cohort.card.text["opening"])

    def decisions(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Show the decision log: choice, alternatives, and what they do to the headline number."""
        frame = pd.DataFrame(list(rows), columns=["Choice made here", "Alternative", "Effect"])
        self.table(tables.table, frame, reading=Reading("decisions", "Decision log"))

    def agreement(self, found: Agreement, reading: Reading) -> None:
        """Show recorded against derived responses and who differs; only words when nothing was recorded."""
        if found.compared.empty:
            self.read(reading)
            return
        self.table(tables.crosstab, found.cross_table, corner="Recorded, by derived", reading=reading)
        differ = Reading("disagreements", "Patients in whom recorded and derived response differ")
        self.table(tables.listing, found.disagreements, reading=differ)

    def claims(self) -> None:
        """Show the published numbers of this notebook beside those computed here."""
        found = compare(self.cohort, self.name[:2])
        reading = published.reading(found, self.cohort)
        if found.empty:
            return self.read(reading)
        shown = found.drop(columns=["notebook", "note"]).merge(claims()[["id", "unit"]], on="id")
        score = provenance.tell_claims(self, found)["data"]
        self.table(tables.claims_table, shown, reading=reading, data=score)

    def close(self) -> None:
        """Show the card's limits, parameters, data, criteria and versions, and write what was kept."""
        if "limits" in self.cohort.card.text:
            self.say(self.cohort.card.text["limits"])
        parameters = provenance.parameter_table(self.parameters, self.cohort.card)
        drawn = tables.parameters_table(parameters, title="Parameters of this run")
        display.show_table(
            drawn.as_raw_html(), "Parameters", "parameters", "Parameters of this run", shareable=True
        )
        used = provenance.provenance_table(self.cohort, self._used)
        drawn = tables.table(
            used, title=provenance.TITLE, name="provenance", stub="what", labels={"what": "", "which": ""}
        )
        display.show_table(
            drawn.as_raw_html(), provenance.TITLE, "provenance", provenance.TITLE, shareable=True
        )
        self.numbers.write(self.out / "results" / f"{self.name[:2]}.csv")
        if self.name.startswith("01"):
            for large in ("everything", "evidence"):  # make room for the same again, with reasons
                self.__dict__.pop(large, None)
            write_adjudication(
                self.cohort, self.out, hematologic_criteria=self.hematologic_criteria, confirm=self.confirm
            )
