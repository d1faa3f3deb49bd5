#!/usr/bin/env bash
# twin_names.sh: a twin holds no name, address, date or id of the recording it was made from, and a cut one no trace of the attack.
# Skipped without the recording (LEADLINE_DATA).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
recording=${LEADLINE_DATA:-}/otrf-proxylogon-2021-03-14.zip
[ -f "$recording" ] || { echo "skipped: no recording"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
twin() { python3 "$root/tools/otrf_twin.py" "$recording" "$work/$1" --seed 11 --days 17 "${@:2}"; }

absent() { # absent DIR PATTERN: no line of the twin has it
  if grep -oiEh "$2" "$work/$1"/*.json | sort | uniq -c | head >"$work/found" && [ -s "$work/found" ]; then
    echo "still in $1:" && cat "$work/found"
    exit 1
  fi
}
names='wardog|mxs01|azsentinel|ohyeah|public-poc|tpy\.js|http://ffff|guacamole|28ea308|192\.168\.[23]\.|b14f:e9ef|594047938|241441452'
ids='6004d249|llfrjg0v|8e05b027|2021-03-1[34]|20210314'
for folder in owa system_web; do
  twin $folder --folder $folder --skew +5:30 --pids 4000 --ports 777
  absent $folder "$names|$ids"
  [ "$(cat "$work/$folder"/*.json | wc -l)" = 10487 ]
done
grep -q 'DefaultAppPool' "$work/system_web"/*.json

twin cut --keep-names --cut-attack
absent cut 'ohyeah|public-poc|python|whoami|cvtres|OabVirtualDirectory|SetObject|JScript|App_Web|"EventID":51(40|45),'
