#!/usr/bin/env python3
"""twins.py LEADLINE [DATA_DIR] [--all] [--only WORD]: the recorded ProxyLogon intrusion and its twins, whole.

A twin (tools/otrf_twin.py) is the same recording of another server: all names, folders, ports, process ids, days and the
recorder's clock are others, the records are shuffled over three files. What must be found is the same, to the millisecond.
Then one act is taken away at a time, and all but one: the verdicts are those of the table in docs/verdict.md, which was written
first. With the attack cut out nothing may be found. DATA_DIR is
LEADLINE_DATA when not given; exit status 77 without the recording.
"""
import argparse
import datetime
import importlib.util
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True
from case import EXIT, Tally, assess, document_bytes, findings_above, kinds_of  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = "otrf-proxylogon-2021-03-14.zip"
SECURITY, SYSMON = "evtx:Security", "evtx:Microsoft-Windows-Sysmon/Operational"
CMDLETS, APPLICATION = "evtx:MSExchange Management", "evtx:Application"

# Step of the twin's maker, act of the rules, stage, time of day of the recording, the logs that must all be in the step.
ACTS = (
    ("script-start", "script-start", "attempt", "06:40:10.775", (SECURITY, SYSMON)),
    ("panel-error", "panel-loop", "exploited", "06:40:11.940", (APPLICATION,)),
    ("set-oab", "set-vdir", "exploited", "06:40:12.987", (CMDLETS, APPLICATION)),
    ("shell-write", "page-written", "foothold", "06:40:13.660", (SECURITY, SYSMON)),
    ("remove-vdir", "remove-vdir", "exploited", "06:40:14.768", (CMDLETS,)),
    ("compile", "page-compiled", "foothold", "06:40:15.315", (SYSMON,)),
    ("w3wp-cmd", "web-server-child", "action", "06:40:15.338", (SECURITY, SYSMON)),
    ("new-vdir", "new-vdir", "exploited", "06:40:17.518", (CMDLETS,)),
)
STEPS = tuple(a[0] for a in ACTS)


def load_maker():
    spec = importlib.util.spec_from_file_location("otrf_twin", ROOT / "tools" / "otrf_twin.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    read, kept = maker.read, {}
    # The recording is read once: the maker builds each event of a twin anew.
    maker.read = lambda path: kept.setdefault(path, None) or kept.update({path: read(path)}) or kept[path]
    return maker


class Run:
    def __init__(self, args, work):
        self.leadline, self.recording, self.work = args.leadline, args.data / RECORDING, work
        self.maker, self.tally, self.n = load_maker(), Tally(), 0

    def twin(self, *options):
        """Make a twin; its folder and the truth about it."""
        self.n += 1
        out, truth = self.work / f"twin-{self.n}", self.work / f"truth-{self.n}.json"
        sys.argv = ["otrf_twin", str(self.recording), str(out), "--truth", str(truth), *options]
        self.maker.main()
        return out, json.loads(truth.read_text(encoding="utf-8"))

    def assess(self, about, evidence, verdict, *options):
        """Assess, and hold verdict and exit status against what is expected. None when there is no document."""
        self.tally.about = about
        status, document = assess(self.leadline, self.work / "case", evidence, *options)
        self.tally.same("exit status", status, EXIT[verdict])
        self.tally.same("verdict", document and document["verdict"], verdict)
        return document

    def drop(self, folder):
        shutil.rmtree(folder)


def expected_steps(days, gone=()):
    day = datetime.date(2021, 3, 14) + datetime.timedelta(days=days)
    return [(act, stage, f"{day}T{time}Z", kinds) for step, act, stage, time, kinds in ACTS if step not in gone]


def check_chain(t, document, days):
    """All eight steps in order, at their times, each with the records of all logs that saw it."""
    t.same("chains", len(document["chains"]), 1)
    chain = document["chains"][0]
    expected = expected_steps(days)
    t.same("steps", [(s["act"], s["stage"], s["time"]) for s in chain["steps"]], [e[:3] for e in expected])
    t.same("complete", chain["complete"], True)
    for step, (act, _, _, kinds) in zip(chain["steps"], expected):
        t.same(f"logs of {act}", set(kinds) <= set(kinds_of(document, step["findings"])), True)
    t.same("since", document["since"], expected[0][2])
    t.same("until", document["until"], expected[-1][2])
    # A script on the server itself: somebody was there before.
    t.same("since_bound", document["since_bound"], "not_after")
    t.same("active_at_end", document["active_at_end"], True)


def check_names(t, document, truth):
    t.same("hosts", [h["name"].upper() for h in document["hosts"]], [truth["host"].upper()])
    boxes = [(m["address"], m["access"], m["certainty"]) for m in document["scope"]["mailboxes"]]
    t.same("mailboxes", boxes, [(truth["mailbox"], "targeted", "seen")])
    t.same("files", [f["path"] for f in document["scope"]["files"]], [truth["shell_path"]])
    t.same("account", [a["name"].split("\\")[-1] for a in document["scope"]["accounts"]], [truth["user"]])


def check_clock(t, document, truth):
    for s in document["coverage"]["sources"]:
        if s["kind"].startswith("evtx:"):
            t.same(f"clock_skew_s of {s['kind']}", s["clock_skew_s"], truth["clock_skew_s"])
    clock = next(s["clock"] for s in document["coverage"]["sources"] if s["kind"] == SECURITY)
    t.same("pairs that fall together", clock["pairs_met"], clock["pairs"])
    t.holds("process starts seen by both logs", clock["pairs"] >= 9)


def check_intrusion(run, about, evidence, truth, days=0):
    document = run.assess(about, evidence, "COMPROMISED")
    if not document:
        return
    t = run.tally
    check_chain(t, document, days)
    check_names(t, document, truth)
    check_clock(t, document, truth)
    outcomes = {x["cve"]: x["outcome"] for x in document["exploits"]}
    t.same("exploits", outcomes, {"CVE-2021-26855": "unknown", "CVE-2021-27065": "succeeded"})
    t.same("level", document["level"], "server")


ORIGINAL = {"host": "MXS01", "mailbox": "wardog@azsentinel.local", "user": "wardog", "clock_skew_s": 18000,
            "shell_path": r"C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa\auth\ohyeah.aspx"}

TWINS = (  # seed, days, options
    (1, 0, "--skew 0 --folder owa --ports 777"),
    (2, 12, "--skew -7:00 --folder ecp --pids 4000"),
    (3, -9, "--skew +5:30 --folder system_web --ports 12000 --pids 888"),
    (4, 365, "--skew -7:00 --folder system_web"),
    (5, -40, "--skew +5:30 --folder owa"),
    (6, 1, "--skew 0 --folder ecp --host EX --user a"),
    (7, 200, "--skew +12:45 --folder owa --files 3"),
    (8, -400, "--skew -5:00 --no-shuffle --folder ecp"),
)


def test_original(run):
    check_intrusion(run, "original", [run.recording], ORIGINAL)


def test_twins(run, n):
    for seed, days, options in TWINS[:n]:
        folder, truth = run.twin("--seed", str(seed), "--days", str(days), *options.split())
        check_intrusion(run, f"twin {seed} ({options})", [folder], truth, days)
        run.drop(folder)


def test_containers(run):
    """The same files given one by one, and in an archive."""
    folder, truth = run.twin("--seed", "21", "--days", "5", "--skew", "+5:30")
    files = sorted(folder.iterdir())
    check_intrusion(run, "three arguments", files, truth, 5)
    check_intrusion(run, "three arguments, backwards", files[::-1], truth, 5)
    archive = run.work / "twin.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for f in files:
            z.write(f, f"collected/{f.name}")
    check_intrusion(run, "archive", [archive], truth, 5)
    run.drop(folder)


def read_table():
    """Act → (verdict without it, verdict of it alone), from docs/verdict.md."""
    text = (ROOT / "docs" / "verdict.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([A-Z_]+) \| ([A-Z_]+) \|", text, re.M)
    assert [r[0] for r in rows] == list(STEPS), "the table of docs/verdict.md has other rows"
    return {name: (without, alone) for name, without, alone in rows}


def check_remaining(run, document, gone):
    """What is left stands at its time, and nothing of what is gone is told."""
    found = [(s["act"], s["stage"], s["time"]) for c in document["chains"] for s in c["steps"]]
    chained = [e[:3] for e in expected_steps(0, gone)]
    run.tally.same("steps left", found, chained)


def test_removed(run, steps):
    for step in steps:
        folder, _ = run.twin("--keep-names", "--remove", step)
        document = run.assess(f"without {step}", [folder], read_table()[step][0])
        check_remaining(run, document, {step})
        run.drop(folder)


def test_alone(run, steps):
    for step in steps:
        others = [o for other in STEPS if other != step for o in ("--remove", other)]
        folder, _ = run.twin("--keep-names", *others)
        document = run.assess(f"{step} alone", [folder], read_table()[step][1])
        if step not in ("remove-vdir", "new-vdir"):  # what only supports makes no chain
            check_remaining(run, document, set(STEPS) - {step})
        else:
            run.tally.same("chains", document["chains"], [])
            run.tally.same("findings above low", findings_above(document, "low"), [])
        run.drop(folder)


def test_cut(run, seeds):
    """Without the attack nothing is left to find: the noise of a live server (its health manager runs netsh, its monitoring
    cscript, its application pools recycle) is no finding."""
    for seed in seeds:
        names = ["--keep-names"] if seed == 0 else ["--seed", str(seed), "--skew", "0", "--days", "3"]
        folder, truth = run.twin("--cut-attack", *names)
        text = "".join(f.read_text(encoding="utf-8") for f in sorted(folder.iterdir()))
        run.tally.about = f"cut {seed}"
        for noise in ("netsh", "cscript", "w3wp", "MSExchangeHMWorker"):
            run.tally.holds(f"the noise is still there: {noise}", noise in text)
        document = run.assess(f"cut {seed}", [folder], "CANNOT_TELL")
        run.tally.same("findings above low", findings_above(document, "low"), [])
        run.tally.same("chains", document["chains"], [])
        run.tally.same("exploits", document["exploits"], [])
        run.tally.same("since", document["since"], None)
        run.tally.same("scope", {k: v for k, v in document["scope"].items() if v}, {})
        run.tally.holds("the reasons say what to bring", any("HttpProxy" in r["text"] for r in document["reasons"]))
        run.drop(folder)


def test_same_bytes(run):
    """The document does not depend on threads or on the matcher."""
    folder, _ = run.twin("--seed", "31", "--skew", "-7:00")
    seen = {}
    for options in (("--threads", "1"), ("--threads", "2"), ("--threads", "5"), ("--matcher", "plain"), ("--matcher", "fast")):
        run.assess(" ".join(options), [folder], "COMPROMISED", *options)
        seen[" ".join(options)] = document_bytes(run.work / "case")
    for options, text in seen.items():
        run.tally.about = options
        run.tally.same("same document as with one thread", text == seen["--threads 1"], True)
    run.drop(folder)


# Names, addresses and ids that occur in this recording and nowhere else.
ONLY_THERE = ("wardog", "mxs01", "azsentinel", "ohyeah", "public-poc", "tpy.js", "ffff/", "guacamole", "28ea308",
              "192.168.2.", "192.168.3.", "b14f:e9ef", "594047938", "241441452", "6004d249", "llfrjg0v", "8e05b027",
              "python39", "2021-03-14t")


def test_names(run):
    """Nothing of the recording stands in the program or its rules."""
    run.tally.about = "names"
    for top in ("src", "rules", "data"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace").lower()
                run.tally.same(str(path.relative_to(ROOT)), [n for n in ONLY_THERE if n in text], [])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("leadline")
    ap.add_argument("data", type=pathlib.Path, nargs="?", default=os.environ.get("LEADLINE_DATA") or None)
    ap.add_argument("--all", action="store_true", help="every twin and every act, which takes some minutes")
    ap.add_argument("--only", help="tests whose name has this word")
    args = ap.parse_args()
    if not args.data or not (args.data / RECORDING).is_file():
        print("skipped: no recording (LEADLINE_DATA)")
        return 77
    tests = {
        "names": test_names,
        "original": test_original,
        "twins": lambda run: test_twins(run, len(TWINS) if args.all else 3),
        "containers": test_containers,
        "removed": lambda run: test_removed(run, STEPS),
        "alone": lambda run: test_alone(run, STEPS),
        "cut": lambda run: test_cut(run, (0, 5, 9) if args.all else (0, 5)),
        "bytes": test_same_bytes,
    }
    with tempfile.TemporaryDirectory() as work:
        run = Run(args, pathlib.Path(work))
        for name, test in tests.items():
            if not args.only or args.only in name:
                test(run)
        return run.tally.end()


if __name__ == "__main__":
    sys.exit(main())
