"""cases.py: the scenarios. Each is a function that makes a server, and what must be said of it. The sentence above each argues the
answer from docs/verdict.md (rules 1 to 7, and its words) and the published facts, never from what the program does.

A case is given `make(FROM, TO, …)`: a server whose first day lies between those dates, with a build that is open to a flaw
(`open`), has the fixes of that day (default), or is as the case says. What is expected:
  verdict   the word, and by it the exit status
  exploits  {flaw: (outcome, blocked_by)}: exactly these, and perhaps those of `maybe`, where the facts do not decide
  mailboxes {(address, access)}, files, accounts: at least named in the scope
  threads   how many intruders; None: not asked (whether a refused attempt makes one is nowhere said)
  since, until  names of acts: the first and last malicious act is the first and last record of these; "" is none, None is not asked
  decisive  acts without which the evidence no longer proves success: one twin goes without them
  absent    sources that this evidence does not have from the start"""
import datetime

import attacks
import builds
import life
from life import SECOND

CASES = {}
HOUR = datetime.timedelta(hours=1)
SUCCEEDED, ATTEMPTED = ("succeeded", None), ("attempted", None)
EVENTS = ("security", "sysmon", "application", "management", "system")


class Expect:
    def __init__(self, server, verdict, exploits=(), mailboxes=(), files=(), accounts=(), threads=None, since=None, until=None, decisive=(),
                 absent=(), layout=None, damage=None, clocks=(), level=None, builds_seen=None, exposed_to=None, calm=False, told=(), maybe=()):
        self.server, self.verdict, self.exploits = server, verdict, dict(exploits)
        self.mailboxes, self.files, self.accounts, self.threads = set(mailboxes), set(files), set(accounts), threads
        self.since, self.until, self.decisive, self.absent = since, until, tuple(decisive), tuple(absent)
        self.layout, self.damage, self.clocks, self.level = layout, damage, dict(clocks), level
        self.builds_seen, self.exposed_to = builds_seen, exposed_to
        self.calm = calm            # no finding of level high or above, nobody's thread
        self.maybe = dict(maybe)
        self.told = tuple(told)     # words of which each must stand in a reason


def case(because):
    def keep(function):
        function.because = because
        CASES[function.__name__.removeprefix("c_")] = function
        return function
    return keep


def calm(s, verdict="NO_EVIDENCE", **more):
    return Expect(s, verdict, threads=0, since="", until="", calm=True, **more)


# ---- nothing happened ----------------------------------------------------------------------------------------------------------

@case("Rule 7: every log is there, the build leaves nothing open that is known to be exploited, and nothing is in them.")
def c_clean(make):
    s = make.calm_server()
    life.ordinary(s)
    return calm(s)


def open_weeks(make, start, last, cve, before):
    s = make(start, last, hours=24 * 14, open=cve, closed=before, pace=170)
    life.ordinary(s)
    return Expect(s, "EXPOSED", threads=0, since="", until="", calm=True, exposed_to=cve)


LATER_2021 = ("CVE-2021-31207", "CVE-2021-34473", "CVE-2021-34523", "CVE-2021-33766", "CVE-2021-31196")


@case("Rule 6: the build is open to a flaw known to be exploited; the logs begin before its window opened and have nothing in them.")
def c_exposed(make):
    which = make.dice.randrange(3)
    if which == 0:
        return open_weeks(make, (2021, 2, 20), (2021, 2, 24), "CVE-2021-26855", ("CVE-2020-0688",))
    if which == 1:
        return open_weeks(make, (2021, 11, 1), (2021, 11, 6), "CVE-2021-42321", LATER_2021)
    return open_weeks(make, (2026, 5, 6), (2026, 5, 12), "CVE-2026-42897", ("CVE-2022-41040",))


@case("Rule 4: background scanning (stage probe) alone never counts, so rule 7: names that the scanners guess are not found.")
def c_scanned(make):
    s = make.calm_server()
    life.ordinary(s)
    life.background(s, guesses=True)
    return calm(s)


@case("Rule 7: an address of the server's own name is no script, and an administrator's export to a file server is neither a page nor a local path.")
def c_administrator(make):
    s = make.calm_server()
    life.ordinary(s)
    life.oab_url(s, s.after(5, 3))
    life.pst_export(s, s.after(12, 3))
    life.helpdesk(s, s.after(20, 3))
    return calm(s)


@case("Rule 7: an agent's scripts are no children of a worker process, and a robot that logs on to OWA reads its own mailbox only.")
def c_monitoring(make):
    s = make.calm_server()
    life.ordinary(s)
    for hour in (4, 14, 24):
        life.monitoring(s, s.after(hour, 2))
    return calm(s)


@case("Rule 7: the scanner's harmless strings ask for no place behind the front end, are refused, and so are a probe; guessed names are not found.")
def c_vulnerability_scanner(make):
    s = make.calm_server()
    life.ordinary(s)
    life.vulnerability_scanner(s, s.after(8, 6))
    return calm(s)


@case("Rule 7: what EOMT, the Safety Scanner and the mitigation service leave is the trace of a mitigation, not of an attack (facts, part 4).")
def c_mitigations(make):
    s = make.calm_server()
    life.ordinary(s)
    life.mitigation_by_hand(s, s.after(6, 2))
    life.mitigation_by_service(s, s.after(12, 2))
    return calm(s)


@case("Rule 7: a vendor's page in its own directory and pool, used by people who have logged on, is no page of Exchange's that answers strangers.")
def c_vendor(make):
    s = make.calm_server()
    life.ordinary(s)
    life.vendor_pages(s, s.after(6, 4))
    return calm(s)


# ---- tried, and met ----------------------------------------------------------------------------------------------------------------

@case("Rule 4: requests with ServerInfo~ anchors are specific to the flaw, and each met a build that has the fix.")
def c_attacked_fixed(make):
    s = make((2021, 3, 12), (2021, 4, 2), closed=("CVE-2021-26855", "CVE-2021-27065"))
    life.ordinary(s)
    for ip in s.foes[:2]:
        attacks.proxylogon_refused(s, s.after(6, 8), ip, make.dice.choice(attacks.PYTHON[:3]), (400, 404, 503))
    return Expect(s, "ATTACKED", {"CVE-2021-26855": ("attempted", "fixed_build")})


@case("Rule 4: addresses of autodiscover.json that carry /mapi/nspi and /powershell, on a build with the updates of April and May 2021.")
def c_proxyshell_fixed(make):
    s = make((2021, 8, 9), (2021, 9, 10), closed=LATER_2021)
    life.ordinary(s)
    attacks.discover_refused(s, s.after(6, 8), s.foes[0], attacks.PYTHON[3], make.dice.choice((400, 401, 404)))
    # T-PS-A is of the three flaws together: whether a refused request for /powershell was one for the second as well is not said.
    return Expect(s, "ATTACKED", {"CVE-2021-34473": ("attempted", "fixed_build")}, maybe={"CVE-2021-34523": ("attempted", "fixed_build")})


@case("Rule 4: the build is open, but no back end was asked (HttpProxy shows the answer), and files and processes are in sight and quiet for 24 hours.")
def c_attacked_refused(make):
    s = make((2021, 2, 28), (2021, 3, 10), hours=44, open="CVE-2021-26855")
    life.ordinary(s)
    attacks.proxylogon_refused(s, s.after(6, 6), s.foes[0], attacks.PYTHON[0], (503, 500))
    return Expect(s, "ATTACKED", {"CVE-2021-26855": ("attempted", "status")}, threads=1)


def cut_off(make, mitigate):
    s = make((2022, 10, 4), (2022, 11, 4), hours=44, open="CVE-2022-41040")
    life.ordinary(s)
    mitigate(s, s.after(1, 1))
    attacks.discover_aborted(s, s.after(7, 6), s.foes[0])
    return s


@case("Rule 4: the rule of URL Rewrite cut each connection (HTTPERR), no request came through, and effects are in sight and quiet for 24 hours.")
def c_blocked_rewrite(make):
    s = cut_off(make, life.mitigation_by_hand)
    return Expect(s, "ATTACKED", {"CVE-2022-41040": ("attempted", "url_rewrite")}, threads=1)


@case("Rule 4: as with a rule made by hand, but the event log tells that the emergency mitigation service had applied it.")
def c_blocked_eems(make):
    s = cut_off(make, life.mitigation_by_service)
    return Expect(s, "ATTACKED", {"CVE-2022-41040": ("attempted", "eems")}, threads=1)


@case("Rule 4: the requests were answered 400, the antivirus tells that it blocked them, and nothing followed while effects were in sight.")
def c_blocked_antivirus(make):
    s = make((2021, 8, 12), (2021, 9, 10), hours=44, open="CVE-2021-34473")
    life.ordinary(s)
    t = s.after(6, 6)
    attacks.discover_refused(s, t, s.foes[0], attacks.PYTHON[3], 400)
    attacks.antivirus(s, t + 5 * SECOND, "Exploit:Win32/CVE-2021-31207.B", "amsi:_\\Device\\HttpProxy")
    return Expect(s, "ATTACKED", {"CVE-2021-34473": ("attempted", "antivirus")}, threads=1,
                  maybe={"CVE-2021-34523": ("attempted", "antivirus"), "CVE-2021-31207": ("attempted", "antivirus")})


@case("Rule 4: POSTs to /owa/calendar/a that are not answered 503 are attempts (T-28480-A); no more is published, and nothing followed in sight.")
def c_calendar(make):
    s = make((2021, 4, 20), (2021, 6, 1), hours=44, open="CVE-2021-28480")
    life.ordinary(s)
    attacks.calendar(s, s.after(6, 6), s.foes[0])
    return Expect(s, "ATTACKED", {"CVE-2021-28480": ATTEMPTED}, threads=1)


# ---- each flaw, succeeded --------------------------------------------------------------------------------------------------------------

PROXYLOGON = {"CVE-2021-26855": SUCCEEDED, "CVE-2021-27065": SUCCEEDED}
PROXYSHELL = {"CVE-2021-34473": SUCCEEDED, "CVE-2021-34523": SUCCEEDED, "CVE-2021-31207": SUCCEEDED}
LOGON_DONE = ("login", "set-oab", "reset-oab", "read-oab", "mapi", "shell-write", "compile", "commands")


def proxylogon_server(make, hours=30, **more):
    s = make((2021, 2, 27), (2021, 3, 10), hours=hours, open="CVE-2021-26855", **more)
    life.ordinary(s)
    return s


def proxylogon_expected(s, got, **more):
    return Expect(s, "COMPROMISED", PROXYLOGON, files={got["file"]}, since="autodiscover", until="commands", decisive=LOGON_DONE,
                  **{"threads": 1, "level": "server", **more})


@case("Rule 1: an administrator's session set a script for an address, the page stands, and the web server started programs.")
def c_proxylogon(make):
    s = proxylogon_server(make)
    got = attacks.proxylogon(s, s.after(6, 6), s.foes[0], s.foes[1], stem=make.dice.choice(("/ecp/y.js", "/ecp/x9.js", "/ecp/a.js")))
    return proxylogon_expected(s, got)


@case("Rule 1: the worker of Unified Messaging started a program after the error of the flaw (T-26857-A, -C): code ran.")
def c_unified_messaging(make):
    s = make((2021, 2, 27), (2021, 3, 10), open="CVE-2021-26857", product="Exchange2016")
    life.ordinary(s)
    t = s.after(6, 6)
    attacks.proxylogon_session(s, t, s.foes[0], attacks.PYTHON[0], "/ecp/y.js")
    attacks.unified_messaging(s, t + 40 * SECOND)
    return Expect(s, "COMPROMISED", {"CVE-2021-26855": SUCCEEDED, "CVE-2021-26857": SUCCEEDED}, threads=1, since="autodiscover", until="um-child",
                  decisive=("um-child", "um-error"), level="server")


@case("Rule 1: mailbox data was returned to the server's own account in the owner's name; no file and no process belongs to reading mail.")
def c_mail_theft(make):
    s = proxylogon_server(make)
    t = s.after(6, 6)
    with s.act("autodiscover", httpproxy="attempt", iis1="attempt"):
        attacks.ssrf(s, t, "autodiscover/autodiscover.xml?", s.foes[0], attacks.PYTHON[2], stem="/owa/auth/logon.css")
    attacks.mailbox_read(s, t + 30 * SECOND, s.foes[0], attacks.PYTHON[2], "/owa/auth/logon.css", s.victim)
    return Expect(s, "COMPROMISED", {"CVE-2021-26855": SUCCEEDED}, mailboxes={(s.victim["smtp"], "opened")}, threads=1, since="autodiscover",
                  until="mail-read", decisive=("mail-read",), level="mailbox")


@case("Rule 1: the export wrote a page to the server's own disk, and the web server started programs.")
def c_proxyshell(make):
    s = make((2021, 8, 9), (2021, 9, 10), open="CVE-2021-34473")
    life.ordinary(s)
    got = attacks.proxyshell(s, s.after(6, 6), s.foes[0], s.foes[1], s.victim)
    return Expect(s, "COMPROMISED", PROXYSHELL, files={got["file"]}, mailboxes={(got["mailbox"], "exported")}, threads=1, since="ps-autodiscover",
                  until="commands", decisive=("ps-mapi", "ps-powershell", "ps-role", "ps-export", "ps-write", "compile", "commands"), level="server")


@case("Rule 1: the answer 500 tells nothing (T-PT-A), but the rule that forwards was made: the log of the panel and the audit of cmdlets have it.")
def c_proxytoken(make):
    s = make((2021, 8, 30), (2021, 9, 20), open="CVE-2021-33766")
    life.ordinary(s)
    attacks.proxytoken(s, s.after(6, 6), s.foes[0], s.victim, "archive@mailbox.example")
    return Expect(s, "COMPROMISED", {"CVE-2021-33766": SUCCEEDED}, mailboxes={(s.victim["smtp"], "forwarded")}, threads=1, since="token",
                  decisive=("rule",), level="mailbox")


@case("Rule 1: requests for PowerShell through autodiscover.json were answered, and the worker process of PowerShell started programs.")
def c_proxynotshell(make):
    s = make((2022, 9, 30), (2022, 11, 4), open="CVE-2022-41040")
    life.ordinary(s)
    attacks.proxynotshell(s, s.after(6, 6), s.foes[0], s.victim)
    return Expect(s, "COMPROMISED", {"CVE-2022-41040": SUCCEEDED, "CVE-2022-41082": SUCCEEDED}, accounts={s.victim["name"]}, threads=1,
                  since="pns-powershell", until="child", decisive=("child",), level="server")


@case("Rule 1: PowerShell was reached through OWA's address, the client in Rps_Http is no client of Microsoft's (T-OS-C), and programs were started.")
def c_owassrf(make):
    s = make((2022, 11, 25), (2022, 12, 20), open="CVE-2022-41080")
    life.ordinary(s)
    attacks.owassrf(s, s.after(6, 6), s.foes[0], s.victim)
    return Expect(s, "COMPROMISED", {"CVE-2022-41080": SUCCEEDED, "CVE-2022-41082": SUCCEEDED}, accounts={s.victim["name"]}, threads=1,
                  since="owa-powershell", until="child", decisive=("child",), level="server")


@case("Rule 1: a GET with __VIEWSTATE (T-0688-A), the panel's error for it (T-0688-B), and a program started by the pool of the panel: code ran.")
def c_static_key(make):
    s = make((2020, 2, 26), (2020, 4, 10), open="CVE-2020-0688")
    life.ordinary(s)
    attacks.static_key(s, s.after(6, 6), s.foes[0], s.victim)
    return Expect(s, "COMPROMISED", {"CVE-2020-0688": SUCCEEDED}, accounts={s.victim["name"]}, threads=1, since="viewstate", until="child",
                  decisive=("child",), level="server")


@case("Rule 1: Get-App failed with the flaw's exception (T-42321-A, -B), and the pool of web services started a program at the same second.")
def c_get_app(make):
    s = make((2021, 11, 10), (2021, 12, 1), open="CVE-2021-42321")
    life.ordinary(s)
    attacks.get_app(s, s.after(6, 6), s.foes[0], s.victim)
    return Expect(s, "COMPROMISED", {"CVE-2021-42321": SUCCEEDED}, threads=1, until="child", decisive=("child",), level="server")


@case("Rule 1: the server's own account, logged on with NTLM from a strange address, gave somebody the right to copy the directory: that right stands.")
def c_privexchange(make):
    s = make((2019, 1, 24), (2019, 2, 8), open="CVE-2018-8581")
    life.ordinary(s)
    for i in range(30):  # the domain controller goes about its day
        s.logon(s.after(i), s.health[:20], s.netbios, f"{s.sid}-1142", s.ip, host=s.dc)
    attacks.privexchange(s, s.after(6, 6), s.foes[0], s.victim)
    return Expect(s, "COMPROMISED", {"CVE-2018-8581": SUCCEEDED}, accounts={s.victim["name"]}, threads=1, until="rights", decisive=("rights",), level="domain")


# ---- after the door ----------------------------------------------------------------------------------------------------------------------

@case("Rule 1, and what was reached: the memory of lsass.exe, the directory's database, an account among the administrators, a task.")
def c_domain(make):
    s = proxylogon_server(make, hours=36)
    t = s.after(6, 4)
    got = attacks.proxylogon(s, t, s.foes[0], s.foes[1], tool=attacks.TOOLS[0])
    dump = attacks.credentials(s, t + 0.5 * HOUR, s.foes[1], got["url"], attacks.TOOLS[0])
    name = attacks.domain_taken(s, t + HOUR, s.foes[1], got["url"], attacks.TOOLS[0])
    return Expect(
        s, "COMPROMISED", PROXYLOGON, files={got["file"], dump}, accounts={name}, threads=1, since="autodiscover", until="account",
        decisive=LOGON_DONE + ("lsass", "after", "account"), level="domain")


@case("Rule 1: the session that ProxyShell gives made a rule, a forward and a transport rule to a mailbox outside.")
def c_forwarded_mail(make):
    s = make((2021, 8, 9), (2021, 9, 10), open="CVE-2021-34473")
    life.ordinary(s)
    t = s.after(6, 6)
    attacks.proxyshell_session(s, t, s.foes[0], attacks.PYTHON[3], s.victim)
    attacks.forward_mail(s, t + 120 * SECOND, s.victim, s.people[2:4], "archive@mailbox.example")
    return Expect(s, "COMPROMISED", {"CVE-2021-34473": SUCCEEDED, "CVE-2021-34523": SUCCEEDED},
                  mailboxes={(s.people[2]["smtp"], "forwarded"), (s.people[3]["smtp"], "forwarded")}, threads=1, since="ps-autodiscover",
                  until="forwarding", decisive=("forwarding",))


@case("Rule 1, twice: two addresses, two tools and two pages, half a day apart, have nothing in common but the server.")
def c_two_intruders(make):
    s = proxylogon_server(make, hours=40)
    one = attacks.proxylogon(s, s.after(4, 2), s.foes[0], s.foes[0], agent=attacks.PYTHON[0], tool=attacks.TOOLS[0])
    two = attacks.proxylogon(s, s.after(20, 2), s.foes[2], s.foes[2], stem="/ecp/a.js", where="/aspnet_client/", agent=attacks.PYTHON[2],
                             tool=attacks.TOOLS[1], commands=(("ipconfig /all", "ipconfig.exe"), ("net user", "net.exe")))
    return Expect(s, "COMPROMISED", PROXYLOGON, files={one["file"], two["file"]}, threads=2, since="autodiscover", until="commands", decisive=LOGON_DONE,
                  level="server")


@case("Rule 1: the update came a day after the break-in; patching afterwards never lowers it, and both builds are told.")
def c_patched_late(make):
    s = make((2021, 3, 1), (2021, 3, 6), hours=60, open="CVE-2021-26855", pace=40)
    s.builds.append((s.after(36), builds.closed(make.dice, datetime.date(2021, 3, 16), ("CVE-2021-26855",))[1]))
    life.ordinary(s)
    got = attacks.proxylogon(s, s.after(6, 6), s.foes[0], s.foes[1])
    return proxylogon_expected(s, got, builds_seen=2)


# ---- half seen -----------------------------------------------------------------------------------------------------------------------------

@case("Rule 1: proxyLogon.ecp answered 241, which is the session obtained (T-26855-B), and SetObject used it; of the page nothing was seen.")
def c_web_logs_alone(make):
    s = proxylogon_server(make)
    t = attacks.proxylogon_session(s, s.after(6, 6), s.foes[0], attacks.PYTHON[0], "/ecp/y.js")
    attacks.proxylogon_page(s, t, s.foes[0], attacks.PYTHON[0], "/ecp/y.js", "x.aspx")
    return Expect(s, "COMPROMISED", {"CVE-2021-26855": SUCCEEDED, "CVE-2021-27065": ("unknown", None)}, threads=1, since="autodiscover",
                  until="reset-oab", absent=EVENTS + ("ecp",), decisive=("login",))


@case("Rule 2a: SetObject answered 200, and there are no process or file events at all; how the session came about was not seen.")
def c_settings_answered(make):
    s = proxylogon_server(make)
    attacks.proxylogon_page(s, s.after(6, 6), s.foes[0], attacks.PYTHON[0], "/ecp/y.js", "x.aspx")
    return Expect(s, "LIKELY_COMPROMISED", {"CVE-2021-26855": ("unknown", None), "CVE-2021-27065": ("unknown", None)}, threads=1, since="read-oab",
                  until="reset-oab", absent=EVENTS + ("ecp",))


@case("Rule 2b: a page that Exchange does not ship answers POST requests of a stranger; that is an artefact, and nothing proves more.")
def c_shell_by_requests(make):
    s = make.calm_server()
    life.ordinary(s)
    t, page, tool = s.after(6, 6), s.word() + ".aspx", attacks.TOOLS[0]
    with s.act("requests", iis1="artefact"):
        for i in range(6):
            s.front(t + 40 * i * SECOND, "POST", "/aspnet_client/system_web/" + page, "-", "-", s.foes[0], tool, 200)
    return Expect(s, "LIKELY_COMPROMISED", {}, threads=1, since="requests", until="requests", absent=("security", "sysmon"))


@case("Rule 2c: the logs of Windows were cleared within 24 hours after attempts on a build that was open; `since` is the time of the attempt.")
def c_cleared_after_attempt(make):
    s = make((2021, 2, 28), (2021, 3, 10), hours=44, open="CVE-2021-26855")
    life.ordinary(s)
    t = s.after(8, 4)
    attacks.proxylogon_refused(s, t, s.foes[0], attacks.PYTHON[0], (503, 500))
    attacks.cleared(s, t + 3 * HOUR)
    return Expect(s, "LIKELY_COMPROMISED", {"CVE-2021-26855": ("attempted", "status")}, threads=1, since="attempts")


@case("Rule 5: a log cleared while requests came in; nobody knows what stood in it, and no attempt was seen.")
def c_cleared_quietly(make):
    s = make.calm_server()
    life.ordinary(s)
    attacks.cleared(s, s.after(12, 6))
    return Expect(s, "CANNOT_TELL", threads=0, since="", until="", told=("cleared",))


@case("Rule 5: the logs begin within 60 days after the fix of an exploited flaw and do not show the build before.")
def c_rolled(make):
    s = make((2021, 3, 20), (2021, 4, 8), closed=("CVE-2021-26855", "CVE-2021-27065"))
    life.ordinary(s)
    return Expect(s, "CANNOT_TELL", threads=0, since="", until="")


# ---- broken, packed, skewed ------------------------------------------------------------------------------------------------------------------

def break_lines(path, size):
    """Zeros in the middle of the web server's log, and the end of one event log cut off."""
    def damage(files, dice):
        for name in sorted(files):
            if path in name:
                at = dice.randrange(len(files[name]) // 3, len(files[name]) // 2)
                files[name] = files[name][:at] + bytes(size) + files[name][at + size:]
    return damage


@case("Rule 1: damage takes lines, but what was read proves that programs were started; the damage is told.")
def c_damaged_attack(make):
    s = proxylogon_server(make)
    got = attacks.proxylogon(s, s.after(6, 6), s.foes[0], s.foes[1])
    return proxylogon_expected(s, got, damage=break_lines("W3SVC2/", 300))


@case("Rule 5: bytes of the web server's log could not be read, and one line is enough to show a break-in (Lost).")
def c_damaged_quiet(make):
    s = make.calm_server()
    life.ordinary(s)
    return Expect(s, "CANNOT_TELL", threads=0, since="", until="", damage=break_lines("W3SVC1/", 900), told=("could not be read",))


@case("As proxylogon: an archive within an archive, as KAPE leaves it, holds the same logs.")
def c_kape(make):
    s = proxylogon_server(make)
    return proxylogon_expected(s, attacks.proxylogon(s, s.after(6, 6), s.foes[0], s.foes[1]), layout="kape")


@case("As proxyshell: an archive within an archive with escaped names, as Velociraptor leaves it, holds the same logs.")
def c_velociraptor(make):
    expected = c_proxyshell(make)
    expected.layout = "velociraptor"
    return expected


@case("As clean: an archive within an archive, as CyLR leaves it, holds the same logs.")
def c_cylr(make):
    s = make.calm_server()
    life.ordinary(s)
    return calm(s, layout="cylr")


@case("As proxylogon: the events were recorded in the server's local time; Sysmon's own UtcTime tells by how much, and times are told in UTC.")
def c_events_in_local_time(make):
    s = proxylogon_server(make)
    got = attacks.proxylogon(s, s.after(8, 6), s.foes[0], s.foes[1])
    off = make.dice.choice((19800, -25200, 7200))
    s.skew = {kind: datetime.timedelta(seconds=off) for kind in EVENTS}
    return proxylogon_expected(s, got, clocks={"evtx:Security": -off, "evtx:Microsoft-Windows-Sysmon/Operational": -off})


@case("As proxylogon: the web server's log is in local time; the same requests stand in HttpProxy in UTC, which tells by how much.")
def c_web_log_in_local_time(make):
    s = proxylogon_server(make)
    got = attacks.proxylogon(s, s.after(8, 6), s.foes[0], s.foes[1])
    off = make.dice.choice((3600, 7200, -18000))
    s.skew = {kind: datetime.timedelta(seconds=off) for kind in ("iis1", "iis2")}
    return proxylogon_expected(s, got, clocks={"iis": -off})


@case("Rule 7 on a day in which every honest look-alike and every known noise occurs: none of it is an effect, a sign, an artefact or an attempt.")
def c_clean_day(make):
    s = make.calm_server(hours=24, pace=14)
    life.clean_day(s)
    return calm(s)
