"""make.py: from a seed to a scenario, its twins, and what must be said of each.

A twin is the same server with one thing changed:
  without     the decisive acts are taken away
  moved       another day (an even number of days later), other names and addresses, everything else alike
  split       the files cut into pieces, the events shuffled over three files
  no-SOURCE   one source is not there
What must be said of `without` and `no-SOURCE` follows from what is left, by the table of docs/verdict.md: see remaining()."""
import datetime
import random

import builds
import cases
from server import Server, source_of
from write import LAYOUTS, Writer

CALM_DAYS = builds.calm_days()
# Days by which a scenario may be moved: everything about the build's flaw stays as it is.
MOVES = (7, 14, 35)
# What may be missing: the logs that a collector forgets, one at a time. Both event logs of processes are one more.
DROPS = ("iis1", "iis2", "httpproxy", "ecp", "ews", "rps", "management", "application", "security", "sysmon", "security+sysmon")


class Make:
    def __init__(self, name, seed, names=None, shift=0):
        self.dice, self.seed, self.names, self.shift = random.Random(f"{seed}/{name}/plan"), f"{seed}/{name}", names, shift

    def _server(self, day, build, hours, pace):
        start = datetime.datetime.combine(day, datetime.time(self.dice.randrange(24), self.dice.randrange(60)), datetime.timezone.utc)
        return Server(self.seed, start, hours, build, pace=pace, names=self.names, shift=self.shift)

    def __call__(self, first, last, hours=30, open=None, closed=(), pace=25, product=None):
        first, last = datetime.date(*first), datetime.date(*last)
        day = first + datetime.timedelta(days=self.dice.randrange((last - first).days + 1))
        wanted = [pb for pb in builds.out_by(day) if all(builds.fixed(c, *pb) for c in closed) and product in (None, pb[0])]
        if open:
            certain = [pb for pb in wanted if builds.affected(open, *pb)]
            wanted = certain or [pb for pb in wanted if not builds.fixed(open, *pb)]
        assert wanted, (open, closed, day)
        return self._server(day, self.dice.choice(sorted(wanted))[1], hours, pace)

    def calm_server(self, hours=30, pace=25):
        day = self.dice.choice(CALM_DAYS)
        return self._server(day, builds.closed(self.dice, day)[1], hours, pace)


def make(name, seed, names=None, shift=0):
    maker = Make(name, seed, names, shift)
    expected = cases.CASES[name](maker)
    if expected.layout is None:
        expected.layout = maker.dice.choice(LAYOUTS[:2])
    return expected


def remaining(server, gone_acts, gone_sources):
    """What the evidence proves that is left: (verdicts that may be given, the sentence that argues them)."""
    left = {}
    for act in server.acts.values():
        if act.name in gone_acts:
            continue
        for source, worth in act.worth.items():
            if worth and source not in gone_sources and any(source_of(k) == source and any(r.act == act.name for r in rows)
                                                            for k, rows in server.logs.items()):
                left.setdefault(worth, []).append(f"{act.name} in {source}")
    if "effect" in left:
        return {"COMPROMISED"}, f"rule 1: {left['effect'][0]} is a record of an effect"
    if "artefact" in left:
        return {"LIKELY_COMPROMISED"}, f"rule 2b: {left['artefact'][0]} is an artefact, and nothing proves more"
    if "sign" in left:
        return {"LIKELY_COMPROMISED", "ATTACKED"}, f"rule 2a: {left['sign'][0]} is a sign of success; rule 4 where effects were in sight and quiet"
    if "attempt" in left:
        return {"CANNOT_TELL", "ATTACKED"}, f"rules 3 and 4: {left['attempt'][0]} is an attempt; what followed is in sight or not"
    return {"CANNOT_TELL", "EXPOSED"}, "rule 5: what would show it is missing, or the exposure is not covered; never that nothing was found"


def twins(expected):
    """Names of the twins that this scenario has."""
    if expected.verdict != "COMPROMISED":
        return []
    have = {source_of(k) for k in expected.server.logs}
    return ["without", "moved", "split"] + ["no-" + d for d in DROPS if all(source in have for source in d.split("+"))]


def build(name, twin, seed, root):
    """Write the evidence of a scenario (twin "") or of one of its twins; the expectation, the verdicts that may come, and why."""
    expected = make(name, seed, **({"names": f"{seed}/other", "shift": MOVES[seed % len(MOVES)]} if twin == "moved" else {}))
    s, drop, without = expected.server, set(expected.absent), ()
    may, why = {expected.verdict}, cases.CASES[name].because
    if twin == "without":
        without = expected.decisive
    elif twin.startswith("no-"):
        drop |= set(twin[3:].split("+"))
    if without or twin.startswith("no-"):
        may, why = remaining(s, without, drop)
    writer = Writer(s, f"{seed}/{name}", drop, without, split=twin == "split")
    writer.logs()
    if expected.damage:
        expected.damage(writer.out, writer.dice)
    writer.pack(root, expected.layout)
    return expected, may, why
