/* A second engine for the criteria of AL amyloidosis, without any library.

   It reads what `amyloid criteria --json` writes and adjudicates patients by it:

     adjudicate(kit, tables)   -> [{patient_id, domain, criteria, category, month}]
     endpoints(kit, tables)    -> [{patient_id, endpoint, months, event}]

   `tables` has patients, labs, treatments and events as lists of rows of texts, such as kit.boundary_rows.
   No threshold, window or drug stands here: all come from the kit. docs/conformance.md says the steps.
   A value is a pair of bounds, NaN where it is missing; an answer holds surely, possibly or not. */
"use strict";

// ---- values with bounds, and answers with three values

const exact = (value) => ({ low: value, high: value });
const MISSING = exact(NaN);
const isKnown = (value) => !Number.isNaN(value.low) && !Number.isNaN(value.high);
const isSingle = (value) => value.low === value.high;
const certain = (yes) => ({ surely: yes, possibly: yes });

const minus = (a, b) => ({ low: a.low - b.high, high: a.high - b.low });
const times = (a, factor) =>
  factor < 0 ? { low: a.high * factor, high: a.low * factor } : { low: a.low * factor, high: a.high * factor };

function over(a, b) {
  const below = b.low > 0 ? b.low : b.high > 0 ? 0 : NaN;
  const above = b.high > 0 ? b.high : NaN;
  return { low: a.low / (a.low >= 0 ? above : below), high: a.high / (a.high >= 0 ? below : above) };
}

function fallFrom(now, base) {
  const share = over(now, base);
  return { low: 1 - share.high, high: 1 - share.low };
}

const not = (a) => ({ surely: !a.possibly, possibly: !a.surely });
const and = (a, b) => ({ surely: a.surely && b.surely, possibly: a.possibly && b.possibly });
const or = (a, b) => ({ surely: a.surely || b.surely, possibly: a.possibly || b.possibly });
const isDecided = (a) => a.surely || !a.possibly;

// NaN compares as false, so that a missing value is neither surely above nor surely not
const above = (a, edge) => ({ surely: a.low > edge, possibly: !(a.high <= edge) });
const atLeast = (a, edge) => ({ surely: a.low >= edge, possibly: !(a.high < edge) });

// ---- what happened to one patient, and where the next line of therapy begins

const number = (text, blank) => (text === undefined || text.trim() === "" ? blank : Number(text));
const contains = (pattern, text) => new RegExp(pattern, "i").test(text);
const earliest = (months) => Math.min(Infinity, ...months);

class Course {
  constructor(settings, treatments, events) {
    this.settings = settings;
    this.events = events.map((row) => ({ ...row, month: Number(row.month) }));
    this.drugs = treatments.map((row) => ({
      name: row.drug.trim().toLowerCase(),
      start: number(row.start_month, 0),
      end: number(row.end_month, Infinity),
      line: number(row.line, NaN),
    }));
    this.readLines();
    this.readDialysis();
    this.imids = this.drugs.filter((drug) => contains(settings.imid, drug.name));
    this.barriers = this.events.filter((row) => settings.barriers.includes(row.event)).map((row) => row.month);
  }

  months(event, after = -Infinity) {
    return this.events.filter((row) => row.event === event && row.month > after).map((row) => row.month);
  }

  readLines() {
    const { first_drugs: early, same_time: same } = this.settings;
    const transplants = this.events.filter((row) => row.event === "stem_cell_transplant" && row.month > 0);
    const isOwn = (row) => {
      const line = number(row.line, NaN);
      if (!Number.isNaN(line)) return line === 1;
      return row.month <= early + same || (row.detail ?? "").trim().toLowerCase().startsWith("planned");
    };
    this.planned = transplants.filter(isOwn).map((row) => row.month);
    this.said = earliest(this.months("next_treatment", 0));
    this.transplant = earliest(transplants.filter((row) => !isOwn(row)).map((row) => row.month));
    this.found = earliest(this.opening().map((drug) => drug.start));
    this.nextLine = Math.min(this.said, this.transplant, this.found);
  }

  opening() {
    const { first_drugs: early, same_time: same } = this.settings;
    if (this.drugs.some((drug) => !Number.isNaN(drug.line))) {
      return this.drugs.filter((drug) => drug.line > 1 && drug.start > 0);
    }
    const isEarly = (drug) => drug.start >= -same && drug.start <= early + same;
    const names = new Set(this.drugs.filter(isEarly).map((drug) => drug.name));
    const own = this.drugs.filter((drug) => names.has(drug.name));
    if (own.length === 0) return [];
    const ended = Math.max(...own.map((drug) => drug.end));
    const begun = Math.max(...own.map((drug) => drug.start));
    return this.drugs.filter(
      (drug) =>
        !names.has(drug.name) && drug.start > early && !this.isSteroidAlone(drug.name) &&
        drug.start >= ended - same && drug.start > begun + same && !this.conditions(drug),
    );
  }

  isSteroidAlone(name) {
    const { steroids, beside_a_steroid: beside } = this.settings;
    const words = name.match(/\p{L}+/gu) ?? [];
    return contains(steroids, name) &&
      words.every((word) => contains(steroids, word) || contains(`^(?:${beside})$`, word));
  }

  conditions(drug) {
    const { melphalan, conditioning, same_time: same } = this.settings;
    const next = earliest(this.planned.filter((month) => month >= drug.start - same));
    return contains(melphalan, drug.name) && next - drug.start <= conditioning + 1e-6;
  }

  readDialysis() {
    const { temporary_dialysis: temporary, same_time: same } = this.settings;
    const ends = this.months("dialysis_end");
    this.dialysis = this.months("dialysis").map((start) => ({
      start,
      end: earliest(ends.filter((end) => end >= start)),
    }));
    const lasts = ({ start, end }) => !(end - start <= temporary + same) && start > same;
    this.lastingDialysis = earliest(this.dialysis.filter(lasts).map((span) => span.start));
    const failures = [this.lastingDialysis, earliest(this.months("kidney_transplant", 0))];
    this.kidneyFailures = failures.filter(Number.isFinite);
  }

  first(...events) {
    const months = events.map((event) =>
      event === "dialysis" ? this.lastingDialysis : earliest(this.months(event)));
    return Math.min(...months);
  }

  isInside(spans, month) {
    return spans.some((span) => span.start < month && month <= span.end);
  }

  /** What two days share when a value of the test may be carried from one to the other. */
  period(month, test) {
    const { same_time: same, hematologic_tests: hematologic, peptides } = this.settings;
    const marks = [month > same, month > this.nextLine + same];
    if (!hematologic.includes(test)) marks.push(this.barriers.filter((barrier) => barrier < month).length);
    if (peptides.includes(test)) marks.push(this.isInside(this.imids, month), month > this.first("lvad") + same);
    return marks.join();
  }
}

// ---- laboratory rows to days: the own values of each day, the carried ones, the baseline

const WORDS = { negative: 0, neg: 0, positive: 1, pos: 1, i: 1, ii: 2, iii: 3, iv: 4 };
const CHAINS = ["iflc", "uflc", "dflc", "flc_ratio"];
const KIDNEY = ["reported_egfr", "computed_egfr", "egfr"];
const LIGHT_CHAINS = { kappa_flc: "kappa", lambda_flc: "lambda" };

class Samples {
  constructor(kit, settings, patient, course, labs, isWorst) {
    Object.assign(this, { kit, settings, patient, course, isWorst });
    this.rows = labs.map((row) => this.read(row));
    const months = new Set([...this.rows.map((row) => row.month), ...course.kidneyFailures]);
    this.months = [...months].sort((a, b) => a - b);
    this.kept = new Map();
  }

  read({ month, test, value, unit, assay }) {
    const text = value.trim().toLowerCase(), bound = { "<": -1, ">": 1 }[text[0]] ?? 0;
    const [multiply, divide] = this.kit.accepted_units[test][unit] ?? [1, 1];
    const limit = WORDS[text] ?? (number(text.replace(/^[<>]/, ""), NaN) * multiply) / divide;
    const isUsed = !(test in LIGHT_CHAINS && assay === "n_latex");
    return { month: Number(month), test, bound, value: isUsed ? limit : NaN };
  }

  keep(key, make) {
    if (!this.kept.has(key)) this.kept.set(key, make());
    return this.kept.get(key);
  }

  /** +1 where the higher of two values is the less favorable, -1 where the lower is. */
  worseSign(test, month, isWorst) {
    const { lower_is_worse: lower, positive_counts: positive, same_time: same } = this.settings;
    let sign = lower.includes(test) ? -1 : 1;
    const chain = LIGHT_CHAINS[test];
    if (chain && this.patient.light_chain && this.patient.light_chain !== chain) sign = -1;
    return !isWorst && !positive.includes(test) && month <= same ? -sign : sign;
  }

  own(name) {
    return this.keep(`own ${name}`, () => {
      if (CHAINS.includes(name) || KIDNEY.includes(name)) return this.derived(name, (test) => this.own(test));
      const test = name.replace(/_test$/, "");
      const values = this.months.map((month) => this.valueOfDay(test, month));
      return { values, months: this.months };
    });
  }

  valueOfDay(test, month) {
    const isKidney = test === "egfr" || test === "creatinine";
    if (isKidney && this.course.isInside(this.course.dialysis, month)) return MISSING;
    const found = this.rows.filter((row) => row.month === month && row.test === test && !Number.isNaN(row.value));
    if (found.length === 0) return MISSING;
    const sign = this.worseSign(test, month, this.isWorst);
    found.sort((a, b) => sign * (a.value - b.value) || sign * (a.bound - b.bound));
    const { value, bound } = found.at(-1), { strictness } = this.settings;
    if (bound < 0) return { low: 0, high: value * (1 - strictness) };
    return bound > 0 ? { low: value * (1 + strictness), high: Infinity } : exact(value);
  }

  carried(name) {
    return this.keep(`carried ${name}`, () => {
      if (CHAINS.includes(name) || KIDNEY.includes(name)) {
        return this.derived(name, (test) => this.carried(test));
      }
      const own = this.own(name).values;
      const days = this.months.map((month, day) => (isKnown(own[day]) ? day : this.nearest(name, own, day)));
      return { values: days.map((day, at) => own[day ?? at]), months: days.map((day, at) => this.months[day ?? at]) };
    });
  }

  /** The day from which a value is carried: nearest, in reach, not across what separates; or undefined. */
  nearest(name, own, day) {
    const test = name.replace(/_test$/, "");
    const { carried, carried_otherwise: otherwise, same_time: same } = this.settings;
    const reach = (carried[test] ?? otherwise) + same;
    const period = (at) => this.course.period(this.months[at], test);
    const gap = (at) => Math.abs(this.months[at] - this.months[day]);
    const isNear = (at) => at !== undefined && period(at) === period(day) && gap(at) <= reach;
    const knownDays = [...own.keys()].filter((at) => isKnown(own[at]));
    let before = knownDays.findLast((at) => at < day), after = knownDays.find((at) => at > day);
    if (!isNear(before)) before = undefined;
    if (!isNear(after)) after = undefined;
    if (before === undefined || after === undefined) return before ?? after;
    if (Math.abs(gap(after) - gap(before)) > same) return gap(after) < gap(before) ? after : before;
    const sign = this.worseSign(test, this.months[day], false);
    return sign * own[after].high > sign * own[before].high ? after : before;
  }

  derived(name, get) {
    return KIDNEY.includes(name) ? this.kidney(name, get) : this.chains(name, get);
  }

  chains(name, get) {
    const kappa = get("kappa_flc"), lambda = get("lambda_flc"), chain = this.patient.light_chain;
    const involved = { kappa, lambda }[chain], uninvolved = { kappa: lambda, lambda: kappa }[chain];
    const latest = this.months.map((_, day) => Math.max(kappa.months[day], lambda.months[day]));
    const pairs = (make) => ({ values: this.months.map((_, day) => make(day)), months: latest });
    if (name === "flc_ratio") return pairs((day) => over(kappa.values[day], lambda.values[day]));
    if (!involved) return { values: this.months.map(() => MISSING), months: this.months };
    if (name === "iflc") return involved;
    if (name === "uflc") return uninvolved;
    return pairs((day) => minus(involved.values[day], uninvolved.values[day]));
  }

  kidney(name, get) {
    const reported = get("egfr_test");
    if (name === "reported_egfr") return reported;
    const creatinine = get("creatinine");
    const computed = creatinine.values.map((value) => ({ low: this.egfr(value.high), high: this.egfr(value.low) }));
    if (name === "computed_egfr") return { values: computed, months: creatinine.months };
    const byCreatinine = this.months.map((_, day) => this.isByCreatinine(reported.values[day], computed[day]));
    return {
      values: byCreatinine.map((yes, day) => (yes ? computed[day] : reported.values[day])),
      months: byCreatinine.map((yes, day) => (yes ? creatinine.months[day] : reported.months[day])),
    };
  }

  /** Both ends of a comparison come from one source: the reported eGFR where it has both, else creatinine. */
  isByCreatinine(reported, computed) {
    const hasReported = isSingle(reported) && isSingle(this.baseline("reported_egfr"));
    return isKnown(computed) && isKnown(this.baseline("computed_egfr")) && !hasReported;
  }

  egfr(creatinine) {
    const equation = this.settings.egfr, at = { female: 0, male: 1 }[this.patient.sex];
    if (at === undefined) return NaN;
    const relative = creatinine / equation.kappa[at];
    return equation.scale * Math.min(relative, 1) ** equation.alpha[at] *
      Math.max(relative, 1) ** equation.exponent_above *
      equation.per_year ** number(this.patient.age, NaN) * (at === 0 ? equation.female : 1);
  }

  baseline(name) {
    return this.keep(`baseline ${name}`, () => {
      if (name === "egfr") {
        const reported = this.baseline("reported_egfr"), computed = this.baseline("computed_egfr");
        return isKnown(computed) && !isSingle(reported) ? computed : reported;
      }
      const { baseline_window: window, same_time: same } = this.settings;
      const { values } = CHAINS.includes(name) ? this.carried(name) : this.own(name);
      const isBefore = (month) => month <= same && month >= -window - same;
      return values.findLast((value, day) => isBefore(this.months[day]) && isKnown(value)) ?? MISSING;
    });
  }
}

// ---- what a rule may look at: one row per day of follow-up, or one row at baseline

class Evidence {
  constructor(kit, settings, patient, course, samples, isFollowUp) {
    Object.assign(this, { kit, settings, patient, course, samples, isFollowUp });
    const after = [...samples.months.keys()].filter((day) => samples.months[day] > settings.same_time);
    this.days = isFollowUp ? after : [null];
    this.months = isFollowUp ? after.map((day) => samples.months[day]) : [0];
    this.rows = [...this.days.keys()];
    this.kept = new Map();
  }

  isOwnLine(row) {
    return this.months[row] <= this.course.nextLine + this.settings.same_time;
  }

  value(measure, name, row) {
    const { samples } = this, day = this.days[row];
    switch (measure) {
      case "now": return this.isFollowUp ? samples.carried(name).values[day] : samples.baseline(name);
      case "today": return this.isFollowUp ? samples.own(name).values[day] : samples.baseline(name);
      case "base": return this.base(name, day, (kind) => samples.carried(kind));
      case "fall": return fallFrom(this.value("now", name, row), this.value("base", name, row));
      case "rise": return times(this.value("fall", name, row), -1);
      case "today_fall":
        return fallFrom(this.value("today", name, row), this.base(name, day, (kind) => samples.own(kind)));
      case "next_fall": {
        const later = this.rows.slice(row + 1).map((next) => this.value("today_fall", name, next));
        return later.find(isKnown) ?? MISSING;
      }
      case "nadir": return this.extreme(name, row, 1);
      case "highest": return times(this.extreme(name, row, -1), -1);
      default: throw new Error(`no measure ${measure}`);
    }
  }

  base(name, day, get) {
    if (!this.isFollowUp || name !== "egfr") return this.samples.baseline(name);
    const [reported, computed] = ["reported_egfr", "computed_egfr"].map((kind) => get(kind).values[day]);
    return this.samples.baseline(this.samples.isByCreatinine(reported, computed) ? "computed_egfr" : "reported_egfr");
  }

  extreme(name, row, sign) {
    const { hematologic_items: items, peptides } = this.settings;
    const counts = (at) => {
      if (items.includes(name)) return this.isOwnLine(at);
      return !(peptides.includes(name) && this.course.isInside(this.course.imids, this.months[at]));
    };
    const earlier = this.rows.slice(0, row).filter(counts).map((at) => times(this.value("today", name, at), sign));
    return lowest([...earlier, times(this.value("base", name, row), sign)]);
  }

  hasOwn(tests, row) {
    return tests.some((test) =>
      test === "kidney_failure"
        ? this.course.kidneyFailures.includes(this.months[row])
        : isKnown(this.value("today", test, row)));
  }

  /** Month of the latest sample behind these quantities, not before the row's own day. */
  dated(names, row) {
    if (!this.isFollowUp) return this.months[row];
    return Math.max(this.months[row], ...names.map((name) => this.samples.carried(name).months[this.days[row]]));
  }

  /** Rows of this line with a hematologic sample that surely fulfill an expression. */
  fulfilling(expression) {
    if (!this.kept.has(expression)) {
      const tests = this.settings.hematologic_items;
      const holds = (row) => this.isOwnLine(row) && this.hasOwn(tests, row) && this.answer(expression, row).surely;
      this.kept.set(expression, this.rows.filter(holds));
    }
    return this.kept.get(expression);
  }

  lowestSince(expression, name, row) {
    const first = this.fulfilling(expression)[0] ?? Infinity;
    const rows = this.rows.slice(0, row).filter((at) => at >= first && this.isOwnLine(at));
    return lowest(rows.map((at) => this.value(at === first ? "now" : "today", name, at)));
  }

  isRepeated(name, untilNextLine) {
    const { same_time: same } = this.settings, limit = untilNextLine ? this.course.nextLine + same : Infinity;
    const isLater = (month) => month > same && month <= limit;
    return this.samples.own(name).values.some((value, day) => isKnown(value) && isLater(this.samples.months[day]));
  }

  wasBeforeTreatment(events) {
    const { same_time: same } = this.settings, { course } = this;
    const goesOn = ({ start, end }) => start <= same && end > same;
    if (events.includes("dialysis") && course.dialysis.some(goesOn)) return true;
    const others = events.filter((event) => event !== "dialysis");
    return others.length > 0 && course.first(...others) <= same;
  }

  limit(part) {
    if (typeof part === "number") return part;
    const [step, inner, factor] = part;
    if (step === "*") return this.limit(inner) * factor;
    return this.kit.reference_ranges[inner[1]][step === "lower" ? 0 : 1];
  }

  answer([step, ...parts], row) {
    const { tolerance, same_time: same } = this.settings;
    const answer = (part) => (typeof part === "string" ? this.answer([part], row) : this.answer(part, row));
    const compare = (test, sign) => {
      const limit = this.limit(parts[1]);
      return test(this.quantity(parts[0], row), limit + sign * tolerance * Math.max(1, Math.abs(limit)));
    };
    switch (step) {
      case "and": return and(answer(parts[0]), answer(parts[1]));
      case "or": return or(answer(parts[0]), answer(parts[1]));
      case "not": return not(answer(parts[0]));
      case ">": return compare(above, 1);
      case "<=": return not(compare(above, 1));
      case ">=": return compare(atLeast, -1);
      case "<": return not(compare(atLeast, -1));
      case "shown": return certain(answer(parts[0]).surely);
      case "given": return certain(isKnown(this.quantity(parts[0], row)));
      case "followed": return certain(isKnown(this.value("next_fall", parts[0], row)));
      case "undecided_where": {
        const [inner, closed] = parts.map(answer);
        return { surely: inner.surely && !closed.surely, possibly: inner.possibly || closed.surely };
      }
      case "not_scorable_where": {
        const [inner, closed] = parts.map(answer);
        return { surely: inner.surely && !closed.possibly, possibly: inner.possibly };
      }
      case "flag": {
        const said = (this.patient[parts[0]] ?? "").trim().toLowerCase();
        return { surely: said === "yes", possibly: said !== "no" };
      }
      case "isotype": {
        const chain = this.patient.light_chain;
        return { surely: chain === parts[0], possibly: chain === parts[0] || !chain };
      }
      case "reached": return certain(this.course.first(...parts) <= this.months[row] + same);
      case "before_treatment": return certain(this.wasBeforeTreatment(parts));
      case "repeated": return certain(this.isRepeated(parts[0], parts.length > 1 && parts[1][1]));
      case "held_back": return certain(this.course.isInside(this.course.imids, this.months[row]));
      case "had": {
        const dates = this.fulfilling(parts[0]).map((at) => this.dated(restsOn(parts[0]), at));
        return certain(earliest(dates) < this.months[row] - same);
      }
      default: throw new Error(`no step ${step}`);
    }
  }

  quantity([step, ...parts], row) {
    const inner = (part) => this.quantity(part, row);
    switch (step) {
      case "-": return minus(inner(parts[0]), inner(parts[1]));
      case "*": return times(inner(parts[0]), parts[1]);
      case "or_else": return isKnown(inner(parts[0])) ? inner(parts[0]) : inner(parts[1]);
      case "count": {
        const answers = parts.map((part) => this.answer(part, row));
        return {
          low: answers.filter((one) => one.surely).length,
          high: answers.filter((one) => one.possibly).length,
        };
      }
      default:
        return typeof parts[0] === "string"
          ? this.value(parts[0], step, row)
          : this.lowestSince(parts[0][1], step, row);
    }
  }
}

/** Lowest of several values, side by side; missing ones have no say. */
function lowest(values) {
  const least = (side) => {
    const found = values.map((value) => value[side]).filter((value) => !Number.isNaN(value));
    return found.length ? Math.min(...found) : NaN;
  };
  return { low: least("low"), high: least("high") };
}

/** Names of the quantities of an expression that may come from a sample of another day. */
function restsOn(expression) {
  if (!Array.isArray(expression) || ["had", "lowest_since"].includes(expression[0])) return [];
  const [step, ...parts] = expression;
  return ["now", "fall", "rise"].includes(parts[0]) ? [step] : parts.flatMap(restsOn);
}

// ---- criteria to categories

/** Category and month of every row, and what the rows together say about the patient. */
function gradeRows(criteria, evidence) {
  const { rules } = criteria, needsAny = criteria.otherwise_needs === "any";
  const judgedRules = rules.map(() => false);
  let isBlocked = false;
  const isClosed = criteria.closed.some((closure) => evidence.answer(closure.holds, 0).surely);
  const counts = (row) =>
    !isClosed &&
    (criteria.judged === "baseline" || !criteria.own_line_only || evidence.isOwnLine(row)) &&
    (criteria.visits.length === 0 || evidence.hasOwn(criteria.visits, row));
  const grades = evidence.rows.map((row) => {
    let found = null, month = evidence.months[row], isOpen = false, isJudged = false;
    if (!counts(row)) return { category: "NE", month };
    rules.forEach((rule, at) => {
      if (rule.applies && !evidence.answer(rule.applies, row).surely) return;
      if (rule.within && !evidence.answer(rule.within, row).surely) return;
      const answer = evidence.answer(rule.holds, row), dated = evidence.dated(rule.rests_on, row);
      const isSeen = rule.sees.length
        ? rule.sees.some((test) => isKnown(evidence.value("now", test, row)))
        : !needsAny;
      if (isSeen && (isDecided(answer) || rule.seen_is_judged)) {
        judgedRules[at] = true;
        isJudged ||= !rule.undecided_lowers;
      }
      if (answer.surely && (found === null || (found === rule.category && dated < month))) {
        [found, month] = [rule.category, dated];
      }
      if (!isDecided(answer) && !rule.undecided_lowers && !rule.optional) isOpen = true;
      if (rule.blocks && evidence.answer(rule.blocks, row).possibly) isBlocked = true;
    });
    const isNothing = found === null && isJudged && (needsAny || !isOpen);
    return { category: found ?? (isNothing ? criteria.otherwise : "NE"), month };
  });
  return { grades, judgedRules, isBlocked };
}

/** Whether enough was judged to say that nothing was reached. */
function isFloorJudged(criteria, { judgedRules, isBlocked }, openRules) {
  const needsAny = criteria.otherwise_needs === "any";
  const ways = criteria.rules.map(
    (rule, at) => openRules[at] && !rule.undecided_lowers && (rule.sees.length > 0 || !needsAny));
  const isAnyJudged = ways.some((isWay, at) => isWay && judgedRules[at]);
  if (needsAny) return isAnyJudged && !isBlocked;
  return isAnyJudged && ways.every((isWay, at) => !isWay || criteria.rules[at].optional || judgedRules[at]);
}

function bestOf(criteria, patient) {
  const isBaseline = criteria.judged === "baseline";
  const atBaseline = isBaseline && criteria.domain.endsWith("_stage") ? patient.atWorst : patient.atBaseline;
  const grading = gradeRows(criteria, isBaseline ? atBaseline : patient.followUp);
  const openRules = criteria.rules.map((rule) => !rule.applies || atBaseline.answer(rule.applies, 0).surely);
  const names = criteria.categories, floor = names.indexOf(criteria.otherwise);
  let best = Math.min(names.indexOf("NE"), ...grading.grades.map((grade) => names.indexOf(grade.category)));
  if (criteria.otherwise !== "NE" && best >= floor) {
    best = isFloorJudged(criteria, grading, openRules) ? floor : names.indexOf("NE");
  }
  const category = names[best], isReached = category !== "NE" && category !== criteria.otherwise;
  const months = grading.grades.filter((grade) => grade.category === category).map((grade) => grade.month);
  return { category, month: isReached && !isBaseline ? earliest(months) : null };
}

/** One patient with everything that criteria look at. */
function patientOf(kit, tables, row) {
  const settings = Object.fromEntries(Object.entries(kit.evidence).map(([name, one]) => [name, one.value]));
  const own = (name) => tables[name].filter((other) => other.patient_id === row.patient_id);
  const course = new Course(settings, own("treatments"), own("events"));
  const labs = own("labs");
  const samples = new Samples(kit, settings, row, course, labs, false);
  const worst = new Samples(kit, settings, row, course, labs, true);
  const evidence = (from, isFollowUp) => new Evidence(kit, settings, row, course, from, isFollowUp);
  return {
    id: row.patient_id, course, labs,
    followUp: evidence(samples, true), atBaseline: evidence(samples, false), atWorst: evidence(worst, false),
  };
}

function adjudicate(kit, tables) {
  return tables.patients.flatMap((row) => {
    const patient = patientOf(kit, tables, row);
    return kit.criteria.map((criteria) => ({
      patient_id: row.patient_id,
      domain: criteria.domain,
      criteria: criteria.key,
      ...bestOf(criteria, patient),
    }));
  });
}

// ---- endpoints: the first of the events, else the censoring

function momentsOf(kit, patient) {
  const { course, followUp, labs } = patient, { response, progression, assessed_by: assessedBy } = kit.endpoints;
  const graded = (domain, key) =>
    gradeRows(kit.criteria.find((one) => one.domain === domain && one.key === key), followUp).grades;
  const responded = earliest(
    graded("hematologic_response", response.criteria)
      .filter((grade) => response.categories.includes(grade.category))
      .map((grade) => grade.month));
  const progressions = graded("hematologic_progression", progression.criteria)
    .map((grade, row) => (grade.category === "progression" ? followUp.months[row] : Infinity));
  const happened = (event) => {
    const month = course.first(event);
    if (month > 0) return month;
    return event === "dialysis" ? Infinity : earliest(course.months(event, 0));
  };
  const seen = [course.events, labs].flat().map((row) => Number(row.month))
    .concat(course.drugs.flatMap((drug) => [drug.start, drug.end])).filter(Number.isFinite);
  const assessed = followUp.rows.filter((row) => followUp.hasOwn(assessedBy, row)).map((row) => followUp.months[row]);
  const death = course.first("death");
  return {
    death,
    "last known alive": Math.min(Math.max(0, ...seen), death),
    "last hematologic assessment": Math.max(0, ...assessed),
    response: responded,
    "hematologic progression": earliest(progressions),
    "progression after the response": earliest(progressions.filter((month) => month > responded)),
    "next line of therapy": course.nextLine,
    "next treatment": course.said,
    "stem cell transplant": course.transplant,
    "next line found in the treatments": course.found,
    ...Object.fromEntries(
      ["heart_transplant", "lvad", "balloon_pump", "dialysis", "kidney_transplant"]
        .map((event) => [event.replaceAll("_", " "), happened(event)])),
  };
}

function endpointOf(name, definition, moments, same) {
  const begin = definition.start ? moments[definition.start] : 0;
  if (!Number.isFinite(begin)) return { months: null, event: null };
  if (name === "follow_up") {
    return { months: moments[definition.censored], event: Number(!Number.isFinite(moments.death)) };
  }
  const until = definition.until ? moments[definition.until] : Infinity;
  const first = earliest(definition.events.map((event) => moments[event]).filter((month) => month >= begin));
  if (Number.isFinite(first) && first <= until + same) return { months: first - begin, event: 1 };
  const censored = Number.isFinite(until) ? until : moments[definition.censored];
  return { months: Math.max(censored, begin) - begin, event: 0 };
}

function endpoints(kit, tables) {
  return tables.patients.flatMap((row) => {
    const moments = momentsOf(kit, patientOf(kit, tables, row)), same = kit.evidence.same_time.value;
    return Object.entries(kit.endpoints.definitions).map(([endpoint, definition]) => ({
      patient_id: row.patient_id,
      endpoint,
      ...endpointOf(endpoint, definition, moments, same),
    }));
  });
}

// ---- expected rows against an engine's answers

/** Rows of the kit that the answers do not meet, each with why it is there; an empty list is a pass.
    Months and events may come as numbers or as texts; blank is not applicable. */
function differences(kit, categories, ends) {
  const key = (row) => [row.patient_id, row.domain ?? row.endpoint, row.criteria ?? ""].join(" ");
  const given = new Map([...categories, ...ends].map((row) => [key(row), row]));
  const asNumber = (value) => number(String(value ?? ""), NaN);
  const isSame = (a, b) => (Number.isNaN(a) ? Number.isNaN(b) : Math.abs(a - b) <= 1e-9);
  const ending = (row) => row && `${row.months ?? ""} months, event ${row.event ?? ""}`;
  const isMissed = (wanted) => {
    const got = given.get(key(wanted));
    if (!got) return true;
    if (wanted.category) return got.category !== wanted.category;
    return !["months", "event"].every((name) => isSame(asNumber(wanted[name]), asNumber(got[name])));
  };
  const { expected_categories: expected, expected_endpoints: expectedEnds } = kit.boundary_rows;
  return [...expected, ...expectedEnds].filter(isMissed).map((wanted) => {
    const got = given.get(key(wanted));
    return {
      row: key(wanted),
      expected: wanted.category ?? ending(wanted),
      given: got?.category ?? ending(got) ?? "no answer",
      why: wanted.why ?? "",
    };
  });
}
