#!/usr/bin/env bash
# demo_same.sh: the committed demonstration and quiet sets are what their generator makes, byte for byte, and stay small.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$root/tools/make_demo.py" "$work/demo"
python3 "$root/tools/make_demo.py" --quiet "$work/quiet"
python3 "$root/tools/make_demo.py" --scanned "$work/scanned"
diff -r "$work/demo" "$root/demo"
diff -r "$work/quiet" "$root/tests/data/quiet"
diff -r "$work/scanned" "$root/tests/data/scanned"
size() { find "$1" -type f -print0 | xargs -0 cat | wc -c; }
[ "$(size "$root/demo")" -le 1500000 ]
[ "$(size "$root/tests/data/quiet")" -le 300000 ]
[ "$(size "$root/tests/data/scanned")" -le 300000 ]
