#!/usr/bin/env python3
"""Wall time and peak memory of the whole program on one piece of evidence: assess.py LEADLINE EVIDENCE [RUNS].
Prints minimum, median and maximum; one run before is not counted. The case goes to a temporary folder."""
import os, resource, subprocess, sys, tempfile, time

def main():
    leadline, evidence = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    walls = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(runs + 1):
            start = time.monotonic()
            status = subprocess.run([leadline, 'assess', '--format', 'none', '--no-progress', '--force', '-o',
                                     os.path.join(folder, 'case'), evidence]).returncode
            if i:
                walls.append(time.monotonic() - start)
            if status in (1, 2):
                sys.exit(f'leadline ended with {status}')
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    walls.sort()
    print(f'assess {os.path.basename(evidence)}: wall {walls[0]:.3f} / {walls[len(walls) // 2]:.3f} / {walls[-1]:.3f} s '
          f'(min/median/max of {runs}), peak {peak / 1024:.0f} MB, exit status {status}')

main()
