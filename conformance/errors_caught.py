#!/usr/bin/env python3
"""errors_caught.py [-q] [--without ID]…: which mistakes of engines the suite notices.

Each mistake of errors.py is switched on in reference.py, alone, and the suite is run. Prints for each the cases that fail, how many
and the first, and the engines that make it; ends in "N of M errors caught". Fails when one is not caught, when a case fails with no
mistake switched on, or when the code and the table name different mistakes. -q: only what is wrong, and the last line. --without: as
if that case (or all whose id begins so, with * at the end) were not in the suite; tests use it to see this fail."""
import argparse
import fnmatch
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import cases as suite  # noqa: E402
import errors  # noqa: E402
import peers  # noqa: E402
import reference  # noqa: E402
import reference_correlations  # noqa: E402


def fails(case, mistakes=()):
    """What is wrong with a case when these mistakes are switched on, and about which mistakes was asked."""
    reference.ON, reference.ASKED = set(mistakes), set()
    try:
        return peers.judge(case, reference_correlations.say(case)), reference.ASKED
    finally:
        reference.ON = set()


def named_in_the_code():
    text = "".join((HERE / name).read_text(encoding="utf-8") for name in ("reference.py", "reference_correlations.py"))
    return set(re.findall(r'\berrs\("([^"]+)"\)', text))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("-q", action="store_true", dest="quiet")
    args.add_argument("--without", action="append", default=[])
    args = args.parse_args()
    cases = [c for c in suite.read() if not any(fnmatch.fnmatchcase(c.id, id) for id in args.without)]
    switches = errors.switches()
    wrong, asked = [], {}
    for case in cases:
        why, questions = fails(case)
        if why:
            wrong.append(f"{case.id}: {why}")
        for name in questions:
            asked.setdefault(name, []).append(case)
    wrong += [f"errors.py does not have: {name}" for name in sorted(named_in_the_code() - set(switches))]
    caught = 0
    for name, engines in switches.items():
        # A case in which nobody asks about the mistake goes as without it.
        failing = [case.id for case in asked.get(name, ()) if fails(case, [name])[0]]
        caught += bool(failing)
        if not args.quiet:
            print(f"{name} ({', '.join(engines)}): {len(failing)} cases" + (f", {failing[0]}" if failing else ""))
        if not failing:
            wrong.append(f"not caught: {name} ({', '.join(engines)})")
    if not args.quiet:
        for row, engine, why in errors.without_switch():
            print(f"no switch: {row}, {engine}: {why}")
    print("\n".join(wrong + [f"{len(cases)} cases, {caught} of {len(switches)} errors caught"]))
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
