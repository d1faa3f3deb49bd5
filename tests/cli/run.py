#!/usr/bin/env python3
"""run.py LEADLINE [NAME…]: the program as its user meets it, one row a command line: exit status and exact text.

Rows stand in tests/cli/rows/*.txt and read so:

    [a name]
    setup: shell commands, run before it as whoever runs the tests; may be given again
    user: nobody                 run as an unprivileged user; the row is skipped where that cannot be done
    run: leadline dump empty     in a shell, in a folder of its own that holds the fixtures of fixtures.py
    status: 1
    out:
      what standard output must be, two spaces before each line; absent: nothing
    err:
      the same for standard error

Texts are compared after `normal` below, the one place where what differs between runs is evened out. GOLDEN_UPDATE=1 writes what
came instead of comparing; git diff is the review. NAME: only rows whose name holds it. Ends with "N passed, N failed"."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import fixtures  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
NOBODY = 65534
KEYS = ("setup", "user", "run", "status", "out", "err")


class Row:
    def __init__(self, name):
        self.name = name
        self.setup, self.user, self.run, self.status, self.out, self.err = [], "", "", 0, "", ""

    def text(self):
        lines = [f"[{self.name}]"] + [f"setup: {s}" for s in self.setup]
        if self.user:
            lines.append(f"user: {self.user}")
        lines += [f"run: {self.run}", f"status: {self.status}"]
        for key in ("out", "err"):
            said = getattr(self, key)
            if said:
                lines.append(f"{key}:")
                lines += [f"  {line}".rstrip() if line else "" for line in said.removesuffix("\n").split("\n")]
                if not said.endswith("\n"):
                    lines.append("  \\")  # the text ends without an end of line
        return "\n".join(lines) + "\n"


def read_rows(path):
    """The rows of a file, and the comment lines that stand before each."""
    rows, comments, block = [], [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if block and (line.startswith("  ") or not line):
            setattr(rows[-1], block, getattr(rows[-1], block) + line[2:] + "\n")
            continue
        block = None
        if not line:
            continue
        if line.startswith("#"):
            comments.append((len(rows), line))
        elif line.startswith("["):
            rows.append(Row(line[1:-1]))
        else:
            key, colon, value = line.partition(":")
            if not colon or key not in KEYS or not rows:
                sys.exit(f"{path}:{number}: no row: {line}")
            if key in ("out", "err"):
                block = key
            elif key == "setup":
                rows[-1].setup.append(value.strip())
            else:
                setattr(rows[-1], key, int(value) if key == "status" else value.strip())
    for row in rows:
        for key in ("out", "err"):
            said = getattr(row, key).rstrip("\n")
            said = said + "\n" if said else ""
            setattr(row, key, said.removesuffix("\n\\\n"))
    return rows, comments


def write_rows(path, rows, comments):
    out = []
    for at, row in enumerate(rows):
        out.append("".join(f"{text}\n" for before, text in comments if before == at) + row.text())
    path.write_text("\n".join(out), encoding="utf-8")


def normal(raw, work, version):
    """Bytes of a run as the text that rows hold: what is the place's, the moment's or the version's goes; controls are written out."""
    text = raw.decode("utf-8", "surrogateescape").replace(str(work), "WORK").replace(version, "VERSION")
    text = re.sub(r"leadline-\d{8}T\d{6}Z", "leadline-NOW", text)
    text = re.sub(r'("started": ?)"[^"]*"', r'\1"NOW"', text)
    text = re.sub(r'("seconds": ?)[0-9.e-]+', r"\g<1>0", text)
    said = []
    for c in text:
        code = ord(c)
        if 0xDC80 <= code <= 0xDCFF:
            said.append(f"<{code - 0xDC00:02x}>")
        elif (code < 0x20 and c != "\n") or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E:
            said.append(f"<{code:02x}>")
        else:
            said.append(c)
    lines = "".join(said).rstrip("\n").split("\n")
    end = "\n" if text.endswith("\n") else ""
    return "\n".join(line.rstrip() for line in lines) + end


def run_row(row, folder_of_program, version):
    """Status, output and errors of the row; None where it cannot be run here."""
    other = {}
    if row.user:
        if os.geteuid() != 0:
            return None
        other = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder).resolve()
        work.chmod(0o777)
        home = work / "w"
        home.mkdir()
        home.chmod(0o777)
        fixtures.make(home)
        # A run may end by a signal on purpose, which leaks; what leaks otherwise is for the unit tests.
        env = {"PATH": f"{folder_of_program}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TZ": "UTC", "ASAN_OPTIONS": "detect_leaks=0",
               "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
        for command in row.setup:
            done = subprocess.run(["bash", "-ec", command], cwd=home, env=env, capture_output=True, timeout=30, check=False)
            if done.returncode:
                sys.exit(f"{row.name}: setup failed: {command}\n{done.stderr.decode()}")
        try:
            # Of several commands the row's status is the last one's; that one before it failed is said in the output.
            each = "set -E; trap 'echo \"status $?\"' ERR\n" if ";" in row.run else ""
            done = subprocess.run(["bash", "-c", each + row.run], cwd=home, env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=30,
                                  check=False, **other)
            return done.returncode, normal(done.stdout, home, version), normal(done.stderr, home, version)
        except subprocess.TimeoutExpired:
            return 124, "", "no end after 30 seconds\n"
        finally:
            subprocess.run(["chmod", "-R", "u+rwx", folder], check=False, capture_output=True)


def main():
    leadline = pathlib.Path(sys.argv[1]).resolve()
    wanted, update = sys.argv[2:], bool(os.environ.get("GOLDEN_UPDATE"))
    version = subprocess.run([leadline, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    with tempfile.TemporaryDirectory() as program:  # where an unprivileged user can reach it
        os.chmod(program, 0o755)
        shutil.copy2(leadline, program)
        return run_files(program, version, wanted, update)


def run_files(program, version, wanted, update):
    passed = failed = skipped = 0
    for path in sorted((HERE / "rows").glob("*.txt")):
        rows, comments = read_rows(path)
        rows_wanted = [row for row in rows if not wanted or any(w in row.name for w in wanted)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda row: run_row(row, program, version), rows_wanted))
        for row, got in zip(rows_wanted, results):
            if got is None:
                skipped += 1
            elif update:
                row.status, row.out, row.err = got
                passed += 1
            elif got == (row.status, row.out, row.err):
                passed += 1
                print(f"[       OK ] {row.name}")  # as the unit tests say it, for tools/count_tests.py
            else:
                failed += 1
                print("[  FAILED  ] " + re.sub(r"\W+", "_", row.name))
                print(f"{path.name}: [{row.name}] {row.run}")
                for what, want, have in zip(("status", "out", "err"), (row.status, row.out, row.err), got):
                    if want != have:
                        print(f"--- {what} should be\n{want}\n--- {what} is\n{have}")
        if update:
            write_rows(path, rows, comments)
    if skipped:
        print(f"{skipped} skipped (they need to be root to become somebody else)")
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed == 0


sys.exit(main())
