#!/usr/bin/env python3
"""losses.py LEADLINE: a quiet server, and one whose web shell answers, with a log damaged or in another form: what was not read is
never nothing. Each row makes its evidence from tests/data/quiet, and says the verdict that must come and what must be told."""
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
from case import EXIT, Tally, assess  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
IIS = "EX01/inetpub/logs/LogFiles/W3SVC1/u_ex260818.log"
ECP = "EX01/Exchange/Logging/HttpProxy/Ecp/HttpProxy_2026081806-1.LOG"
SECURITY = "EX01/events/security.jsonl"
QUIET, CANNOT, LIKELY = "NO_EVIDENCE", "CANNOT_TELL", "LIKELY_COMPROMISED"


def shell(log):
    """The log with one more request in its middle: a POST to a page that Exchange does not ship, answered."""
    lines = log.split(b"\r\n")
    n = next(i for i in range(len(lines) // 2, len(lines)) if b" POST " in lines[i])
    words = lines[n].split(b" ")
    names = next(line for line in lines if line.startswith(b"#Fields: ")).split(b" ")[1:]
    for name, value in ((b"cs-uri-stem", b"/owa/auth/tidelog.aspx"), (b"sc-status", b"200"), (b"c-ip", b"192.0.2.31")):
        words[names.index(name)] = value
    return b"\r\n".join(lines[:n + 1] + [b" ".join(words)] + lines[n + 1:])


def hole(log):
    """Zeros from the middle of one line to the middle of one that comes later."""
    at = len(log) // 2
    return log[:at] + b"\0" * 2000 + log[at + 2000:]


def shift(log):
    """One slash of a late line becomes a comma, so that all cells behind it stand one too far."""
    at = log.rindex(b"\n2026", 0, len(log) - 2000)
    return log[:at] + log[at:].replace(b"/ecp", b",ecp", 1)


def without_space(log):
    at = shell(log).index(b" /owa/auth/tidelog.aspx")
    return shell(log)[:at] + b"\0" + shell(log)[at + 1:]


def utf16(order):
    return lambda log: (b"\xff\xfe" if order == "le" else b"\xfe\xff") + log.decode().encode("utf-16-" + order)


def cr(log):
    return log.replace(b"\r\n", b"\r")


def half_hour(log):
    """A log that pauses for half an hour before its last line, within which it ends."""
    lines = log.rstrip(b"\r\n").split(b"\r\n")
    return b"\r\n".join([n for n in lines if n.startswith((b"#", b"D")) or n < b"2026-08-18T06:30"] + [lines[-1][:-40]])


def cut(log, records):
    """The log ends within a line; so many records are gone behind it."""
    end = len(log.rstrip(b"\r\n"))
    for _ in range(records):
        end = log.rindex(b"\r\n", 0, end)
    return log[:(log.rindex(b"\r\n", 0, end) + end) // 2]


# What is done to which file (a file that is not there is made of b""); the verdict; what is damaged (by name), what is unread.
ROWS = (
    ("nothing", None, None, QUIET, None, None),
    ("shell", IIS, shell, LIKELY, None, None),
    ("utf-16, low byte first", IIS, utf16("le"), QUIET, None, None),
    ("utf-16, shell, low byte first", IIS, lambda b: utf16("le")(shell(b)), LIKELY, None, None),
    ("utf-16, shell, high byte first", IIS, lambda b: utf16("be")(shell(b)), LIKELY, None, None),
    ("utf-16, shell, no mark", IIS, lambda b: shell(b).decode().encode("utf-16-le"), CANNOT, IIS, IIS),
    ("utf-16, no mark, by another name", "EX01/inetpub/access_log.1", lambda b: (ROOT / "tests/data/quiet" / IIS).read_bytes().decode().encode("utf-16-le"),
     CANNOT, "EX01/inetpub/access_log.1", "EX01/inetpub/access_log.1"),
    ("utf-16 events", SECURITY, utf16("le"), QUIET, None, None),
    ("carriage returns", IIS, cr, QUIET, None, None),
    ("carriage returns, shell", IIS, lambda b: cr(shell(b)), LIKELY, None, None),
    ("a log with carriage returns behind one without", IIS, lambda b: b + cr(b), CANNOT, IIS, None),
    ("zeros in the middle", IIS, hole, CANNOT, IIS, None),
    ("zeros at the beginning", IIS, lambda b: b"\0" * 4096 + b[4096:], CANNOT, IIS, IIS),
    ("zeros at the end, as IIS leaves them", IIS, lambda b: b + b"\0" * 4096, QUIET, None, None),
    ("a zero in place of a space", IIS, without_space, CANNOT, IIS, None),
    ("a cell too many", ECP, shift, CANNOT, ECP, None),
    ("the last line was being written", ECP, lambda b: cut(b, 0), QUIET, ECP, None),
    ("the last line was being written after a pause", ECP, half_hour, QUIET, ECP, None),
    ("the last event was being written", SECURITY, lambda b: b[:-40], QUIET, SECURITY, None),
    ("events cut off long before the others end", SECURITY, lambda b: b[:len(b) // 2], CANNOT, SECURITY, None),
    ("cut off long before the others end", ECP, lambda b: cut(b, 4), CANNOT, ECP, None),
    ("cut off within its header", ECP, lambda b: b[:400], CANNOT, ECP, None),
    ("a name of a column is no text", IIS, lambda b: shell(b).replace(b" cs-method", b" cs-meth\xff\xff", 1), CANNOT, IIS, None),
    ("a name of a column is another", IIS, lambda b: shell(b).replace(b" cs-uri-stem", b" cs-url-stem", 1), CANNOT, None, None),
    ("records all zeros", SECURITY, lambda b: b"\0" * len(b), CANNOT, SECURITY, SECURITY),
    ("records whose first are zeros", SECURITY, lambda b: b"\0" * 700 + b[700:], CANNOT, SECURITY, None),
    ("records behind one that was cut", SECURITY, lambda b: b[400:], CANNOT, SECURITY, None),
    ("an event log without its header", "EX01/events/more.evtx", lambda b: b"\0" * 8192, CANNOT, "EX01/events/more.evtx", "EX01/events/more.evtx"),
    ("a program", "EX01/events/tool.exe", lambda b: b"MZ\0\1\2\3", QUIET, None, "EX01/events/tool.exe"),
    ("a text log of its own kind", "EX01/setup.log", lambda b: b"[08.18.2026] begin\r\n", QUIET, None, "EX01/setup.log"),
    ("an empty log", "EX01/inetpub/logs/LogFiles/W3SVC1/u_ex260819.log", lambda b: b"", QUIET, None, None),
)


def has_file(t, what, entries, evidence, name):
    """Entries name this file and no other; None: there are none."""
    t.same(what, sorted({e["source"] for e in entries}), [f"{evidence}/{name}"] if name else [])


def check(t, leadline, work, row):
    about, name, change, verdict, damaged, unread = row
    t.about = about
    evidence = work / "evidence"
    shutil.rmtree(evidence, ignore_errors=True)
    shutil.copytree(ROOT / "tests/data/quiet", evidence)
    if name:
        path = evidence / name
        path.write_bytes(change(path.read_bytes() if path.exists() else b""))
    status, document = assess(leadline, work / "case", [evidence])
    t.same("verdict", document and document["verdict"], verdict)
    t.same("exit status", status, EXIT[verdict])
    t.same("hosts", [h["name"] for h in document["hosts"]], ["EX01"])
    has_file(t, "damage", document["damage"], evidence, damaged)
    has_file(t, "unread", document["unread"], evidence, unread)
    t.holds("damage takes something away", all(d["lost"] > 0 for d in document["damage"]))
    page = (work / "case/report.html").read_text(encoding="utf-8")
    t.same("the page says that all was read", "Everything given was read" in page, not (damaged or unread))
    text = re.sub(r"<[^>]*>|&#8203;", "", page)
    for gone in filter(None, (damaged, unread)):
        t.holds(f"the page names {gone}", pathlib.Path(gone).name in text)


def main():
    leadline, t = sys.argv[1], Tally()
    with tempfile.TemporaryDirectory() as work:
        for row in ROWS:
            check(t, leadline, pathlib.Path(work), row)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
