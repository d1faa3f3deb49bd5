#!/usr/bin/env python3
"""hostile.py LEADLINE MEGABYTES [KIND…] [--threads N]…: peak memory of assess on what make_hostile.py makes, a line a kind and number
of threads. The evidence comes through a pipe, so nothing of that size is kept on the disk. LIMIT_MB in the environment: fails above."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import make_hostile  # noqa: E402


def measure(leadline, kind, megabytes, threads):
    """Seconds, peak in MB, exit status."""
    with tempfile.TemporaryDirectory() as folder:
        make = subprocess.Popen([sys.executable, make_hostile.__file__, kind, megabytes], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        start = time.monotonic()
        pid = subprocess.Popen(["timeout", "900", leadline, "assess", "--format", "none", "--no-progress", "--force", "--threads", threads, "-o",
                                os.path.join(folder, "case"), "-"], stdin=make.stdout, stderr=subprocess.DEVNULL).pid
        make.stdout.close()
        _, status, usage = os.wait4(pid, 0)
        seconds = time.monotonic() - start
        make.kill()
        make.wait()
    return seconds, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main():
    leadline, megabytes, *rest = sys.argv[1:]
    threads = [rest[i + 1] for i, word in enumerate(rest) if word == "--threads"] or ["1", "2"]
    kinds = [word for word in rest if word in make_hostile.KINDS] or list(make_hostile.KINDS)
    most = float(os.environ.get("LIMIT_MB", "inf"))
    over = False
    for kind in kinds:
        for n in threads:
            seconds, peak, status = measure(str(pathlib.Path(leadline).resolve()), kind, megabytes, n)
            over |= peak > most or status in (1, 2) or status < 0
            print(f"{kind:9} {megabytes:>5} MB, {n} threads: peak {peak:5.0f} MB, {seconds:6.1f} s, status {status}", flush=True)
    sys.exit(over)


main()
