#!/usr/bin/env bash
# schema.sh LEADLINE: what the program writes is as docs/schema says: the assessment of three servers, their findings, hits of hunt.
set -euo pipefail
leadline=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check() { "$root/tools/check_schema.py" "$root/docs/schema/$1-1.json" "${@:2}"; }
for evidence in demo/evidence tests/data/quiet tests/data/scanned; do
  "$leadline" assess --no-progress --format none --force -o "$work/case" "$root/$evidence" || [ $? -ge 3 ] || [ "$evidence" = tests/data/quiet ]
  check assessment "$work/case/assessment.json"
  [ ! -s "$work/case/findings.jsonl" ] || check finding "$work/case/findings.jsonl"
done
"$leadline" hunt --no-progress --format jsonl "$root/demo/evidence" >"$work/hits.jsonl"
[ -s "$work/hits.jsonl" ]
check hunt "$work/hits.jsonl"
(cd "$work" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$root/tests/cli" python3 -c \
  "import fixtures; [open(n, 'wb').write(b) for n, b in fixtures.carved().items()]")
"$leadline" assess --no-progress --carve --format none --force -o "$work/case" "$work/cleared.evtx" "$work/gone.img" 2>/dev/null || [ $? -ge 3 ]
grep -q '"carved": true' "$work/case/assessment.json"
check assessment "$work/case/assessment.json"
check finding "$work/case/findings.jsonl"
"$leadline" hunt --no-progress --carve --format jsonl "$work/cleared.evtx" >"$work/hits.jsonl"
grep -q '"carved":true' "$work/hits.jsonl"
check hunt "$work/hits.jsonl"
