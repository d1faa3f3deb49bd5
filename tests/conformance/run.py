#!/usr/bin/env python3
"""run.py LEADLINE [-v] [ID…]: the cases of conformance/ through the program as its user meets it, with both matchers.

Many cases share a process: each is a rule file, its events bear a host of its own, and a hit counts for the case whose rule and whose
host it has. What conformance/known.txt lists must fail, all else must pass. Ends with a table and "N passed, N failed". IDs: only
cases whose id holds one of them; -v also says what the known ones do."""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SUITE = pathlib.Path(__file__).resolve().parents[2] / "conformance"
sys.path.insert(0, str(SUITE))
import cases as suite  # noqa: E402

BATCH = 30
MATCHERS = ("fast", "plain")


def event_line(host, event):
    return json.dumps({"Channel": "Security", "EventID": 1, "Computer": host, **event})


def title_at(rule, line):
    """The title of the document that holds a line of a rule file."""
    lines = rule.split("\n")
    first = last = line - 1
    while first > 0 and lines[first] != "---":
        first -= 1
    while last < len(lines) and (last == line - 1 or lines[last] != "---"):
        last += 1
    titles = [text[7:].strip("'\"") for text in lines[first:last] if text.startswith("title: ")]
    return titles[0] if titles else ""


class Said:
    """What the program said of one case."""

    def __init__(self, case, rejected):
        self.matches = [set() for _ in case.events]
        self.alerts, self.rejected = set(), rejected


def group_key(title, group):
    return title, tuple(sorted((k, str(v)) for k, v in group.items()))


def read_hits(batch, lines, out, said):
    for text in out.splitlines():
        hit = json.loads(text)
        case = batch[int(hit["host"][1:])]
        if pathlib.Path(hit["rule"]["file"]).stem != case.id:
            continue
        title, matched = hit["rule"]["title"], hit["matched"]
        if any(m["test"] == "members" for m in matched):
            group = {m["field"]: m["value"] for m in matched if m["test"] == "group-by"}
            said[case.id].alerts.add(group_key(title, group))
        else:
            said[case.id].matches[lines[hit["source"]["record"] - 1]].add(title)


def read_check(batch, out):
    """By case: the titles that were refused, and why."""
    refused = {case.id: {} for case in batch}
    rules = {case.id: case.rule for case in batch}
    for file, line, why in re.findall(r"([^/\n]+)\.yml:(\d+):\d+: rejected: (.*)$", out, re.M):
        refused[file][title_at(rules[file], int(line))] = why
    return refused


def output(*command):
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    if run.returncode:
        sys.exit(f"{command[1]} ended with {run.returncode}:\n{run.stderr}")
    if "are shown" in run.stderr:
        sys.exit(f"more hits than {command[1]} keeps: make BATCH smaller\n{run.stderr}")
    return run.stdout


def run_batch(program, batch, matchers=MATCHERS):
    """By matcher and id: what was said."""
    lines = [i for case in batch for i in range(len(case.events))]  # of each line of the log: which event of its case
    log = [event_line(f"h{n}", event) for n, case in enumerate(batch) for _, event in case.events]
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder, "rules")
        rules.mkdir()
        for case in batch:
            (rules / f"{case.id}.yml").write_text(case.rule, encoding="utf-8")
        events = pathlib.Path(folder, "events.jsonl")
        events.write_text("\n".join(log or ["{}"]) + "\n", encoding="utf-8")
        values = pathlib.Path(folder, "placeholders.yml")
        values.write_text(json.dumps({k: v for case in batch for k, v in case.placeholders.items()}), encoding="utf-8")
        refused = read_check(batch, output(program, "rules", "check", "--placeholders", values, rules))
        for matcher in matchers:
            said = result[matcher] = {case.id: Said(case, refused[case.id]) for case in batch}
            read_hits(batch, lines, output(program, "hunt", "--no-builtin", "--no-progress", "--format", "jsonl",
                                           "--matcher", matcher, "--placeholders", values, "--rules", rules, events), said)
    return result


def judge(case, said):
    """What is wrong, as texts; nothing when all is as expected."""
    wrong = [f"refused {title or 'the rule'}: {why}" for title, why in said.rejected.items() if title not in case.rejected]
    wrong += [f"did not refuse {title}" for title in case.rejected if title not in said.rejected]
    if wrong:
        return wrong
    for i, (titles, event) in enumerate(case.events):
        if titles is not None and set(titles) != said.matches[i]:
            wrong.append(f"{json.dumps(event, ensure_ascii=False)}: {sorted(said.matches[i]) or 'nothing'}, not {titles or 'nothing'}")
    want = {group_key(*alert) for alert in case.alerts}
    wrong += [f"no alert {a}" for a in sorted(want - said.alerts)] + [f"an alert {a}" for a in sorted(said.alerts - want)]
    return wrong


def read_known():
    known = {}
    for line in (SUITE / "known.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            id, _, reason = line.partition(" ")
            known[id] = reason.strip()
    return known


def batches(cases):
    together = [c for c in cases if not c.alone]
    return [together[i:i + BATCH] for i in range(0, len(together), BATCH)] + [[c] for c in cases if c.alone]


def main(program, *args):
    wanted = [a for a in args if a != "-v"]
    all_cases = suite.read()
    known = read_known()
    strays = [f"known.txt names {id}, which is no case" for id in known if id not in {c.id for c in all_cases}]
    chosen = [c for c in all_cases if not wanted or any(w in c.id for w in wanted)]
    wrong = collections.defaultdict(dict)  # id: what is wrong: the matchers that say it
    for batch in batches(chosen):
        for matcher, said in run_batch(program, batch).items():
            for case in batch:
                for text in judge(case, said[case.id]):
                    wrong[case.id].setdefault(text, []).append(matcher)
    table = collections.defaultdict(collections.Counter)
    notes = []
    for case in chosen:
        failed, listed = case.id in wrong, case.id in known
        state = {(False, False): "passed", (True, True): "known", (True, False): "failed", (False, True): "mended"}[failed, listed]
        table[case.file][state] += 1
        if state == "mended":
            notes.append(f"{case.id}: passes, but known.txt lists it")
        if state == "failed" or failed and "-v" in args:
            notes += [f"{case.id} ({'/'.join(by)}): {text}" for text, by in wrong[case.id].items()]
    print(f"{'':24}{'cases':>7}{'passed':>8}{'failed':>8}{'known':>7}")
    for file, row in table.items():
        print(f"{file:24}{row.total():7}{row['passed']:8}{row['failed'] + row['mended']:8}{row['known']:7}")
    total = sum(table.values(), collections.Counter())
    bad = total["failed"] + total["mended"] + len(strays)
    print("\n".join(notes + strays))
    print(f"{total['passed'] + total['known']} passed, {bad} failed")
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
