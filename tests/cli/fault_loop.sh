#!/usr/bin/env bash
# fault_loop.sh LEADLINE FAULT.so EVIDENCE [STRIDE]: what is left when the disk fills up, or the machine stops, at the n-th write?
#
# Runs `leadline assess` once to count the calls that change files below the case, then once for each n (every STRIDE-th), twice:
# with that call and all later ones failing as on a full disk, and killed just before it. After each:
#   1. the program ended by a failure (status 1 and a sentence, or the signal), unless n was past its last call;
#   2. the case is absent, or is the old one unharmed (--force), or says by itself that it is incomplete;
#   3. nothing was written beside the case, but for a temporary that the next run sweeps away;
#   4. the same command again, undisturbed, succeeds and gives the same assessment as the first time.
# Needs a build without sanitizers. Ends with "N passed, N failed" and is not part of the fast tests.
set -euo pipefail
leadline=$(realpath "$1") lib=$(realpath "$2") evidence=$(realpath "$3") stride=${4:-1}
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

assess() { # assess OUT: the command under test; its status is returned
  "$leadline" assess --format none --no-progress --threads 1 -o "$work/cases/case" "${@:2}" "$evidence" >"$1.out" 2>"$1.err" </dev/null
}
# Exit statuses of 3 and more are verdicts, 0 too; 1 and 2 are failures.
is_verdict() { [ "$1" = 0 ] || { [ "$1" -ge 3 ] && [ "$1" -le 7 ]; }; }
# The assessment without the two values that differ between runs.
document() {
  "$leadline" report "$work/cases/case" --format json 2>"$work/report.err" |
    python3 -c 'import json,sys; d=json.load(sys.stdin); [d["manifest"].pop(k,0) for k in ("started","seconds")]; print(json.dumps(d,sort_keys=True))'
}
says_incomplete() { # a case that was not finished must say so itself when it is opened
  ! "$leadline" report "$work/cases/case" --format json >/dev/null 2>"$work/report.err" && grep -qi incomplete "$work/report.err"
}
bad() {
  failed=$((failed + 1))
  echo "n=$n mode=$mode before=$before: $1" >&2
}

mkdir "$work/cases"
FAULT_DIR=$work/cases FAULT_COUNT=$work/count LD_PRELOAD=$lib assess "$work/first" && status=0 || status=$?
is_verdict "$status" || { cat "$work/first.err" >&2; echo "fault_loop: the undisturbed run failed" >&2; exit 1; }
good=$(document)
calls=$(cat "$work/count")
cp -a "$work/cases/case" "$work/old"
echo "fault_loop: $calls calls, every $stride. of them"

for mode in fail kill; do
  for before in absent old; do
    for ((n = 1; n <= calls; n += stride)); do
      rm -rf "$work/cases" && mkdir "$work/cases"
      force=()
      if [ "$before" = old ]; then cp -a "$work/old" "$work/cases/case" && force=(--force); fi
      # The subshell keeps bash from telling of each kill.
      status=0
      (FAULT_DIR=$work/cases FAULT_N=$n FAULT_MODE=$mode LD_PRELOAD=$lib assess "$work/run" "${force[@]}") 2>/dev/null || status=$?
      if is_verdict "$status"; then
        # A run that says it has a verdict must have kept it, whatever call was its last.
        [ "$(document)" = "$good" ] || { bad "status $status, but the case is not the whole one"; continue; }
      elif [ "$mode" = fail ] && { [ "$status" != 1 ] || [ ! -s "$work/run.err" ]; }; then
        bad "status $status instead of 1 with a sentence"; continue
      elif [ "$mode" = kill ] && [ "$status" != 137 ]; then
        bad "status $status instead of death by SIGKILL"; continue
      elif [ -e "$work/cases/case" ] && [ "$(document 2>/dev/null || true)" != "$good" ] && ! says_incomplete; then
        bad "a half-made case does not say that it is incomplete"; continue
      fi
      again=()
      [ ! -e "$work/cases/case" ] || again=(--force)
      assess "$work/again" "${again[@]}" && status=0 || status=$?
      if ! is_verdict "$status" || [ "$(document)" != "$good" ]; then
        bad "the run after it failed (status $status) or differs"; continue
      fi
      left=$(find "$work/cases" -mindepth 1 -maxdepth 1 ! -name case)
      if [ -n "$left" ]; then bad "left behind: $left"; continue; fi
      passed=$((passed + 1))
    done
  done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
