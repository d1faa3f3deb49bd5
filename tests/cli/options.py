#!/usr/bin/env python3
"""options.py LEADLINE: what `leadline COMMAND --help` names, the manual page and both completions name too, and nothing more.

The bash completion is asked as a shell would ask it; of the zsh one the branch of the command is read, with the lists it uses; of the
manual page the command's lines of the synopsis. The contract lists the same options for each form, and a form takes no other. Ends with "N passed, N failed"."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONG = re.compile(r"--([a-z][a-z-]*)")


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True).stdout


def of_help(leadline, command):
    """Options with the letter that may stand for them."""
    options = run(leadline, command, "--help").split("\noptions:\n")[1]
    return {name: letter for letter, name in re.findall(r"^ +(?:-(\w), +)?--([a-z-]+)", options, re.M)}


def of_bash(command):
    script = 'source "$1"; COMP_WORDS=(leadline "$2" x -); COMP_CWORD=3; _leadline; printf "%s\\n" "${COMPREPLY[@]}"'
    return set(LONG.findall(run("bash", "-c", script, "bash", str(ROOT / "completions/leadline.bash"), command)))


def of_zsh(command):
    text = (ROOT / "completions/_leadline").read_text(encoding="utf-8")
    lists = dict(re.findall(r"(\w+)=\(\n(.*?)\n    \)", text, re.S)) | dict(re.findall(r"(\w+)=(\(?'.*)$", text, re.M))
    branch = re.search(rf"^ +{command}\)(.*?);;", text, re.S | re.M).group(1)
    branch += "".join(lists.get(name, "") for name in re.findall(r"\$(\w+)", branch))
    return set(LONG.findall(branch))


def of_manual(command, letters):
    page = (ROOT / "docs/leadline.1").read_text(encoding="utf-8")
    synopsis, rest = page.split(".Sh DESCRIPTION")
    forms = [form for form in synopsis.split("\n.Nm\n") if re.match(rf"\.Cm {command}\b", form)]
    named = set(re.findall(r"\bFl -([a-z][a-z-]*)", "\n".join(forms)))
    named |= {name for name, letter in letters.items() if letter and re.search(rf"\bFl {letter}\b", "\n".join(forms))}
    told = set(re.findall(r"\bFl -([a-z][a-z-]*)", "\n".join(re.findall(r"^\.It (Fl .*)", rest, re.M))))
    return named | {"help"}, told


def forms_of_manual():
    """For each form of the synopsis ("assess", "rules check") its long options; -o is --output."""
    page = (ROOT / "docs/leadline.1").read_text(encoding="utf-8")
    forms = {}
    for form in page.split(".Sh DESCRIPTION")[0].split("\n.Nm\n")[1:]:
        name = re.match(r"\.Cm ([a-z ]+)", form).group(1)
        forms[name] = set(re.findall(r"\bFl -([a-z][a-z-]*)", form)) | ({"output"} if re.search(r"\bFl o\b", form) else set())
    return forms


def forms_of_contract():
    page = (ROOT / "docs/contract.md").read_text(encoding="utf-8")
    block = re.search(r"## Commands\n\n```\n(.*?)```", page, re.S).group(1)
    forms = {}
    for form in block.split("leadline ")[1:]:
        name = re.match(r"rules +\w+|\w+", form).group(0)
        forms[re.sub(" +", " ", name)] = set(LONG.findall(form)) | ({"output"} if "[-o " in form else set())
    return forms


def refused(leadline, form, option):
    """Does this form of the command say that it has no such option?"""
    done = subprocess.run([leadline, *form.split(), "--" + option, "1", "x", "y"], capture_output=True, text=True, check=False)
    return done.returncode == 2 and f"has no option '--{option}'" in done.stderr


def check_forms(leadline):
    """Manual and contract list the same options, and a form refuses those that another one has."""
    manual, contract = forms_of_manual(), forms_of_contract()
    every = set().union(*manual.values())
    yield "forms", manual == contract, f"manual: {manual}\ncontract: {contract}"
    for form, options in manual.items():
        taken = sorted(o for o in every - options if not refused(leadline, form, o))
        yield f"refused by {form}", not taken, f"taken: {taken}"


def main():
    leadline = sys.argv[1]
    commands = re.findall(r"^  (\w+) ", run(leadline, "--help"), re.M)
    results = []
    for command in commands:
        letters = of_help(leadline, command)
        want = set(letters)
        named, told = of_manual(command, letters)
        for where, got in (("bash", of_bash(command)), ("zsh", of_zsh(command)), ("synopsis", named), ("manual", told & want)):
            results.append(got == want)
            if got == want:
                print(f"[       OK ] {command}_{where}")
            else:
                print(f"[  FAILED  ] {command}_{where}\nmissing: {sorted(want - got)}, too many: {sorted(got - want)}")
    for what, holds, why in check_forms(leadline):
        results.append(holds)
        print(f"[       OK ] {what}" if holds else f"[  FAILED  ] {what}\n{why}")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    return not results or not all(results)


sys.exit(main())
