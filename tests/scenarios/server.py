"""server.py: one invented Exchange server and the records that it writes. Everything is drawn from a seed: names, addresses, build,
times, traffic, form and layout of the logs.

Three sources of chance are kept apart, so that a server can be renamed and nothing else changes: `names` (company, people,
addresses), `noise` (ordinary traffic) and `luck` (the intruder's pace, ports, ids).

A record of an attack is made within `with server.act(NAME, source="effect", …)`: the name lets a twin take the act away, the
word says what the record is worth alone, in the words of docs/verdict.md: effect (rule 1), sign (2a), artefact (2b), attempt
(3, 4), or nothing, when it only supports. All of it is inert: where an intruder's code stood is a comment."""
import contextlib
import datetime
import importlib.util
import json
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("make_demo", ROOT / "tools" / "make_demo.py")
demo = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(demo)
iso, UTC = demo.iso, datetime.timezone.utc

RPS_HTTP_COLUMNS = (
    "DateTime,StartTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,UrlHost,UrlStem,"
    "AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,ManagedOrganization,ClientIpAddress,ServerHostName,"
    "FrontEndServer,HttpStatus,SubStatus,ErrorCode,Action,CommandId,CommandName,SessionId,ShellId,FailFast,ContributeToFailFast,"
    "RequestBytes,ClientInfo,CPU,Memory,ActivityContextLifeTime,TotalTime,UrlQuery,GenericLatency,GenericInfo,GenericErrors").split(",")
RPS_CMDLET_COLUMNS = (
    "DateTime,StartTime,RequestId,ClientRequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ServerHostName,ProcessId,"
    "ProcessName,ThreadId,CultureInfo,Organization,AuthenticatedUser,ExecutingUserSid,EffectiveOrganization,UserServicePlan,IsAdmin,"
    "ClientApplication,Cmdlet,Parameters,CmdletUniqueId,UserBudgetOnStart,ContributeToFailFast,RequestBytes,GenericErrors").split(",")
MSGTRK_COLUMNS = (
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,"
    "message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,"
    "reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,"
    "original-server-ip,custom-data,transport-traffic-type,log-id,schema-version").split(",")
HTTPERR_FIELDS = "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"

EX = r"C:\Program Files\Microsoft\Exchange Server\V15"
INETSRV = r"C:\Windows\System32\inetsrv"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
CHANNEL_SOURCE = {"Security": "security", SYSMON: "sysmon", "Application": "application", "System": "system",
                  "MSExchange Management": "management", DEFENDER: "defender", "Windows PowerShell": "powershell"}
# What stands for the script of an intruder: it looks like the published traces and does nothing.
INERT = '<script language="JScript" runat="server">function Page_Load(){/* inert: no code here */}</script>'

# What ASP.NET puts into the name of a compile trace: a hash of the page's folder within its application, the same on every server.
FOLDER_HASH = {"/owa/auth/": "f5dba9b9", "/ecp/auth/": "f5dba9b9", "/aspnet_client/": "898219ba"}

COMPANIES = ("contoso", "fabrikam", "northwind", "adatum", "litware", "tailspin", "wingtip", "proseware", "woodgrove", "fourthcoffee")
HOSTS = ("EX01", "EX02", "MAIL1", "EXCH-A", "SRV-MX01", "MBX3", "EXCHANGE", "OWA02", "KOLN-EX1", "HQMAIL")
FIRST = ("ann", "karin", "jonas", "eva", "per", "maja", "olof", "lisa", "nils", "sara", "tor", "ida", "max", "rosa", "emil", "nora")
LAST = ("berg", "holm", "lind", "strom", "nygard", "falk", "ek", "moe", "dahl", "aas", "vik", "lund", "keller", "roth", "brandt")
ADMINS = ("it.admin", "adm-berg", "exadmin", "svc.admin", "t1-olof")
BROWSERS = demo.BROWSERS + ("Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0",)


class Record:
    __slots__ = ("t", "row", "act", "number")

    def __init__(self, t, row, act, number):
        self.t, self.row, self.act, self.number = t, row, act, number


class Act:
    """Something that the intruder did: when it was seen, and what each source's record of it is worth."""

    def __init__(self, name):
        self.name, self.worth, self.times = name, {}, []


class Server:
    def __init__(self, seed, start, hours, build, pace=25, people=8, names=None, shift=0):
        self.names, self.noise, self.luck = (random.Random(f"{names if what == 'names' and names else seed}/{what}")
                                             for what in ("names", "noise", "luck"))
        self.start = start + datetime.timedelta(days=shift)
        self.end = self.start + datetime.timedelta(hours=hours)
        self.shift, self.pace = datetime.timedelta(days=shift), pace
        self.builds = [(self.start, tuple(build))]     # from when which build runs
        self.logs, self.acts, self.skew, self.files = {}, {}, {}, []
        self._act, self._number, self._process = None, 0, 4000
        self._draw_names(people)

    # ---- who is who ----
    def _draw_names(self, people):
        r = self.names
        self.company = r.choice(COMPANIES)
        self.domain, self.netbios = f"{self.company}.example", self.company.upper()
        self.host = r.choice(HOSTS)
        self.fqdn, self.site = f"{self.host}.{self.domain}", f"{r.choice(('mail', 'webmail', 'owa', 'post'))}.{self.domain}"
        net = r.choice(("10.{}.{}.", "172.16.{1}.", "192.168.{1}.")).format(r.randint(1, 200), r.randint(1, 200))
        self.ip, self.dc_ip, self.admin_ip, self.files_ip, self.scanner_ip = (net + str(n) for n in r.sample(range(5, 60), 5))
        self.dc = f"DC{r.randint(1, 9)}"
        self.sid = "S-1-5-21-" + "-".join(str(r.randint(10 ** 8, 2 * 10 ** 9)) for _ in range(3))
        self.admin = r.choice(ADMINS)
        self.oab_guid, self.database = self.guid(r), self.guid(r)
        self.health = "HealthMailbox" + self.hexes(32, r)
        self.link = "fe80::" + ":".join(self.hexes(4, r) for _ in range(4))
        self.people = []
        taken = set()
        while len(self.people) < people:
            name = f"{r.choice(FIRST)}.{r.choice(LAST)}"
            if name not in taken:
                taken.add(name)
                i = len(self.people)
                self.people.append({"name": name, "smtp": f"{name}@{self.domain}", "sid": f"{self.sid}-{1104 + i}", "guid": self.guid(r),
                                    "inside": net + str(70 + i), "outside": f"192.0.2.{20 + i * 7 + r.randint(0, 6)}",
                                    "browser": r.choice(BROWSERS)})
        self.victim, self.sender = self.people[0], self.people[1]
        outside = [f"198.51.100.{n}" for n in r.sample(range(2, 250), 8)] + [f"203.0.113.{n}" for n in r.sample(range(2, 250), 8)]
        r.shuffle(outside)
        self.foes, self.scanners = outside[:8], outside[8:]

    # ---- chance ----
    def hexes(self, n, r=None):
        return f"{(r or self.noise).getrandbits(4 * n):0{n}x}"

    def guid(self, r=None):
        h = self.hexes(32, r)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def word(self, n=8):
        return "".join(self.luck.choice("bcdfghklmnprstvz" if i % 2 == 0 else "aeiou") for i in range(n))

    def pid(self):
        self._process += 4 * self.noise.randint(1, 60)
        return self._process

    def after(self, hours, jitter=0.0):
        """A moment that many hours after the beginning."""
        return self.start + datetime.timedelta(milliseconds=int((hours + self.luck.uniform(0, jitter)) * 3600e3))

    # ---- acts and records ----
    @contextlib.contextmanager
    def act(self, name, **worth):
        outer, self._act = self._act, name
        self.acts.setdefault(name, Act(name)).worth.update(worth)
        yield
        self._act = outer

    def add(self, kind, t, row):
        self._number += 1
        self.logs.setdefault(kind, []).append(Record(t, row, self._act, self._number))
        if self._act:
            self.acts[self._act].times.append(t)

    def build_at(self, t):
        return [b for since, b in self.builds if since <= t][-1] if t >= self.builds[0][0] else self.builds[0][1]

    def padded(self, t):
        a, b, c, d = self.build_at(t)
        return f"{a}.{b:02}.{c:04}.{d:03}"

    # ---- web requests ----
    def front(self, t, method, stem, query, user, ip, agent, status, sub=0, win32=0, taken=None, port=443, referer="-"):
        taken = self.noise.randint(2, 180) if taken is None else taken
        self.add("iis1", t, [self.ip, method, stem, query or "-", str(port), user or "-", ip, agent or "-", referer, str(status), str(sub),
                             str(win32), str(taken)])

    def back(self, t, method, stem, query, user, agent, status, taken=None, client=None):
        taken = self.noise.randint(2, 120) if taken is None else taken
        here = client or self.link + "%5"
        self.add("iis2", t, [here, method, stem, query or "-", "444", user or "-", here, agent or "-", "-", str(status), "0", "0", str(taken)])

    def aborted(self, t, ip, method, uri, reason="Connection_Dropped", queue="MSExchangeAutodiscoverAppPool", status="-"):
        self.add("httperr", t, [ip, str(self.luck.randint(1024, 65000)), self.ip, "443", "HTTP/1.1", method, uri, status, "1", reason, queue])

    def request(self, t, protocol, method, stem, query="", user="", ip="", agent="", status=200, auth="Negotiate", anchor="",
                hint="WindowsIdentity", backend=None, host=None, errors="", cookie=None, to_back=None, back_query="", back_user=None,
                taken=None, size=None, front=True):
        """A proxied request: HttpProxy, the front end's IIS and, when `backend` is not "", the back end's. t is its end."""
        ms = self.noise.randint(3, 160) if taken is None else taken
        rid, start = self.guid(), t - datetime.timedelta(milliseconds=ms)
        a, b, c, d = self.build_at(t)
        backend = status if backend is None else backend
        row = dict.fromkeys(demo.PROXY_COLUMNS, "")
        row.update({
            "DateTime": t, "RequestId": rid, "MajorVersion": a, "MinorVersion": b, "BuildVersion": c, "RevisionVersion": d, "Protocol": protocol,
            "UrlHost": host or self.site, "UrlStem": stem, "AuthenticationType": auth if user else "", "IsAuthenticated": "true" if user else "false",
            "AuthenticatedUser": user, "AnchorMailbox": anchor, "UserAgent": agent.replace(",", " "), "ClientIpAddress": ip,
            "ServerHostName": self.host, "HttpStatus": status, "BackEndStatus": backend, "Method": method,
            "RequestBytes": self.noise.randint(0, 2400), "ResponseBytes": size or self.noise.randint(200, 9000),
            "HttpPipelineLatency": self.noise.randint(0, 3), "ActivityContextLifeTime": ms, "BackendProcessingLatency": max(ms - 3, 0),
            "ProxyTime": max(ms - 2, 0), "CoreLatency": 2, "TotalRequestTime": ms, "UrlQuery": query,
            "GenericInfo": f"BeginRequest={iso(start)};CorrelationID=<empty>;ProxyState-Run=None;EndRequest={iso(t)};",
            "GenericErrors": errors, "RoutingStatus": "CafeV1"})
        if backend != "":
            row.update({"ProxyAction": "Proxy", "TargetServer": self.fqdn.lower(), "RoutingType": "IntraForest", "RoutingHint": hint,
                        "TargetServerVersion": f"{a}.{b:02}.{c}.000",
                        "BackEndCookie": f"Database~{self.database}~~{iso(t + datetime.timedelta(days=30))[:19]}" if cookie is None else cookie})
        self.add("httpproxy/" + protocol, t, [row[k] for k in demo.PROXY_COLUMNS])
        cafe = f"&CorrelationID=<empty>;&cafeReqId={rid};"
        if front:
            self.front(t, method, stem, query + cafe, user or "-", ip, agent, status, taken=ms)
        if backend != "":
            self.back(t, method, to_back or stem, back_query or query or "-", back_user or user or f"{self.netbios}\\{self.host}$", agent,
                      backend, taken=max(ms - 3, 0))

    # ---- Exchange's own logs ----
    def ecp(self, t, sid, cmd, url, ex="", rs=0):
        quoted = "'S:CMD=" + cmd.replace("'", "''") + "'" if "'" in cmd or '"' in cmd else "S:CMD=" + cmd
        a, b, c, d = self.build_at(t)
        self.add("ecp", t, [t, self.host, "ECP.Request",
                            f"S:TIME={self.noise.randint(8, 900)};S:SID={self.guid()};{quoted};S:REQID=;S:URL={url};S:REFERRER=;S:EX={ex};"
                            f"S:ACTID={self.guid()};S:RS={rs};S:BLD={a}.{b}.{c}.{d};S:TNAME=<null>;S:TID=;S:USID={sid};S:EDOID=;S:ACID="])

    def ews(self, t, user, ip, agent, action, act_as="", size=None, status=200):
        row = dict.fromkeys(demo.EWS_COLUMNS, "")
        a, b, c, d = self.build_at(t)
        row.update({"DateTime": t, "RequestId": self.guid(), "MajorVersion": a, "MinorVersion": b, "BuildVersion": c, "RevisionVersion": d,
                    "AuthenticationType": "Kerberos" if act_as else "Negotiate", "IsAuthenticated": "true", "AuthenticatedUser": user,
                    "UserAgent": agent.replace(",", " "), "VersionInfo": "Target=None;Req=Exchange2013_SP1/Exchange2013_SP1;", "ClientIpAddress": ip,
                    "ServerHostName": self.host, "FrontEndServer": self.fqdn.upper(), "SoapAction": action, "HttpStatus": status,
                    "RequestSize": self.noise.randint(700, 1900), "ResponseSize": size or self.noise.randint(900, 12000), "ActAsUser": act_as,
                    "PrimaryOrProxyServer": "PrimaryServer", "TaskType": "LocalTask", "RemoteBackendCount": 0, "LocalMailboxCount": 1,
                    "RemoteMailboxCount": 0, "LocalIdCount": 1, "RemoteIdCount": 0})
        self.add("ews", t, [row[k] for k in demo.EWS_COLUMNS])

    def rps_http(self, t, user, ip, client_info="Microsoft WinRM Client", status=200, host=None, stem="/powershell", command=""):
        row = dict.fromkeys(RPS_HTTP_COLUMNS, "")
        a, b, c, d = self.build_at(t)
        row.update({"DateTime": t, "StartTime": iso(t - datetime.timedelta(milliseconds=90)), "RequestId": self.guid(), "MajorVersion": a,
                    "MinorVersion": b, "BuildVersion": c, "RevisionVersion": d, "UrlHost": host or self.fqdn.lower(), "UrlStem": stem,
                    "AuthenticationType": "Kerberos", "IsAuthenticated": "true", "AuthenticatedUser": user, "ClientIpAddress": ip,
                    "ServerHostName": self.host, "FrontEndServer": self.host, "HttpStatus": status, "SubStatus": 0, "Action": command and "Command",
                    "CommandName": command, "SessionId": self.guid(), "RequestBytes": self.noise.randint(900, 4000), "ClientInfo": client_info,
                    "TotalTime": self.noise.randint(20, 900), "GenericInfo": "OnEndRequest.End.ContentType=application/soap+xml charset UTF-8;"
                    "S:ServiceCommonMetadata.HttpMethod=POST;"})
        self.add("rps/Http", t, [row[k] for k in RPS_HTTP_COLUMNS])

    def rps_cmdlet(self, t, user, sid, cmdlet, parameters):
        row = dict.fromkeys(RPS_CMDLET_COLUMNS, "")
        a, b, c, d = self.build_at(t)
        row.update({"DateTime": t, "StartTime": iso(t - datetime.timedelta(milliseconds=60)), "RequestId": self.guid(), "MajorVersion": a,
                    "MinorVersion": b, "BuildVersion": c, "RevisionVersion": d, "ServerHostName": self.host, "ProcessId": 9412,
                    "ProcessName": "w3wp#MSExchangePowerShellAppPool", "ThreadId": self.noise.randint(20, 90), "CultureInfo": "en-US",
                    "AuthenticatedUser": user, "ExecutingUserSid": sid, "IsAdmin": "True", "Cmdlet": cmdlet, "Parameters": parameters})
        self.add("rps/Cmdlet", t, [row[k] for k in RPS_CMDLET_COLUMNS])

    def tracked(self, t, sender, recipient, subject, event="DELIVER", source="STOREDRIVER", size=None):
        row = dict.fromkeys(MSGTRK_COLUMNS, "")
        row.update({"date-time": t, "client-ip": self.ip, "client-hostname": self.host, "server-ip": self.ip, "server-hostname": self.host,
                    "source": source, "event-id": event, "internal-message-id": self.noise.randint(10 ** 9, 10 ** 10),
                    "message-id": f"<{self.hexes(24)}@{self.domain}>", "network-message-id": self.guid(), "recipient-address": recipient,
                    "total-bytes": size or self.noise.randint(4000, 90000), "recipient-count": 1, "message-subject": subject,
                    "sender-address": sender, "return-path": sender, "directionality": "Originating", "log-id": self.guid(),
                    "schema-version": self.padded(t)})
        self.add("msgtrk", t, [row[k] for k in MSGTRK_COLUMNS])

    # ---- Windows events ----
    def event(self, t, channel, provider, event_id, message, data=None, level="information", host=None):
        kind = "event/" + channel + ("@" + host if host else "")
        self.add(kind, t, {"provider": provider, "id": event_id, "message": message, "data": data or {}, "level": level,
                           "host": f"{host or self.host}.{self.domain}", "channel": channel})

    def security(self, t, event_id, title, host=None, **data):
        self.event(t, "Security", "Microsoft-Windows-Security-Auditing", event_id, title, {k: str(v) for k, v in data.items()}, host=host)

    def sysmon(self, t, event_id, title, **data):
        data = {"RuleName": "-", "UtcTime": iso(t).replace("T", " ").rstrip("Z"), **data}
        self.event(t, SYSMON, "Microsoft-Windows-Sysmon", event_id, title, {k: str(v) for k, v in data.items()})

    def cmdlet(self, t, text, user=None, failed=False):
        """The cmdlet audit of MSExchange Management."""
        head = "Cmdlet failed. Cmdlet " if failed else "Cmdlet suceeded. Cmdlet "
        self.event(t, "MSExchange Management", "MSExchange CmdletLogs", 6 if failed else 1, head + text,
                   level="error" if failed else "information")

    def process(self, t, image, command, parent, parent_command, parent_pid, user=r"NT AUTHORITY\SYSTEM", sid="S-1-5-18"):
        """A process start as Sysmon and the Security log tell it; the new process id."""
        pid = self.pid()
        made = ["{%s-%s-%s-%s-000000000700}" % tuple(self.hexes(n).upper() for n in (8, 4, 4, 4)) for _ in range(2)]
        domain, name = user.split("\\") if "SYSTEM" not in user else (self.netbios, self.host + "$")
        self.sysmon(t, 1, "Process Create", ProcessGuid=made[0], ProcessId=pid, Image=image, CommandLine=command,
                    CurrentDirectory="c:\\windows\\system32\\inetsrv\\" if "w3wp" in parent else "C:\\Windows\\system32\\", User=user,
                    LogonId="0x3e7", TerminalSessionId=0, IntegrityLevel="System", ParentProcessGuid=made[1], ParentProcessId=parent_pid,
                    ParentImage=parent, ParentCommandLine=parent_command)
        self.security(t, 4688, "A new process has been created.", SubjectUserSid=sid, SubjectUserName=name, SubjectDomainName=domain,
                      SubjectLogonId="0x3e7", NewProcessId=hex(pid), NewProcessName=image, TokenElevationType="%%1936",
                      ProcessId=hex(parent_pid), CommandLine=command, TargetUserSid="S-1-0-0", TargetUserName="-", TargetDomainName="-",
                      TargetLogonId="0x0", ParentProcessName=parent, MandatoryLabel="S-1-16-16384")
        return pid

    def file_made(self, t, image, path, pid=4):
        self.sysmon(t, 11, "File created", ProcessGuid="{3C6A77F1-0FF1-603E-0100-000000000700}", ProcessId=pid, Image=image,
                    TargetFilename=path, CreationUtcTime=iso(t).replace("T", " ").rstrip("Z"))

    def logon(self, t, name, domain, sid, ip, kind=3, package="Kerberos", host=None):
        self.security(t, 4624, "An account was successfully logged on.", host=host, SubjectUserSid="S-1-0-0", SubjectUserName="-",
                      SubjectDomainName="-", SubjectLogonId="0x0", TargetUserSid=sid, TargetUserName=name, TargetDomainName=domain,
                      TargetLogonId="0x" + self.hexes(7), LogonType=kind, LogonProcessName="NtLmSsp" if package == "NTLM" else "Kerberos",
                      AuthenticationPackageName=package, WorkstationName="-", LmPackageName="NTLM V2" if package == "NTLM" else "-",
                      ProcessId="0x0", ProcessName="-", IpAddress=ip, IpPort=self.noise.randint(49152, 65000))

    def put(self, path, text):
        """A file beside the logs; `path` is the one on the server."""
        self.files.append((path, text))


def source_of(kind):
    """The short name of a log: iis1, httpproxy, security, … A log of another host is told by that host's name."""
    if kind.startswith("event/"):
        channel, _, host = kind[6:].partition("@")
        return CHANNEL_SOURCE[channel] + ("@" + "dc" if host else "")
    return kind.split("/")[0]


def at_utc(year, month, day, hour=0, minute=0):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=UTC)


def dumps(value):
    return json.dumps(value, separators=(",", ":"))
