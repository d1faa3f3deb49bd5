#!/usr/bin/env python3
"""count_tests.py BUILD_DIR: one line "N passed, N failed" from what `meson test` wrote down, so that any CI can count.

The unit binary is one meson test that holds many cases: its cases are counted, by cmocka's own marks. Every other meson test
counts as one. A test that died without naming a failed case counts as one failure; skipped ones as neither."""
import json
import pathlib
import re
import sys

passed = failed = skipped = 0
for line in pathlib.Path(sys.argv[1], "meson-logs", "testlog.json").read_text(encoding="utf-8").splitlines():
    test = json.loads(line)
    said = test.get("stdout", "") + test.get("stderr", "")
    good = len(re.findall(r"^\[       OK \] ", said, re.M))
    # cmocka says FAILED once where a case ends and once more in the group's summary; only the first has no colon or number.
    bad = len(set(re.findall(r"^\[  FAILED  \] (\w+)$", said, re.M)))
    skipped += len(re.findall(r"^\[  SKIPPED \] \w+$", said, re.M))
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        passed += good or 1
        failed += bad
    elif test["result"] == "SKIP":
        skipped += 1
    else:
        passed += good
        failed += bad or 1
if skipped:
    print(f"{skipped} skipped (they need data or tools that are not here)")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0 or passed == 0)
