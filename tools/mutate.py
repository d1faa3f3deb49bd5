#!/usr/bin/env python3
"""mutate.py [--list] [--only N,N…] [FILE…]: which decisions of a file does no test notice? Without FILE: of the plain matcher.

Changes one decision at a time in a copy of the tree under build/mutate and runs the tests that hold rules against events until one
fails: the mutant is killed. One that none notices survives. So that a file is built once and not once a mutant, every mutant is a
copy of its function, and the environment says which copy is called. Prints each survivor with its place and the change, and
ends in "N mutants, N killed, N equivalent, N survived"; fails when one survives. Decisions are comparisons, && and ||, !, the
conditions of if, while and ?:, true and false that are returned, and what may be off by one. What changes nothing that anybody could
see is listed in tools/mutants_equivalent, by function and text, each with the reason."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build/mutate"
TREE = WORK / "tree"
FAST, CHECKED = TREE / "build", TREE / "checked"  # the second with sanitizers, for what the first does not notice
PLAIN = [f"src/rule/match/plain{part}.c" for part in ("", "_value", "_source")]
TARGETS = ["src/leadline", "tests/leadline-tests", "tests/leadline-agree"]
TESTS = [  # the fastest first; seconds are far more than each needs
    (20, ["tests/leadline-tests", "plain"]),
    (60, ["tests/leadline-agree", "random", "2", "60"]),
    (120, ["../tests/conformance/run.py", "src/leadline"]),
    (60, ["../tests/cli/run.py", "src/leadline", "explain", "tree"]),
    (120, ["tests/leadline-tests", "logsource", "regression"]),
]
SWAPS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
         "&&": ["||"], "||": ["&&"], "|=": ["&="], "&=": ["|="], "+ 1": ["+ 0"], "- 1": ["- 0"]}
OPERATOR = re.compile(r"==|!=|(?<![-<>])[<>]=?(?![<>=])|&&|\|\||\|=|&=|[+-] 1\b")


def masked(text):
    """The text with blanks for what is no code: comments, texts and characters, lines of the preprocessor."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    text = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", blank, text, flags=re.S)
    return re.sub(r"^#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)


def closing(code, at):
    """Where the bracket that opens at `at` closes."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if not depth:
            return i
    raise ValueError("brackets")


def changes(code):
    """(from, to, what comes there) for every mutant of a masked text."""
    for m in OPERATOR.finditer(code):
        for other in SWAPS[m[0]]:
            yield m.start(), m.end(), other
    for m in re.finditer(r"!(?=[\w(*])", code):
        yield m.start(), m.end(), ""
    for m in re.finditer(r"\b(?:if|while) (?=\()", code):
        end = closing(code, m.end())
        if not OPERATOR.search(code[m.end():end]) and "!" not in code[m.end():end]:
            yield m.end(), m.end(), "(!"  # the closing bracket follows: see apply()
    for m in re.finditer(r"\breturn (true|false)\b", code):
        yield m.start(1), m.end(1), "false" if m[1] == "true" else "true"
    for m in re.finditer(r"\bfor \(\w+ \w+ = (0)\b", code):
        yield m.start(1), m.end(1), "1"
    for m in re.finditer(r"\b(\w+(?:->\w+|\.\w+|\(\w*\))*) \? ", code):
        if not re.search(r"(?:[<>=!]=|[<>]|&&|\|\||!) *$", code[:m.start(1)]):
            yield m.start(1), m.start(1), "!"


def apply(text, code, change):
    start, end, new = change
    if new == "(!":  # a whole condition
        close = closing(code, start)
        return text[:start] + "(!" + text[start:close + 1] + ")" + text[close + 1:]
    return text[:start] + new + text[end:]


FUNCTION = re.compile(r"^(static )?([a-z][^;{}()]*?)\b(\w+)\(([^;{}]*)\)\n\{.*?^\}\n", re.M | re.S)
CHOICE = """
#include <stdlib.h>
static int mutant__ = -1;
__attribute__((constructor)) static void choose__(void)
{
    const char *const chosen = getenv("MUTANT");
    mutant__ = chosen ? atoi(chosen) : -1;
}
"""


def with_all(text, code, own):
    """The text of a file with every mutant in it: copies of its functions, and in their place one that calls the chosen."""
    out, at = [CHOICE], 0
    for function in FUNCTION.finditer(code):
        begin, end = function.span()
        inside = [(n, m) for n, m in own if begin <= m.change[0] < end]
        out.append(text[at:begin])
        at = end
        static, returns, name, parameters = function.groups()
        names = ", ".join(re.findall(r"(\w+)\s*(?:,|$)", parameters)) if parameters.strip() != "void" else ""
        head = f"({' '.join(parameters.split())})\n"
        own_head = f"{static or ''}{returns}{name}{head}"
        out.append(own_head.rstrip() + ";\n")  # a function may call itself
        calls = "    switch (mutant__) {\n"
        for n, mutant in inside + [("none", None)]:
            body = mutant.text[begin:end + len(mutant.text) - len(text)] if mutant else text[begin:end]
            out.append(f"static {returns}{name}__{n}{head}" + body[body.index("\n{") + 1:])
            call = f"{name}__{n}({names}); break;" if returns.strip() == "void" else f"return {name}__{n}({names});"
            calls += f"    {f'case {n}' if mutant else 'default'}: {call}\n"
        out.append(own_head + "{\n" + calls + "    }\n}\n")
    return "".join(out) + text[at:]


def function_at(code, at):
    return next((f[3] for f in FUNCTION.finditer(code) if f.start() <= at < f.end()), "")


class Mutant:
    def __init__(self, file, text, code, change):
        self.file, self.change = file, change
        self.text = apply(text, code, change)
        self.line = text.count("\n", 0, change[0]) + 1
        self.function = function_at(code, change[0])
        begin, end = text.rfind("\n", 0, change[0]) + 1, text.find("\n", change[0])
        self.above = " ".join(text[text.rfind("\n", 0, begin - 1) + 1:begin].split())
        self.before = " ".join(text[begin:end].split())
        self.after = " ".join(self.text[begin:self.text.find("\n", change[0])].split())
        self.key = self.function, self.above, self.before, self.after

    def __str__(self):
        return f"{self.file}:{self.line}: {self.function}: {self.before}  =>  {self.after}"


def mutants(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    code = masked(text)
    return [Mutant(file, text, code, change) for change in sorted(set(changes(code)))]


def equivalents():
    """By key of a mutant the reason: blocks of five lines in tools/mutants_equivalent, empty lines between."""
    out = {}
    for block in (ROOT / "tools/mutants_equivalent").read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.strip().split("\n") if not line.startswith("#")]
        if lines and lines[0]:
            *key, reason = lines
            out[tuple(key)] = reason
    return out


def copy_tree():
    """The files of the tree as they are, so that nothing is changed where people work."""
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, encoding="utf-8")
    for name in listed.splitlines():
        source, to = ROOT / name, TREE / name
        if source.is_file() and (not to.exists() or to.read_bytes() != source.read_bytes()):
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to)
            to.touch()
    for out, options in (FAST, ["-Dc_args=-O1"]), (CHECKED, ["-Dc_args=-O1", "-Db_sanitize=address,undefined", "-Db_lundef=false"]):
        if not (out / "build.ninja").exists():
            subprocess.run(["meson", "setup", out, TREE, "--buildtype=plain", *options], check=True, stdout=subprocess.DEVNULL)


def build(out):
    run = subprocess.run(["ninja", "-j2", "--quiet", *TARGETS], cwd=out, capture_output=True, encoding="utf-8")
    if run.returncode:
        sys.exit(f"mutate: does not build in {out}:\n{run.stdout[-3000:]}")


def killed_by(out, mutant=-1):
    """The test that fails, or nothing; the sanitizers see what they see in the unit tests."""
    for seconds, command in [test for test in TESTS if out == FAST or test[1][0].startswith("tests/")]:
        command = [str(out / part) if "/" in part else part for part in command]
        try:
            if subprocess.run(command, cwd=out, capture_output=True, timeout=seconds,
                              env={**os.environ, "UBSAN_OPTIONS": "halt_on_error=1", "MUTANT": str(mutant)}).returncode:
                return Path(command[0]).name
        except subprocess.TimeoutExpired:
            return "time"
    return ""


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--list", action="store_true", help="only print the mutants with their numbers")
    args.add_argument("--only", help="only these numbers, or from-to")
    args.add_argument("files", nargs="*", default=PLAIN)
    args = args.parse_args()
    chosen = [(n, m) for n, m in enumerate(m for file in args.files for m in mutants(file))]
    if args.only:
        spans = [part.partition("-") for part in args.only.split(",")]
        chosen = [(n, m) for n, m in chosen if any(int(a) <= n <= int(b or a) for a, _, b in spans)]
    known = equivalents()
    if args.list:
        for n, mutant in chosen:
            print(n, mutant)
        return 0
    copy_tree()
    for file in args.files:
        text = (ROOT / file).read_text(encoding="utf-8")
        own = [(n, m) for n, m in chosen if m.file == file and m.key not in known]
        (TREE / file).write_text(with_all(text, masked(text), own), encoding="utf-8")
    build(FAST)
    build(CHECKED)
    if killed_by(FAST) or killed_by(CHECKED):
        sys.exit("mutate: the tests fail without any change")
    counts, used, began = {"killed": 0, "equivalent": 0, "survived": 0}, set(), time.monotonic()
    for n, mutant in chosen:
        if mutant.key in known:
            counts["equivalent"] += 1
            used.add(mutant.key)
            continue
        how = killed_by(FAST, n) or killed_by(CHECKED, n)
        what = "killed" if how else "survived"
        counts[what] += 1
        if what == "survived":
            print(f"{n} survived: {mutant}", flush=True)
        elif sys.stderr.isatty():
            print(f"{n} of {len(chosen)}, {time.monotonic() - began:.0f} s ({how})", file=sys.stderr, end="\r")
    stale = [] if args.only else [key for key in known if key not in used and any(key[0] == m.function for _, m in chosen)]
    for key in stale:
        print("tools/mutants_equivalent has what is no mutant any more: " + " | ".join(key))
    n = sum(counts.values())
    print(f"{n} mutants, {counts['killed']} killed, {counts['equivalent']} equivalent, {counts['survived']} survived")
    return 1 if counts["survived"] or stale else 0


if __name__ == "__main__":
    sys.exit(main())
