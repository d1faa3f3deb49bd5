"""builds.py: which builds a server of a scenario may run, from data/builds.json and data/cves.json (their own rule of evaluation)."""
import datetime
import json
import pathlib

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
BUILDS = json.loads((DATA / "builds.json").read_text(encoding="utf-8"))["builds"]
FLAWS = {c["id"]: c for c in json.loads((DATA / "cves.json").read_text(encoding="utf-8"))["cves"]}
PRODUCTS = ("Exchange2016", "Exchange2019", "ExchangeSE")
# Flaws known to be exploited that a build alone decides: those that a setting gates too say nothing by a build (docs/verdict.md).
EXPLOITED = [c for c in FLAWS.values() if c.get("kev") and not c.get("additional_requirement")]


def number(text):
    return tuple(int(n) for n in text.split("."))


ROWS = [(b["product"], number(b["build"]), datetime.date.fromisoformat(b["release_date"])) for b in BUILDS
        if b["product"] in PRODUCTS and b.get("release_date") and len(b["release_date"]) == 10 and b.get("cu")]


def fixed(cve, product, build):
    """Does the build close the flaw?"""
    flaw = FLAWS[cve]["first_fixed"].get(product)
    if flaw is None:
        return product == "ExchangeSE" or not any(m["product"].replace(" ", "").startswith(product) for m in FLAWS[cve].get("msrc_affected", []))
    same = [number(b) for b in flaw.get("by_cu", {}).values() if number(b)[:3] == build[:3]]
    newer = [number(b) for b in flaw.get("fixed_from_cu", {}).values()]
    return any(build >= b for b in same) or any(build >= b for b in newer)


def affected(cve, product, build):
    """Open to the flaw for certain: a CU that the fix names, below it."""
    flaw = FLAWS[cve]["first_fixed"].get(product) or {}
    cus = {number(b)[:3] for b in flaw.get("by_cu", {}).values()}
    return build[:3] in cus and not fixed(cve, product, build)


def out_by(date, age_days=540):
    """Builds that one meets on that day: published, and of the last year and a half."""
    return [(p, b) for p, b, released in ROWS if released <= date and (date - released).days <= age_days]


def vulnerable(dice, cve, date, also=()):
    """A build open to the flaw, and to those of `also`."""
    found = sorted(pb for pb in out_by(date) if all(affected(c, *pb) for c in (cve, *also)))
    assert found, (cve, date)
    return dice.choice(found)


def closed(dice, date, cves=None):
    """A build that closes these flaws; without, every exploited one whose fix is out by then."""
    if cves is None:
        cves = [c["id"] for c in EXPLOITED if c.get("fix_date") and c["fix_date"] <= date.isoformat()]
    found = sorted(pb for pb in out_by(date) if all(fixed(c, *pb) for c in cves))
    assert found, (cves, date)
    return dice.choice(found)


def lately_fixed(date, days=75):
    """Was an exploited flaw fixed within so many days before?"""
    fixes = [datetime.date.fromisoformat(c["fix_date"]) for c in FLAWS.values() if c.get("kev") and c.get("fix_date")]
    fixes += [datetime.date.fromisoformat(c["kev"]["date_added"]) for c in FLAWS.values() if c.get("kev")
              and c["kev"]["date_added"] < c.get("fix_date", "9")]
    return any(0 <= (date - f).days <= days for f in fixes)


def calm_days():
    """Days on which a current build leaves nothing open that is known to be exploited, and no such flaw was fixed lately."""
    day, last, found = datetime.date(2022, 12, 1), datetime.date(2026, 10, 20), []
    while day < last:
        if not lately_fixed(day) and not lately_fixed(day + datetime.timedelta(days=7), 7) and any(
                all(fixed(c["id"], *pb) for c in EXPLOITED if c.get("fix_date", "9") <= day.isoformat()) for pb in out_by(day)):
            found.append(day)
        day += datetime.timedelta(days=1)
    return found
