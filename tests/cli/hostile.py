#!/usr/bin/env python3
"""hostile.py LEADLINE: evidence in which every field that its writer could choose is an attack on whoever reads the result.

Every output is taken and checked: text that is UTF-8 without a control byte or a mark that turns text round, JSON that parses,
HTML without an element that the writer of the log made, CSV without formulas, Markdown without links, images or tables of his.
The attack must be found all the same, so that nothing passes by being dropped. Ends with "N passed, N failed"."""
import csv
import html.parser
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import fixtures  # noqa: E402

ELEMENTS = set("""html head meta title style body main header footer nav section article details summary h1 h2 h3 h4 h5 p a ul ol li dl dt dd div span
table caption colgroup col thead tbody tfoot tr th td code pre b strong em small br wbr hr svg g path line rect circle text polyline polygon time desc tspan
figure figcaption label abbr kbd mark input button script""".split())
VOID = set("meta br wbr hr col input".split())
failures = []
passed = 0


def check(good, what):
    global passed
    if good:
        passed += 1
    else:
        failures.append(what)
        print(f"FAILED: {what}")


def run(*args, ok=range(8)):
    done = subprocess.run([LEADLINE, *map(str, args)], capture_output=True, stdin=subprocess.DEVNULL, timeout=300, check=False)
    check(done.returncode in ok and b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr,
          f"{args[:3]}: status {done.returncode}: {done.stderr[-2000:].decode('utf-8', 'replace')}")
    return done.stdout, done.stderr


def check_text(raw, name, allowed="\n"):
    """Valid UTF-8, nothing that moves a cursor or hides or turns text."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as e:
        check(False, f"{name}: not UTF-8 at {e.start}")
        return ""
    bad = [f"U+{ord(c):04X} at {i}" for i, c in enumerate(text)
           if (c not in allowed and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0)) or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069
           or ord(c) in (0x2028, 0x2029, 0xFEFF)]
    check(not bad, f"{name}: {bad[:5]}")
    return text


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.bad, self.scripts, self.text = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        if tag not in ELEMENTS:
            self.bad.append(f"<{tag}>")
        self.scripts += tag == "script"
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "srcdoc", "formaction") or re.match(r"\s*(javascript|data|vbscript|https?):", value or "", re.I):
                if not (tag == "a" and name == "href" and (value or "").startswith("https://")) and not name.startswith("xmlns"):
                    self.bad.append(f"<{tag} {name}={value!r}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.bad.append(f"</{tag}> where {self.open[-1:]} is open")
        elif self.open:
            self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def check_html(raw, benign_scripts):
    text = check_text(raw, "report.html", "\n\t")
    page = Page()
    page.feed(text)
    page.close()
    check(not page.bad, f"report.html: {page.bad[:5]}")
    check(not page.open, f"report.html: left open: {page.open}")
    check(page.scripts == benign_scripts, f"report.html: {page.scripts} scripts instead of {benign_scripts}")
    check("<script>alert(1)</script>" in "".join(page.text), "report.html: the attack is not shown")


def check_csv(raw, name):
    text = check_text(raw, name, "\r\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    widths = {len(row) for row in rows}
    check(len(widths) == 1 and len(rows) > 1, f"{name}: rows of {widths} columns")
    bad = [cell[:40] for row in rows for cell in row if re.match(r"[=+\-@\t\r]", cell)]
    check(not bad, f"{name}: formulas: {bad[:5]}")


def check_markdown(raw):
    text = check_text(raw, "markdown")
    lines, fence = [], None
    for line in text.split("\n"):
        mark = re.match(r"(`{3,}|~{3,})", line)
        if mark and (fence is None or line.rstrip() == fence):
            fence = mark[1] if fence is None else None
        elif fence is None:
            lines.append(line)
    check(fence is None, "markdown: a code block does not end")
    body = "\n".join(lines)
    check(not re.search(r"(?<!\\)<(script|img|svg|/pre)", body), "markdown: markup")
    check(not re.search(r"(?<!\\)\]\((?!#)", body), "markdown: a link")
    check("\n# d" not in body, "markdown: a heading of theirs")


def check_json(raw, name):
    check_text(raw, name)
    return json.loads(raw.decode("utf-8"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        fixtures.make(home)
        quiet, evidence = home / "quiet.jsonl", home / "evil\x1b[2J\u202e<b>=1.jsonl"
        quiet.write_text(fixtures.event(1))
        (home / "hostile.jsonl").rename(evidence)
        run("assess", "--format", "none", "-o", home / "quiet", quiet)
        scripts = (home / "quiet/report.html").read_text(encoding="utf-8").count("<script")
        out, err = run("assess", "-o", home / "case", evidence)
        check_text(out, "summary")
        check_text(err, "standard error")
        case = home / "case"
        document = check_json((case / "assessment.json").read_bytes(), "assessment.json")
        check(document["verdict"] in ("COMPROMISED", "LIKELY_COMPROMISED"), f"verdict {document['verdict']}")
        check(len(document["findings"]) >= len(fixtures.HOSTILE), f"{len(document['findings'])} findings")
        for line in (case / "findings.jsonl").read_bytes().splitlines():
            check_json(line, "findings.jsonl")
        check_html((case / "report.html").read_bytes(), scripts)
        check_csv(run("report", case, "--format", "csv")[0], "report csv")
        check_markdown(run("report", case, "--format", "markdown")[0])
        check_json(run("report", case, "--format", "json")[0], "report json")
        rules = ("--no-builtin", "--rules", home / "rules")
        check_text(run("hunt", *rules, evidence)[0], "hunt text")
        check_csv(run("hunt", *rules, "--format", "csv", evidence)[0], "hunt csv")
        for line in run("hunt", *rules, "--format", "jsonl", evidence)[0].split(b"\n")[:-1]:
            check_json(line, "hunt jsonl")
        check_csv(run("dump", "--format", "csv", evidence)[0], "dump csv")
        for line in run("dump", evidence)[0].split(b"\n")[:-1]:
            check_json(line, "dump jsonl")
        check_text(run("rules", "explain", *rules, "0f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c11", evidence)[0], "rules explain")
    print(f"{passed} passed, {len(failures)} failed")
    return bool(failures)


csv.field_size_limit(1 << 26)
LEADLINE = pathlib.Path(sys.argv[1]).resolve()
sys.exit(main())
