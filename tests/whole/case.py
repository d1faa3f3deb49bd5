"""case.py: what the whole-intrusion tests share: running the program, asking its assessment, counting what held."""
import json
import pathlib
import subprocess

EXIT = {"NO_EVIDENCE": 0, "CANNOT_TELL": 3, "EXPOSED": 4, "ATTACKED": 5, "LIKELY_COMPROMISED": 6, "COMPROMISED": 7}
LEVELS = ("informational", "low", "medium", "high", "critical")


class Tally:
    """Expectations of one run of a test program. Each is told when it fails; the last line is "N passed, N failed"."""

    def __init__(self):
        self.passed, self.failed, self.about = 0, 0, ""

    def same(self, what, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{self.about}: {what}: got {got!r}, expected {expected!r}", flush=True)

    def holds(self, what, truth):
        self.same(what, bool(truth), True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def assess(leadline, case, evidence, *options):
    """The exit status, and the assessment document, or None when there is none."""
    done = subprocess.run([leadline, "assess", "--no-progress", "--format", "json", "--force", "-o", str(case), *options,
                           *map(str, evidence)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode in (1, 2) or not done.stdout:
        print(done.stderr.decode("utf-8", "replace"))
        return done.returncode, None
    return done.returncode, json.loads(done.stdout)


def without_clock(document):
    """The document's bytes but for the two values that differ from run to run."""
    head, seen, tail = document.partition('"started"')
    assert seen, "no manifest"
    lines = [line for line in (seen + tail).split("\n") if '"started"' not in line and '"seconds"' not in line]
    return head + "\n".join(lines)


def document_bytes(case):
    return without_clock((pathlib.Path(case) / "assessment.json").read_text(encoding="utf-8"))


def findings_above(document, level):
    """Ids of the findings whose rule is more severe than `level`."""
    return [f["id"] for f in document["findings"] if LEVELS.index(f["rule"]["level"]) > LEVELS.index(level)]


def kinds_of(document, ids):
    """The logs that the findings with these ids come from."""
    by_id = {f["id"]: f for f in document["findings"]}
    return sorted({by_id[i]["source"]["kind"] for i in ids})
