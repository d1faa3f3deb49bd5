#!/usr/bin/env python3
"""Compare our EVTX reader with evtx_dump (crate evtx), value by value, and with evtxexport (libevtx-utils), record by record.

usage: evtx_compare.py --ours PROGRAM --dump EVTX_DUMP [--export EVTXEXPORT] [--show N] FOLDER…

PROGRAM prints {"record":n,"fields":{name: text | null | [text…]}} a line (build/asan/tests/evtx-print). evtx_dump is run for
its XML, which keeps the order and the number of elements, and turned into the same flat fields by the rules of
docs/formats/evtx.md. Values are then compared after the normalisation that document names. What remains is counted by
class, with one example each. The exit code is 1 when a record is missing or given twice, or anything remains that is in no
known class."""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

BAD_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def local(name):
    return name.rsplit("}", 1)[-1].rsplit(":", 1)[-1]


class Fields:
    """The naming rules of docs/formats/evtx.md over an XML tree: an independent second writing of src/parse/evtx/naming.c."""

    def __init__(self):
        self.values = {}
        self.section = {}

    def add(self, section, name, value):
        if name in self.values and self.section[name] != section:
            name = f"{section}_{name}"
        if name in self.values:
            old = self.values[name]
            self.values[name] = old + [value] if isinstance(old, Many) else Many([old, value])
        else:
            self.values[name] = value
            self.section[name] = section

    def attributes(self, section, element, name, skip=()):
        for key, value in element.attrib.items():
            if local(key) not in skip:
                self.add(section, f"{name}_{local(key)}", value)
        return bool(set(map(local, element.attrib)) - set(skip))

    def text(self, element):
        text = (element.text or "") + "".join(child.tail or "" for child in element)
        return None if len(element) and not text.strip() else text

    def leaf(self, section, element, prefix=""):
        name = prefix + local(element.tag)
        has_attributes = self.attributes(section, element, name)
        text = self.text(element)
        if text or (text is not None and not has_attributes):
            self.add(section, name, text)
        for child in element:
            self.leaf(section, child, prefix)

    def system(self, element):
        name = local(element.tag)
        text = self.text(element)
        if text:
            self.add("System", name, text)
        self.attributes("System", element, name)
        for child in element:
            self.leaf("System", child)

    def data(self, section, element):
        if local(element.tag) != "Data":
            self.leaf(section, element)
            return
        name = (element.get("Name") or "").replace(" ", "") or "Data"
        text = self.text(element)
        if text is not None:
            self.add(section, name, text)
        self.attributes(section, element, name, skip=("Name",))
        for child in element:
            self.leaf(section, child)

    def event(self, event):
        sections = sorted(event, key=lambda e: local(e.tag) != "System")
        for section in sections:
            name = local(section.tag)
            if name == "System":
                for child in section:
                    self.system(child)
                continue
            self.attributes(name, section, name)
            text = self.text(section)
            if text:
                self.add(name, name, text)
            for child in section:
                if name == "EventData":
                    self.data(name, child)
                elif name == "RenderingInfo":
                    self.leaf(name, child, "" if local(child.tag) == "Message" else "RenderingInfo_")
                else:
                    self.leaf(name, child)
        return self.values


class Many(list):
    """Several values of one name, told apart from a JSON array."""

    def __add__(self, other):
        return Many(list.__add__(self, other))


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode(
        "utf-8", "replace")


def from_xml(text):
    """record number → list of flat field maps."""
    records = collections.defaultdict(list)
    for match in re.finditer(r"^Record (\d+)\n(.*?)(?=^Record \d+\n<\?xml|\Z)", text, re.S | re.M):
        body = match.group(2)
        start = body.find("<Event")
        try:
            tree = ET.fromstring(BAD_XML.sub("\ufffd", re.sub(r"&#(\d+);", charref, body[start:])))
        except ET.ParseError as error:
            records[int(match.group(1))].append({"(xml)": str(error)})
            continue
        records[int(match.group(1))].append(Fields().event(tree))
    return records


def charref(match):
    return "\ufffd" if int(match.group(1)) < 32 and int(match.group(1)) not in (9, 10, 13) else match.group(0)


def records_of_export(program, path):
    """How often evtxexport gives each record; empty without the program."""
    text = run([program, path]) if program else ""
    return collections.Counter(int(n) for n in re.findall(r"^Event number\s*: (\d+)", text, re.M))


def from_ours(text):
    records = collections.defaultdict(list)
    for line in text.splitlines():
        record = json.loads(line)
        records[record["record"]].append(record["fields"])
    return records


GUID = re.compile(r"\{?([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})\}?")
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z| UTC)?")


def normal(value):
    """One text in the form both sides are compared in."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(normal(v) for v in value)
    value = BAD_XML.sub("\ufffd", value).replace("\r\n", "\n").replace("\r", "\n").strip()
    if GUID.fullmatch(value):
        return GUID.fullmatch(value).group(1).upper()
    time = TIME.fullmatch(value)
    if time:
        return f"{time[1]}T{time[2]}.{(time[3] or '').rstrip('0')}"
    return value


def classify(name, ours, theirs):
    """A known class of difference, or None when there is none after all."""
    a, b = normal(ours), normal(theirs)
    if a == b:
        return None
    if isinstance(ours, list) and not isinstance(theirs, list):
        if re.sub(r"[,\s]+", "", a) == re.sub(r"[,\s]+", "", b):
            return "array written with another separator"
    if a.lower() == b.lower():
        return "letter case"
    if "\ufffd" in a and a.replace("\ufffd", "_") == b.replace("\ufffd", "_"):
        return "characters that XML cannot hold"
    if a == "true" and b.isdigit():
        return "boolean other than 0 and 1"
    if ours is not None and theirs is None:
        return "field they do not have"
    if ours is None and theirs is not None:
        return "field we do not have"
    return "value"


def compare(ours, theirs, tally, where):
    for name in list(ours) + [n for n in theirs if n not in ours]:
        a, b = ours.get(name), theirs.get(name)
        if name not in theirs and normal(a) == "":
            continue
        if name not in ours and normal(b) == "":
            continue
        kind = classify(name, a, b)
        if kind:
            tally.note(kind, where, name, a, b)
        tally.values += 1


class Tally:
    def __init__(self, show):
        self.kinds = collections.defaultdict(list)
        self.count = collections.Counter()
        self.show, self.values, self.records = show, 0, 0

    def note(self, kind, *example):
        self.count[kind] += 1
        if len(self.kinds[kind]) < self.show:
            self.kinds[kind].append(example)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--export")
    parser.add_argument("--show", type=int, default=1)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    tally = Tally(args.show)
    files = sorted(f for folder in args.folders for f in ([folder] if folder.is_file() else folder.rglob("*.evtx")))
    for path in files:
        ours = from_ours(run([args.ours, path]))
        theirs = from_xml(run([args.dump, "-t", "1", "-o", "xml", path]))
        exported = records_of_export(args.export, path)
        for number in sorted(set(ours) | set(theirs) | set(exported)):
            tally.records += 1
            mine, other = ours.get(number, []), theirs.get(number, [])
            where = f"{path.name} record {number}"
            if len(mine) != len(other) or len(mine) < exported[number]:
                kind = "record missing" if not mine else "record count" if other else "record only ours"
                tally.note(kind, where, f"ours {len(mine)}, evtx_dump {len(other)}, evtxexport {exported[number]}")
            for a, b in zip(mine, other):
                compare(a, b, tally, where)
    print(f"{len(files)} files, {tally.records} records, {tally.values} values")
    for kind, count in tally.count.most_common():
        print(f"{count:8} {kind}")
        for example in tally.kinds[kind]:
            print("          ", *(repr(part)[:300] for part in example))
    return 1 if any(tally.count[k] for k in ("record missing", "record count", "value", "field we do not have")) else 0


if __name__ == "__main__":
    sys.exit(main())
