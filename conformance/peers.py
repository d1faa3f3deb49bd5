#!/usr/bin/env python3
"""peers.py [--rsigma PROGRAM] [--leadline PROGRAM] [-o docs/conformance.md]: the cases through other engines, as a table.

pySigma reads and converts rules; what its SQLite backend makes of them runs in the sqlite3 of Python. It needs the packages
pysigma and pysigma-backend-sqlite. RSigma is a program (`cargo install --locked rsigma`). What is not there is left out, and the
table says so. Only facts are written: versions, numbers, and for each difference what came and the sentence it is measured by."""
import argparse
import concurrent.futures
import importlib.metadata
import importlib.util
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cases as suite  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
HEAD = """# Conformance

What engines make of the suite in `conformance/`. Written by `conformance/peers.py`; `conformance/README.md` says what the cases are.

A cell says how many cases went as they say, of those that the engine could be asked. In the lists of differences the third column is
the argument: for `spec` cases it names the section of the specification that the case follows, so the engine that differs does not
conform; for `choice` cases the specification leaves it open, and the line says why the suite asks for what it asks.

What engines are known to do otherwise stands in `conformance/errors.py`, by what they get wrong and by engine: found in their
sources, their documents or by running them. Each is a mistake that `conformance/errors_caught.py` switches on in a small evaluator
of its own, `conformance/reference.py`, which else passes all cases; every mistake must fail a case: {}.
"""


class Said:
    """What an engine said of a case: skipped why; which titles (or how many documents) it refused; matches and alerts."""

    def __init__(self, case):
        self.skipped = self.refused_why = ""
        self.refused, self.n_refused = set(), None
        self.matches = [set() for _ in case.events]
        self.alerts = set()


def group_key(title, group):
    return title, tuple(sorted((k, str(v)) for k, v in group.items()))


def short(value, n=110):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.encode("unicode_escape").decode() if not text.isprintable() else text.split())
    return text if len(text) <= n else text[:n - 1] + "…"


def judge(case, said):
    """The first thing that differs, in words; nothing when all is as the case says."""
    n = len(said.refused) if said.n_refused is None else said.n_refused
    if case.rejected:
        extra = said.refused - set(case.rejected)
        if n < len(case.rejected):
            return "accepted"
        if extra:
            return "refused " + ", ".join(sorted(extra))
    elif n:
        return f"refused: {short(said.refused_why)}"
    for i, (titles, event) in enumerate(case.events):
        if titles is not None and set(titles) != said.matches[i]:
            what = "matches" if said.matches[i] - set(titles) else "does not match"
            return f"{what} `{short({k: v for k, v in event.items() if k != '@timestamp'}, 90)}`"
    want = {group_key(*alert) for alert in case.alerts}
    for title, group in sorted(said.alerts - want):
        return f"alerts for {dict(group) or 'the only group'}" + (f" ({title})" if title != case.id else "")
    for title, group in sorted(want - said.alerts):
        return f"no alert for {dict(group) or 'the only group'}" + (f" ({title})" if title != case.id else "")
    return ""


def uses_channels(case):
    return case.file == "logsource" or any("Channel" in event for _, event in case.events)


# ---- pySigma with SQLite ----

def flat(event, prefix=""):
    for name, value in event.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def column_type(values):
    kinds = {type(v) for v in values if v is not None}
    if kinds and kinds <= {int, bool}:
        return "INTEGER"
    return "REAL" if kinds and kinds <= {int, float, bool} else "TEXT COLLATE NOCASE"


def database(case, queries):
    rows = [dict(flat(event)) for _, event in case.events]
    for row in rows:
        row["fulltext"] = "\n".join(str(value) for value in row.values() if value is not None)
        row["timestamp"] = row.pop("@timestamp", None)
    names = {name: None for row in rows for name in row}
    db = sqlite3.connect(":memory:")
    db.create_function("regexp", 2, lambda pattern, text: text is not None and re.search(pattern, str(text)) is not None)
    while True:
        db.execute("DROP TABLE IF EXISTS logs")
        db.execute("CREATE TABLE logs (%s)" % ", ".join(
            f"`{n}` {column_type([row.get(n) for row in rows])}" for n in names or ["F"]))
        for row in rows:
            db.execute("INSERT INTO logs (%s) VALUES (%s)" % (", ".join(f"`{n}`" for n in row), ", ".join("?" * len(row))),
                       list(row.values()))
        try:
            for query in queries:
                db.execute("EXPLAIN " + query)
            return db
        except sqlite3.OperationalError as error:
            missing = re.search(r"no such column: (.*)", str(error))
            if not missing or missing[1] in names:
                raise
            names[missing[1]] = None


def select_rows(query):
    """A rule that a correlation refers to is left as a bare condition."""
    where = query.partition(" WHERE ")[2] if query.startswith("SELECT * FROM logs WHERE ") else query
    return f"SELECT rowid FROM logs WHERE {where}"


def pysigma(case):
    from sigma.backends.sqlite import sqliteBackend
    from sigma.collection import SigmaCollection
    from sigma.correlations import SigmaCorrelationRule
    said = Said(case)
    if uses_channels(case):
        said.skipped = "no log sources without a pipeline"
        return said
    if case.placeholders:
        said.skipped = "values of placeholders are a pipeline's"
        return said
    if any(isinstance(v, list) for _, event in case.events for _, v in flat(event)):
        said.skipped = "SQL has no arrays"
        return said
    if any(isinstance(v, int) and not -2**63 <= v < 2**63 for _, event in case.events for _, v in flat(event)):
        said.skipped = "SQLite has no such number"
        return said
    only = re.findall(r"^title: (.*)$", case.rule, re.M)
    try:
        collection = SigmaCollection.from_yaml(case.rule, collect_errors=True)
        good = []
        for rule in collection.rules:
            if rule.errors:
                said.refused.add(rule.title or only[-1])
                said.refused_why = str(rule.errors[0])
            else:
                good.append(rule)
        if not collection.rules and collection.errors:
            raise collection.errors[0]
        collection.rules = good
        backend = sqliteBackend(collect_errors=True, fulltext_field="fulltext")
        try:
            backend.convert(collection)
        except Exception as error:  # one that says of no rule that it is its
            bad = {r.title for r in good if isinstance(r, SigmaCorrelationRule)} or {only[-1]}
            said.refused |= bad
            said.refused_why = f"{type(error).__name__}: {error}"
            return said
        for rule, error in backend.errors:
            said.refused.add(rule.title)
            said.refused_why = str(error)
        queries = {}
        for rule in good:
            if rule.title not in said.refused and rule._output:
                queries[rule.title] = rule.get_conversion_result()
    except Exception as error:
        said.refused.add(only[-1])
        said.refused_why = f"{type(error).__name__}: {error}"
        return said
    correlations = {rule.title for rule in good if isinstance(rule, SigmaCorrelationRule)}
    for title, of_rule in queries.items():
        try:
            ready = [q if title in correlations else select_rows(q) for q in of_rule]
            db = database(case, ready)
            for query in ready:
                for row in db.execute(query).fetchall():
                    if title in correlations:
                        said.alerts.add(group_key(title, json.loads(row[1] or "{}")))
                    else:
                        said.matches[row[0] - 1].add(title)
        except (sqlite3.Error, re.error) as error:
            said.refused.add(title)
            said.refused_why = f"{type(error).__name__}: {error}"
    return said


# ---- RSigma ----

def with_ids(rule):
    """RSigma joins rules to correlations and filters only if they have an id, which Sigma leaves optional."""
    documents = re.split(r"^---$\n", rule, flags=re.M)
    return "---\n".join(doc if re.search(r"^(id|action):", doc, re.M) or not doc.strip() else
                        f"id: {uuid.uuid5(uuid.NAMESPACE_URL, doc)}\n{doc}" for doc in documents)


def rsigma(program, case):
    said = Said(case)
    if uses_channels(case):
        said.skipped = "no map of channels"
        return said
    if case.placeholders:
        said.skipped = "values of placeholders are fields of the event"
        return said
    with tempfile.TemporaryDirectory() as folder:
        rule, events = pathlib.Path(folder, "rule.yml"), pathlib.Path(folder, "events.jsonl")
        rule.write_text(with_ids(case.rule), encoding="utf-8")
        events.write_text("".join(json.dumps({"Channel": "Security", "EventID": 1, "EventRecordID": 900000 + i, **event}) + "\n"
                                  for i, (_, event) in enumerate(case.events)), encoding="utf-8")
        run = subprocess.run([program, "engine", "eval", "--rules", rule, "--event", f"@{events}", "--output-format", "ndjson",
                              "--include-event", "--no-detections"], capture_output=True, encoding="utf-8")
    errors = re.search(r"(\d+) parse errors", run.stderr)
    said.n_refused = int(errors[1]) if errors else 0
    said.refused_why = "a parse error"
    if run.returncode or "Error" in run.stderr:
        said.n_refused = max(said.n_refused, len(case.rejected), 1)
        said.refused_why = run.stderr.strip().split("\n", 1)[-1]
    for line in run.stdout.splitlines():
        hit = json.loads(line)
        if "correlation_type" in hit:
            said.alerts.add(group_key(hit["rule_title"], dict(hit["group_key"])))
        else:
            said.matches[hit["event"]["EventRecordID"] - 900000].add(hit["rule_title"])
    return said


# ---- leadline ----

def leadline(program, cases):
    spec = importlib.util.spec_from_file_location("run", ROOT / "tests/conformance/run.py")
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    out = {}
    for batch in run.batches(cases):
        for id, other in run.run_batch(program, batch, ["fast"])["fast"].items():
            case = next(c for c in batch if c.id == id)
            said = out[id] = Said(case)
            said.matches, said.alerts, said.refused = other.matches, other.alerts, set(other.rejected)
            said.refused_why = next(iter(other.rejected.values()), "")
    return out


# ---- the document ----

def errors_caught():
    run = subprocess.run([ROOT / "conformance/errors_caught.py", "-q"], capture_output=True, encoding="utf-8")
    return run.stdout.strip().split("\n")[-1]


def table(cases, results):
    files = list(dict.fromkeys(c.file for c in cases))
    lines = ["| file | cases | " + " | ".join(results) + " |", "|---|---:|" + "---:|" * len(results)]
    for file in files + [None]:
        own = [c for c in cases if file in (None, c.file)]
        cells = []
        for of_engine in results.values():
            asked = [c for c in own if not of_engine[c.id].skipped]
            cells.append(f"{sum(not judge(c, of_engine[c.id]) for c in asked)} of {len(asked)}" if asked else "–")
        lines.append(f"| {file or '**all**'} | {len(own)} | " + " | ".join(cells) + " |")
    for kind in ("spec", "choice"):
        own = [c for c in cases if c.kind == kind]
        cells = []
        for of_engine in results.values():
            asked = [c for c in own if not of_engine[c.id].skipped]
            cells.append(f"{sum(not judge(c, of_engine[c.id]) for c in asked)} of {len(asked)}")
        lines.append(f"| of these `{kind}` | {len(own)} | " + " | ".join(cells) + " |")
    return lines


def differences(cases, name, of_engine):
    lines = [f"## {name}", ""]
    skipped = {}
    for case in cases:
        if of_engine[case.id].skipped:
            skipped[of_engine[case.id].skipped] = skipped.get(of_engine[case.id].skipped, 0) + 1
    if skipped:
        lines += ["Not asked: " + "; ".join(f"{n} cases ({why})" for why, n in skipped.items()) + ".", ""]
    for kind, head in (("spec", "Against the specification"), ("choice", "Where the specification is open")):
        rows = [(c, judge(c, of_engine[c.id])) for c in cases if c.kind == kind and not of_engine[c.id].skipped]
        rows = [(c, what) for c, what in rows if what]
        lines += [f"### {head}: {len(rows)}", ""]
        if rows:
            lines += ["| case | what it does | the sentence |", "|---|---|---|"]
            lines += [f"| {c.id} | {escape(what)} | {escape(c.why)} |" for c, what in rows] + [""]
    return lines


def escape(text):
    parts = text.replace("|", "\\|").split("`")  # every second one is code
    return "`".join(part if i % 2 else part.replace("<", "&lt;").replace("*", "\\*") for i, part in enumerate(parts))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--rsigma")
    args.add_argument("--leadline")
    args.add_argument("-o", "--output")
    args = args.parse_args()
    cases = suite.read()
    results, notes = {}, []
    if args.leadline:
        results["leadline"] = leadline(args.leadline, cases)
        notes.append("leadline of this tree, its fast matcher")
    try:
        versions = [importlib.metadata.version(p) for p in ("pysigma", "pysigma-backend-sqlite")]
        results["pySigma, SQLite"] = {c.id: pysigma(c) for c in cases}
        notes.append(f"pySigma {versions[0]} with pySigma-backend-sqlite {versions[1]}, SQLite {sqlite3.sqlite_version}, "
                     f"Python {sys.version.split()[0]}; keywords in a column that holds the values of an event, one a line")
    except importlib.metadata.PackageNotFoundError:
        notes.append("pySigma: not installed, not run")
    if args.rsigma:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results["RSigma"] = dict(zip((c.id for c in cases), pool.map(lambda c: rsigma(args.rsigma, c), cases)))
        version = subprocess.run([args.rsigma, "--version"], capture_output=True, encoding="utf-8").stdout.split("\n")[0]
        notes.append(f"RSigma: {version}, every rule given an id (without one it is in no correlation and under no filter)")
    else:
        notes.append("RSigma: not run")
    lines = [HEAD.format(errors_caught())] + [f"* {note}" for note in notes] + [""] + table(cases, results) + [""]
    for name, of_engine in results.items():
        lines += differences(cases, name, of_engine)
    text = "\n".join(lines).rstrip("\n") + "\n"
    if args.output:
        pathlib.Path(args.output).write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
