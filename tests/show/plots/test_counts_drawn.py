"""Figures that draw counts and shares."""

from collections.abc import Callable
from itertools import combinations as combinations_of

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from amyloid.questions.description import dose_shares
from amyloid.show import plots
from amyloid.show.plots.cohort import combinations
from amyloid.show.plots.grades import grade_counts

Frames = dict[str, Callable[..., pd.DataFrame]]


def test_dose_shares_add_up_to_those_followed(frames: Frames) -> None:
    shares = dose_shares(frames["treatments"](43), frames["follow_up"](43))
    total = shares.groupby("month")["patients"].sum()
    np.testing.assert_array_equal(total, shares.drop_duplicates("month")["followed"])


def test_a_month_belongs_to_the_dose_of_most_of_it() -> None:
    doses = pd.DataFrame(
        {
            "patient_id": ["a"] * 3,
            "drug": ["lenalidomide"] * 3,
            "start_month": [0.0, 1.3, 3.0],
            "end_month": [1.3, 2.0, np.nan],
            "dose_mg": [15.0, 10.0, 5.0],
        }
    )
    shares = dose_shares(doses, pd.DataFrame({"patient_id": ["a", "b"], "months": [4.2, 1.0]}))
    on = shares[(shares["patients"] > 0) & (shares["dose"] != "off drug")]
    assert list(zip(on["month"], on["dose"], strict=True)) == [
        (0, "15 mg"),
        (1, "10 mg"),
        (3, "5 mg"),
        (4, "5 mg"),
    ]
    assert shares.loc[shares["month"] == 0, "followed"].unique().tolist() == [2]


def test_doses_of_many_are_the_sum_of_each_alone() -> None:
    rng = np.random.default_rng(6)
    ids = [f"p{n}" for n in range(30)]
    start = np.round(rng.uniform(-1, 9, 120), 1)
    doses = pd.DataFrame({"patient_id": rng.choice(ids, 120), "drug": "lenalidomide", "start_month": start})
    doses["end_month"] = np.where(rng.random(120) < 0.1, np.nan, start + np.round(rng.uniform(0, 3, 120), 1))
    doses["dose_mg"] = rng.choice([5.0, 10.0, 15.0, np.nan], 120)
    lengths = pd.DataFrame({"patient_id": ids, "months": np.round(rng.uniform(0, 14, 30), 1)})
    together = dose_shares(doses, lengths)
    taken = together[together["dose"] != "off drug"].set_index(["month", "dose"])["patients"]
    alone = [dose_shares(doses, lengths[lengths["patient_id"] == name]) for name in ids]
    each = pd.concat([part[part["dose"] != "off drug"] for part in alone if len(part)])
    summed = each.groupby(["month", "dose"])["patients"].sum()
    pd.testing.assert_series_equal(taken[taken > 0].sort_index(), summed[summed > 0], check_names=False)


def test_names_of_doses_keep_apart() -> None:
    thick = {0: (0.9, 0.1), 1: (0.4, 0.5), 2: (0.4, 0.5), 3: (0.35, 0.5), 4: (0.3, 0.5)}
    rows = [(m, f"{d} mg", float(d), int(100 * share), 100)
            for m, shares in thick.items() for d, share in zip((15, 10), shares, strict=True)]  # fmt: skip
    rows += [(m, "off drug", 0.0, 100 - sum(r[3] for r in rows if r[0] == m), 100) for m in thick]
    columns = ["month", "dose", "dose_mg", "patients", "followed"]
    panel = plots.dose_over_time(pd.DataFrame(rows, columns=columns).sort_values("month"))
    panel.draw_without_rendering()
    boxes = [text.get_window_extent() for text in panel.axes[0].texts]
    assert not any(one.overlaps(other) for one, other in combinations_of(boxes, 2))


def test_stacked_doses_reach_one_hundred_percent(frames: Frames) -> None:
    shares = dose_shares(frames["treatments"](43), frames["follow_up"](43))
    panel = plots.dose_over_time(shares, few=1)
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in panel.axes[0].collections]
    assert tops[-1] == 1.0
    assert {text.get_text() for text in panel.axes[0].texts} == set(shares["dose"])


def test_criteria_columns_stack_every_patient_once() -> None:
    rows = [
        ("a", "x", "CR"),
        ("b", "x", "NR"),
        ("c", "x", "NE"),
        ("a", "y", "CR"),
        ("b", "y", "PR"),
        ("c", "y", "NE"),
    ]
    frame = pd.DataFrame(rows, columns=["patient_id", "criteria", "category"])
    panel = plots.criteria_grid(frame, names={"x": "First set"})
    boxes = [patch for patch in panel.axes[0].patches if isinstance(patch, Rectangle)]
    assert [box.get_height() for box in boxes] == [1.0] * 6
    assert [label.get_text() for label in panel.axes[0].get_xticklabels()] == ["First set", "y"]
    assert len(panel.axes[0].collections) == 3, "one ribbon per move"
    counts = grade_counts(frame, ["x", "y"]).set_index(["criteria", "category"])["n"]
    assert counts["x", "PR"] == 0
    assert counts["y", "PR"] == 1
    assert "x: CR 1, NR 1, NE 1; y: CR 1, PR 1, NE 1" in panel.alt


def test_upset_counts_combinations_and_leaves_out_the_unknown() -> None:
    frame = pd.DataFrame(
        {
            "heart": pd.array([True, True, False, None], dtype="boolean"),
            "kidney": pd.array([True, True, True, True], dtype="boolean"),
            "lung": pd.array([False] * 4, dtype="boolean"),
        }
    )
    assert combinations(frame.dropna().astype(bool))["n"].tolist() == [2, 1]
    panel = plots.upset(frame)
    assert [bar.get_height() for bar in panel.axes[1].patches] == [2, 1]
    said = next(text.get_text() for text in panel.texts if text.get_gid() == "footer")
    assert said == "3 patients. In nobody: lung. 1 with an organ not recorded are left out."
    assert "By organ: kidney 3, heart 2." in panel.alt


def test_availability_maps_each_patient_and_merges_equal_rows() -> None:
    rows = [(p, "renal_response", key, "NE" if p == "b" else "CR") for p in "abc" for key in ("x", "y")]
    rows += [(p, "cardiac_stage", "z", "NE") for p in "abc"]
    rows += [(p, "renal_response", "w", "CR") for p in "abc"]
    panel = plots.availability(pd.DataFrame(rows, columns=["patient_id", "domain", "criteria", "category"]))
    grids = [mesh.get_array().astype(bool).tolist() for mesh in panel.axes[0].collections]
    assert grids == [[[True, True, False]], [[True, True, True]], [[False, False, False]]]
    said = [text.get_text() for text in panel.axes[0].texts]
    assert said == ["2 of 3", "3 of 3", "0 of 3", "Renal", "Cardiac"]
    labels = [label.get_text() for label in panel.axes[0].get_yticklabels()]
    assert labels == ["Renal response: x, y", "Renal response: w", "Cardiac stage: z"]
    assert panel.plotted["judged"].tolist() == [2, 3, 0]


def test_words_of_organs_and_versions_stand_in_place_of_keys() -> None:
    frame = pd.DataFrame({"patient_id": ["a"], "domain": "x", "criteria": "y", "category": "CR"})
    panel = plots.availability(frame.assign(organ="Kidney", question="Response", version="Gertz 2005"))
    assert panel.alt.endswith("Response: Gertz 2005 1 of 1.")
    assert "Kidney" in [text.get_text() for text in panel.axes[0].texts]


def test_mosaic_tiles_have_the_shares_for_heights() -> None:
    rows = [("CR", "response", 5), ("CR", "no response", 2), ("PR", "response", 0), ("PR", "no response", 7)]
    rows += [("NR", "no response", 4)]
    panel = plots.mosaic(pd.DataFrame(rows, columns=["across", "up", "n"]), x_label="x", y_label="y")
    heights = [patch.get_height() for patch in panel.axes[0].patches]
    np.testing.assert_allclose(heights, [5 / 7, 2 / 7, 0, 1])
    np.testing.assert_allclose([patch.get_width() for patch in panel.axes[0].patches], 0.5)
    footer = " ".join(text.get_text() for text in panel.texts).replace("\u00a0", " ")
    assert "Not drawn, fewer than 5 patients: NR (n = 4)." in footer


def test_flow_keeps_a_reason_with_nobody() -> None:
    rows = [
        (0, "Treated", 43, "main"),
        (0, "died early", 10, "reason"),
        (0, "nothing measurable", 0, "reason"),
        (1, "Evaluable", 33, "main"),
    ]
    panel = plots.flow(pd.DataFrame(rows, columns=["level", "text", "n", "kind"]))
    texts = [text.get_text().replace("\u00a0", " ") for text in panel.axes[0].texts if text.get_text()]
    assert texts == [
        "Treated\n(n = 43)",
        "Excluded (n = 10)\n• died early (n = 10)\n• nothing measurable (n = 0)",
        "Evaluable\n(n = 33)",
    ]
    assert "excluded 10: died early (n = 10), nothing measurable (n = 0)" in panel.alt


def test_grades_are_stacked_and_points_with_limits_stand_at_the_estimates(frames: Frames) -> None:
    rates = frames["rates"](43)
    panel = plots.response_bars(rates)
    bars, points = panel.axes
    rest, parts = bars.patches[:2], bars.patches[2:]
    assert [bar.get_width() for bar in rest] == [1.0, 1.0], "what is not evaluable lies below"
    own = rates[rates["denominator"] == "evaluable"]
    np.testing.assert_allclose([bar.get_width() for bar in parts[:4]], own["estimate"].iloc[:4])
    np.testing.assert_allclose([bar.get_x() for bar in parts[:4]], np.r_[0, own["estimate"].cumsum()[:3]])
    limits = [list(line.get_xdata()) for line in points.lines if line.get_gid() == "limits"]
    assert limits == rates[["lower", "upper"]].to_numpy().tolist()
    dots = [float(line.get_xdata()[0]) for line in points.lines if line.get_marker() in ("o", "s")]
    assert dots == rates["estimate"].tolist()
    assert "2/33 evaluable: 6% (1% to 20%)" in [text.get_text() for text in points.texts]


def test_all_responders_have_a_point_and_no_part_of_the_bar() -> None:
    row = {"denominator": "evaluable", "n": 10, "lower": 0.1, "upper": 0.9}
    rows = [
        row | {"category": c, "count": k, "estimate": k / 10}
        for c, k in (("PR", 4), ("CR", 6), ("CR + PR", 10))
    ]
    panel = plots.response_bars(pd.DataFrame(rows))
    assert [bar.get_width() for bar in panel.axes[0].patches] == [1.0, 0.6, 0.4]
    assert [t.get_text() for t in panel.axes[1].get_yticklabels()] == [
        "CR, complete",
        "PR, partial",
        "CR + PR",
    ]
    assert "NE, not evaluable" not in [t.get_text() for t in panel.legends[0].get_texts()]


def test_audit_marks_what_fits_and_says_what_does_not() -> None:
    frame = pd.DataFrame(
        {"label": ["24%", "24%", "90%"], "denominator": [33, 41, np.nan], "how": ["rounded", "truncated", ""]}
    )
    panel = plots.percentage_audit(frame, highlight=[33])
    assert [list(line.get_xdata()) for line in panel.axes[0].lines] == [[33], [41]]
    assert [text.get_text() for text in panel.axes[0].texts] == ["no denominator fits"]
    assert "24%: 33, 41; 90%: none" in panel.alt


def test_audit_draws_one_mark_per_pair_the_strongest() -> None:
    frame = pd.DataFrame({"label": ["24%"] * 2, "denominator": [33, 33], "how": ["truncated", "rounded"]})
    panel = plots.percentage_audit(frame)
    assert [(list(line.get_xdata()), line.get_marker()) for line in panel.axes[0].lines] == [([33], "s")]


def test_a_yes_or_no_definition_meets_a_graded_one_without_alarm() -> None:
    rows = [("a", "x", "response"), ("b", "x", "no response"), ("a", "y", "VGPR"), ("b", "y", "PR")]
    frame = pd.DataFrame(rows, columns=["patient_id", "criteria", "category"])
    panel = plots.criteria_grid(frame)
    colors = [to_hex(ribbon.get_facecolor()[0]) for ribbon in panel.axes[0].collections]
    assert sorted(colors) == ["#c0652a", "#e3e3e3"]


def test_a_narrow_column_keeps_room_for_its_words(collisions: Callable[[plots.Panel], list[str]]) -> None:
    rows = [
        ("CR", "response", 400),
        ("PR", "response", 5),
        ("MR", "no response", 6),
        ("NR", "no response", 90),
    ]
    frame = pd.DataFrame(rows, columns=["across", "up", "n"]).assign(text="1 of 2, 50% (1% to 99%)")
    panel = plots.mosaic(frame, x_label="Hematologic", y_label="Renal response")
    assert collisions(panel) == []
    assert "no column is narrower" in " ".join(text.get_text() for text in panel.texts)
