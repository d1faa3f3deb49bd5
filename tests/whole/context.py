#!/usr/bin/env python3
"""context.py LEADLINE: what --context may change, and what it may not. Declared scans explain attempts, a declared administrator what asks to be looked
at; a break-in from a declared address stays one, and takes the declaration with it. Times without a zone are of the zone declared."""
import json
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
from case import EXIT, Tally, assess  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUIET, SCANNED, DEMO = ROOT / "tests/data/quiet", ROOT / "tests/data/scanned", ROOT / "demo/evidence"
SCANNER = "scanners:\n  - {{name: Nessus, addresses: [{0}]}}\n"
ADMIN = "administrators:\n  - {{name: Kim Lund, accounts: ['{0}']{1}}}\n"
EXPORT_RULE = """title: A mailbox was exported to a file
id: 0f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c98
status: test
level: high
logsource: {product: windows, service: msexchange-management}
detection:
  sel: {EventID: 1, param1: 'New-MailboxExportRequest'}
  condition: sel
"""
EXPORT = {"SourceName": "MSExchange CmdletLogs", "Channel": "MSExchange Management", "Hostname": "EX01.contoso.example", "EventID": 1,
          "RecordNumber": 7, "TimeCreated": "2026-08-18T06:30:00.000Z", "@timestamp": "2026-08-18T06:30:00.000Z",
          "param1": "New-MailboxExportRequest", "param2": '-Mailbox "lou@contoso.example" -FilePath "\\\\FS01\\pst\\lou.pst"',
          "param3": "contoso.example/Admins/Kim Lund"}
COMMAND_RULE = """title: A program of an administrator
id: 0f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c97
status: test
level: high
logsource: {category: process_creation, product: windows}
detection: {sel: {Image|endswith: '\\made-up.exe'}, condition: sel}
"""


class Run:
    def __init__(self, leadline, work):
        self.leadline, self.work = leadline, pathlib.Path(work)

    def __call__(self, evidence, context=None, *options):
        if context is not None:
            (self.work / "context.yml").write_text(context, encoding="utf-8")
            options = ("--context", self.work / "context.yml", *options)
        status, document = assess(self.leadline, self.work / "case", [evidence], *options)
        assert document and status == EXIT[document["verdict"]]
        return document


def marked(document):
    return [f for f in document["findings"] if "context" in f]


def explained(document):
    return [f["id"] for f in document["findings"] if f.get("explained")]


def scanned_quiet(work, address):
    """The quiet server, and one request of a scan from this address, refused."""
    shutil.copytree(QUIET, work / "scan", dirs_exist_ok=True)
    log = work / "scan/EX01/inetpub/logs/LogFiles/W3SVC1/u_ex260818.log"
    lines = log.read_bytes().split(b"\r\n")
    names = next(line for line in lines if line.startswith(b"#Fields: ")).split(b" ")[1:]
    n = next(i for i in range(len(lines) // 2, len(lines)) if b" POST " in lines[i])
    words = lines[n].split(b" ")
    for name, value in ((b"cs-uri-stem", b"/ecp/y.js"), (b"cs-uri-query", b"-"), (b"sc-status", b"404"), (b"c-ip", address.encode())):
        words[names.index(name)] = value
    log.write_bytes(b"\r\n".join(lines[:n + 1] + [b" ".join(words)] + lines[n + 1:]))
    return work / "scan"


def check_scanner(run, tally):
    evidence = scanned_quiet(run.work, "192.0.2.10")
    tally.about = "a refused request"
    tally.same("undeclared", run(evidence)["verdict"], "ATTACKED")
    for declared in ("192.0.2.10", "192.0.2.0/28", "'2001:db8::1', 192.0.2.10"):
        document = run(evidence, SCANNER.format(declared))
        tally.about = f"the same, declared as {declared}"
        tally.same("verdict", document["verdict"], "NO_EVIDENCE")
        tally.same("marks", [f["context"] for f in marked(document)], ["own scanner: Nessus"])
        tally.same("explained", explained(document), [document["findings"][0]["id"]])
        tally.holds("the sentence says so", "1 finding is explained by what the organisation declared" in document["sentence"])
        tally.holds("a reason names it", any("own scanner: Nessus" in r["text"] and r["findings"] == explained(document) for r in document["reasons"]))
        tally.same("exploits", document["exploits"], [])
        tally.holds("the file stands in the manifest", len(document["manifest"]["context"]["sha256"]) == 64)
    for declared in ("192.0.2.11", "192.0.3.0/24", "'::ffff:192.0.2.11'"):
        tally.about = f"others declared: {declared}"
        document = run(evidence, SCANNER.format(declared))
        tally.same("verdict", (document["verdict"], marked(document)), ("ATTACKED", []))
    tally.about = "maintenance and pages"
    only_marks = "maintenance:\n  - {name: Update, from: 2026-08-18T00:00:00Z, to: 2026-08-19T00:00:00Z}\npages:\n  - {name: Acme, paths: [/ecp/y.js]}\n"
    document = run(evidence, only_marks)
    tally.same("verdict", document["verdict"], "ATTACKED")
    tally.same("marks", [(f["context"], f.get("explained")) for f in marked(document)], [("maintenance: Update; declared page: Acme", None)])
    tally.about = "several scanners, not all declared"
    clients = {f["event"]["fields"].get("c-ip") or f["event"]["fields"].get("ClientIpAddress") for f in run(SCANNED)["findings"]}
    tally.holds("there are several", len(clients) > 1)
    some = run(SCANNED, SCANNER.format(sorted(clients)[0]))
    tally.same("one of them", some["verdict"], "ATTACKED")
    every = run(SCANNED, SCANNER.format(", ".join(sorted(clients))))
    tally.same("all of them", (every["verdict"], "ATTACKED" in every["also"]), ("CANNOT_TELL", False))
    tally.same("findings stay", len(every["findings"]), len(some["findings"]))


def check_break_in(run, tally):
    tally.about = "a break-in from a declared scanner"
    plain = run(DEMO)
    wide = SCANNER.format("203.0.113.0/24, 198.51.100.0/24") + ADMIN.format("NT AUTHORITY\\SYSTEM", "")
    document = run(DEMO, wide)
    for member in ("verdict", "since", "until", "level", "exploits", "chains", "scope"):
        tally.same(member, document[member], plain[member])
    tally.holds("it is marked", len(marked(document)) > 10)
    shells = [f for f in marked(document) if f["event"]["fields"].get("c-ip") == "198.51.100.9"]
    tally.holds("what it did", shells and all("explains nothing" in f["context"] for f in shells))
    tally.same("nothing of that address is explained", [f for f in shells if f.get("explained")], [])
    tally.same("the verdict", document["verdict"], "COMPROMISED")


def check_administrator(run, tally):
    shutil.copytree(QUIET, run.work / "admin", dirs_exist_ok=True)
    (run.work / "admin/EX01/events/management.jsonl").write_text(json.dumps(EXPORT) + "\n", encoding="utf-8")
    (run.work / "export.yml").write_text(EXPORT_RULE, encoding="utf-8")
    rules = ("--rules", run.work / "export.yml")
    tally.about = "an administrator's export of a mailbox"
    tally.same("undeclared", run(run.work / "admin", None, *rules)["verdict"], "CANNOT_TELL")
    document = run(run.work / "admin", ADMIN.format("contoso.example/admins/kim lund", ""), *rules)
    tally.same("declared", (document["verdict"], {f["context"] for f in marked(document)}), ("NO_EVIDENCE", {"administrator: Kim Lund"}))
    tally.holds("the sentence says so", "explained by what the organisation declared" in document["sentence"])
    document = run(run.work / "admin", ADMIN.format("contoso.example/Admins/Kim", ""), *rules)
    tally.same("another one declared", (document["verdict"], marked(document)), ("CANNOT_TELL", []))


def check_workstation(run, tally):
    shutil.copytree(QUIET, run.work / "station", dirs_exist_ok=True)
    event = {"Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing", "EventID": 4624, "Hostname": "EX01.contoso.example",
             "@timestamp": "2026-08-18T06:30:00.000Z", "TargetUserName": "x", "SubjectUserName": "adm-kim", "SubjectDomainName": "CONTOSO",
             "IpAddress": "192.0.2.77", "WorkstationName": "WS17", "LogonType": "10"}
    (run.work / "station/EX01/events/logon.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
    (run.work / "logon.yml").write_text("title: A logon\nlevel: high\nlogsource: {product: windows, service: security}\n"
                                        "detection: {sel: {EventID: 4624, SubjectUserName: adm-kim}, condition: sel}\n", encoding="utf-8")
    rules = ("--rules", run.work / "logon.yml")
    for places, expected in (("", True), (", workstations: [WS17]", True), (", workstations: [192.0.2.0/24, WS17]", True),
                             (", workstations: [WS18]", False), (", workstations: [192.0.2.78, WS17]", False)):
        tally.about = f"a logon, declared{places}"
        document = run(run.work / "station", ADMIN.format("contoso\\ADM-KIM", places), *rules)
        tally.same("explained", bool(explained(document)), expected)
        tally.same("verdict", document["verdict"], "NO_EVIDENCE" if expected else "CANNOT_TELL")


def check_zone(run, tally):
    (run.work / "command.yml").write_text(COMMAND_RULE, encoding="utf-8")
    times = {"2021-03-03 08:00:01": ("2021-03-03T07:00:01Z", "2021-03-03T03:00:01Z"), "2021-07-03 08:00:01": ("2021-07-03T06:00:01Z", "2021-07-03T03:00:01Z"),
             "2021-07-03T08:00:01Z": ("2021-07-03T08:00:01Z",) * 2, "2021-07-03 08:00:01+01:00": ("2021-07-03T07:00:01Z",) * 2}
    for said, expected in times.items():
        event = {"EventTime": said, "Hostname": "EX01", "Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing", "EventID": 4688,
                 "NewProcessName": r"C:\made-up.exe", "SubjectUserName": "kim", "SubjectDomainName": "CONTOSO"}
        (run.work / "zone.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
        for zone, when in zip(("Europe/Oslo", "'+05:00'"), expected):
            tally.about = f"{said} in {zone}"
            document = run(run.work / "zone.jsonl", f"time_zone: {zone}\n", "--no-builtin", "--rules", run.work / "command.yml")
            tally.same("time", [f["time"] for f in document["findings"]], [when])
    tally.about = "a log that is UTC"
    quiet = run(QUIET)
    moved = run(QUIET, "time_zone: '+05:00'\n")
    tally.same("coverage", moved["coverage"], quiet["coverage"])


def main():
    tally = Tally()
    with tempfile.TemporaryDirectory() as work:
        run = Run(sys.argv[1], work)
        check_scanner(run, tally)
        check_break_in(run, tally)
        check_administrator(run, tally)
        check_workstation(run, tally)
        check_zone(run, tally)
    return tally.end()


sys.exit(main())
