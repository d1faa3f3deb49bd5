#!/usr/bin/env python3
"""bounds.py LEADLINE: evidence that would make the program grow (bench/make_hostile.py), large enough to meet each bound: the same
document with one thread and with five, the bound told among what was refused, and nothing that was counted lost. Ends with
"N passed, N failed"."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
MAKE = pathlib.Path(__file__).resolve().parents[2] / "bench/make_hostile.py"
ROWS = [  # kind, megabytes, the limits that are told
    ("hosts", 7, {"observations", "hosts"}),
    ("long", 14, {"observations", "hosts"}),
    ("channels", 7, {"observations"}),
    ("events", 3, {"event ids"}),
    ("fields", 12, set()),
    ("hours", 3, {"hours", "cleared logs"}),
    ("hits", 8, set()),
    ("damage", 1, set()),
    ("headers", 3, set()),
]
RULE = """title: Rule {0}
id: 00000000-0000-4000-8000-{0:012}
status: test
level: low
logsource: {{product: windows}}
detection: {{a: {{CommandLine|contains: whoami}}, condition: a}}
"""


def assess(leadline, folder, evidence, threads, *more):
    case = folder / f"case{threads}"
    done = subprocess.run([leadline, "assess", "--format", "none", "--no-progress", "--force", "--threads", str(threads), "-o", case, *more,
                           evidence], stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
    if done.returncode < 3 and done.returncode != 0:
        return f"status {done.returncode}: {done.stderr[-1000:]}", None
    document = json.loads((case / "assessment.json").read_bytes())
    del document["manifest"]["started"], document["manifest"]["seconds"]
    return (done.returncode, done.stderr, document, (case / "findings.jsonl").read_bytes()), document


def main():
    leadline, failed, passed = str(pathlib.Path(sys.argv[1]).resolve()), 0, 0

    def check(good, what):
        nonlocal failed, passed
        passed, failed = passed + bool(good), failed + (not good)
        if not good:
            print(f"FAILED: {what}")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        evidence = folder / "hostile.log"
        for kind, megabytes, limits in ROWS:
            with evidence.open("wb") as out:
                subprocess.run([sys.executable, MAKE, kind, str(megabytes)], stdout=out, check=True)
            one, document = assess(leadline, folder, evidence, 1)
            five, _ = assess(leadline, folder, evidence, 5)
            check(document and one == five, f"{kind}: one thread and five differ, or: {one if not document else ''}")
            if not document:
                continue
            told = {r["limit"] for r in document["refused"]}
            check(told == limits, f"{kind}: told {sorted(told)}")
            if kind == "damage":
                lines = evidence.read_bytes().count(b"\n") - 1
                check(len(document["damage"]) < lines, "damage: not added up")
                check(sum(d["lost"] for d in document["damage"]) == evidence.stat().st_size - evidence.read_bytes().index(b"\n") - 1,
                      "damage: not all bytes lost are counted")
            if kind in ("fields", "headers"):  # forgotten forms lose nothing
                records = evidence.read_bytes().count(b"\n" if kind == "fields" else b" GET ")
                check(not document["damage"] and sum(s["events"] for s in document["coverage"]["sources"]) == records, f"{kind}: events are lost")
        # Every record matches many rules: each has some of its hits, and all are counted.
        rules = folder / "rules"
        rules.mkdir()
        for i in range(300):
            (rules / f"{i}.yml").write_text(RULE.format(i))
        with evidence.open("wb") as out:
            subprocess.run([sys.executable, MAKE, "hits", "3"], stdout=out, check=True)
        records = evidence.read_bytes().count(b"\n")
        one, document = assess(leadline, folder, evidence, 1, "--no-builtin", "--rules", rules)
        five, _ = assess(leadline, folder, evidence, 5, "--no-builtin", "--rules", rules)
        check(document and one == five, "many rules: one thread and five differ")
        cut = document["coverage"]["rules"]["not_kept"]
        check(len(cut) == 300 and all(r["hits"] == records and 0 < r["kept"] < records for r in cut), "many rules: not every rule has some of its hits")
        check(sum(r["kept"] for r in cut) == len(document["findings"]), "many rules: findings and what is said to be kept differ")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
