#!/usr/bin/env bash
# fault_loop.sh LEADLINE FAULT.so EVIDENCE [STRIDE]: what is left when the disk fills up, or the machine stops, at the n-th write?
#
# Runs `leadline assess` once to count the calls that change files below the case, then once for each n (every STRIDE-th), twice:
# with that call and all later ones failing as on a full disk, and killed just before it. After each:
#   1. the program ended by a failure (status 1 and a sentence, or the signal), unless n was past its last call;
#   2. the case is absent, or is the old one unharmed (--force, or evidence that is added), or says by itself that it is incomplete;
#   3. nothing was written beside the case, but for a temporary that the next run sweeps away;
#   4. the same command again, undisturbed, succeeds and gives the same assessment as the first time;
#   5. the evidence is as it was.
# Then the same on a real file system that is full, where the one who runs this may mount one.
# Needs a build without sanitizers. Ends with "N passed, N failed" and is not part of the fast tests.
set -euo pipefail
leadline=$(realpath "$1") lib=$(realpath "$2") evidence=$(realpath "$3") stride=${4:-1}
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

part=$(find "$evidence" -type f | LC_ALL=C sort | head -1) # of it, what a case is made of that the rest is added to
assess() { # assess OUT: the command under test; its status is returned
  "$leadline" assess --format none --no-progress --threads 1 -o "$work/cases/case" "${@:2}" "$evidence" >"$1.out" 2>"$1.err" </dev/null
}
# Exit statuses of 3 and more are verdicts, 0 too; 1 and 2 are failures.
is_verdict() { [ "$1" = 0 ] || { [ "$1" -ge 3 ] && [ "$1" -le 7 ]; }; }
# The assessment without the two values that differ between runs.
document() { document_of "$work/cases/case"; }
document_of() {
  "$leadline" report "$1" --format json 2>"$work/report.err" |
    python3 -c 'import json,sys; d=json.load(sys.stdin); [d["manifest"].pop(k,0) for k in ("started","seconds")]; print(json.dumps(d,sort_keys=True))'
}
draft_document() { # what a draft holds, called by a name that does not give it away
  rm -rf "$work/cases/other" && cp -a "$work/cases/case.incomplete" "$work/cases/other" && document_of "$work/cases/other"
  rm -rf "$work/cases/other"
}
says_incomplete() { # a case that was not finished must say so itself when it is opened
  ! "$leadline" report "${1:-$work/cases/case}" --format json >/dev/null 2>"$work/report.err" && grep -qi incomplete "$work/report.err"
}
bad() {
  failed=$((failed + 1))
  echo "n=$n mode=$mode before=$before: $1" >&2
}

is_whole() { [ "$1" = "$good" ] || { [ "$before" != absent ] && [ "$1" = "$old" ]; }; }

hash_of() { (cd "$1" && find . -type f -printf '%p %s %T@\n' -exec sha256sum {} + | sort | sha256sum); }

mkdir "$work/cases"
evidence_before=$(hash_of "$evidence")
FAULT_DIR=$work/cases FAULT_COUNT=$work/count LD_PRELOAD=$lib assess "$work/first" && status=0 || status=$?
is_verdict "$status" || { cat "$work/first.err" >&2; echo "fault_loop: the undisturbed run failed" >&2; exit 1; }
plain=$(document)
calls=$(cat "$work/count")
cp -a "$work/cases/case" "$work/old"
# The same, when the case is there and holds a part of the evidence.
"$leadline" assess --format none --no-progress -o "$work/part" "$part" >/dev/null 2>&1 </dev/null || true
rm -rf "$work/cases" && mkdir "$work/cases" && cp -a "$work/part" "$work/cases/case"
part_document=$(document)
FAULT_DIR=$work/cases FAULT_COUNT=$work/count LD_PRELOAD=$lib assess "$work/first" && status=0 || status=$?
is_verdict "$status" || { cat "$work/first.err" >&2; echo "fault_loop: nothing could be added to a case" >&2; exit 1; }
whole=$(document)
[ "$whole" != "$part_document" ] && [ -e "$work/cases/case/assessment.previous.json" ] || { echo "fault_loop: nothing was added" >&2; exit 1; }
added_calls=$(cat "$work/count")
echo "fault_loop: $calls calls, and $added_calls when evidence is added, every $stride. of them"

for mode in fail kill; do
  for before in absent old part; do
    good=$plain old=$plain n_calls=$calls
    [ "$before" != part ] || good=$whole old=$part_document n_calls=$added_calls
    for ((n = 1; n <= n_calls; n += stride)); do
      rm -rf "$work/cases" && mkdir "$work/cases"
      force=()
      if [ "$before" = old ]; then cp -a "$work/old" "$work/cases/case" && force=(--force); fi
      [ "$before" != part ] || cp -a "$work/part" "$work/cases/case"
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
      elif [ -e "$work/cases/case" ] && ! is_whole "$(document 2>/dev/null || true)" && ! says_incomplete; then
        bad "a half-made case does not say that it is incomplete"; continue
      elif [ "$before" != absent ] && [ ! -e "$work/cases/case" ] && [ "$(draft_document)" != "$good" ]; then
        bad "the old case is gone and the new one is not whole"; continue
      elif [ -e "$work/cases/case.incomplete" ] && ! says_incomplete "$work/cases/case.incomplete"; then
        bad "the draft does not say that it is incomplete"; continue
      fi
      again=()
      [ "$before" = part ] || [ ! -e "$work/cases/case" ] || again=(--force)
      if [ "$before" = part ] && [ "$(document 2>/dev/null || true)" = "$good" ]; then # it had been moved into place: there is nothing to add
        status=0
        assess "$work/again" || status=$?
        if [ "$status" != 1 ] || [ "$(document)" != "$good" ] || ! grep -q "holds all of this" "$work/again.err"; then
          bad "adding it once more gave status $status"; continue
        fi
        left=$(find "$work/cases" -mindepth 1 -maxdepth 1 ! -name case)
        if [ -n "$left" ]; then bad "left behind: $left"; continue; fi
        passed=$((passed + 1))
        continue
      fi
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
n=0 mode=mounted
mkdir "$work/small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=16k none "$work/small" 2>/dev/null; then
  trap 'umount "$work/small"; rm -rf "$work"' EXIT
  for before in absent old; do
    rm -rf "$work/small/case"
    # The old case is a small stand-in: only its place matters.
    if [ "$before" = old ]; then mkdir "$work/small/case" && head -c 100 "$work/old/case.db" >"$work/small/case/case.db"; fi
    status=0
    "$leadline" assess --format none --no-progress -o "$work/small/case" --force "$evidence" >"$work/run.out" 2>"$work/run.err" </dev/null || status=$?
    if [ "$status" != 1 ] || ! grep -q "No space left on device\|disk is full" "$work/run.err"; then
      bad "status $status: $(cat "$work/run.err")"
    elif [ "$before" = old ] && [ "$(stat -c %s "$work/small/case/case.db")" != 100 ]; then
      bad "the old case was touched"
    elif [ "$before" = absent ] && [ -n "$(ls -A "$work/small")" ]; then
      bad "left behind: $(ls -A "$work/small")"
    else
      passed=$((passed + 1))
    fi
  done
else
  echo "fault_loop: no full disk: only root may mount one"
fi
if [ "$(hash_of "$evidence")" = "$evidence_before" ]; then passed=$((passed + 1)); else before=any bad "the evidence was touched"; fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
