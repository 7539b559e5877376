"""A study of a cohort that is made in a test."""

from unittest import mock

from amyloid.cohort import Cohort
from amyloid.questions import Study
from amyloid.questions.parameters import defaults


def study_of(cohort: Cohort, notebook: str = "02_response", **parameters: object) -> Study:
    values = {"cohort_dir": "a cohort", "out_dir": "out", **defaults(), **parameters}
    with mock.patch("amyloid.questions.study.read_cohort", return_value=cohort):
        return Study(notebook, values)
