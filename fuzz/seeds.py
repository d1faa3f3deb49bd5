#!/usr/bin/env python3
"""seeds.py DIR: the cases of conformance/ as inputs of the targets that read rules: DIR/sigma and DIR/match. They widen the corpora that
are kept here without being kept twice; `./dev fuzz` and `./dev coverage` use both."""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import cases

FIELDS = ("F", "G", "EventID", "CommandLine")  # of fuzz_match.c


def value(v):
    """A byte for the type (fuzz_match.c takes it modulo the number of types), then bytes without a NUL."""
    if v is None:
        return bytes([24])
    if isinstance(v, bool):
        return bytes([23]) + (b"\1" if v else b"")
    if isinstance(v, int) and v > 0:
        return bytes([20]) + v.to_bytes(16, "little").split(b"\0")[0]
    text = v if isinstance(v, str) else json.dumps(v)
    return bytes([13]) + text.encode("utf8", "surrogatepass")


def main():
    out = pathlib.Path(sys.argv[1])
    for name in ("sigma", "match"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for case in cases.read():
        placeholders = b"\0" + json.dumps(case.placeholders).encode() if case.placeholders else b""
        (out / "sigma" / case.id).write_bytes(case.rule.encode() + placeholders)
        for i, (_, event) in enumerate(case.events[:4]):
            pieces = [value(event[f]) if f in event else b"" for f in FIELDS]
            (out / "match" / f"{case.id}-{i}").write_bytes(b"\0".join([case.rule.encode(), *pieces]))


main()
