#!/usr/bin/env python3
"""guidance.py LEADLINE: does what was found call for the advice that it should, and for no more? For each row of guidance_facts.def a rule is made
with just this mark, and one event; the advice of that fact must come with the finding as its reason, and without the mark it may not. Builds come by
an HttpProxy log of that build."""
import json
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from case import Tally, assess  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEF = (ROOT / "src/assess/guidance_facts.def").read_text(encoding="utf-8")
GUIDES = (ROOT / "src/assess/guidance.def").read_text(encoding="utf-8")
EVENT = {"Channel": "Microsoft-Windows-Sysmon/Operational", "SourceName": "Microsoft-Windows-Sysmon", "EventID": 1, "RecordNumber": 1,
         "Hostname": "EX01.contoso.example", "@timestamp": "2021-03-03T07:00:01.000Z", "UtcTime": "2021-03-03 07:00:01.000",
         "Image": r"C:\Windows\System32\made-up.exe", "CommandLine": "made-up kim@contoso.example", "ProcessId": 4001,
         "ParentImage": r"C:\Program Files\Microsoft\Exchange Server\V15\Bin\made-up.exe", "User": r"CONTOSO\kim"}
RULE = """title: A made-up trace
id: 0f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c99
status: test
level: medium
logsource: {{category: process_creation, product: windows}}
detection: {{sel: {{Image|endswith: 'made-up.exe'}}, condition: sel}}
tags: [{tags}]
leadline:
  stage: {stage}
  outcome: {outcome}
  effect: code_ran
  act: {act}
  says: made up
{more}"""
HEAD = ("#Software: Microsoft Exchange Server\n#Version: 15.00.0000.000\n#Log-type: HttpProxy Logs\n#Date: 2026-08-18T06:00:00.000Z\n"
        "#Fields: DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,Protocol,UrlHost,UrlStem,AuthenticatedUser,"
        "AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,Method\n")


def guides(fact):
    """The actions of the rows that this fact calls for."""
    rows = re.findall(r'^GUIDE\(\w+, ([^,]+), \w+, "((?:[^"\\]|\\.)*)"', GUIDES, re.M)
    return [text.replace('\\"', '"').replace("\\\\", "\\") for facts, text in rows if fact in facts.split(" | ")]


def advice(leadline, evidence, *options):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        paths = []
        for name, text in evidence.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(text, encoding="utf-8")
            paths.append(work / name)
        return assess(leadline, work / "case", [p for p in paths if p.suffix != ".yml"], *options,
                      *[o for p in paths if p.suffix == ".yml" for o in ("--rules", p)])[1]


def with_rule(leadline, key="", value="", stage="action", outcome="succeeded"):
    more = ""
    if key == "CVE":
        more = f"  cve: [{value}]\n"
    if key == "ACCESS":
        more = f"  scope: [{{what: mailbox, field: CommandLine, regex: '(\\S+@\\S+)', access: {value}, certainty: seen}}]\n"
    rule = RULE.format(tags=value if key == "TAG" else "attack.t1190", stage=stage, outcome=outcome, more=more, act=value if key == "ACT" else "made-up")
    return advice(leadline, {"rule.yml": rule, "one.jsonl": json.dumps(EVENT) + "\n"}, "--no-builtin")


def given(document, action):
    return [g for g in document["guidance"] if g["action"] == action]


def check_findings(leadline, tally):
    rows = re.findall(r'^FINDING\((FACT_\w+), (\w+), "([^"]+)"\)', DEF, re.M)
    tally.holds("there are rows", len(rows) > 10)
    plain = with_rule(leadline)
    tally.same("it is a break-in all the same", plain["verdict"], "COMPROMISED")
    for fact, key, value in rows:
        tally.about = f"{fact} by {key} {value}"
        document = with_rule(leadline, key, value)
        for action in guides(fact):
            tally.same("reasons", [g["findings"] for g in given(document, action)], [["F0001"]])
            tally.same("without it", given(plain, action), [])
        tally.holds("it calls for something", guides(fact))
        if key == "CVE":
            refused = with_rule(leadline, key, value, "attempt", "attempted")
            tally.same("of an attempt", [g for action in guides(fact) for g in given(refused, action)], [])
    orders = [g["order"] for g in plain["guidance"]]
    tally.same("orders", orders, list(range(1, len(orders) + 1)))


def proxy_log(build):
    major, minor, number, revision = build.split(".")
    lines = [f"2026-08-18T06:{m:02d}:00.000Z,r{m},{major},{minor},{number},{revision},Owa,mail.contoso.example,/owa/,CONTOSO\\kim,,Mozilla/5.0,"
             "192.0.2.10,EX01,200,GET\n" for m in range(60)]
    return HEAD.replace("15.00.0000.000", f"{major}.{int(minor):02d}.{int(number):04d}.{int(revision):03d}") + "".join(lines)


def check_builds(leadline, tally):
    # Exchange 2016 CU19 without updates; CU22 without; CU23 with the update of November 2022; Exchange 2013, the last build.
    expected = {"15.1.2176.2": {"FACT_EOMT", "FACT_EOMT2"}, "15.1.2375.7": {"FACT_EOMT2", "FACT_EEMS"}, "15.1.2507.16": {"FACT_EEMS"},
                "15.0.1497.48": set(), "15.2.986.5": {"FACT_EOMT2", "FACT_EEMS"}}
    for build, facts in expected.items():
        tally.about = f"build {build}"
        document = advice(leadline, {"HttpProxy_2026081806-1.LOG": proxy_log(build)})
        tally.same("build", [b["build"] for h in document["hosts"] for b in h["builds"]], [build])
        for fact in ("FACT_EOMT", "FACT_EOMT2", "FACT_EEMS"):
            for action in guides(fact):
                tally.same(fact, len(given(document, action)), int(fact in facts))
        further = {g["target"] for g in document["guidance"] if "further step" in g["action"]}
        tally.same("settings", {t for t in further if "CVE-2025-53786" in t} != set(), not build.startswith("15.0."))


def main():
    tally = Tally()
    check_findings(sys.argv[1], tally)
    check_builds(sys.argv[1], tally)
    return tally.end()


sys.exit(main())
