# ruff: noqa: E501 -- one course per line reads best
"""Where the next line begins: said, by number, by drugs, by a transplant; both sides of every limit."""

import numpy as np
import pytest
from courses import cohort_of, patient

from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.lines import lines_of

DAY = 1 / 30.4375


@pytest.mark.parametrize(
    ("traits", "course", "month"),
    [
        ("", "0: kappa=10", None),
        ("", "3: !next_treatment", 3),
        ("", "-1: !next_treatment", None),
        ("drug=bortezomib:0:4 drug=daratumumab:5:", "", 5),
        ("drug=bortezomib:0:5 drug=daratumumab:5:", "", 5),  # on the day on which the other stops
        ("drug=bortezomib:0:5.1 drug=daratumumab:5:", "", None),
        ("drug=bortezomib:0: drug=daratumumab:5:", "", None),
        ("drug=bortezomib:0:4 drug=daratumumab:5:6 drug=bortezomib:8:9", "", None),  # given again after its start
        ("drug=bortezomib:0:4 drug=daratumumab:5: drug=bortezomib:5:5", "", None),
        (f"drug=bortezomib:0:0.5 drug=daratumumab:{30 * DAY}:", "", None),  # begun in the first 30 days
        (f"drug=bortezomib:0:0.5 drug=daratumumab:{31 * DAY}:", "", 31 * DAY),
        ("drug=bortezomib:0:4 drug=Dexamethasone:5:", "", None),
        ("drug=bortezomib:0:4 drug=prednisolone:5: drug=lenalidomide:7:", "", 7),
        ("drug=Bortezomib:0:4 drug=bortezomib:6:8", "", None),  # one drug, spelled twice
        ("drug=daratumumab:5:", "", None),  # nothing begun in the first 30 days
        ("drug=bortezomib:0:4 drug=daratumumab:5:", "3: !next_treatment", 3),
        ("drug=bortezomib:0:4:1 drug=daratumumab:5::1", "", None),  # maintenance of line 1
        ("drug=bortezomib:0::1 drug=daratumumab:5::2", "", 5),
        ("drug=bortezomib:0::1 drug=daratumumab:5::2", "3: !next_treatment", 3),
        ("drug=bortezomib:0:4:1 drug=daratumumab:5:", "", None),  # where line is filled it alone decides
        ("", f"{30 * DAY}: !stem_cell_transplant", None),
        ("", f"{31 * DAY}: !stem_cell_transplant", 31 * DAY),
        ("", "-2: !stem_cell_transplant", None),
        ("", "4: !stem_cell_transplant=Planned", None),
        ("", "4: !stem_cell_transplant=unplanned", 4),
        ("", "4: !stem_cell_transplant=1", None),  # line 1
        ("", "0.5: !stem_cell_transplant=2", 0.5),  # line 2
        (f"drug=bortezomib:0:3 drug=melphalan:{4 - 7 * DAY}:{4 - 6 * DAY}", "4: !stem_cell_transplant=planned", None),
        (f"drug=bortezomib:0:3 drug=melphalan:{4 - 8 * DAY}:{4 - 6 * DAY}", "4: !stem_cell_transplant=planned", 4 - 8 * DAY),
        (f"drug=bortezomib:0:3 drug=melphalan:{4 - 2 * DAY}:{4 - 2 * DAY}", "4: !stem_cell_transplant", 4 - 2 * DAY),
    ],
)  # fmt: skip
def test_next_line(traits, course, month):
    found = lines_of(cohort_of([patient("P1", course, traits), patient("P2", "")])).next
    assert found[0] == (np.inf if month is None else pytest.approx(month))
    assert found[1] == np.inf


@pytest.mark.parametrize("table", ["treatments", "events"])
@pytest.mark.parametrize(("line", "refused"), [("1.5", True), ("0", True), ("1.0", False), ("2", False)])
def test_a_line_is_a_whole_number(folder, table, line, refused):
    header, *rows = folder.read(table)
    lines = [line if row == 1 else "" for row in range(len(rows))]
    folder.write(table, [[*header, "line"], *([*row, line] for row, line in zip(rows, lines, strict=True))])
    if not refused:
        assert getattr(read_cohort(folder.path), table)["line"][1] == float(line)
        return
    with pytest.raises(CohortError, match=f"'{line}' cannot be true for line; expected"):
        read_cohort(folder.path)
