"""The tables and the figure of a shared report. From the data come only numbers, and names searched first."""

import base64
import io
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

import pandas as pd

from amyloid.press.disclosure.curves import Point
from amyloid.press.disclosure.formats import bare_picture
from amyloid.press.disclosure.release import ALL, GROUPS, ROUNDING, age_text, quartiles, round_count
from amyloid.press.report.layout import STAMPS
from amyloid.press.share import WORDS
from amyloid.press.share.counts import DEATH, DRUG, OTHERS, RESPONSE, Counted
from amyloid.stats import cox, fisher, logrank, proportion, proportion_difference

HIDDEN = "hidden"
_LOOKS = (("#0b5a73", "o"), ("#b3541e", "s"), ("#4b7d2d", "^"), ("#6f4a8e", "D"))
_APART_MONTHS = 0.4
"""Between two groups' points of one month, so that both intervals can be seen."""
BANDS = (0.001, 0.01, 0.05, 0.2)
"""Where a p value that comes from single times is cut."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One table: its key (also its file name), caption, header, rows of text, and notes."""

    key: str
    caption: str
    header: Row
    rows: Sequence[Row]
    notes: Sequence[str]

    @property
    def hidden(self) -> int:
        """How many of its lines hide a number."""
        return sum(any(HIDDEN in cell for cell in row) for row in self.rows)


def block(
    key: str, rows: Iterable[Row], counted: Counted, names: Sequence[str] = (), **values: object
) -> Block:
    """Return a table with its words, into which the release's rules and other values are filled.

    Names of groups head its last columns.
    """
    words, release = WORDS["blocks"][key], counted.release
    values |= {"least": release.least, "min_cell": release.min_cell, "rounding": ROUNDING}
    values["confidence"] = f"{100 * counted.confidence:g}"
    header = (*(cell.format(**values) for cell in words["header"]), *names)
    notes = [WORDS["notes"][note].format(**values) for note in words["notes"]]
    return Block(key, words["caption"], header, list(rows), notes)


def blocks(counted: Counted) -> list[Block]:
    """Return every table of the shared report that is not divided by group."""
    ends = WORDS["endpoints"].items()
    rows = {
        "patients": _counts(counted, "patients"),
        "drugs": _counts(counted, "drugs"),
        "quartiles": _quartiles(counted),
        "responses": _counts(counted, "responses"),
        "time_to_event": (row for end, words in ends for row in point_rows(counted, end, ALL, words)),
    }
    found = [block(key, lines, counted) for key, lines in rows.items()]
    return [each for each in found if each.rows]


def text(count: int | None) -> str:
    """Return a count as it is printed."""
    return HIDDEN if count is None else str(count)


def percent(count: int | None, total: int | None) -> str:
    """Return a whole percentage of two counts as they are printed."""
    return HIDDEN if count is None or not total else f"{min(100 * count / total, 100):.0f}"


def _counts(counted: Counted, key: str) -> Iterator[Row]:
    """Yield counts and percentages of several one-way tables under each other."""
    release, total = counted.release, round_count(counted.release.n)
    for title, values in counted.tables[key].items():
        words = title.removeprefix(DRUG)
        for row in values.cat.categories:
            count = release.shown(title, row)
            yield (words, row, text(count), percent(count, total))
        yield (words, "Total", str(total), "100")


def _quartiles(counted: Counted) -> Iterator[Row]:
    """Yield age, follow-up and baseline values as quartiles; no minimum, no maximum."""
    release = counted.release
    ages = quartiles(counted.frames["patients"]["age"].astype(float), release.min_cell)
    follow_up = quartiles(counted.followed("follow_up")["months"], release.min_cell)
    yield ("Age, years", "every patient", "", *quartile_texts(ages, age_text))
    yield ("Follow-up, months", "every patient", "", *quartile_texts(follow_up))
    for title, found in counted.quartiles.items():
        counts = [text(release.shown(title, row)) for row in ("measured", "not measured")]
        yield (title, *counts, *quartile_texts(found))


def quartile_texts(found: Iterable[float | None], form: Callable[[float], str] = "{:g}".format) -> list[str]:
    """Return quartiles as they are printed."""
    return [HIDDEN if value is None else form(value) for value in found]


def point_rows(counted: Counted, endpoint: str, column: str, words: str) -> Iterator[Row]:
    """Yield the lines of one curve."""
    points = counted.points(endpoint, column)
    if not points:
        yield (words, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
        return
    yield (words, "0", "", "100", "")
    for point in points:
        at_risk = counted.release.shown(*point.at_risk)
        limits = _limits(counted, point)
        interval = f"{limits[0]:.0f} to {limits[1]:.0f}" if limits else HIDDEN
        yield (words, f"{point.month:g}", text(at_risk), f"{100 * point.share:.0f}", interval)


def _limits(counted: Counted, point: Point) -> tuple[float, float] | None:
    """Return the limits of a point in percent, from the printed numbers alone: they say nothing new."""
    at_risk = counted.release.shown(*point.at_risk)
    if at_risk is None or not point.share:
        return None
    size = round(at_risk / point.share)
    successes = math.floor(size * point.share)
    limits = proportion(successes, size, "wilson", confidence=counted.confidence).iloc[0]
    return 100 * float(limits["lower"]), 100 * float(limits["upper"])


def comparison(counted: Counted) -> list[Block]:
    """Return the tables that hold the groups side by side; none without groups."""
    if counted.groups is None:
        return []
    names = counted.names
    bases = {name: counted.release.printed[GROUPS, name, ALL].base for name in names}
    told = ", ".join(f"{name} to {base}" for name, base in bases.items() if base) or "all are hidden"
    points = [row for name in names for row in point_rows(counted, "overall_survival", name, name)]
    return [
        block("groups", _side_by_side(counted), counted, names, column=counted.column, told=told),
        block("effects", _effects(counted), counted),
        block("survival_by_group", points, counted),
    ]


def _side_by_side(counted: Counted) -> Iterator[Row]:
    release = counted.release
    sizes = {name: release.shown(GROUPS, name) for name in counted.names}
    yield ("Patients", "", *map(text, sizes.values()))
    ages = counted.frames["patients"]["age"].astype(float)
    found = [quartiles(ages[counted.groups == name], release.min_cell) for name in sizes]
    columns = zip(*(quartile_texts(each, age_text) for each in found), strict=True)
    for level, cells in zip(("lower quartile", "median", "upper quartile"), columns, strict=True):
        yield ("Age, years", level, *cells)
    for title, values in counted.tables["groups"].items():
        for level in values.cat.categories:
            shown = [(release.shown(title, level, name), size) for name, size in sizes.items()]
            yield (title, level, *(_with_percent(count, size) for count, size in shown))


def _with_percent(count: int | None, size: int | None) -> str:
    share = percent(count, size)
    return text(count) if share == HIDDEN else f"{count} ({share} %)"


def _effects(counted: Counted) -> Iterator[Row]:
    """Yield each group against the first: response, and death over the follow-up."""
    release = counted.release
    reference, *others = [name for name in counted.names if name != OTHERS]
    for name in others:
        if RESPONSE in counted.tables["groups"]:
            yield _responses(counted, name, reference)
        rows = counted.followed("overall_survival")
        rows = rows[rows["group"].isin([name, reference])]
        rows = rows.assign(other=(rows["group"] == name).astype(float))
        pair = [release.shown(DEATH, "yes", group) for group in (name, reference)]
        deaths = [count for count in pair if count]
        ratio, p = (HIDDEN, HIDDEN), HIDDEN
        if len(deaths) == len(pair):
            ratio = _hazard(rows, deaths, counted.confidence)
            p = band(float(logrank(rows["months"], rows["event"], rows["group"])["p"].iloc[0]))
        yield ("Death, hazard ratio", name, reference, *ratio, "")
        yield ("Death, log-rank test", name, reference, "", "", p)


def _responses(counted: Counted, name: str, reference: str) -> Row:
    release, confidence = counted.release, counted.confidence
    words = ("Hematologic response, all patients, percentage points", name, reference)
    pairs = []
    for group in (name, reference):
        count, size = release.shown(RESPONSE, "response", group), release.shown(GROUPS, group)
        if count is None or size is None:
            return (*words, HIDDEN, HIDDEN, HIDDEN)
        pairs.append((min(count, size), size))
    found = proportion_difference(*pairs[0], *pairs[1], confidence=confidence).iloc[0]
    p = fisher([[yes, size - yes] for yes, size in pairs])["p"].iloc[0]
    limits = f"{100 * found['lower']:.0f} to {100 * found['upper']:.0f}"
    return (*words, f"{100 * found['estimate']:.0f}", limits, f"{p:.2g}")


def _hazard(rows: pd.DataFrame, deaths: list[int], confidence: float) -> tuple[str, str]:
    """Return hazard ratio and interval; the interval is that of the rounded numbers of deaths."""
    ratio = round(float(cox(rows, "months", "event", ["other"])["hazard_ratio"].iloc[0]), 1)
    if not ratio or math.isnan(ratio):
        return HIDDEN, HIDDEN
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(sum(1 / each for each in deaths))
    low, high = (ratio * math.exp(sign * reach) for sign in (-1, 1))
    return f"{ratio:.1f}", f"{low:.1f} to {high:.1f}"


def band(p: float) -> str:
    """Return the range that a p value lies in."""
    between = (f"{low} to {high}" for low, high in pairwise(BANDS))
    words = [f"below {BANDS[0]}", *between, f"above {BANDS[-1]}"]
    return HIDDEN if math.isnan(p) else words[bisect_right(BANDS, p)]


@dataclass(frozen=True)
class Picture:
    """A figure: its file's name, the table that it stands above, what is drawn, and its words."""

    name: str
    block: str
    png: bytes
    alt: str
    caption: str

    @property
    def base64(self) -> str:
        """What is drawn, as it stands in the page."""
        return base64.b64encode(self.png).decode()


def pictures(counted: Counted) -> list[Picture]:
    """Return overall survival, whole and by group; none where no point may be shown."""
    found: list[Picture] = []
    wanted = {"overall_survival": ("time_to_event", [ALL])}
    wanted["survival_by_group"] = ("survival_by_group", counted.names)
    for name, (key, columns) in wanted.items():
        shown = {
            column: points for column in columns if (points := counted.points("overall_survival", column))
        }
        if shown:
            caption = WORDS["caption"].format(number=len(found) + 1, stamp=STAMPS["aggregates"])
            found.append(Picture(name, key, _draw(counted, shown), _words(shown), caption))
    return found


def _draw(counted: Counted, curves: Mapping[str, Sequence[Point]]) -> bytes:
    """Draw survival as the points that may be shown, and no line between them; a PNG without metadata."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**mpl.rcParamsDefault, "font.family": "DejaVu Sans", "text.parse_math": False}):
        figure = Figure(figsize=(6.2, 3.6))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.14, 0.87, 0.82))
        axes.plot([0], [100], "o", color="#333333", markersize=5, label="_start")
        for number, (name, points) in enumerate(curves.items()):
            color, marker = _LOOKS[number % len(_LOOKS)]
            months = [point.month + _APART_MONTHS * number for point in points]
            for month, point in zip(months, points, strict=True):
                if limits := _limits(counted, point):
                    axes.vlines(month, *limits, color=color, alpha=0.5)
            shares = [100 * point.share for point in points]
            axes.plot(months, shares, marker, color=color, markersize=6, label=name)
        ticks = {point.month for points in curves.values() for point in points}
        axes.set(xlabel="Months from the first dose", ylabel="Alive, %", ylim=(0, 103), xlim=(-1, None))
        axes.set_xticks([0, *sorted(ticks)])
        axes.spines[["top", "right"]].set_visible(False)
        if set(curves) != {ALL}:
            axes.legend(frameon=False, loc="lower left")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
    return bare_picture(buffer.getvalue())


def _words(curves: Mapping[str, Sequence[Point]]) -> str:
    """Return the alternative text of the picture, from the numbers that it shows."""
    said = []
    for name, points in curves.items():
        shares = ", ".join(f"{100 * point.share:.0f} % at month {point.month:g}" for point in points)
        said.append(f"{name}: {shares}" if name else shares)
    return f"{WORDS['endpoints']['overall_survival']} as points: {'; '.join(said)}."
