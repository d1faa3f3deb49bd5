#!/usr/bin/env python3
"""demo.py LEADLINE: the demonstration intrusion against what was done in it (demo/truth.json), and two servers without one:
tests/data/quiet, where nothing happened, and tests/data/scanned, a fixed server that was only tried."""
import datetime
import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
from case import EXIT, Tally, assess, document_bytes, findings_above  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHORT = {"evtx:Sysmon": "evtx:Microsoft-Windows-Sysmon/Operational"}
# Reading the logon page is what everybody does: it is told by nothing but what came after.
NO_ACT = {"recon"}


def seconds(text):
    return datetime.datetime.fromisoformat(text.rstrip("Z")).timestamp()


def check_steps(t, document, truth):
    """Every step has a finding of one of its logs in a chain, within a second (web logs have whole seconds)."""
    chained = {i for c in document["chains"] for s in c["steps"] for i in s["findings"]}
    found = [(f["source"]["kind"], seconds(f["time"])) for f in document["findings"] if f["id"] in chained]
    for step in truth["steps"]:
        if step["step"] in NO_ACT:
            continue
        kinds = {SHORT.get(k, k) for k in step["sources"]}
        seen = [k for k, time in found if k in kinds and abs(time - seconds(step["time"])) <= 1]
        t.holds(f"step {step['step']} at {step['time']}", seen)


def check_demo(t, document, truth):
    check_steps(t, document, truth)
    t.same("also", document["also"], truth["also"])
    t.same("hosts", [h["name"] for h in document["hosts"]], [truth["host"].split(".")[0]])
    t.same("builds", [b["build"] for b in document["hosts"][0]["builds"]], [truth["build"]])
    t.holds("since", abs(seconds(document["since"]) - seconds(truth["since"])) < 1)
    t.holds("until", abs(seconds(document["until"]) - seconds(truth["until"])) < 1)
    t.same("since_bound", document["since_bound"], "exact")
    t.holds("level", document["level"] in ("server", "domain"))
    outcomes = {x["cve"]: x["outcome"] for x in document["exploits"]}
    t.same("exploits", outcomes, {cve: "succeeded" for cve in truth["cve"]})
    opened = [m["address"] for m in document["scope"]["mailboxes"] if m["access"] == "opened"]
    t.same("mailboxes", opened, truth["mailboxes"])
    t.holds("web shell", truth["web_shell"] in [f["path"] for f in document["scope"]["files"]])
    clients = {c for thread in document["threads"] for c in thread["clients"]}
    t.same("intruders", sorted(clients), sorted(truth["intruders"]))


def main():
    leadline, t = sys.argv[1], Tally()
    truth = json.loads((ROOT / "demo" / "truth.json").read_text(encoding="utf-8"))
    rows = ((ROOT / "demo" / "evidence", truth["verdict"]), (ROOT / "tests" / "data" / "quiet", "NO_EVIDENCE"),
            (ROOT / "tests" / "data" / "scanned", "ATTACKED"))
    with tempfile.TemporaryDirectory() as work:
        for evidence, verdict in rows:
            t.about = evidence.name
            status, document = assess(leadline, work + "/case", [evidence], "--threads", "1")
            t.same("verdict", document and document["verdict"], verdict)
            t.same("exit status", status, EXIT[verdict])
            first = document_bytes(work + "/case")
            assess(leadline, work + "/case", [evidence], "--threads", "5", "--matcher", "plain")
            t.same("same bytes with five threads and the plain matcher", document_bytes(work + "/case") == first, True)
            if verdict == "COMPROMISED":
                check_demo(t, document, truth)
            elif verdict == "NO_EVIDENCE":
                t.same("findings above low", findings_above(document, "low"), [])
                t.same("since", document["since"], None)
            else:
                t.same("outcomes", {x["outcome"] for x in document["exploits"]}, {"attempted"})
                t.same("blocked by", {x["blocked_by"] for x in document["exploits"]}, {"fixed_build"})
        return t.end()


if __name__ == "__main__":
    sys.exit(main())
