#!/usr/bin/env python3
"""The hits of leadline and of RSigma on the same events with the same rules, compared one by one, and the speed of each.

    rsigma_hits.py LEADLINE RSIGMA RULES EVIDENCE

Only Windows events: RSigma reads JSON and knows no logs, so it is given the events that `leadline dump` shows, with product, service and category of
rules/logsources.yml beside them and its log source routing on. An event that belongs to several categories, or whose fields go by
other names in one (a process creation of the Security log), is given once for each; hits are counted once. Loading is left out
of its speed: the time of one event is taken off. Needs PyYAML."""
import collections
import json
import pathlib
import subprocess
import sys
import time

import yaml

ROUTING = ["--logsource-routing", "--logsource-field-map", "product=_product,service=_service,category=_category"]


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def fits(place, event):
    fields = event["fields"]
    return (place.get("kind") in (None, "evtx")
            and (not place.get("channel") or event["channel"].lower() in [c.lower() for c in listed(place["channel"])])
            and (not place.get("provider") or event["provider"].lower() in [p.lower() for p in listed(place["provider"])])
            and (place.get("event_id") is None or event["event_id"] in listed(place["event_id"]))
            and all(str(fields.get(k, "")).lower() in [str(x).lower() for x in listed(v)] for k, v in place.get("where", {}).items()))


def renamed(place, fields):
    """The rule's names beside the evidence's: a name of the evidence that means something else to the rule gives way."""
    out = dict(fields)
    for to, name in place.get("fields", {}).items():
        if name in fields:
            out[to] = fields[name]
        else:
            out.pop(to, None)
    return out


def copies(event, sources):
    services = [s["service"] for s in sources if s.get("service") and "category" not in s and s.get("product") == "windows"
                and any(fits(p, event) for p in s.get("any", []))]
    categories = [(s["category"], p) for s in sources if s.get("category") and "service" not in s and s.get("product", "windows") == "windows"
                  for p in s.get("any", []) if fits(p, event)]
    for service in services or ["-"]:
        for category, place in categories + [("-", {})]:
            copy = renamed(place, event["fields"])
            copy.update(_product="windows", _service=service, _category=category, _id=f"{event['source']}@{event['offset']}")
            yield copy


def run(command, data=None):
    start = time.perf_counter()
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{command[0]}: status {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.stdout, time.perf_counter() - start


def main():
    leadline, rsigma, rules, evidence = sys.argv[1:5]
    sources = yaml.safe_load((pathlib.Path(__file__).parent.parent / "rules/logsources.yml").read_text())["logsources"]
    dumped, _ = run([leadline, "dump", "--no-progress", evidence])
    events = [event for event in map(json.loads, dumped.splitlines()) if event["kind"].startswith("evtx")]
    lines = [json.dumps(copy) for event in events for copy in copies(event, sources)]
    print(f"events {len(events)}, given to RSigma {len(lines)}")
    command = [rsigma, "--output-format", "ndjson", "engine", "eval", "-r", rules, *ROUTING, "--input-format", "json"]
    out, whole = run([*command, "--include-event"], ("\n".join(lines) + "\n").encode())
    theirs = collections.defaultdict(set)
    for line in out.splitlines():
        hit = json.loads(line)
        if hit.get("event"):
            theirs[hit["rule_id"]].add(hit["event"]["_id"])
    _, loading = run(command, (lines[0] + "\n").encode())
    _, silent = run(command, ("\n".join(lines) + "\n").encode())
    out, _ = run([leadline, "hunt", "--no-progress", "--no-builtin", "--format", "jsonl", "--rules", rules, evidence])
    _, ours_whole = run([leadline, "hunt", "--no-progress", "--no-builtin", "--threads", "1", "--rules", rules, evidence])
    ours, titles = collections.defaultdict(set), {}
    for line in out.splitlines():
        hit = json.loads(line)
        if hit.get("source") and hit["source"]["kind"].startswith("evtx"):
            ours[hit["rule"]["id"]].add(f"{hit['source']['path']}@{hit['source']['offset']}")
            titles[hit["rule"]["id"]] = hit["rule"]["file"]
    both = sum(len(ours[r] & theirs[r]) for r in ours)
    print(f"hits of leadline {sum(map(len, ours.values()))}, of RSigma {sum(map(len, theirs.values()))}, of both {both}")
    print(f"RSigma {silent - loading:.3f} s for the events, {loading:.3f} s loading: {len(events) / (silent - loading):.0f} events/s")
    print(f"leadline {ours_whole:.3f} s for all, reading event logs and starting included: {len(events) / ours_whole:.0f} events/s")
    for rule in sorted(set(ours) | set(theirs)):
        for name, a, b in (("leadline", ours, theirs), ("RSigma", theirs, ours)):
            only = sorted(a[rule] - b[rule])
            if only:
                print(f"only {name}\t{rule}\t{len(only)}\t{only[0]}\t{titles.get(rule, '')}")


main()
