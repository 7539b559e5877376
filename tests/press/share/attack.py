"""A reader who knows how many patients there are, and solves all that a shared file prints together.

Written apart from the program: it reads the finished CSV files and the page's notes, and bounds every hidden
number by integer programs of its own. What it knows: n; a number is rounded to the nearest 5, sizes of groups
further, as the page says; nothing below a least count is shown; every patient stands in one row of each
table; tables of the same patients add up; the rules for points of curves.
"""

import csv
import io
import re

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

RESPONDED = {"CR", "VGPR", "PR"}


class Attack:
    """The unknown counts of one shared file, and what is known of them."""

    def __init__(self, contents, n, min_cell=11, least=13):
        self.n, self.contents, self.min_cell, self.least = n, contents, min_cell, least
        self.names, self.lines, self.hidden = {}, [], []
        self.read()

    def var(self, *name):
        return self.names.setdefault(name, len(self.names))

    def line(self, parts, low, high):
        self.lines.append((dict(parts), low, high))

    def rows(self, table):
        body = self.contents.get(f"tables/{table}.csv")
        return list(csv.reader(io.StringIO(body.decode())))[1:] if body else []

    def seen(self, name, text, base=5):
        """Note a printed count: a range, or that it is hidden."""
        place = self.var(*name)
        if text == "hidden":
            self.hidden.append(name)
            return
        number = int(text.split()[0])
        low = number - base // 2
        self.line({place: 1}, max(low, self.least), low + base - 1)

    def read(self):
        tables = {}
        for table in ("patients", "drugs", "responses"):
            for words, level, count, _ in self.rows(table):
                if level != "Total":
                    self.seen((words, level), count)
                    tables.setdefault(words, []).append(level)
        for words, known, missing, *quartiles in self.rows("quartiles"):
            if missing:
                self.seen((words, "measured"), known)
                self.seen((words, "missing"), missing)
                tables[words] = ["measured", "missing"]
                if any(text != "hidden" for text in quartiles):
                    self.line({self.var(words, "measured"): 1}, 2 * self.min_cell, self.n)
        for words, levels in tables.items():
            self.line({self.var(words, level): 1 for level in levels}, self.n, self.n)
        self.tables = tables
        self.read_groups()
        self.read_curves()
        self.know_organs()

    def read_groups(self):
        body = self.contents.get("tables/groups.csv")
        self.groups = body.decode().splitlines()[0].split(",")[2:] if body else []
        if not self.groups:
            return
        page = self.contents["index.html"].decode()
        told = re.search(r"Sizes of groups are rounded further: ([^<]*?)\.<", page)[1]
        bases = {name: int(base) for name, base in re.findall(r"([^,]+?) to (\d+)", told.replace(", ", ","))}
        for words, level, *counts in self.rows("groups"):
            if words == "Patients":
                for group, text in zip(self.groups, counts, strict=True):
                    self.seen(("size", group), text, bases.get(group, 5))
                self.line({self.var("size", group): 1 for group in self.groups}, self.n, self.n)
            elif words != "Age, years":
                for group, text in zip(self.groups, counts, strict=True):
                    self.seen((words, level, group), text)
                self.add_up(words, level)
        for words in {words for words, *_ in self.rows("groups")} - {"Patients", "Age, years"}:
            levels = [level for title, level, *_ in self.rows("groups") if title == words]
            for group in self.groups:
                inner = {self.var(words, level, group): 1 for level in levels}
                self.line({**inner, self.var("size", group): -1}, 0, 0)

    def whole(self, words, level):
        """Return the cells of the undivided tables that hold the same patients."""
        if words != "Hematologic response":
            return [(words, level)]
        (title,) = [table for table in self.tables if table.startswith("Best hematologic")]
        inside = {"response": RESPONDED, "NE": {"NE"}}
        chosen = inside.get(level, set(self.tables[title]) - RESPONDED - {"NE"})
        return [(title, grade) for grade in self.tables[title] if grade in chosen]

    def add_up(self, words, level):
        parts = {self.var(words, level, group): 1 for group in self.groups}
        whole = {self.var(*name): -1 for name in self.whole(words, level)}
        self.line({**parts, **whole}, 0, 0)

    def read_curves(self):
        blocks = {}
        for words, month, at_risk, share, _ in self.rows("time_to_event"):
            if month not in ("0", "hidden"):
                blocks.setdefault((words, None), []).append((month, at_risk, int(share) / 100))
        for group, month, at_risk, share, _ in self.rows("survival_by_group"):
            if month not in ("0", "hidden"):
                blocks.setdefault(("Overall survival", group), []).append((month, at_risk, int(share) / 100))
        for (words, group), points in blocks.items():
            self.read_curve(words, group, points)

    def read_curve(self, words, group, points):
        """Events and ends of follow-up between the points, and the product that a share is."""
        entered = self.var("entered", words, group)
        whole = {self.var("size", group): 1} if group else {}
        self.line({**whole, entered: -1} if whole else {entered: 1}, 0, self.n)
        half, before, last = 2.5 / (5 * round(self.n / 5)) + 0.005, (1.0, 1.0), entered
        if group:
            half = 0.11
        if words == "Duration of response":
            (title,) = [table for table in self.tables if table.startswith("Best hematologic")]
            half = 0.06
            grades = [grade for grade in self.tables[title] if grade in RESPONDED]
            self.line({**{self.var(title, grade): 1 for grade in grades}, entered: -1}, 0, 0)
        deaths = []
        for month, text, share in points:
            at_risk = self.var("at risk", words, month, group)
            events = self.var("events", words, month, group)
            self.seen(("at risk", words, month, group), text)
            self.line({events: 1}, self.min_cell, self.n)
            self.line({last: 1, at_risk: -1}, 0, self.n)
            self.line({last: 1, at_risk: -1, events: -1}, -3, self.n)  # some may die on the day itself
            now = (share - half, min(share + half, 1.0))
            most, least = min(1.0, now[1] / max(before[0], 0.01)), now[0] / before[1]
            self.line({events: 1, at_risk: -(1 - most)}, 0, np.inf)
            self.line({events: 1, last: -(1 - least)}, -np.inf, 0)
            deaths.append(events)
            before, last = now, at_risk
        if words == "Overall survival":
            died = (
                ("Death during follow-up", "yes")
                if group is None
                else ("Death during follow-up", "yes", group)
            )
            self.line({self.var(*died): 1, **dict.fromkeys(deaths, -1)}, 0, self.n)
            self.line({self.var(*died): 1, **dict.fromkeys(deaths, -1), last: -1}, -np.inf, 0)

    def know_organs(self):
        for response, organ in (("cardiac", "Heart"), ("renal", "Kidney")):
            for table in self.tables:
                if table.startswith(f"Best {response} response"):
                    spared = {self.var(table, "NE"): 1, self.var(f"{organ} involved", "no"): -1}
                    self.line(spared, 0, self.n)

    def ranges(self):
        """Return the smallest and largest count of every hidden cell that fits everything."""
        matrix = lil_array((len(self.lines), len(self.names)))
        for row, (parts, _, _) in enumerate(self.lines):
            for place, weight in parts.items():
                matrix[row, place] = weight
        limits = LinearConstraint(
            matrix.tocsr(), [low for _, low, _ in self.lines], [high for *_, high in self.lines]
        )
        found = {}
        for name in self.hidden:
            aim = np.zeros(len(self.names))
            aim[self.names[name]] = 1
            ends = []
            for sign in (1, -1):
                answer = milp(
                    sign * aim, constraints=limits, bounds=Bounds(0, self.n), integrality=np.ones(len(aim))
                )
                assert answer.status == 0, (name, answer.message)
                ends.append(round(sign * answer.fun))
            found[name] = tuple(ends)
        return found


def too_narrow(contents, n, min_cell=11, least=13):
    """Return the hidden cells that can be told to within fewer than `min_cell` patients, and how many are."""
    found = Attack(contents, n, min_cell, least).ranges()
    return {name: ends for name, ends in found.items() if ends[1] - ends[0] < min_cell}, len(found)
