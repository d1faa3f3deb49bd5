"""reference_correlations.py: the correlations of reference.py, and what a whole case comes to."""
import itertools
import math
import re
import sys
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import peers  # noqa: E402
from reference import (Filter, Map, Refused, Rule, Value, View, check_keys, errs, moment, names_in,  # noqa: E402
                       number, read_documents, refuse_if, text_of, unfold, value_of)

COUNTS = ("event_count", "value_count", "value_sum", "value_avg", "value_percentile")
OPERATORS = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
             "eq": lambda a, b: a == b, "neq": lambda a, b: a != b}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Member:
    """Something that a correlation counts: an event of one of its rules, or a match of one of its correlations."""

    def __init__(self, time, place, rule, view):
        self.time, self.place, self.rule, self.view = time, place, rule, view

    def get(self, name):
        _, leaves = self.view.get(name)
        if errs("null is an empty text for correlations"):
            leaves = ["" if v is None else v for v in leaves]
        texts = [text_of(v) for v in leaves if v is not None]
        if len(texts) > 1 and not errs("correlations see the first value of an array"):
            return tuple(texts)  # which is equal to no text
        return texts[0] if texts else None


def as_field(value):
    return list(value) if isinstance(value, tuple) else value


def as_list(value):
    return value if isinstance(value, list) else [value] if value is not None else []


class Correlation:
    def __init__(self, document):
        self.title, what = document.get("title", ""), document["correlation"]
        self.keys = [document[key] for key in ("id", "name") if key in document]
        refuse_if(errs("refuses correlations"), "as an engine does that does not know them")
        refuse_if(not isinstance(what, dict), "correlation: no map")
        self.type = what.get("type")
        refuse_if(self.type not in (*COUNTS, "temporal", "temporal_ordered"), f"correlation: no type {self.type}")
        refuse_if(errs(f"refuses {self.type}"), "as an engine does that does not know it")
        self.rules = as_list(what.get("rules"))
        refuse_if(not self.rules, "correlation: no rules")
        self.group = as_list(what.get("group-by"))
        refuse_if(not self.group and errs("refuses correlations without group-by"), "no group-by")
        self.span = self.read_span(what.get("timespan"))
        generate = what.get("generate", None if errs("generate is read inside correlation alone") else document.get("generate"))
        self.generate = generate is not None and generate.lower() == "true"
        self.aliases = what.get("aliases", {})
        self.fields, self.bounds, self.percentile, self.bare = [], [], 50, what.get("condition") is None
        self.read_condition(what.get("condition"))

    def read_span(self, text):
        refuse_if(not isinstance(text, Value), "correlation: no timespan")
        units = {**UNITS, "M": 2592000} if errs("a time span may be in months") else UNITS
        match = re.fullmatch(r"([0-9]+)([a-zA-Z])", text)
        refuse_if(not match or match[2] not in units, "correlation: what timespan?")
        refuse_if(match[2] == "d" and errs("refuses time spans in days"), "no days")
        return int(match[1]) * units[match[2]] * 10**9

    def read_condition(self, condition):
        if condition is None:
            refuse_if(self.type in COUNTS, "correlation: no condition")
            self.bounds = [("gte", Fraction(1 if errs("temporal is met by any of its rules") else len(self.rules)))]
            return
        refuse_if(not isinstance(condition, dict), "correlation: a condition is a map")
        refuse_if(self.type == "temporal_ordered" and errs("refuses conditions of temporal_ordered"), "no bounds")
        for key, value in condition.items():
            if key == "field":
                self.fields = as_list(value)
                refuse_if(len(self.fields) > 1 and errs("refuses several fields of value_count"), "one field")
                continue
            bound = number(value) if isinstance(value, Value) else None
            refuse_if(bound is None or key not in (*OPERATORS, "percentile"), f"correlation: what is {key}: {value}?")
            refuse_if(bound.denominator > 1 and errs("refuses bounds with decimals"), "whole numbers")
            if key == "percentile":
                refuse_if(not 0 <= bound <= 100 and not errs("a percentile may be beyond a hundred"), "correlation: a percentile")
                self.percentile = bound
            else:
                refuse_if(key == "neq" and errs("refuses neq in correlations"), "no such operator")
                self.bounds.append((key, bound))
        refuse_if(not self.bounds, "correlation: no bound")
        refuse_if(len(self.bounds) > 1 and errs("refuses ranges"), "one bound")
        if len(self.bounds) > 1 and errs("the first bound of a range counts alone"):
            self.bounds = self.bounds[:1]
        refuse_if(self.type.startswith("value") and not self.fields and not errs("accepts value correlations without a field"), "no field")

    # What is counted: the numbers and the order of members.

    def name_in(self, rule, name):
        if name not in self.aliases or errs("aliases are passed over"):
            return name
        return next((field for key, field in self.aliases[name].items() if key in rule.keys), name)

    def sees(self, member):
        """The group and the value that a member has; nothing when it is not counted."""
        names = [self.name_in(member.rule, name) for name in self.group]
        group = tuple(member.get(name) for name in names)
        if errs("temporal passes over its groups") and self.type.startswith("temporal"):
            group = tuple("" for _ in group)
        if None in group:
            if not errs("events without a group field are one group"):
                return None
            group = tuple("" if value is None else value for value in group)
        if member.time is None:
            return None
        if not self.type.startswith("value"):
            return group, None
        value = tuple(member.get(self.name_in(member.rule, field)) for field in self.fields)
        if None in value:
            if self.type == "value_count" and errs("a missing value is a value to count"):
                return group, value
            return (group, (None,)) if errs("a missing number is zero") else None
        if self.type == "value_count":
            return group, value[:1] if errs("value_count looks at its first field alone") else value
        value = number(value[0]) if isinstance(value[0], str) else None
        return (group, value) if value is not None else None

    def measure(self, window):
        values = [Fraction(0) if v == (None,) else v for _, v in window]
        if self.type in ("value_sum", "value_avg", "value_percentile") and not errs("an event under two rules is added twice"):
            values = [v for i, v in enumerate(values) if i == 0 or window[i - 1][0].place != window[i][0].place]
        if self.type in ("value_sum", "value_avg") and errs("sums are rounded to doubles"):
            total = Fraction(sum(float(v) for v in values))
            return total if self.type == "value_sum" else Fraction(float(total) / len(values))
        if self.type == "event_count":
            return len(window) if errs("matches are counted, not events") else len({m.place for m, _ in window})
        if self.type == "value_count":
            return len(values) if errs("value_count counts events") else len(set(values))
        if self.type == "value_sum":
            return sum(set(values)) if errs("equal numbers are added once") else sum(values)
        if self.type == "value_avg":
            mean = Fraction(sum(values), 1) / len(values)
            return math.floor(mean) if errs("means are rounded down") else mean
        if self.type == "value_percentile":
            rank = max(1, math.ceil(self.percentile * len(values) / 100))
            return sorted(values)[rank - 1]
        if errs("temporal counts events, not rules"):
            return len(window)
        return len({id(m.rule) for m, _ in window})

    def holds(self, window):
        if self.type == "value_percentile" and errs("any percentile will do"):
            return True
        has_order = self.type == "temporal_ordered" and not errs("temporal_ordered has no order")
        if has_order and self.bare:
            return self.is_ordered(window)
        if has_order and not errs("a condition of temporal_ordered counts rules in any order"):
            n = self.longest_row(window)
        else:
            n = self.measure(window)
        return all(OPERATORS[operator](n, bound) or operator in ("gt", "lt", "neq") and errs("gt, lt and neq hold always")
                   for operator, bound in self.bounds)

    def is_ordered(self, window):
        """Whether the last member ends a chain: from the back, the latest of each rule before the one that follows."""
        def before(a, b):
            if errs("events at one moment have no order"):
                return a.time <= b.time and a.place != b.place
            if errs("an event may follow itself") and a.place == b.place:
                return True
            return (a.time, a.place) < (b.time, b.place)
        last = None
        for rule in reversed(self.refers):
            fitting = [m for m, _ in window if m.rule is rule and (last is None or before(m, last))]
            if last is None and not errs("events at one moment have no order"):
                fitting = [m for m in fitting if m.place == window[-1][0].place]
            if not fitting:
                return False
            last = max(fitting, key=lambda m: (m.time, m.place))
        return True

    def longest_row(self, window):
        """How many of the rules, at most, come in their order, each by a later event."""
        best = [0] * len(self.refers)  # of the rows that end in that rule
        for _, event in itertools.groupby(window, key=lambda pair: pair[0].place):
            here, before = [m.rule for m, _ in event], best[:]
            for i, rule in enumerate(self.refers):
                if any(rule is r for r in here):
                    best[i] = max(before[i], 1 + max(before[:i], default=0))
        return max(best)

    def run(self, members):
        """The matches: (group, the last member)."""
        groups, matches = {}, []
        for member in members:
            seen = self.sees(member)
            if seen:
                groups.setdefault(seen[0], []).append((member, seen[1]))
        if errs("group-by fields run together"):
            joined = {}
            for group, own in groups.items():
                joined.setdefault("".join("".join(part) for part in group), (group, []))[1].extend(own)
            groups = dict(joined.values())
        for group, own in groups.items():
            if not errs("events are in the order of the log, not of their times"):
                own.sort(key=lambda pair: (pair[0].time, pair[0].place))
            before = -1  # the last member of the match that goes on
            # Members of one event come together: the window is looked at when all of them are in it.
            ends = [i for i in range(len(own)) if i + 1 == len(own) or own[i + 1][0].place != own[i][0].place]
            for i in ends:
                window, start = self.window(own, i)
                if not self.holds(window):
                    continue
                if start > before:
                    matches.append([group, own[i][0]])
                else:
                    matches[-1][1] = own[i][0]
                before = i
        return matches

    def window(self, own, i):
        now = own[i][0].time
        temporal = self.type.startswith("temporal")
        if errs("no correlation has a window") and not temporal:
            return own, 0
        if errs("temporal looks from the first event of a group to its last") and temporal:
            if own[-1][0].time - own[0][0].time > self.span:
                return own[i:i + 1], i
            return own, 0
        if errs("windows are pieces of the clock"):
            inside = [k for k in range(i + 1) if own[k][0].time // self.span == now // self.span]
        elif errs("windows begin with the first event and end after the span"):
            begin = 0
            for k in range(i + 1):
                if own[k][0].time - own[begin][0].time > self.span:
                    begin = k
            inside = list(range(begin, i + 1))
        elif errs("each event must be near its neighbour alone"):
            begin = i
            while begin and own[begin][0].time - own[begin - 1][0].time <= self.span:
                begin -= 1
            inside = list(range(begin, i + 1))
        elif errs("values that left the window are still counted") and self.type == "value_count":
            inside = list(range(i + 1))
        else:
            edge = self.span - 1 if errs("the edge of a window is outside") else self.span
            inside = [k for k in range(i + 1) if now - own[k][0].time <= edge]
        return [own[k] for k in inside], inside[0]


# ---- aggregations of Sigma 1 ----

AGGREGATION = re.compile(r"(count|sum|avg)\(\s*([^()\s]*)\s*\)(?:\s+by\s+(.+?))?\s*(>=|<=|==|=|>|<)\s*([0-9.]+)")
SIGNS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "=": "eq", "==": "eq"}
TYPES = {"sum": "value_sum", "avg": "value_avg"}


def translate(rule, placeholders):
    """`search | count() by F > 5`: the rules that it hangs on, hidden, and the correlation that it means."""
    refuse_if(errs("refuses aggregations"), "as an engine does that does not know them")
    text, _, aggregation = rule.conditions[0].partition("|")
    refuse_if(len(rule.conditions) > 1, "an aggregation in a list")
    refuse_if("timeframe" not in rule.body, "an aggregation without a timeframe")
    near = re.fullmatch(r"\s*near\s+(.+?)\s*", aggregation)
    how = AGGREGATION.fullmatch(aggregation.strip())
    refuse_if(not near and not how, f"cannot be translated: {aggregation}")
    refuse_if((near or how[1] != "count") and errs("refuses aggregations but count"), "count alone")
    if near:
        names = [text.strip()] + [name.strip() for name in re.split(r"\band\b", near[1])]
        refuse_if(any(name not in rule.selections for name in names), "near what?")
        searches, body = names, {"type": value_of("temporal")}
    else:
        searches, field = [text], how[2]
        condition = Map({SIGNS[how[4]]: value_of(how[5])})
        if field:
            condition["field"] = value_of(field)
        body = {"type": value_of(TYPES.get(how[1]) or ("value_count" if field else "event_count")), "condition": condition}
        if how[3]:
            body["group-by"] = [value_of(part.strip()) for part in how[3].split(",")]
    body["timespan"] = value_of("99999d") if errs("a timeframe is passed over") else rule.body["timeframe"]
    hidden = []
    for search in searches:
        part = object.__new__(Rule)
        part.__dict__.update(rule.__dict__)
        part.body = Map((k, v) for k, v in rule.body.items() if k != "timeframe")
        part.conditions, part.filters = [value_of(search)], []
        hidden.append(part.finish())
    body["rules"] = [value_of(f"{id(rule)} {i}") for i in range(len(hidden))]
    correlation = Correlation(Map({"title": rule.title, "correlation": Map(body)}))
    correlation.keys, correlation.refers = rule.keys, hidden
    return hidden, correlation


# ---- a whole case ----

class Files:
    """The rules of a case, read: what stands, and what was refused and why."""

    def __init__(self, case):
        self.rules, self.filters, self.correlations, self.refused = [], [], [], {}
        self.hidden = []  # what aggregations hang on
        self.placeholders = case.placeholders
        try:
            documents = list(unfold(read_documents(case.rule)))
        except Refused as error:
            self.refused = {title.strip("'\""): str(error) for title in re.findall(r"^title: (.*)$", case.rule, re.M)}
            return
        for document, why in documents:
            try:
                check_keys(document)
                refuse_if(why and not errs("an action that is not known is passed over"), why)
                self.read(document)
            except Refused as error:
                self.refused[document.get("title", "")] = str(error)
        self.join()
        for filter in self.filters:
            for rule in self.rules + self.hidden:
                if filter.is_for(rule):
                    rule.filters.append(filter)

    def read(self, document):
        kinds = [key for key in ("detection", "correlation", "filter") if key in document]
        refuse_if(len(kinds) != 1, "neither rule nor correlation nor filter")
        if kinds == ["correlation"]:
            self.correlations.append(Correlation(document))
        elif kinds == ["filter"]:
            if not errs("filters are passed over"):
                self.filters.append(Filter(document, self.placeholders))
        else:
            rule = Rule(document, self.placeholders)
            if any("|" in condition for condition in rule.conditions):
                hidden, correlation = translate(rule, self.placeholders)
                self.hidden += hidden
                self.correlations.append(correlation)
            else:
                self.rules.append(rule.finish())

    def join(self):
        """Finds what each correlation refers to; who refers to nothing, or to itself in the end, is refused."""
        for correlation in self.correlations:
            for name in [n for names in correlation.aliases.values() for n in names]:
                own = [k for r in self.find_all(correlation.rules) for k in r.keys]
                if name not in own and not errs("an alias may name any rule"):
                    self.refused[correlation.title] = f"no rule {name}"
        taken, standing = set(), [c for c in self.correlations if c.title not in self.refused]
        changed = True
        ready = []
        while changed:
            changed = False
            for correlation in list(standing):
                if not hasattr(correlation, "refers"):
                    found = [self.find(name, ready) for name in correlation.rules]
                    if None in found:
                        if not errs("a correlation leaves out rules that are not there") or not any(found):
                            continue
                        found = [f for f in found if f]
                    correlation.refers = found
                if any(isinstance(r, Correlation) for r in correlation.refers):
                    if errs("refuses correlations of correlations"):
                        continue
                    if errs("refuses correlations of correlations but temporal ones") and not correlation.type.startswith("temporal"):
                        continue
                if errs("the first correlation of a rule takes it away"):
                    if taken & {id(r) for r in correlation.refers}:
                        continue
                    taken |= {id(r) for r in correlation.refers}
                ready.append(correlation)
                standing.remove(correlation)
                changed = True
        for correlation in standing:
            self.refused[correlation.title] = "refers to what is not there"
        self.correlations = ready

    def find_all(self, names):
        return [found for name in names if (found := self.find(name, self.correlations))]

    def find(self, name, correlations):
        return next((r for r in self.rules + correlations if name in r.keys), None)


def say(case):
    """What the reference says of a case."""
    said = peers.Said(case)
    files = Files(case)
    said.refused = set(files.refused)
    said.refused_why = next(iter(files.refused.values()), "")
    found = {}  # by rule or correlation: its members
    times = [time_of(event) for _, event in case.events]
    if errs("an event without a time has that of the event before it"):
        times = list(itertools.accumulate(times, lambda before, time: before if time is None else time))
    View.known = {name for _, event in case.events for name in event}
    for rule in files.rules + files.hidden:
        own = found[id(rule)] = []
        for place, (_, event) in enumerate(case.events):
            if rule.matches(event):
                own.append(Member(times[place], place, rule, View(event, names_in(rule.source, event) or {})))
    for correlation in files.correlations:  # in an order in which each comes after what it refers to
        members = itertools.chain.from_iterable(found[id(r)] for r in correlation.refers)
        own = found[id(correlation)] = []
        ordered = sorted(members, key=lambda m: m.place)
        for group, last in correlation.run(ordered):
            own.append(Member(last.time, last.place, correlation, View(dict(zip(correlation.group, map(as_field, group))), {})))
    silent = set()
    for correlation in files.correlations:
        loud = correlation.generate or errs("rules of correlations report themselves")
        silent |= set() if loud else {id(r) for r in correlation.refers}
    if not errs("generate must be said by all that refer to a rule"):
        silent -= {id(r) for c in files.correlations if c.generate for r in c.refers}
    for rule in files.rules:
        for member in found[id(rule)]:
            if id(rule) not in silent:
                said.matches[member.place].add(rule.title)
    for correlation in files.correlations:
        for member in found[id(correlation)]:
            if id(correlation) not in silent:
                group = {name: member.get(name) for name in correlation.group}
                said.alerts.add(peers.group_key(correlation.title, group))
    return said


def time_of(event):
    when = moment(event["@timestamp"]) if "@timestamp" in event else None
    if not when:
        return None
    seconds = int(when[0].timestamp()) * 10**9
    return seconds if errs("times are in whole seconds") else seconds + when[1]
