#!/usr/bin/env bash
# report_documents.sh PROGRAM: what the program writes for real sets is as the contract says: documents by their schemas, the
# page by check_html.py, at most ten lines on the terminal, and every report again from the case alone.
set -euo pipefail
program=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

schema() { python3 "$root/tools/check_schema.py" "$root/docs/schema/$1" "$2"; }

one_set() { # one_set NAME EVIDENCE
  local case=$work/$1 status=0
  "$program" assess --no-progress -o "$case" "$2" >"$work/terminal" 2>"$work/errors" || status=$?
  case $status in 0 | 3 | 4 | 5 | 6 | 7) ;; *) cat "$work/errors"; echo "$1: status $status"; exit 1 ;; esac
  [ "$(wc -l <"$work/terminal")" -le 10 ] || { cat "$work/terminal"; echo "$1: more than ten lines"; exit 1; }
  schema assessment-1.json "$case/assessment.json"
  schema finding-1.json "$case/findings.jsonl"
  python3 "$root/tools/check_html.py" "$case/report.html"
  "$program" report "$case" --format html | cmp - "$case/report.html"
  "$program" report "$case" --format json | cmp - "$case/assessment.json"
  [ -n "$("$program" report "$case" --format markdown)" ]
  [ "$("$program" report "$case" --format csv | tail -n +2 | wc -l)" -eq "$(wc -l <"$case/findings.jsonl")" ]
  "$program" hunt --format jsonl "$2" >"$work/hunt.jsonl" 2>/dev/null
  schema hunt-1.json "$work/hunt.jsonl"
}
one_set demo "$root/demo/evidence"
one_set quiet "$root/tests/data/quiet"
one_set scanned "$root/tests/data/scanned"
