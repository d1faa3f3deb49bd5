#!/usr/bin/env python3
"""make_demo.py OUT [--quiet | --scanned]: makes the evidence of one invented mail server, byte for byte the same each time.

  (default)   the demonstration: EX01.contoso.example, Exchange 2016 CU19 without the March 2021 update, broken into on
              2021-03-03 among 90 minutes of ordinary traffic. Writes OUT/evidence/, OUT/truth.json and the table in
              OUT/README.md, all of which are committed in demo/.
  --quiet     the same kind of traffic, nothing else, on a fully updated Exchange Server SE in August 2026. An administrator
              sets the OAB's address as one does, scanners ask for pages that are not there. Writes OUT/EX01/.
  --scanned   traffic of a server that has the March 2021 update, with everybody's attempts at ProxyLogon refused and
              everybody's guesses at web shell names not found. Writes OUT/EX01/.

Everything is inert: where a real intrusion has script, this has a comment. Names are of contoso.example, addresses outside are
from the ranges kept for documentation (RFC 5737). Formats follow real logs: the 74 columns of HttpProxy, the plain header line
before the # lines, CRLF, ECP Server's doubled quotes, Winlogbeat's JSON for Security and Sysmon, NXLog's flat JSON for the rest.
The steps of the attack and their pace follow published logs of 2021-03-03.

The generator asks its random source only for random(), whose sequence Python promises not to change."""
import argparse
import csv
import datetime
import io
import json
import pathlib
import random

UTC = datetime.timezone.utc
PROXY_COLUMNS = (
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,Protocol,UrlHost,UrlStem,"
    "ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,ClientIpAddress,"
    "ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction,TargetServer,TargetServerVersion,RoutingType,RoutingHint,"
    "BackEndCookie,ServerLocatorHost,ServerLocatorLatency,RequestBytes,ResponseBytes,TargetOutstandingRequests,"
    "AuthModulePerfContext,HttpPipelineLatency,CalculateTargetBackEndLatency,GlsLatencyBreakup,TotalGlsLatency,"
    "AccountForestLatencyBreakup,TotalAccountForestLatency,ResourceForestLatencyBreakup,TotalResourceForestLatency,ADLatency,"
    "SharedCacheLatencyBreakup,TotalSharedCacheLatency,ActivityContextLifeTime,ModuleToHandlerSwitchingLatency,"
    "ClientReqStreamLatency,BackendReqInitLatency,BackendReqStreamLatency,BackendProcessingLatency,BackendRespInitLatency,"
    "BackendRespStreamLatency,ClientRespStreamLatency,KerberosAuthHeaderLatency,HandlerCompletionLatency,RequestHandlerLatency,"
    "HandlerToModuleSwitchingLatency,ProxyTime,CoreLatency,RoutingLatency,HttpProxyOverhead,TotalRequestTime,"
    "RouteRefresherLatency,UrlQuery,BackEndGenericInfo,GenericInfo,GenericErrors,EdgeTraceId,DatabaseGuid,UserADObjectGuid,"
    "PartitionEndpointLookupLatency,RoutingStatus").split(",")
EWS_COLUMNS = (
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,Ring,ClientRequestId,AuthenticationType,"
    "IsAuthenticated,AuthenticatedUser,Organization,UserAgent,VersionInfo,ClientIpAddress,ServerHostName,FrontEndServer,SoapAction,"
    "HttpStatus,RequestSize,ResponseSize,ErrorCode,ImpersonatedUser,ProxyAsUser,ActAsUser,Cookie,CorrelationGuid,"
    "PrimaryOrProxyServer,TaskType,RemoteBackendCount,LocalMailboxCount,RemoteMailboxCount,LocalIdCount,RemoteIdCount").split(",")
IIS_FIELDS = ("date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status "
              "sc-substatus sc-win32-status time-taken")

HOST, DOMAIN, NETBIOS, SITE = "EX01", "contoso.example", "CONTOSO", "mail.contoso.example"
FQDN = f"{HOST}.{DOMAIN}"
SERVER_IP, DC_IP, ADMIN_IP = "10.20.0.21", "10.20.0.10", "10.20.3.7"
DOMAIN_SID = "S-1-5-21-1757981266-630328440-725345543"
EX = r"C:\Program Files\Microsoft\Exchange Server\V15"
OAB_GUID = "4b1c6d0e-8c5a-4c1e-9d56-0f6a1d2b7e33"
INTRUDER, SHELL_USER, CHECKER = "203.0.113.77", "198.51.100.9", "203.0.113.201"
SHELL = "tidelog.aspx"
SHELL_DIR = EX + r"\FrontEnd\HttpProxy\owa\auth"
VICTIM = "karin.holm@contoso.example"
# What stood where real intruders put code. It looks like the published traces and does nothing.
INERT = '<script language="JScript" runat="server">function Page_Load(){/* inert: the demonstration has no code here */}</script>'

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.190 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:86.0) Gecko/20100101 Firefox/86.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.3 Safari/605.1.15")
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.13628; Pro)"
MAC_MAIL = "MacOutlook/16.46.21021202 (Intelx64 Mac OS X Version 10.15.7 (Build 19H524))"
PHONE = "Apple-iPhone12C1/1804.66"
PEOPLE = ("ann.berg", "karin.holm", "jonas.lind", "eva.strom", "per.nygard", "maja.falk", "olof.ek", "lisa.moe",
          "nils.dahl", "sara.aas", "tor.vik", "ida.lund")


class World:
    """The server: a clock-ordered pile of records for each log, written out at the end."""

    def __init__(self, seed, start, minutes, build, people, probe_s):
        self.rng = random.Random(seed)
        self.start, self.end = start, start + datetime.timedelta(minutes=minutes)
        self.build, self.probe_s = build, probe_s
        self.iis1, self.iis2, self.proxy, self.ecp, self.ews, self.events = [], [], {}, [], [], {}
        self.people = [{"name": n, "sid": f"{DOMAIN_SID}-{1104 + i}", "guid": self.guid(), "smtp": f"{n}@{DOMAIN}",
                        "inside": f"10.20.{1 + i % 3}.{20 + i}", "outside": f"192.0.2.{30 + i}", "browser": self.pick(BROWSERS)}
                       for i, n in enumerate(PEOPLE[:people])]
        self.health = f"HealthMailbox{self.hex(32)}"
        self.database = self.guid()
        self.process = 5000

    # chance
    def pick(self, seq):
        return seq[int(self.rng.random() * len(seq))]

    def between(self, low, high):
        return low + int(self.rng.random() * (high - low + 1))

    def hex(self, n):
        return "".join(self.pick("0123456789abcdef") for _ in range(n))

    def guid(self):
        h = self.hex(32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def pid(self):
        self.process += 4 * self.between(1, 60)
        return self.process

    def at(self, text):
        """A moment of the day of the evidence: "06:49:42.162"."""
        t = datetime.time.fromisoformat(text if "." in text else text + ".000")
        return datetime.datetime.combine(self.start.date(), t, UTC)

    def some_time(self):
        return self.start + datetime.timedelta(milliseconds=self.between(0, int((self.end - self.start).total_seconds() * 1000) - 1))

    # one web request, in every log that a real one would be in
    def front(self, t, method, stem, query, user, ip, agent, status, sub=0, win32=0, taken=None, port=443, referer="-"):
        """The front end's IIS log."""
        taken = self.between(2, 180) if taken is None else taken
        self.iis1.append((t, iis_line(t, SERVER_IP, method, stem, query, port, user, ip, agent, referer, status, sub, win32, taken)))

    def back(self, t, method, stem, query, user, agent, status, taken=None, client=None):
        """The back end's IIS log: the front end asks it on port 444."""
        taken = self.between(2, 120) if taken is None else taken
        here = client or "fe80::4c5a:91d2:7e10:33a8%5"
        self.iis2.append((t, iis_line(t, here, method, stem, query, 444, user, here, agent, "-", status, 0, 0, taken)))

    def request(self, t, protocol, method, stem, query="", user="", ip="", agent="", status=200, auth="Negotiate", anchor=None,
                hint="WindowsIdentity", backend_status=None, host=SITE, errors="", cookie=None, to_back=None, back_query="",
                back_user=None, proxied=True, taken=None):
        """A proxied request: IIS, HttpProxy, and the back end's IIS. All of them write when a request ends: t is its end."""
        ms = self.between(3, 160) if taken is None else taken
        rid = self.guid()
        start = t - datetime.timedelta(milliseconds=ms)
        major, minor, number, revision = self.build
        cafe = f"&CorrelationID=<empty>;&cafeReqId={rid};"
        row = dict.fromkeys(PROXY_COLUMNS, "")
        row.update({
            "DateTime": iso(t), "RequestId": rid, "MajorVersion": major, "MinorVersion": minor, "BuildVersion": number,
            "RevisionVersion": revision, "Protocol": protocol, "UrlHost": host, "UrlStem": stem,
            "AuthenticationType": auth if user else "", "IsAuthenticated": "true" if user else "false", "AuthenticatedUser": user,
            "AnchorMailbox": anchor or "", "UserAgent": agent.replace(",", " "), "ClientIpAddress": ip,
            "ServerHostName": HOST, "HttpStatus": status, "BackEndStatus": status if backend_status is None else backend_status,
            "Method": method, "RequestBytes": self.between(0, 2400), "ResponseBytes": self.between(200, 9000),
            "HttpPipelineLatency": self.between(0, 3), "TotalGlsLatency": 0, "TotalAccountForestLatency": self.between(0, 4),
            "TotalResourceForestLatency": 0, "ADLatency": self.between(0, 5), "TotalSharedCacheLatency": self.between(0, 2),
            "ActivityContextLifeTime": ms, "ModuleToHandlerSwitchingLatency": 0, "BackendProcessingLatency": max(ms - 3, 0),
            "HandlerToModuleSwitchingLatency": 0, "ProxyTime": max(ms - 2, 0), "CoreLatency": 2, "RoutingLatency": 1,
            "HttpProxyOverhead": 2, "TotalRequestTime": ms, "UrlQuery": query,
            "GenericInfo": f"BeginRequest={iso(start)};CorrelationID=<empty>;ProxyState-Run=None;EndRequest={iso(t)};",
            "GenericErrors": errors, "RoutingStatus": "CafeV1"})
        if proxied and row["BackEndStatus"] != "":
            row.update({"ProxyAction": "Proxy", "TargetServer": FQDN.lower(), "RoutingType": "IntraForest", "RoutingHint": hint,
                        "TargetServerVersion": f"{major}.{minor:02}.{number}.000",
                        "BackEndCookie": f"Database~{self.database}~~{iso(t + datetime.timedelta(days=30))[:19]}" if cookie is None else cookie,
                        "DatabaseGuid": f"|RoutingDB:{self.database}" if cookie is None else ""})
        self.proxy.setdefault(protocol, []).append((t, [row[c] for c in PROXY_COLUMNS]))
        self.front(t, method, stem, (query + cafe) if query else cafe, user or "-", ip, agent, status, taken=ms)
        if row["BackEndStatus"] != "":
            self.back(t, method, to_back or stem, back_query or query or "-", back_user or user or f"{NETBIOS}\\{HOST}$", agent,
                      row["BackEndStatus"], taken=max(ms - 3, 0))

    def ecp_line(self, t, sid, cmd, url, ex="", rs=0):
        quoted = "'" in cmd or '"' in cmd
        cmd = "'S:CMD=" + cmd.replace("'", "''") + "'" if quoted else "S:CMD=" + cmd
        a, b, c, _ = self.build
        data = (f"S:TIME={self.between(8, 900)};S:SID={self.guid()};{cmd};S:REQID=;S:URL={url};S:REFERRER=;S:EX={ex};"
                f"S:ACTID={self.guid()};S:RS={rs};S:BLD={a}.{b}.{c}.{self.build[3]};S:TNAME=<null>;S:TID=;S:USID={sid};S:EDOID=;S:ACID=")
        self.ecp.append((t, [iso(t), HOST, "ECP.Request", data]))

    # Windows events
    def beat(self, t, channel, provider, event_id, data, title, user=("S-1-5-18", "SYSTEM", "NT AUTHORITY")):
        """An event as Winlogbeat ships it."""
        message = title + ":\n" + "\n".join(f"{k}: {v}" for k, v in data.items())
        self.events.setdefault(channel, []).append((t, {
            "@timestamp": iso(t),
            "agent": {"type": "winlogbeat", "version": "7.11.1", "hostname": HOST},
            "event": {"kind": "event", "code": event_id, "provider": provider, "created": iso(t + datetime.timedelta(seconds=2))},
            "host": {"name": FQDN}, "log": {"level": "information"}, "message": message,
            "winlog": {"channel": channel, "provider_name": provider, "event_id": event_id, "record_id": None,
                       "computer_name": FQDN, "api": "wineventlog",
                       "user": {"identifier": user[0], "name": user[1], "domain": user[2], "type": "User"},
                       "event_data": {k: str(v) for k, v in data.items()}}}))

    def flat(self, t, channel, source, event_id, message, level="4"):
        """An event as NXLog writes it, in UTC."""
        self.events.setdefault(channel, []).append((t, {
            "SourceName": source, "Level": level, "Keywords": "0x80000000000000", "Channel": channel, "Hostname": FQDN,
            "TimeCreated": iso(t), "@timestamp": iso(t), "EventID": event_id, "Message": message, "Task": "1"}))

    def security(self, t, event_id, title, **data):
        self.beat(t, "Security", "Microsoft-Windows-Security-Auditing", event_id, data, title)

    def sysmon(self, t, event_id, title, **data):
        data = {"RuleName": "-", "UtcTime": iso(t).replace("T", " ").rstrip("Z"), **data}
        self.beat(t, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", event_id, data, title)

    def process_start(self, t, image, command, parent, parent_command, parent_pid, user=r"NT AUTHORITY\SYSTEM", ends=0.4):
        """Sysmon 1 and 5 with their Security twins; the new id is returned."""
        pid = self.pid()
        made = {p: "{3C6A77F1-%s-603F-%s-000000000700}" % (self.hex(4).upper(), self.hex(4).upper()) for p in ("it", "parent")}
        me = [NETBIOS, f"{HOST}$", "S-1-5-18"]
        if "SYSTEM" not in user:
            me = [*user.split("\\"), f"{DOMAIN_SID}-1120"]
        self.sysmon(t, 1, "Process Create", ProcessGuid=made["it"], ProcessId=pid, Image=image, CommandLine=command,
                    CurrentDirectory="c:\\windows\\system32\\inetsrv\\" if "w3wp" in parent else "C:\\Windows\\system32\\",
                    User=user, LogonId="0x3e7", TerminalSessionId=0, IntegrityLevel="System", ParentProcessGuid=made["parent"],
                    ParentProcessId=parent_pid, ParentImage=parent, ParentCommandLine=parent_command)
        self.security(t, 4688, "A new process has been created", SubjectUserSid=me[2], SubjectUserName=me[1],
                      SubjectDomainName=me[0], SubjectLogonId="0x3e7", NewProcessId=hex(pid), NewProcessName=image,
                      TokenElevationType="%%1936", ProcessId=hex(parent_pid), CommandLine=command, TargetUserSid="S-1-0-0",
                      TargetUserName="-", TargetDomainName="-", TargetLogonId="0x0", ParentProcessName=parent,
                      MandatoryLabel="S-1-16-16384")
        if ends:
            self.sysmon(t + datetime.timedelta(seconds=ends), 5, "Process terminated", ProcessGuid=made["it"], ProcessId=pid, Image=image)
        return pid

    def logon(self, t, name, domain, sid, ip, kind=3):
        self.security(t, 4624, "An account was successfully logged on", SubjectUserSid="S-1-0-0", SubjectUserName="-",
                      SubjectDomainName="-", SubjectLogonId="0x0", TargetUserSid=sid, TargetUserName=name, TargetDomainName=domain,
                      TargetLogonId="0x" + self.hex(7), LogonType=kind, LogonProcessName="Kerberos",
                      AuthenticationPackageName="Kerberos", WorkstationName="-", ProcessId="0x0", ProcessName="-", IpAddress=ip,
                      IpPort=self.between(49152, 65000), ElevatedToken="%%1842" if name.endswith("$") else "%%1843")

    # output
    def write(self, root):
        a, b, c, d = self.build
        padded, day = f"{a}.{b:02}.{c}.{d:03}", self.start
        logs = root / "inetpub" / "logs" / "LogFiles"
        for site, lines in (("W3SVC1", self.iis1), ("W3SVC2", self.iis2)):
            head = ["#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0",
                    f"#Date: {day:%Y-%m-%d %H:%M:%S}", f"#Fields: {IIS_FIELDS}"]
            put(logs / site / f"u_ex{day:%y%m%d}.log", head + [line for _, line in in_order(lines)])
        hourly = [(f"HttpProxy/{protocol}/HttpProxy_", "HttpProxy Logs", PROXY_COLUMNS, rows) for protocol, rows in sorted(self.proxy.items())]
        for path, kind, columns, rows in [*hourly, ("Ews/Ews_", "EWS Logs", EWS_COLUMNS, self.ews)]:
            hours = {}
            for t, row in in_order(rows):
                hours.setdefault(f"{t:%Y%m%d%H}", []).append((t, row))
            for hour, kept in hours.items():
                head = [",".join(columns), "#Software: Microsoft Exchange Server", f"#Version: {padded}", f"#Log-type: {kind}",
                        f"#Date: {iso(kept[0][0])}", "#Fields: " + ",".join(columns)]
                put(root / "Exchange" / "Logging" / f"{path}{hour}-1.LOG", head + [csv_line(row) for _, row in kept], bom=True)
        kept = in_order(self.ecp)
        head = ["#Software: Microsoft Exchange Server", "#Version: 15.0.0.0", "#Log-type: ECP Server Log",
                f"#Date: {iso(kept[0][0])}", "#Fields: TimeStamp,ServerName,EventId,EventData"]
        put(root / "Exchange" / "Logging" / "ECP" / "Server" / f"ECPServer{day:%Y%m%d}-1.LOG", head + [csv_line(row) for _, row in kept])
        for channel, records in sorted(self.events.items()):
            number = self.between(20000, 900000)
            lines = []
            for i, (_, e) in enumerate(in_order(records)):
                if "winlog" in e:
                    e["winlog"]["record_id"] = number + i
                lines.append(json.dumps(e, separators=(",", ":")))
            name = channel.replace("Microsoft-Windows-", "").replace("/Operational", "").replace(" ", "-").lower()
            put(root / "events" / f"{name}.jsonl", lines, end="\n")


def iso(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03}Z"


def iis_line(t, server, method, stem, query, port, user, client, agent, referer, status, sub, win32, taken):
    words = (server, method, stem, query or "-", str(port), user or "-", client, agent or "-", referer or "-",
             str(status), str(sub), str(win32), str(taken))
    return f"{t:%Y-%m-%d %H:%M:%S} " + " ".join(w.replace(" ", "+") for w in words)


def csv_line(row):
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row)
    return out.getvalue()


def in_order(records):
    return sorted(records, key=lambda r: r[0])  # stable: records of one moment keep the order they were made in


def put(path, lines, bom=False, end="\r\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + (end.join(lines) + end).encode("utf-8"))


# ---- ordinary life -----------------------------------------------------------------------------------------------------

def ordinary(w, per_person):
    for p in w.people:
        account, anchor = f"{NETBIOS}\\{p['name']}", f"Sid~{p['sid']}"
        for _ in range(per_person):
            t, kind = w.some_time(), w.rng.random()
            if kind < 0.40:
                w.request(t, "Mapi", "POST", "/mapi/emsmdb/", f"?MailboxId={p['guid']}@{DOMAIN}", account, p["inside"], OUTLOOK,
                          anchor=f"MailboxGuid~{p['guid']}", hint="MailboxGuid")
            elif kind < 0.46:
                w.request(t, "Mapi", "POST", "/mapi/nspi/", f"?MailboxId={p['guid']}@{DOMAIN}", account, p["inside"], OUTLOOK,
                          anchor=f"MailboxGuid~{p['guid']}", hint="MailboxGuid")
            elif kind < 0.62:
                w.request(t, "Eas", "POST", "/Microsoft-Server-ActiveSync/default.eas",
                          f"?User={p['name']}&DeviceId=ApplDN{p['guid'][:8].upper()}&DeviceType=iPhone&Cmd={w.pick(('Ping', 'Sync', 'Sync', 'FolderSync'))}",
                          account, p["outside"], PHONE, auth="Basic", anchor=anchor)
            elif kind < 0.80:
                agent = w.pick((OUTLOOK, MAC_MAIL))
                if w.rng.random() < 0.3:  # the first answer to a client that has not said who it is
                    w.request(t, "Ews", "POST", "/EWS/Exchange.asmx", "", "", p["inside"], agent, status=401, backend_status="")
                w.request(t, "Ews", "POST", "/EWS/Exchange.asmx", "", account, p["inside"], agent, anchor=anchor)
                action = w.pick(("GetItem", "FindItem", "SyncFolderItems", "GetUserAvailabilityRequest", "GetEvents"))
                w.ews.append((t, ews_row(w, t, account, p["inside"], agent, action, "")))
            elif kind < 0.86:
                w.request(t, "Autodiscover", "POST", "/autodiscover/autodiscover.xml", "", account, p["inside"], OUTLOOK,
                          anchor=anchor, host=f"autodiscover.{DOMAIN}")
            elif kind < 0.89:
                w.request(t, "OAB", "GET", f"/OAB/{w.database}/oab.xml", "", account, p["inside"], "Microsoft BITS/7.8", anchor=anchor)
            else:
                owa(w, t, p, account, anchor)
    probes(w, w.probe_s)
    scanners(w)
    administrator(w)
    machine(w)


def ews_row(w, t, account, ip, agent, action, act_as, size=None):
    row = dict.fromkeys(EWS_COLUMNS, "")
    major, minor, number, revision = w.build
    row.update({"DateTime": iso(t), "RequestId": w.guid(), "MajorVersion": major, "MinorVersion": minor, "BuildVersion": number,
                "RevisionVersion": revision, "AuthenticationType": "Kerberos" if act_as else "Negotiate", "IsAuthenticated": "true",
                "AuthenticatedUser": account, "UserAgent": agent.replace(",", " "), "VersionInfo": "Target=None;Req=Exchange2013_SP1/Exchange2013_SP1;",
                "ClientIpAddress": ip, "ServerHostName": HOST, "FrontEndServer": FQDN.upper(), "SoapAction": action, "HttpStatus": 200,
                "RequestSize": w.between(700, 1900), "ResponseSize": size or w.between(900, 12000), "ActAsUser": act_as,
                "PrimaryOrProxyServer": "PrimaryServer", "TaskType": "LocalTask", "RemoteBackendCount": 0, "LocalMailboxCount": 1,
                "RemoteMailboxCount": 0, "LocalIdCount": 1, "RemoteIdCount": 0})
    return [row[c] for c in EWS_COLUMNS]


def owa(w, t, p, account, anchor):
    """A person opens the mailbox in a browser."""
    step = datetime.timedelta(milliseconds=400)
    ip, agent, version = p["outside"], p["browser"], ".".join(str(n) for n in w.build[:3])
    w.front(t, "GET", "/owa/", "-", "-", ip, agent, 302)
    w.front(t + step, "GET", "/owa/auth/logon.aspx", f"url=https%3a%2f%2f{SITE}%2fowa%2f&reason=0", "-", ip, agent, 200)
    w.front(t + 2 * step, "GET", f"/owa/auth/{version}/themes/resources/logon.css", "-", "-", ip, agent, 200)
    w.front(t + 3 * step, "POST", "/owa/auth.owa", "-", p["smtp"], ip, agent, 302)
    w.request(t + 4 * step, "Owa", "GET", "/owa/", "?bO=1", p["smtp"], ip, agent, auth="FBA", anchor=anchor)
    for i, action in enumerate(("GetFolderMruConfiguration", "FindConversation", "GetItem")[:w.between(1, 3)]):
        w.request(t + (6 + 3 * i) * step, "Owa", "POST", "/owa/service.svc", f"?action={action}&EP=1&ID=-{i + 1}&AC=1", p["smtp"], ip,
                  agent, auth="FBA", anchor=anchor)


def probes(w, every_s):
    """Managed availability asks its own server all day long."""
    t = w.start + datetime.timedelta(seconds=7)
    account = f"{NETBIOS}\\{w.health[:20]}"
    while t < w.end:
        w.front(t, "GET", w.pick(("/owa", "/ecp", "/ews", "/mapi", "/rpc", "/oab")) + "/healthcheck.htm", "-", "-", "::1",
                "AMProbe/Local/ClientAccess", 200, taken=0)
        which = int(w.rng.random() * 4)
        if which == 0:
            w.request(t, "Owa", "GET", "/owa/", "?modurl=0", account, "::1", "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; MSEXCHMON)",
                      auth="FBA", anchor=f"SMTP:{w.health}@{DOMAIN}", host="localhost")
        elif which == 1:
            agent = f"AMProbe/Local/ClientAccess (ExchangeServicesClient/{w.build[0]}.{w.build[1]:02}.{w.build[2]}.{w.build[3]:03})"
            w.request(t, "Ews", "POST", "/ews/exchange.asmx", "", account, "::1", agent, anchor=f"SMTP:{w.health}@{DOMAIN}", host="localhost")
        elif which == 2:
            w.request(t, "Mapi", "POST", "/mapi/emsmdb/", f"?MailboxId={w.database}@{DOMAIN}", account, "::1", "MapiHttpClient",
                      anchor=f"MailboxGuid~{w.database}", host="localhost")
        else:
            w.request(t, "Ecp", "POST", "/ecp/RulesEditor/InboxRules.svc/GetList", f"?msExchEcpCanary={w.hex(10)}.", account, "::1",
                      "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; MSEXCHMON; ACTIVEMONITORING)", auth="FBA",
                      anchor=f"SMTP:{w.health}@{DOMAIN}", host="localhost")
            w.ecp_line(t, f"{DOMAIN_SID}-1142", "Get-InboxRule", "/ecp/RulesEditor/InboxRules.svc/GetList?msExchEcpCanary=" + w.hex(10))
        t += datetime.timedelta(seconds=every_s, milliseconds=w.between(0, 4000))


def scanners(w):
    """The internet's ordinary noise: nothing that is asked for exists, or it asks for a password."""
    wanted = ("/.env", "/wp-login.php", "/phpmyadmin/index.php", "/.git/config", "/robots.txt", "/favicon.ico", "/manager/html",
              "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/boaform/admin/formLogin", "/solr/admin/info/system")
    for ip, agent in (("198.51.100.23", "Mozilla/5.0 zgrab/0.x"), ("198.51.100.147", "masscan/1.3 (https://github.com/robertdavidgraham/masscan)"),
                      ("203.0.113.15", "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)")):
        t = w.some_time()
        for _ in range(w.between(3, 7)):
            stem = w.pick(wanted)
            w.front(t, "GET", stem, "-", "-", ip, agent, 404, 0, 2, w.between(0, 20))
            t = min(t + datetime.timedelta(milliseconds=w.between(80, 1500)), w.end)
        w.front(t, "GET", "/", "-", "-", ip, agent, 302, 0, 0, 1)
        w.request(t, "Autodiscover", "GET", "/autodiscover/autodiscover.xml", "", "", ip, agent, status=401, backend_status="", host=SERVER_IP)


def administrator(w):
    """Somebody does their work in the control panel, and sets the OAB's address as one does."""
    t = w.start + (w.end - w.start) / 4
    sid, account, agent = f"{DOMAIN_SID}-1120", f"{NETBIOS}\\it.admin", BROWSERS[0]
    second = datetime.timedelta(seconds=1)
    for i, (service, cmd) in enumerate((("UsersGroups/Mailboxes.svc/GetList", "Get-Recipient.ResultSize='500'"),
                                        ("VDirMgmt/VirtualDirectories.svc/GetList", "Get-OabVirtualDirectory.ADPropertiesOnly=$true"),
                                        ("VDirMgmt/EditOABVDir.svc/SetObject",
                                         f"Set-OabVirtualDirectory.ExternalUrl='https://{SITE}/OAB'.Identity='{OAB_GUID}'"))):
        moment = t + 9 * i * second
        stem = "/ecp/" + service
        w.request(moment, "Ecp", "POST", stem, f"?msExchEcpCanary={w.hex(12)}.", account, ADMIN_IP, agent, auth="FBA", anchor=f"Sid~{sid}")
        w.ecp_line(moment, sid, cmd, stem)
    w.flat(t + 18 * second, "MSExchange Management", "MSExchange CmdletLogs", 1,
           f'Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters -ExternalUrl "https://{SITE}/OAB" -Identity "{HOST}\\OAB (Default Web Site)".')
    w.flat(t + 75 * second, "MSExchange Management", "MSExchange CmdletLogs", 1,
           f'Cmdlet suceeded. Cmdlet Set-Mailbox, parameters -Identity "{DOMAIN}/Users/Ann Berg" -IssueWarningQuota "4 GB (4,294,967,296 bytes)".')
    w.logon(t - 20 * second, "it.admin", NETBIOS, sid, ADMIN_IP, 10)


def machine(w):
    """The server by itself: monitoring, log files, services, logons."""
    minute = datetime.timedelta(minutes=1)
    worker = EX + r"\Bin\MSExchangeHMWorker.exe"
    t, i = w.start + 2 * minute, 0
    while t < w.end:
        w.process_start(t, r"C:\Windows\System32\netsh.exe", '"netsh" interface tcp show global', worker, worker + " -pipe:1384", 7120)
        w.logon(t + 0.3 * minute, w.health[:20], NETBIOS, f"{DOMAIN_SID}-1142", "::1")
        w.logon(t + 0.4 * minute, f"{HOST}$", f"{DOMAIN.upper()}", "S-1-5-18", "fe80::4c5a:91d2:7e10:33a8")
        w.sysmon(t + 0.6 * minute, 3, "Network connection detected", ProcessGuid="{3C6A77F1-10A4-603E-0C00-000000000700}", ProcessId=812,
                 Image=r"C:\Windows\System32\lsass.exe", User=r"NT AUTHORITY\SYSTEM", Protocol="tcp", Initiated="true",
                 SourceIp=SERVER_IP, SourcePort=w.between(49200, 64000), DestinationIp=DC_IP, DestinationPort=88)
        w.sysmon(t + 0.7 * minute, 11, "File created", ProcessGuid="{3C6A77F1-1100-603E-6F01-000000000700}", ProcessId=9132,
                 Image=r"c:\windows\system32\inetsrv\w3wp.exe", CreationUtcTime=f"{t:%Y-%m-%d %H:%M:%S}.000",
                 TargetFilename=EX + rf"\Logging\LocalQueue\Exchange\audit{t:%Y%m%d}-{i}.LOG")
        w.flat(t + 0.8 * minute, "Application", "MSExchange Mid-Tier Storage", 9000,
               "[Process:w3wp PID:9132 Thread:69] Successfully populated ServiceTopology. Reason to populate ServiceTopology = CacheExpired")
        if i % 3 == 0:
            w.flat(t + 0.9 * minute, "System", "Service Control Manager", 7036, "The WMI Performance Adapter service entered the running state.")
            w.process_start(t + 0.9 * minute, r"C:\Windows\System32\wbem\WmiApSrv.exe", r"C:\Windows\system32\wbem\WmiApSrv.exe",
                            r"C:\Windows\System32\services.exe", r"C:\Windows\system32\services.exe", 804)
            w.process_start(t + 1.1 * minute, r"C:\Windows\System32\taskhostw.exe", "taskhostw.exe", r"C:\Windows\System32\svchost.exe",
                            r"C:\Windows\system32\svchost.exe -k netsvcs", 1208)
        t += 10 * minute
        i += 1
    for p in w.people:
        for _ in range(2):
            w.logon(w.some_time(), p["name"], NETBIOS, p["sid"], p["inside"])


# ---- the intrusion -----------------------------------------------------------------------------------------------------

def ssrf(w, t, target, agent, status=200, fixed=False, ip=INTRUDER, stem="/ecp/y.js", host=SITE, taken=None):
    """A request for a static file whose cookie names another place (CVE-2021-26855). On a fixed build the cookie is not
    believed: the answer is the front end's own, and no back end is asked."""
    if fixed:
        w.request(t, "Owa" if stem.startswith("/owa") else "Ecp", "POST", stem, "", "", ip, agent, status=status,
                  backend_status="", host=host, proxied=False,
                  anchor=f"ServerInfo~a]@{FQDN}:444/{target}?#",
                  errors="Exception=System.Web.HttpException: Invalid value for the cookie header" if status >= 500 else "")
        return
    path, _, query = target.partition("?")
    w.request(t, "Ecp", "POST", stem, "", "", ip, agent, status=status, hint="X-BEResource-Cookie",
              anchor=f"ServerInfo~a]@{FQDN}:444/{target}#", cookie=f"Server~a]@{FQDN}:444/{target}#~1942063431",
              to_back="/" + path, back_query=query or "-", back_user=f"{NETBIOS}\\{HOST}$", host=host,
              taken=taken)


def shell_command(w, t, inner, image, worker_pid):
    """One command through the web shell: the request, cmd under the worker process, and what cmd starts."""
    command = f'cmd /c cd /d "{SHELL_DIR}"&{inner}&echo [S]&cd&echo [E]'
    pool = 'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "MSExchangeOWAAppPool" -v "v4.0" -m 0'
    cmd = w.process_start(t, r"C:\Windows\System32\cmd.exe", command, r"C:\Windows\System32\inetsrv\w3wp.exe", pool, worker_pid)
    ms = datetime.timedelta(milliseconds=1)
    w.process_start(t + 9 * ms, r"C:\Windows\System32\conhost.exe", r"\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1",
                    r"C:\Windows\System32\cmd.exe", command, cmd)
    pid = w.process_start(t + 31 * ms, rf"C:\Windows\System32\{image}", inner.split("|")[0], r"C:\Windows\System32\cmd.exe", command, cmd)
    w.front(t + 300 * ms, "POST", f"/owa/auth/{SHELL}", "-", "-", SHELL_USER, "antSword/v2.1", 200, taken=340)
    return pid


def intrusion(w):
    """The truth, told once: each line makes its records and says what happened."""
    truth = []

    def step(t, name, what, sources):
        truth.append({"time": iso(t), "step": name, "what": what, "sources": sources})

    py, ms = "python-requests/2.25.1", datetime.timedelta(milliseconds=1)
    t = w.at("06:41:12.305")
    w.request(t, "RpcHttp", "GET", "/rpc/", "", "", INTRUDER, py, status=401, backend_status="")
    w.front(t + 900 * ms, "GET", "/owa/auth/logon.aspx", "-", "-", INTRUDER, py, 200)
    step(t, "recon", f"{INTRUDER} asks /rpc/ and the logon page; the refusal tells it the server's internal name", ["iis", "httpproxy"])

    canary = w.hex(16) + "."
    for clock, target, agent, status, name, what in (
            ("06:49:42.162", "autodiscover/autodiscover.xml?", "ExchangeServicesClient/0.0.0.0", 200, "ssrf-autodiscover",
             "request forgery through /ecp/y.js reaches Autodiscover: learns the administrator's mailbox (CVE-2021-26855)"),
            ("06:49:43.699", "mapi/emsmdb/?", py, 200, "ssrf-mapi", "forgery reaches MAPI: the error tells the account's SID"),
            ("06:49:46.210", "ecp/proxyLogon.ecp?", py, 241, "ssrf-proxylogon",
             "forgery reaches proxyLogon.ecp; answer 241: a control panel session of the administrator"),
            ("06:49:51.543", f"ecp/DDI/DDIService.svc/GetObject?msExchEcpCanary={canary}&schema=OABVirtualDirectory", py, 200,
             "oab-get", "reads the offline address book's virtual directory"),
            ("06:49:54.918", f"ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary={canary}&schema=OABVirtualDirectory", py, 200,
             "oab-set", "sets its external address to a script (CVE-2021-27065)"),
            ("06:50:09.061", f"ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary={canary}&schema=ResetOABVirtualDirectory", py, 200,
             "oab-reset", "the reset that began at 06:50:04 has ended (these logs are written at the end); its back-up of the settings is the web shell")):
        t = w.at(clock)
        ssrf(w, t, target, agent, status, taken=5012 if name == "oab-reset" else None)
        step(t, name, what, ["httpproxy", "iis"] + (["ecp_server", "evtx:MSExchange Management", "evtx:Application"] if name in ("oab-set", "oab-reset") else []))

    admin, url = f"{DOMAIN_SID}-500", f"/ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary={canary}&schema="
    get_url = f"/ecp/DDI/DDIService.svc/GetObject?msExchEcpCanary={canary}&schema=OABVirtualDirectory#"
    w.ecp_line(w.at("06:49:51.389"), admin, "Get-OabVirtualDirectory.ADPropertiesOnly=$true.Identity=$null", get_url)
    w.ecp_line(w.at("06:49:54.772"), admin, f"Set-OabVirtualDirectory.ExternalUrl='http://f/{INERT}'.Identity='{OAB_GUID}'", url + "OABVirtualDirectory#")
    w.ecp_line(w.at("06:50:04.102"), admin, f"Get-OABVirtualDirectory.Identity='{OAB_GUID}'", url + "ResetOABVirtualDirectory#")
    w.ecp_line(w.at("06:50:05.640"), admin, f"Remove-OABVirtualDirectory.Force=$true.Identity='{OAB_GUID}'", url + "ResetOABVirtualDirectory#")
    w.ecp_line(w.at("06:50:08.215"), admin, f"New-OABVirtualDirectory.WebSiteName='Default Web Site'.Server='{HOST}'.Role='ClientAccess'"
               f".InternalUrl='https://{FQDN.lower()}/OAB'.Path='{EX}\\FrontEnd\\HttpProxy\\OAB'", url + "ResetOABVirtualDirectory#")
    w.ecp_line(w.at("06:50:08.835"), admin, f"Set-OabVirtualDirectory.ExternalUrl=$null.Identity='{OAB_GUID}'", url + "OABVirtualDirectory#",
               ex="Microsoft.Exchange.Data.Directory.ADNoSuchObjectException", rs=1)
    who = f"Current User: '{admin}'\r\nExchange Control Panel "
    for clock, eid, text in (("06:49:54.700", 47, "started"), ("06:49:55.020", 48, "finished"), ("06:50:04.050", 47, "started"), ("06:50:08.900", 48, "finished")):
        w.flat(w.at(clock), "Application", "MSExchange Control Panel", eid, f"{who}{text} an Async web request in the thread 176.\r\nCommand: 'SetObject'")
    for clock, text in (("06:49:54.790", f'Set-OabVirtualDirectory, parameters -ExternalUrl "http://f/{INERT}" -Identity "OAB (Default Web Site)".'),
                        ("06:50:05.702", f'Remove-OabVirtualDirectory, parameters -Force "True" -Identity "{HOST}\\OAB (Default Web Site)".'),
                        ("06:50:08.260", 'New-OabVirtualDirectory, parameters -WebSiteName "Default Web Site" -Server "%s" -Role "ClientAccess" '
                         '-InternalUrl "https://%s/OAB" -Path "%s\\FrontEnd\\HttpProxy\\OAB".' % (HOST, FQDN.lower(), EX))):
        w.flat(w.at(clock), "MSExchange Management", "MSExchange CmdletLogs", 1, "Cmdlet suceeded. Cmdlet " + text)
    for clock, eid, text in (("06:50:06.410", 1002, "[Oab] Application shutting down."), ("06:50:19.030", 1001, "[Oab] Application starting.")):
        w.flat(w.at(clock), "Application", "MSExchange Front End HTTP Proxy", eid, text)
    step(w.at("06:50:05.702"), "oab-remove", "the reset removes the virtual directory", ["ecp_server", "evtx:MSExchange Management"])
    step(w.at("06:50:08.260"), "oab-new", "and makes it again", ["ecp_server", "evtx:MSExchange Management"])

    # The back-up goes over the loopback share, so the kernel's SMB server writes the file, not the worker process.
    t = w.at("06:50:04.213")
    me = dict(SubjectUserSid="S-1-5-18", SubjectUserName=f"{HOST}$", SubjectDomainName=NETBIOS, SubjectLogonId="0x3e7",
              ObjectType="File", IpAddress="127.0.0.1", IpPort=52114)
    w.sysmon(t, 3, "Network connection detected", ProcessGuid="{3C6A77F1-0FF1-603E-0100-000000000700}", ProcessId=4, Image="System",
             User=r"NT AUTHORITY\SYSTEM", Protocol="tcp", Initiated="true", SourceIp="127.0.0.1", SourcePort=52114,
             DestinationIp="127.0.0.1", DestinationPort=445)
    w.security(t + 2 * ms, 5140, "A network share object was accessed", **me, ShareName=r"\\*\C$", ShareLocalPath=r"\??\C:" + "\\",
               AccessMask="0x1", AccessList="%%4416")
    for i, mask in enumerate(("0x12019f", "0x2")):
        w.security(t + (4 + i) * ms, 5145, "A network share object was checked to see whether client can be granted desired access", **me,
                   ShareName=r"\\*\C$", ShareLocalPath=r"\??\C:" + "\\", RelativeTargetName=(SHELL_DIR + "\\" + SHELL)[3:],
                   AccessMask=mask, AccessList="%%4417", AccessReason="-")
    w.sysmon(t + 5 * ms, 11, "File created", ProcessGuid="{3C6A77F1-0FF1-603E-0100-000000000700}", ProcessId=4, Image="System",
             TargetFilename=SHELL_DIR + "\\" + SHELL, CreationUtcTime=f"{t:%Y-%m-%d %H:%M:%S}.218")
    step(t + 5 * ms, "shell-write", f"the file {SHELL_DIR}\\{SHELL} appears, through the loopback share", ["evtx:Security", "evtx:Sysmon"])

    # First use: ASP.NET compiles the page, in a folder that keeps its name.
    worker, t = 9288, w.at("06:50:13.640")
    temp = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files\owa\8a41c2d7\5be07f13"
    pool = 'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "MSExchangeOWAAppPool" -v "v4.0" -m 0'
    page = w.hex(8)
    for i, name in enumerate((f"App_Web_{page}.0.js", f"App_Web_{page}.dll", f"{SHELL}.{w.hex(8)}.compiled")):
        w.sysmon(t + (20 + 90 * i) * ms, 11, "File created", ProcessGuid="{3C6A77F1-1102-603E-9001-000000000700}", ProcessId=worker,
                 Image=r"c:\windows\system32\inetsrv\w3wp.exe", TargetFilename=f"{temp}\\{name}", CreationUtcTime=f"{t:%Y-%m-%d %H:%M:%S}.700")
    w.process_start(t + 80 * ms, r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\cvtres.exe",
                    r'C:\Windows\Microsoft.NET\Framework64\v4.0.30319\cvtres.exe /NOLOGO /READONLY /MACHINE:IX86 "/OUT:C:\Windows\TEMP\RES3F1C.tmp" "C:\Windows\TEMP\RES3F1B.tmp"',
                    r"C:\Windows\System32\inetsrv\w3wp.exe", pool, worker)
    step(t, "compile", "first request to the web shell: ASP.NET compiles it", ["evtx:Sysmon", "evtx:Security", "iis"])
    for clock, inner, image, name, what in (
            ("06:50:14.120", "whoami", "whoami.exe", "cmd-whoami", "the worker process runs whoami: commands run as SYSTEM"),
            ("06:52:31.480", 'net group "Domain Admins" /domain', "net.exe", "cmd-net-group", "lists the domain's administrators"),
            ("06:56:02.911", "tasklist /fi \"imagename eq lsass.exe\"", "tasklist.exe", "cmd-tasklist", "looks for the process that holds credentials")):
        t = w.at(clock)
        shell_command(w, t, inner, image, worker)
        step(t, name, f"{SHELL_USER} through the web shell: {what}", ["evtx:Sysmon", "evtx:Security", "iis"])

    t = w.at("06:58:40.026")
    dump = r"C:\Windows\Temp\tl0303.dmp"
    pid = shell_command(w, t, rf"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 812 {dump} full", "rundll32.exe", worker)
    w.sysmon(t + 120 * ms, 10, "Process accessed", SourceProcessGUID="{3C6A77F1-40C0-603F-AA00-000000000700}", SourceProcessId=pid,
             SourceThreadId=pid + 8, SourceImage=r"C:\Windows\System32\rundll32.exe", TargetProcessGUID="{3C6A77F1-10A4-603E-0C00-000000000700}",
             TargetProcessId=812, TargetImage=r"C:\Windows\system32\lsass.exe", GrantedAccess="0x1FFFFF",
             CallTrace=r"C:\Windows\SYSTEM32\ntdll.dll+a5c24|C:\Windows\System32\KERNELBASE.dll+20d7e|C:\Windows\System32\comsvcs.dll+39f21")
    w.sysmon(t + 480 * ms, 11, "File created", ProcessGuid="{3C6A77F1-40C0-603F-AA00-000000000700}", ProcessId=pid,
             Image=r"C:\Windows\System32\rundll32.exe", TargetFilename=dump, CreationUtcTime=f"{t:%Y-%m-%d %H:%M:%S}.500")
    step(t, "lsass-dump", f"the memory of lsass.exe is written to {dump}: the credentials in it are lost", ["evtx:Sysmon", "evtx:Security"])

    for i, action in enumerate(("FindFolder", "FindItem", "GetItem", "GetItem", "GetItem", "GetAttachment")):
        t = w.at("07:05:10.250") + datetime.timedelta(seconds=11 * i, milliseconds=w.between(0, 900))
        ssrf(w, t, "EWS/Exchange.asmx?", py)
        w.ews.append((t, ews_row(w, t, f"{NETBIOS}\\{HOST}$", INTRUDER, py, action, VICTIM, size=w.between(40000, 900000))))
        if i == 0:
            step(t, "mailbox-theft", f"forgery reaches Exchange Web Services as the server itself: the mailbox {VICTIM} is listed and read until 07:06", ["httpproxy", "iis", "ews"])
    t = w.at("07:12:48.500")
    w.front(t, "GET", f"/owa/auth/{SHELL}", "-", "-", CHECKER, BROWSERS[1], 200, taken=14)
    step(t, "shell-check", f"{CHECKER} looks whether the web shell still answers; it does", ["iis"])
    truth.sort(key=lambda s: s["time"])
    return {
        "host": FQDN, "product": "Exchange Server 2016 CU19", "build": "15.1.2176.2",
        "verdict": "COMPROMISED", "also": ["EXPOSED"], "level_at_least": "server", "cve": ["CVE-2021-26855", "CVE-2021-27065"],
        "since": next(s["time"] for s in truth if s["step"] == "ssrf-autodiscover"), "until": truth[-1]["time"],
        "web_shell": SHELL_DIR + "\\" + SHELL, "mailboxes": [VICTIM], "credential_dump": dump,
        "intruders": [INTRUDER, SHELL_USER, CHECKER],
        "not_intruders": ["198.51.100.23", "198.51.100.147", "203.0.113.15", ADMIN_IP, "::1"],
        "steps": truth}


def shell_file():
    """What the reset writes: the settings of the virtual directory, one of which would be the script."""
    rows = (("Name", "OAB (Default Web Site)"), ("PollInterval", "480"), ("OfflineAddressBooks", ""), ("RequireSSL", "True"),
            ("BasicAuthentication", "False"), ("WindowsAuthentication", "True"), ("OAuthAuthentication", "False"),
            ("MetabasePath", f"IIS://{FQDN}/W3SVC/1/ROOT/OAB"), ("Path", EX + r"\FrontEnd\HttpProxy\OAB"),
            ("ExtendedProtectionTokenChecking", "None"), ("ExtendedProtectionFlags", ""), ("ExtendedProtectionSPNList", ""),
            ("AdminDisplayVersion", "Version 15.1 (Build 2176.2)"), ("Server", HOST), ("InternalUrl", f"https://{FQDN.lower()}/OAB"),
            ("InternalAuthenticationMethods", "WindowsIntegrated"), ("ExternalUrl", f"http://f/{INERT}"),
            ("ExternalAuthenticationMethods", "WindowsIntegrated"), ("AdminDisplayName", ""), ("ExchangeVersion", "0.10 (14.0.100.0)"),
            ("DistinguishedName", f"CN=OAB (Default Web Site),CN=HTTP,CN=Protocols,CN={HOST},CN=Servers"),
            ("Identity", f"{HOST}\\OAB (Default Web Site)"), ("Guid", OAB_GUID), ("ObjectCategory", f"{DOMAIN}/Configuration/Schema/ms-Exch-OAB-Virtual-Directory"),
            ("WhenChangedUTC", "3/3/2021 6:49:54 AM"), ("Id", f"{HOST}\\OAB (Default Web Site)"))
    return [f"{k:<32}: {v}" for k, v in rows]


def refused(w):
    """Attempts that a fixed build answers by itself, and guesses at other people's web shells."""
    t = w.start + datetime.timedelta(minutes=4)
    for ip, agent, stem, status in (("203.0.113.77", "python-requests/2.25.1", "/ecp/y.js", 503), ("203.0.113.88", "ExchangeServicesClient/0.0.0.0", "/ecp/a.js", 400),
                                    ("198.51.100.60", "python-requests/2.19.1", "/ecp/x9.js", 404), ("198.51.100.61", BROWSERS[1], "/owa/auth/x.js", 404)):
        for target in ("autodiscover/autodiscover.xml", "mapi/emsmdb/", "ecp/proxyLogon.ecp"):
            ssrf(w, t, target, agent, status=status, fixed=True, ip=ip, stem=stem)
            t += datetime.timedelta(milliseconds=w.between(700, 4000))
        t += datetime.timedelta(seconds=w.between(60, 240))
    for stem in ("/aspnet_client/system_web/log.aspx", "/aspnet_client/supp0rt.aspx", "/owa/auth/RedirSuiteServerProxy.aspx",
                 "/owa/auth/OutlookEN.aspx", "/aspnet_client/discover.aspx", "/owa/auth/shell.aspx"):
        t += datetime.timedelta(milliseconds=w.between(200, 900))
        w.front(t, "GET", stem, "-", "-", "198.51.100.44", "Mozilla/5.0 zgrab/0.x", 404, 0, 2, 3)


def readme(truth):
    rows = "\n".join(f"| {s['time'][11:23]} | {s['step']} | {s['what']} | {', '.join(s['sources'])} |" for s in truth["steps"])
    return f"""# The demonstration intrusion

`evidence/` is what a collector would have brought home from `{truth['host']}`, an invented server with {truth['product']}
(build {truth['build']}, without the March 2021 update): IIS and Exchange logs and event logs of 2021-03-03, 06:00 to 07:30 UTC, with
a ProxyLogon intrusion among ordinary traffic. `./dev demo` assesses it. The truth, also in `truth.json`:

| UTC | step | what happened | recorded in |
|---|---|---|---|
{rows}

The right verdict is **{truth['verdict']}**, since {truth['since']}. Web shell: `{truth['web_shell']}`. Mailbox read: {VICTIM}.
Credentials lost: what was in the memory of lsass.exe. Intruders: {', '.join(truth['intruders'])}. Not intruders, however they look:
three scanners ({', '.join(truth['not_intruders'][:3])}), the administrator at {ADMIN_IP} who sets the address book's real address at 06:22,
and Exchange's own probes from ::1.

All of it is invented and inert: where an intruder's script stood is a comment. Made by `tools/make_demo.py demo`, which gives the
same bytes each time; a test compares.
"""


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out", type=pathlib.Path)
    kind = ap.add_mutually_exclusive_group()
    kind.add_argument("--quiet", action="store_true")
    kind.add_argument("--scanned", action="store_true")
    args = ap.parse_args()

    def day(y, m, d):
        return datetime.datetime(y, m, d, 6, 0, 0, tzinfo=UTC)

    if args.quiet:
        w = World(2, day(2026, 8, 18), 60, (15, 2, 2562, 46), 6, 120)
        ordinary(w, 8)
        w.write(args.out / HOST)
    elif args.scanned:
        w = World(3, day(2021, 3, 10), 60, (15, 1, 2176, 9), 6, 120)
        ordinary(w, 8)
        refused(w)
        w.write(args.out / HOST)
    else:
        w = World(1, day(2021, 3, 3), 90, (15, 1, 2176, 2), 12, 45)
        ordinary(w, 34)
        truth = intrusion(w)
        root = args.out / "evidence" / HOST
        w.write(root)
        put(root / "Exchange" / "FrontEnd" / "HttpProxy" / "owa" / "auth" / SHELL, shell_file())
        (args.out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        (args.out / "README.md").write_text(readme(truth), encoding="utf-8")


if __name__ == "__main__":
    main()
