"""write.py: a server's records as a collector brings them home.

Layouts: `folder` (a folder a server, logs as they lie on it), `drive` (paths with the drive), and the three that triage tools leave:
`kape`, `velociraptor` and `cylr`, each an archive within an archive."""
import csv
import datetime
import io
import pathlib
import random
import zipfile

from server import HTTPERR_FIELDS, RPS_CMDLET_COLUMNS, RPS_HTTP_COLUMNS, MSGTRK_COLUMNS, demo, dumps, iso, source_of

LAYOUTS = ("folder", "drive", "kape", "velociraptor", "cylr")
LOGGING = "Program Files/Microsoft/Exchange Server/V15/Logging/"
TRANSPORT = "Program Files/Microsoft/Exchange Server/V15/TransportRoles/Logs/"


def csv_line(row):
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([iso(c) if isinstance(c, datetime.datetime) else c for c in row])
    return out.getvalue()


def winlogbeat(e, t, number):
    event = {"@timestamp": iso(t), "agent": {"type": "winlogbeat", "version": "7.17.6", "hostname": e["host"].split(".")[0]},
             "event": {"kind": "event", "code": e["id"], "provider": e["provider"]}, "host": {"name": e["host"]}, "log": {"level": e["level"]},
             "message": message_of(e),
             "winlog": {"channel": e["channel"], "provider_name": e["provider"], "event_id": e["id"], "record_id": number,
                        "computer_name": e["host"], "api": "wineventlog", "event_data": e["data"] or {"param1": e["message"]}}}
    if e["provider"] == "Microsoft-Windows-Eventlog":  # who cleared a log stands in the other section
        event["winlog"]["user_data"] = event["winlog"].pop("event_data")
    return event


def nxlog(e, t, number):
    event = {"SourceName": e["provider"], "Channel": e["channel"], "Hostname": e["host"], "EventID": e["id"], "RecordNumber": number,
             "Level": {"information": "4", "warning": "3", "error": "2"}[e["level"]], "TimeCreated": iso(t), "@timestamp": iso(t),
             "Message": message_of(e)}
    for name, value in e["data"].items():
        event.setdefault(name, value)
    return event


def message_of(e):
    return e["message"] + "".join(f"\r\n{k}: {v}" for k, v in e["data"].items())


def hour_files(records, stem):
    """Exchange begins a new file every hour."""
    hours = {}
    for r in records:
        hours.setdefault(f"{r.t:%Y%m%d%H}", []).append(r)
    return {f"{stem}{hour}-1.LOG": rows for hour, rows in hours.items()}


def day_files(records, pattern):
    days = {}
    for r in records:
        days.setdefault(r.t.strftime(pattern), []).append(r)
    return days


class Writer:
    def __init__(self, server, seed, drop=(), without=(), split=False):
        self.s, self.drop, self.without, self.split = server, set(drop), set(without), split
        self.dice = random.Random(f"{seed}/write")
        self.out = {}                      # path on the server → bytes

    def kept(self, kind):
        if source_of(kind) in self.drop:
            return []
        return sorted((r for r in self.s.logs[kind] if r.act not in self.without), key=lambda r: (r.t, r.number))

    def text(self, path, head, lines, bom=False, end="\r\n"):
        """A log of lines under a header; `split` cuts it into pieces that have the header each."""
        pieces = [lines]
        if self.split and len(lines) > 3:
            cut = sorted(self.dice.sample(range(1, len(lines)), 2))
            pieces = [lines[:cut[0]], lines[cut[0]:cut[1]], lines[cut[1]:]]
            self.dice.shuffle(pieces)
        for i, piece in enumerate(pieces):
            name = path if i == 0 else path[:-4] + f"_{i}" + path[-4:]
            self.out[name] = (b"\xef\xbb\xbf" if bom else b"") + (end.join(head + piece) + end).encode("utf-8")

    def clock(self, source, t):
        return t + self.s.skew.get(source, datetime.timedelta(0))

    def iis(self, kind, folder):
        for name, rows in day_files(self.kept(kind), "u_ex%y%m%d.log").items():
            lines = [f"{self.clock(kind, r.t):%Y-%m-%d %H:%M:%S} " + " ".join(w.replace(" ", "+") for w in r.row) for r in rows]
            head = ["#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0", "#Date: " + lines[0][:19], "#Fields: " + demo.IIS_FIELDS]
            self.text(f"inetpub/logs/LogFiles/{folder}/{name}", head, lines)

    def httperr(self):
        rows = self.kept("httperr")
        if rows:
            head = ["#Software: Microsoft HTTP API 2.0", "#Version: 1.0", f"#Date: {rows[0].t:%Y-%m-%d %H:%M:%S}", "#Fields: " + HTTPERR_FIELDS]
            self.text("Windows/System32/LogFiles/HTTPERR/httperr1.log", head, [f"{r.t:%Y-%m-%d %H:%M:%S} " + " ".join(r.row) for r in rows])

    def exchange(self, files, kind, columns, constant=False, plain_first=False):
        for path, rows in files.items():
            head = [",".join(columns)] if plain_first else []
            head += ["#Software: Microsoft Exchange Server", "#Version: " + ("15.0.0.0" if constant else self.s.padded(rows[0].t)),
                     "#Log-type: " + kind, "#Date: " + iso(rows[0].t), "#Fields: " + ",".join(columns)]
            self.text(path, head, [csv_line(r.row) for r in rows], bom=not constant)

    def events(self, kind):
        rows = self.kept(kind)
        channel, _, host = kind[6:].partition("@")
        number, form = self.dice.randint(20000, 900000), self.dice.choice((winlogbeat, nxlog))
        lines = [dumps(form(r.row, self.clock(source_of(kind), r.t), number + i)) for i, r in enumerate(rows)]
        name = channel.replace("Microsoft-Windows-", "").replace("/Operational", "").replace(" ", "-").lower() + (f"-{host}" if host else "")
        if not lines:
            return
        if not self.split:
            self.out[f"events/{name}.jsonl"] = ("\n".join(lines) + "\n").encode("utf-8")
            return
        self.dice.shuffle(lines)
        for i in range(3):
            if lines[i::3]:
                self.out[f"events/{name}-{i}.jsonl"] = ("\n".join(lines[i::3]) + "\n").encode("utf-8")

    def logs(self):
        plain_first = self.dice.random() < 0.5
        for kind in sorted(self.s.logs):
            rows, name = self.kept(kind), kind.partition("/")[2]
            if kind == "iis1":
                self.iis(kind, "W3SVC1")
            elif kind == "iis2":
                self.iis(kind, "W3SVC2")
            elif kind == "httperr":
                self.httperr()
            elif kind.startswith("event/"):
                self.events(kind)
            elif kind.startswith("httpproxy/"):
                self.exchange(hour_files(rows, f"{LOGGING}HttpProxy/{name}/HttpProxy_"), "HttpProxy Logs", demo.PROXY_COLUMNS, plain_first=plain_first)
            elif kind == "ecp":
                self.exchange(day_files(rows, LOGGING + "ECP/Server/ECPServer%Y%m%d-1.LOG"), "ECP Server Log",
                              ("TimeStamp", "ServerName", "EventId", "EventData"), constant=True)
            elif kind == "ews":
                self.exchange(hour_files(rows, LOGGING + "Ews/Ews_"), "EWS Logs", demo.EWS_COLUMNS)
            elif kind.startswith("rps/"):
                columns = RPS_HTTP_COLUMNS if name == "Http" else RPS_CMDLET_COLUMNS
                self.exchange(hour_files(rows, f"{LOGGING}CmdletInfra/Powershell-Proxy/{name}/Rps_{name}_"), f"Rps {name} Logs", columns)
            elif kind == "msgtrk":
                self.exchange(hour_files(rows, TRANSPORT + "MessageTracking/MSGTRK"), "Message Tracking Log", MSGTRK_COLUMNS)
        for path, text in self.s.files:
            self.out[path] = text if isinstance(text, bytes) else text.encode("utf-8")

    def pack(self, root, layout):
        pack(self.out, pathlib.Path(root), layout, self.s)


def pack(files, root, layout, server):
    host, day = server.host, server.end.strftime("%Y-%m-%dT%H%M%S")
    prefix = {"folder": f"{host}/", "drive": f"{host}/C/", "kape": "C/", "velociraptor": "uploads/auto/C%3A/", "cylr": "C/"}[layout]
    if layout in ("folder", "drive"):
        for path, data in files.items():
            target = root / (prefix + path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return root
    root.mkdir(parents=True, exist_ok=True)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for path, data in files.items():
            z.writestr(prefix + path, data)
        if layout == "velociraptor":
            z.writestr("collection_context.json", dumps({"session_id": "C.0001", "client_id": "C.0002", "hostname": host}))
            z.writestr("results/Windows.KapeFiles.Targets%2FUploads.json", dumps({"Size": 1, "SourceFile": "C:\\inetpub"}) + "\n")
    outer, name = {"kape": (f"triage_{host}.zip", f"{host}/{day}_{host}.zip"), "cylr": (f"{host}-case.zip", f"{host}.zip"),
                   "velociraptor": (f"Collection-{server.fqdn}-{day}.zip", f"data/{server.fqdn}.zip")}[layout]
    with zipfile.ZipFile(root / outer, "w") as z:
        z.writestr(name, inner.getvalue())
        if layout == "kape":
            z.writestr(f"{host}/{day}_ConsoleLog.txt", "KAPE console log\r\n")
    return root
