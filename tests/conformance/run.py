#!/usr/bin/env python3
"""run.py LEADLINE [-v] [ID…]: the cases of conformance/ through the program as its user meets it, with both matchers.

Many cases share a process: each is a rule file, its events bear a host of its own, and a hit counts for the case whose rule and whose
host it has. What conformance/known.txt lists must fail, all else must pass. Ends with a table and "N passed, N failed". IDs: only
cases whose id holds one of them; -v prints what was said of each event."""
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

BATCH = 60
MATCHERS = ("fast", "plain")


def event_line(case, event):
    return json.dumps({"Channel": "Security", "EventID": 1, "Computer": case.id, **event})


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

    def __init__(self, case):
        self.matches = [set() for _ in case.events]
        self.alerts, self.rejected = set(), {}


def group_key(title, group):
    return title, tuple(sorted((k, str(v)) for k, v in group.items()))


def read_hits(batch, lines, out, said):
    by_id = {case.id: case for case in batch}
    for text in out.splitlines():
        hit = json.loads(text)
        case = by_id.get(hit["host"])
        if case is None or pathlib.Path(hit["rule"]["file"]).stem != case.id:
            continue
        title, matched = hit["rule"]["title"], hit["matched"]
        if any(m["test"] == "members" for m in matched):
            group = {m["field"]: m["value"] for m in matched if m["test"] == "group-by"}
            said[case.id].alerts.add(group_key(title, group))
        else:
            said[case.id].matches[lines[hit["source"]["record"] - 1][1]].add(title)


def read_check(batch, out, said):
    by_id = {case.id: case for case in batch}
    for file, line, why in re.findall(r"([^/\n]+)\.yml:(\d+):\d+: rejected: (.*)$", out, re.M):
        said[file].rejected[title_at(by_id[file].rule, int(line))] = why


def output(*command):
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    if run.returncode:
        sys.exit(f"{command[1]} ended with {run.returncode}:\n{run.stderr}")
    return run.stdout


def run_batch(program, matcher, batch):
    lines = [(case, i) for case in batch for i in range(len(case.events))]
    said = {case.id: Said(case) for case in batch}
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder, "rules")
        rules.mkdir()
        for case in batch:
            (rules / f"{case.id}.yml").write_text(case.rule, encoding="utf-8")
        events = pathlib.Path(folder, "events.jsonl")
        events.write_text("".join(event_line(c, c.events[i][1]) + "\n" for c, i in lines) or "{}\n", encoding="utf-8")
        hits = output(program, "hunt", "--no-builtin", "--no-progress", "--format", "jsonl", "--matcher", matcher,
                      "--rules", rules, events)
        check = output(program, "rules", "check", rules)
    read_hits(batch, lines, hits, said)
    read_check(batch, check, said)
    return said


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


def main(program, *args):
    wanted = [a for a in args if a != "-v"]
    all_cases = suite.read()
    known = read_known()
    bad = [f"known.txt names {id}, which is no case" for id in known if id not in {c.id for c in all_cases}]
    chosen = [c for c in all_cases if not wanted or any(w in c.id for w in wanted)]
    together = [c for c in chosen if not c.alone]
    batches = [together[i:i + BATCH] for i in range(0, len(together), BATCH)] + [[c] for c in chosen if c.alone]
    wrong = collections.defaultdict(dict)  # id: what is wrong: the matchers that say it
    for matcher in MATCHERS:
        for batch in batches:
            said = run_batch(program, matcher, batch)
            for case in batch:
                for text in judge(case, said[case.id]):
                    wrong[case.id].setdefault(text, []).append(matcher)
    table = collections.defaultdict(collections.Counter)
    for case in chosen:
        failed = case.id in wrong
        state = ("known" if case.id in known else "failed") if failed else ("mended" if case.id in known else "passed")
        table[case.file][state] += 1
        if state == "mended":
            bad.append(f"{case.id}: passes, but known.txt lists it")
        if state == "failed" or failed and "-v" in args:
            bad += [f"{case.id} ({'/'.join(by)}): {text}" for text, by in wrong[case.id].items()]
    print(f"{'':24}{'cases':>7}{'passed':>8}{'failed':>8}{'known':>7}")
    for file, row in table.items():
        print(f"{file:24}{row.total():7}{row['passed']:8}{row['failed'] + row['mended']:8}{row['known']:7}")
    total = sum(table.values(), collections.Counter())
    print("\n".join(bad))
    print(f"{total['passed'] + total['known']} passed, {total['failed'] + total['mended']} failed")
    return 1 if total["failed"] + total["mended"] or bad and "-v" not in args else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
