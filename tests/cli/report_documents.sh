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
# Evidence that is added, and a declaration: the members that are there only then.
added() {
  local case=$work/added at status=0
  printf 'scanners:\n  - {name: own, addresses: 203.0.113.201}\n' >"$work/context.yml"
  for at in events inetpub Exchange; do
    status=0
    "$program" assess --no-progress --context "$work/context.yml" -o "$case" "$root/demo/evidence/EX01/$at" >"$work/terminal" 2>"$work/errors" || status=$?
    [ "$status" = 7 ] || [ "$status" = 3 ] || { cat "$work/errors"; echo "added $at: status $status"; exit 1; }
  done
  [ "$(wc -l <"$work/terminal")" -le 10 ] && grep -q '^Changed ' "$work/terminal" || { cat "$work/terminal"; echo "added: the terminal"; exit 1; }
  for at in assessment.json assessment.previous.json; do
    grep -q '"changes"' "$case/$at" && grep -q '"context"' "$case/$at" || { echo "added: $at lacks a member"; exit 1; }
    schema assessment-1.json "$case/$at"
  done
  schema finding-1.json "$case/findings.jsonl"
  python3 "$root/tools/check_html.py" "$case/report.html"
  grep -q '<dt>What changed</dt>' "$case/report.html"
  grep -q '<dt>Declared by the owner</dt>' "$case/report.html"
  "$program" report "$case" --format html | cmp - "$case/report.html"
  "$program" report "$case" --format json | cmp - "$case/assessment.json"
  "$program" report "$case" --format markdown | grep >/dev/null '^\*\*What changed\*\*$'
}
added
one_set demo "$root/demo/evidence"
one_set quiet "$root/tests/data/quiet"
one_set scanned "$root/tests/data/scanned"
