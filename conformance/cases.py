"""cases.py: reads the cases of this folder; README.md says what the lines mean."""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
BODY = "title: {}\nlogsource: {{product: windows, service: security}}\ndetection:\n"


class Case:
    def __init__(self, file, line, id):
        self.file, self.line, self.id = file, line, id
        self.kind = self.why = self.rule = ""
        self.alone = False
        self.events = []    # (titles that match, or None where nothing is said; the object)
        self.alerts = []    # (title, {group-by field: value})
        self.placeholders = {}  # what the user gives for `expand`
        self.rejected = []  # titles; "" is the only rule

    def finish(self):
        self.rule = self.rule.strip("\n") + "\n"
        if not re.search(r"^(title|action):", self.rule, re.M):
            body = self.rule if re.search(r"^condition:", self.rule, re.M) else self.rule + "condition: sel\n"
            self.rule = BODY.format(self.id) + re.sub(r"^(?=.)", "  ", body, flags=re.M)
        titles = [t.strip("'\"") for t in re.findall(r"^title: (.*)$", self.rule, re.M)]
        self.events = [(titles[-1:] if t == ["+"] else t, e) for t, e in self.events]
        self.rejected = [t or titles[-1] for t in self.rejected]
        return self

    @property
    def correlates(self):
        return bool(self.alerts) or any(titles is None for titles, _ in self.events)


def read_case_line(case, line):
    word, _, rest = line.partition(" ")
    if line.startswith("    "):
        case.rule += line[4:] + "\n"
    elif word in ("spec", "choice"):
        case.kind, case.why = word, rest
    elif word == "alone":
        case.alone = True
    elif word == "rejected":
        case.rejected.append(rest)
    elif word == "placeholders":
        case.placeholders = json.loads(rest)
    elif word == "alert":
        group, end = json.JSONDecoder().raw_decode(rest)
        case.alerts.append((rest[end:].strip(), group))
    elif line[0] in "+-.":
        names, brace, event = line[1:].partition("{")
        titles = {"-": [], ".": None, "+": [n.strip() for n in names.split(",") if n.strip()] or ["+"]}[line[0]]
        case.events.append((titles, json.loads(brace + event)))
    else:
        raise ValueError(f"{case.file}:{case.id}: what is {line!r}?")


def read(folder=HERE):
    """All cases, in the order of the files."""
    cases = []
    for path in sorted(folder.glob("*.txt")):
        if path.name == "known.txt":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if line.startswith("case "):
                cases.append(Case(path.stem, number, line[5:].strip()))
            elif line.strip() and not line.startswith("#"):
                read_case_line(cases[-1], line)
    return [case.finish() for case in cases]
