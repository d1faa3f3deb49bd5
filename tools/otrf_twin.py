#!/usr/bin/env python3
"""otrf_twin.py IN OUT [options]: a twin of the public OTRF recording of the ProxyLogon chain, for tests.

A tool that knows one recording by heart looks right on it and is wrong on the next server. A twin is the same recording of
another server: host, domain, user, addresses, SIDs, script, web shell and its folder all renamed (in every field, in the message
texts, in every casing), moved to another day, recorded by a clock that is wrong in another way, its records shuffled over
three files. One act of the attack can be taken out with everything that corroborates it, or the whole attack.

  IN                 otrf-proxylogon-2021-03-14.zip, or the JSON lines that are in it
  OUT                a folder to be made: recording-1.json … recording-3.json

  --seed N           every choice not given below is drawn from this seed (default 1); same seed, same bytes
  --keep-names       rename nothing (only clock, order and removal)
  --host NAME        NetBIOS name of the server (upper case form; lower case is derived)
  --domain FQDN      DNS domain     --netbios NAME   short domain name (default: the domain's first label)
  --user NAME        account that runs the script       --mailbox ADDRESS   mailbox the script is given
  --script NAME      file name of the script            --shell NAME.aspx   file name of the web shell
  --folder WHERE     owa (owa\\auth, as recorded), ecp (ecp\\auth) or system_web (aspnet_client\\system_web); the worker
                     process that runs the shell is then the one of that folder's application pool
  --days N           move every time and dated file name by N days
  --skew ±H:MM       how far the recorder's clock (TimeCreated, @timestamp) is from UTC; recorded: -5:00. Sysmon's UtcTime,
                     which is true, stays: 0, -7:00 and +5:30 are the interesting ones
  --pids N           add N (a multiple of 4) to every process id but 0 and 4
  --ports N          add N to every ephemeral port (30000 to 30099 in the recording)
  --files N          how many files to spread over (default 3)          --no-shuffle  keep the order
  --remove STEP      take one act out (repeatable): script-start panel-error set-oab shell-write remove-vdir compile w3wp-cmd
                     new-vdir
  --cut-attack       take all of them out, and whatever else names the shell, the script or the process that ran it;
                     recycling of application pools and all noise stays
  --truth FILE       write there, as JSON, the names chosen and the true UTC time of each step that is still in

What is removed with a step (also told by `steps_of` below, one rule a line):
  script-start   every record of the script's process (start, end, modules, registry, handles, connections) and the other end
                 of its connections
  panel-error    the control panel's unhandled exception for the forged URL (Application 4)
  set-oab        the Set-OabVirtualDirectory cmdlet, and the panel's SetObject events (Application 47, 48)
  shell-write    the file's creation (Sysmon 11), share access from loopback (5140, 5145) and that connection (Sysmon 3, 5156,
                 5158)
  remove-vdir    the Remove-OabVirtualDirectory cmdlet
  compile        what the worker process wrote to Temporary ASP.NET Files and TEMP, its System.Web modules, cvtres and its conhost
  w3wp-cmd       cmd, conhost and whoami with all their records, the pipes to them, and the scripting modules loaded for it
  new-vdir       the New-OabVirtualDirectory cmdlet
"""
import argparse
import datetime
import json
import pathlib
import random
import re
import sys
import zipfile

STEPS = ("script-start", "panel-error", "set-oab", "shell-write", "remove-vdir", "compile", "w3wp-cmd", "new-vdir")
RECORDED_SKEW = -5 * 60  # minutes
PID_FIELDS = ("ProcessId", "ProcessID", "SourceProcessId", "TargetProcessId", "ParentProcessId", "NewProcessId")
PORT_FIELDS = ("SourcePort", "DestPort", "DestinationPort", "IpPort")
# Folder below the drive, application in Temporary ASP.NET Files, application pool, ASP.NET's hash of the folder within the
# application (~/auth, ~/aspnet_client/system_web), which stands in the name of a compile trace and is the same on every server.
FOLDERS = {
    "owa": (r"Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa\auth", "owa", "MSExchangeOWAAppPool",
            "f5dba9b9"),
    "ecp": (r"Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\ecp\auth", "ecp", "MSExchangeECPAppPool",
            "f5dba9b9"),
    "system_web": (r"inetpub\wwwroot\aspnet_client\system_web", "root", "DefaultAppPool", "2bd5d753"),
}
SHELL = "ohyeah.aspx"
SCRIPT = "public-poc.py"


def read(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as z:
            text = z.read(z.namelist()[0]).decode("utf-8")
    else:
        text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def number(text):
    """A process id as its record writes it: hexadecimal in Security, decimal elsewhere."""
    try:
        return int(text, 0)
    except ValueError:
        return -1


def pids_of(e):
    return {number(e[f]) for f in PID_FIELDS if f in e}


def ports_of(e):
    return {e[f] for f in ("SourcePort", "IpPort") if f in e}


def steps_of(events):
    """For each event the steps it belongs to. Processes are found by how they were started, then followed by id: the
    recording lasts 84 seconds and reuses none of these ids."""
    sysmon = [e for e in events if "Sysmon" in e["Channel"]]
    starts = [e for e in sysmon if e["EventID"] == 1]

    def family(is_root):
        found = {number(e["ProcessId"]) for e in starts if is_root(e)}
        assert found
        while True:
            more = {number(e["ProcessId"]) for e in starts if number(e["ParentProcessId"]) in found} - found
            if not more:
                return found
            found |= more

    def of_worker(e):
        return e["ParentImage"].lower().endswith("w3wp.exe")

    script = family(lambda e: SCRIPT in e["CommandLine"])
    compiler = family(lambda e: of_worker(e) and e["Image"].endswith("cvtres.exe"))
    commands = family(lambda e: of_worker(e) and e["Image"].endswith("cmd.exe"))
    (worker,) = {number(e["ParentProcessId"]) for e in starts if of_worker(e)}
    script_ports = {p for e in events if pids_of(e) & script for p in ports_of(e)} - {"-", "0"}
    smb_ports = {e["IpPort"] for e in events if e["EventID"] == 5145 and SHELL in e["RelativeTargetName"]}

    for e in events:
        channel, eid, pids, ports = e["Channel"], e["EventID"], pids_of(e), ports_of(e)
        is_sysmon = "Sysmon" in channel
        by_worker = is_sysmon and number(e.get("ProcessId", "")) == worker
        target = e.get("TargetFilename", "")
        module = e.get("ImageLoaded", "").lower()
        steps = set()
        if pids & script or ports & script_ports:
            steps.add("script-start")
        if channel == "Application" and eid == 4:
            steps.add("panel-error")
        if channel == "Application" and eid in (47, 48):
            steps.add("set-oab")
        if channel == "MSExchange Management":
            for cmdlet, step in (("Set-", "set-oab"), ("Remove-", "remove-vdir"), ("New-", "new-vdir")):
                if f"Cmdlet {cmdlet}OabVirtualDirectory" in e["Message"]:
                    steps.add(step)
        if ports & smb_ports or (is_sysmon and target.endswith("\\" + SHELL)):
            steps.add("shell-write")
        if pids & compiler:
            steps.add("compile")
        if by_worker and eid in (11, 23) and not target.endswith("profileoptimization.prof"):
            steps.add("compile")
        if by_worker and eid == 7 and ("system.web.dll" in module or "system.enterpriseservices.dll" in module):
            steps.add("compile")
        if pids & commands:
            steps.add("w3wp-cmd")
        if by_worker and (eid in (17, 18) or (eid == 7 and module.endswith(("wshom.ocx", "scrrun.dll")))):
            steps.add("w3wp-cmd")
        yield steps, bool(pids & {worker})


def true_time(e):
    """UTC: what Sysmon says, else the recorder's time put right."""
    if "UtcTime" in e:
        return datetime.datetime.fromisoformat(e["UtcTime"])
    recorded = datetime.datetime.fromisoformat(e["TimeCreated"].rstrip("Z"))
    return recorded - datetime.timedelta(minutes=RECORDED_SKEW)


class Names:
    """Every name of the recorded server with the name that replaces it, longest and most particular first."""

    def __init__(self, args, rng):
        def word(alphabet, n):
            return "".join(rng.choice(alphabet) for _ in range(n))

        hexa, low = "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz"
        self.host = (args.host or rng.choice(("MAIL", "EXCH", "EDGE", "SRVEX", "POST")) + word("23456789", 2)).upper()
        self.domain = (args.domain or f"{word(low, 7)}.example").lower()
        self.netbios = (args.netbios or self.domain.split(".")[0]).upper()
        self.user = args.user or rng.choice(("jkovac", "m.larsen", "svc-web", "tanaka", "opsadmin")) + word("123456789", 1)
        self.mailbox = args.mailbox or f"{rng.choice(('helpdesk', 'finance', 'reception', 'it.support'))}@{self.domain}"
        self.script = args.script or f"{word(low, 6)}.py"
        self.shell = args.shell or f"{word(low + '0123456789', 8)}.aspx"
        self.folder = args.folder or rng.choice(sorted(FOLDERS))
        if not self.shell.endswith(".aspx"):
            raise SystemExit("otrf_twin: --shell must end in .aspx")
        health = word(hexa, 32)
        net, other = f"10.{rng.randrange(1, 250)}.{rng.randrange(1, 250)}", f"10.250.{rng.randrange(1, 250)}"
        link = ":".join(rng.choice("123456789abcdef") + word(hexa, 3) for _ in range(4))
        compiled = word(low + "0123456789", 8)
        pairs = [("wardog@azsentinel.local", self.mailbox),
                 ("28ea308e40024e60bd8b472f93eb9a96", health), ("28ea308", health[:7]),
                 ("mxs01", self.host.lower()), ("MXS01", self.host),
                 ("azsentinel.local", self.domain), ("AZSENTINEL.LOCAL", self.domain.upper()),
                 ("azsentinel", self.netbios.lower()), ("AZSENTINEL", self.netbios),
                 ("wardog", self.user), ("WARDOG", self.user.upper()),
                 (SCRIPT, self.script), (SHELL, self.shell),
                 ("ecp/tpy.js", f"ecp/{word(low, rng.randrange(1, 4))}.js"), ("http://ffff/", f"http://{word(low, 1)}/"),
                 ('["code"]', f'["{word(low, 5)}"]'), ("Guacamole RDP", "JUMP" + word("123456789", 2)),
                 ("192.168.2.5", net + ".21"), ("192.168.2.4", net + ".10"), ("192.168.3.4", other + ".7"),
                 ("b14f:e9ef:a6b2:f79f", link), ("6004D249", word("123456789ABCDEF", 8)),
                 ("llfrjg0v", compiled), ("f5dba9b9", FOLDERS[self.folder][3]),
                 (r"8e05b027\e164d61b", word(hexa, 8) + "\\" + word(hexa, 8))]
        for sid in ("241441452-229284727-1712100601", "594047938-393122191-2580508586"):
            pairs.append((sid, "-".join(str(rng.randrange(10**8, 4 * 10**9)) for _ in range(3))))
        if args.keep_names:
            pairs = []
            self.host, self.domain, self.user, self.mailbox = "MXS01", "azsentinel.local", "wardog", "wardog@azsentinel.local"
            self.script, self.shell, self.folder = SCRIPT, SHELL, "owa"
        self.map = dict(pairs)
        # An address must not be taken for the beginning of a longer one.
        self.pattern = re.compile("|".join(re.escape(old) + (r"(?!\d)" if old[-1].isdigit() and "." in old else "")
                                           for old, _ in pairs) or r"(?!)")

    def renamed(self, text, of_worker):
        text = self.pattern.sub(lambda m: self.map[m.group()], text)
        old, new = FOLDERS["owa"], FOLDERS[self.folder]
        if new is not old:
            text = text.replace(old[0], new[0])
            if of_worker:  # this process serves the shell, so it belongs to the pool of the shell's folder
                text = text.replace(old[2], new[2])
                text = text.replace(f"Temporary ASP.NET Files\\{old[1]}\\", f"Temporary ASP.NET Files\\{new[1]}\\")
        return text


def shifted(e, args):
    """Times, process ids and ports of one event, in its fields and its message."""
    if args.days:
        def day(m):
            was = datetime.date(int(m.group(1)), int(m.group(3)), int(m.group(4)))
            now = was + datetime.timedelta(days=args.days)
            return m.group(2).join((f"{now.year:04}", f"{now.month:02}", f"{now.day:02}"))
        for k, v in e.items():
            if isinstance(v, str):
                e[k] = re.sub(r"(2021)(-?)(03)\2(1[34])(?!\d)", day, v)
    delta = args.skew - RECORDED_SKEW
    if delta:
        for k in ("TimeCreated", "@timestamp"):
            t = datetime.datetime.fromisoformat(e[k].rstrip("Z")) + datetime.timedelta(minutes=delta)
            e[k] = t.isoformat(timespec="milliseconds") + "Z"
    if args.pids:
        def pid(text):
            n = number(text)
            if n in (-1, 0, 4):
                return text
            return hex(n + args.pids) if text.startswith("0x") else str(n + args.pids)
        for f in PID_FIELDS:
            if f in e:
                e[f] = pid(e[f])
        e["Message"] = re.sub(r"((?:[Pp]rocess ?I[dD]|PID):\s*)(0x[0-9a-f]+|\d+)", lambda m: m.group(1) + pid(m.group(2)),
                              e["Message"])
    if args.ports:
        def port(text):
            return str(int(text) + args.ports) if re.fullmatch(r"300\d\d", text) else text
        for f in PORT_FIELDS:
            if f in e:
                e[f] = port(e[f])
        e["Message"] = re.sub(r"(Port:\s*)(\d+)", lambda m: m.group(1) + port(m.group(2)), e["Message"])
    return e


def skew(text):
    m = re.fullmatch(r"([+-]?)(\d{1,2})(?::(\d\d))?h?", text)
    if not m:
        raise argparse.ArgumentTypeError("a skew looks like -7:00, +5:30 or 0")
    return (-1 if m.group(1) == "-" else 1) * (int(m.group(2)) * 60 + int(m.group(3) or 0))


def main():
    ap = argparse.ArgumentParser(usage=__doc__, add_help=True)
    ap.add_argument("input", type=pathlib.Path)
    ap.add_argument("output", type=pathlib.Path)
    ap.add_argument("--seed", type=int, default=1)
    for name in ("host", "domain", "netbios", "user", "mailbox", "script", "shell"):
        ap.add_argument("--" + name)
    ap.add_argument("--folder", choices=sorted(FOLDERS))
    ap.add_argument("--keep-names", action="store_true")
    ap.add_argument("--days", type=int, default=0)
    ap.add_argument("--skew", type=skew, default=RECORDED_SKEW)
    ap.add_argument("--pids", type=int, default=0)
    ap.add_argument("--ports", type=int, default=0)
    ap.add_argument("--files", type=int, default=3)
    ap.add_argument("--no-shuffle", action="store_true")
    ap.add_argument("--remove", action="append", default=[], choices=STEPS)
    ap.add_argument("--cut-attack", action="store_true")
    ap.add_argument("--truth", type=pathlib.Path)
    # argparse takes "-7:00" for an option; glue it to its own.
    argv = re.sub(r"(--skew|--days)\0-", r"\1=-", "\0".join(sys.argv[1:])).split("\0")
    args = ap.parse_args(argv)
    if args.pids % 4:
        ap.error("--pids must be a multiple of 4, as process ids of Windows are")

    rng = random.Random(args.seed)
    names = Names(args, rng)
    remove = set(STEPS) if args.cut_attack else set(args.remove)
    traces = re.compile(f"{SHELL}|{SCRIPT}|python39|tpy\\.js", re.I)
    events = read(args.input)
    kept, when, removed = [], {}, {}
    for e, (steps, of_worker) in zip(events, list(steps_of(events))):
        gone = steps & remove
        if gone or (args.cut_attack and traces.search(json.dumps(e))):
            for s in gone or {"other traces"}:
                removed[s] = removed.get(s, 0) + 1
            continue
        for s in steps:
            when[s] = min(when.get(s, datetime.datetime.max), true_time(e))
        e = {k: names.renamed(v, of_worker) if isinstance(v, str) else v for k, v in e.items()}
        kept.append(shifted(e, args))
    if not args.no_shuffle:
        rng.shuffle(kept)

    args.output.mkdir(parents=True, exist_ok=True)
    files = [open(args.output / f"recording-{i + 1}.json", "w", encoding="utf-8", newline="\n") for i in range(args.files)]
    for i, e in enumerate(kept):
        line = json.dumps(e, separators=(",", ":"), ensure_ascii=False)
        for c in "'<>&":  # as the recorder wrote them
            line = line.replace(c, f"\\u{ord(c):04x}")
        where = i * args.files // len(kept) if args.no_shuffle else rng.randrange(args.files)
        files[where].write(line + "\n")
    for f in files:
        f.close()
    if args.truth:
        day = datetime.timedelta(days=args.days)
        args.truth.write_text(json.dumps({
            "host": names.host, "domain": names.domain, "user": names.user, "mailbox": names.mailbox, "script": names.script,
            "shell": names.shell, "shell_path": "C:\\" + FOLDERS[names.folder][0] + "\\" + names.shell,
            "app_pool": FOLDERS[names.folder][2], "clock_skew_s": -60 * args.skew, "events": len(kept),
            "steps": {s: (when[s] + day).isoformat(timespec="milliseconds") + "Z" for s in STEPS if s in when},
            "removed": removed}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
