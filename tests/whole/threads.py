#!/usr/bin/env python3
"""threads.py LEADLINE: who was at work in the demonstration, and in copies of it with one thing changed, each told here with
what must come of it and why."""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from case import Tally, assess  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "demo" / "evidence"
EXPLOITS, USES, LOOKS = "203.0.113.77", "198.51.100.9", "203.0.113.201"
GUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")


def copy(to, change, keep=lambda path: True):
    for path in DEMO.rglob("*"):
        if path.is_file() and keep(path):
            out = to / path.relative_to(DEMO)
            out.parent.mkdir(parents=True, exist_ok=True)
            with open(path, encoding="utf-8", newline="") as f:
                text = change(f.read())
            with open(out, "w", encoding="utf-8", newline="") as f:
                f.write(text)


def replaced(old, new):
    return lambda text: text.replace(old, new)


def second_intruder(text):
    """The web requests again, ten hours later, by another address, with another page, session and request ids."""
    more = []
    for line in text.splitlines(keepends=True):
        if (EXPLOITS in line or USES in line) and not line.startswith("{"):
            line = line.replace(EXPLOITS, "192.0.2.88").replace(USES, "192.0.2.88").replace("tidelog", "mossgate")
            line = GUID.sub(lambda m: m.group()[::-1], line.replace("76e55f3299b9087e", "5f0c1d2e3a4b5968"))
            more.append(re.sub(r"(2021-03-03[T ])0([67]):", r"\g<1>1\2:", line))
    return text + "".join(more)


def is_event_log(path):
    return path.suffix == ".jsonl"


def threads_of(document):
    return [(t["kind"], sorted(t["clients"])) for t in document["threads"]]


def statements(document, index=0):
    return [(p["name"], p["statement"]) for p in document["threads"][index]["profiles"]]


NEW = [("29 published profiles", "nothing published matches: new")]
ALL = sorted([EXPLOITS, USES, LOOKS])


def check(t, name, document):
    threads = document["threads"]
    placed = [i for th in threads for i in th["findings"]]
    t.same("each finding in one thread", len(placed), len(set(placed)))
    t.same("steps hold the findings", [sorted(i for s in th["steps"] for i in s["findings"]) for th in threads],
           [sorted(th["findings"]) for th in threads])
    t.holds("why, of each comparison", all(p["why"] for th in threads for p in th["profiles"]))
    t.same("caveats", len(document["profiles_compared"]["caveats"]), 5)
    if name == "as it is":
        t.same("threads", threads_of(document), [("intrusion", ALL)])
        t.same("profiles", statements(document), NEW)
        t.holds("the page", threads[0]["webshells"][0].endswith("\\tidelog.aspx"))
        t.holds("agents", {"antSword/v2.1", "python-requests/2.25.1"} <= set(threads[0]["user_agents"]))
        t.holds("says that it is concluded", any("handed on" in d for d in threads[0]["doubts"]))
    elif name == "a page of a published name":
        # Anybody tries discover.aspx, so whoever only looked at it later may be anybody.
        t.same("threads", threads_of(document), [("intrusion", sorted([EXPLOITS, USES])), ("attempts", [LOOKS])])
        t.same("related", [{r["thread"] for r in th["related"]} for th in threads], [{"T002"}, {"T001"}])
        t.same("profiles", statements(document), NEW)
        t.holds("the name is told and counts for nothing", any("discover.aspx" in w and "says little" in w
                                                               for w in threads[0]["profiles"][0]["why"]))
    elif name == "a second intruder":
        t.same("threads", threads_of(document), [("intrusion", ALL), ("intrusion", ["192.0.2.88"])])
        t.same("no finding of one chain is lost", threads[1]["chains"], ["C001"])
    elif name == "an address that one group alone had":
        t.same("profiles", statements(document), [("LuckyMouse", "matches")])
    elif name == "an address that its publisher warns of":
        t.same("profiles", statements(document), [("HAFNIUM", "resembles")])
    elif name == "no web logs":
        t.same("threads", threads_of(document), [("intrusion", [])])
        t.holds("says so", any("No address" in d for d in threads[0]["doubts"]))
    elif name == "scanned":
        t.same("attempts alone", {th["kind"] for th in threads}, {"attempts"})


def main():
    leadline, t = sys.argv[1], Tally()
    rows = (
        ("as it is", lambda text: text, lambda path: True),
        ("a page of a published name", replaced("tidelog", "discover"), lambda path: True),
        ("a second intruder", second_intruder, lambda path: True),
        ("an address that one group alone had", replaced(EXPLOITS, "34.90.207.23"), lambda path: True),
        ("an address that its publisher warns of", replaced(EXPLOITS, "5.254.43.18"), lambda path: True),
        ("no web logs", lambda text: text, is_event_log),
    )
    with tempfile.TemporaryDirectory() as work:
        for number, (name, change, keep) in enumerate(rows):
            t.about = name
            evidence = pathlib.Path(work) / f"e{number}"
            copy(evidence, change, keep)
            _, document = assess(leadline, work + "/case", [evidence])
            check(t, name, document)
            for form in ("markdown", "html"):
                text = subprocess.run([leadline, "report", work + "/case", "--format", form], stdout=subprocess.PIPE,
                                      check=True).stdout.decode()
                t.holds(f"caveats in {form}", "web-shell file names recur" in text.replace("\\", ""))
        t.about = "scanned"
        check(t, "scanned", assess(leadline, work + "/case", [ROOT / "tests" / "data" / "scanned"])[1])
        return t.end()


if __name__ == "__main__":
    sys.exit(main())
