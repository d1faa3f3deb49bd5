"""life.py: what a server does when nobody breaks in: people, monitoring, the machine itself, the internet's noise, and the honest
acts that look like an intruder's. NOISE lists what must occur on the clean days, by the text that shows it."""
import datetime
import re

from server import BROWSERS, EX, FOLDER_HASH, INETSRV, demo

MINUTE, SECOND, MS = datetime.timedelta(minutes=1), datetime.timedelta(seconds=1), datetime.timedelta(milliseconds=1)
OUTLOOK, MAC_MAIL, PHONE = demo.OUTLOOK, demo.MAC_MAIL, demo.PHONE
APPLE_EWS = "AppleExchangeWebServices/818.120.2 accountsd/113"
MONITOR = "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; MSEXCHMON; ACTIVEMONITORING)"
HM_WORKER = EX + r"\Bin\MSExchangeHMWorker.exe"


def ordinary(s):
    """All of ordinary life, from beginning to end, a tick every `pace` minutes."""
    t, i = s.start + 20 * SECOND, 0
    while t < s.end - 20 * SECOND:
        for _ in range(2):
            person(s, min(t + s.noise.randint(1, s.pace * 60 - 30) * SECOND, s.end - SECOND), s.noise.choice(s.people))
        probe(s, t, i)
        machine(s, t, i)
        t, i = t + s.pace * MINUTE, i + 1
    # The last minutes: a log that goes on to the end.
    probe(s, s.end - 4 * SECOND, 0)
    machine(s, s.end - 50 * SECOND, 1)


def person(s, t, p):
    account, anchor, kind = f"{s.netbios}\\{p['name']}", f"Sid~{p['sid']}", s.noise.random()
    if kind < 0.30:
        s.request(t, "Mapi", "POST", "/mapi/emsmdb/", f"?MailboxId={p['guid']}@{s.domain}", account, p["inside"], OUTLOOK,
                  anchor=f"MailboxGuid~{p['guid']}", hint="MailboxGuid")
    elif kind < 0.36:
        s.request(t, "Mapi", "POST", "/mapi/nspi/", f"?MailboxId={p['guid']}@{s.domain}", account, p["inside"], OUTLOOK, anchor=f"MailboxGuid~{p['guid']}")
    elif kind < 0.50:
        s.request(t, "Eas", "POST", "/Microsoft-Server-ActiveSync/default.eas",
                  f"?User={p['name']}&DeviceId=ApplDN{p['guid'][:8].upper()}&DeviceType=iPhone&Cmd={s.noise.choice(('Ping', 'Sync', 'FolderSync'))}",
                  account, p["outside"], PHONE, auth="Basic", anchor=anchor)
    elif kind < 0.66:
        agent = s.noise.choice((OUTLOOK, MAC_MAIL, APPLE_EWS))
        if s.noise.random() < 0.3:
            s.request(t, "Ews", "POST", "/EWS/Exchange.asmx", "", "", p["inside"], agent, status=401, backend="")
        s.request(t, "Ews", "POST", "/EWS/Exchange.asmx", "", account, p["inside"], agent, anchor=anchor)
        s.ews(t, account, p["inside"], agent, s.noise.choice(("GetItem", "FindItem", "SyncFolderItems", "GetUserAvailabilityRequest", "Subscribe")))
    elif kind < 0.74:
        s.request(t, "Autodiscover", "POST", "/autodiscover/autodiscover.xml", "", account, p["inside"], OUTLOOK, anchor=anchor,
                  host=f"autodiscover.{s.domain}")
    elif kind < 0.78:
        # Outlook's own lookup of the protocol: an honest request for autodiscover.json.
        s.request(t, "Autodiscover", "GET", f"/autodiscover/autodiscover.json/v1.0/{p['smtp']}", "?Protocol=Autodiscoverv1&RedirectCount=1", "",
                  p["outside"], OUTLOOK, status=200, anchor=f"SMTP:{p['smtp']}", host=f"autodiscover.{s.domain}")
    elif kind < 0.82:
        s.request(t, "OAB", "GET", f"/OAB/{s.database}/oab.xml", "", account, p["inside"], "Microsoft BITS/7.8", anchor=anchor)
    else:
        owa(s, t, p)
    if s.noise.random() < 0.3:
        s.logon(t, p["name"], s.netbios, p["sid"], p["inside"])
        s.tracked(t, p["smtp"], s.noise.choice(s.people)["smtp"], s.noise.choice(("Agenda", "Re: invoice", "Lunch", "Minutes", "Plan")))


def owa(s, t, p, ip=None, agent=None, actions=2):
    """A person opens the mailbox in a browser."""
    ip, agent, anchor = ip or p["outside"], agent or p["browser"], f"Sid~{p['sid']}"
    version, step = ".".join(str(n) for n in s.build_at(t)[:3]), 400 * MS
    s.front(t, "GET", "/owa/", "-", "-", ip, agent, 302)
    s.front(t + step, "GET", "/owa/auth/logon.aspx", f"url=https%3a%2f%2f{s.site}%2fowa%2f&reason=0", "-", ip, agent, 200)
    s.front(t + 2 * step, "GET", f"/owa/auth/{version}/themes/resources/logon.css", "-", "-", ip, agent, 200)
    s.front(t + 3 * step, "POST", "/owa/auth.owa", "-", p["smtp"], ip, agent, 302)
    s.request(t + 4 * step, "Owa", "GET", "/owa/", "?bO=1", p["smtp"], ip, agent, auth="FBA", anchor=anchor)
    for i, action in enumerate(("GetFolderMruConfiguration", "FindConversation", "GetItem", "GetItem")[:actions]):
        s.request(t + (6 + 3 * i) * step, "Owa", "POST", "/owa/service.svc", f"?action={action}&EP=1&ID=-{i + 1}&AC=1", p["smtp"], ip, agent,
                  auth="FBA", anchor=anchor)


def probe(s, t, i):
    """Managed availability asks its own server all day long."""
    account, box = f"{s.netbios}\\{s.health[:20]}", f"SMTP:{s.health}@{s.domain}"
    here, version = s.noise.choice(("::1", "127.0.0.1", s.link)), s.padded(t)
    s.front(t, "GET", s.noise.choice(("/owa", "/ecp", "/ews", "/mapi", "/rpc", "/oab")) + "/healthcheck.htm", "-", "-", here,
            "AMProbe/Local/ClientAccess", 200, taken=0)
    s.request(t + SECOND, "Owa", "GET", "/owa/", "?modurl=0", account, here, MONITOR, auth="FBA", anchor=box, host="localhost")
    s.request(t + 2 * SECOND, "Ecp", "POST", "/ecp/RulesEditor/InboxRules.svc/GetList", f"?msExchEcpCanary={s.hexes(10)}.", account, here, MONITOR,
              auth="FBA", anchor=box, host="localhost")
    s.ecp(t + 2 * SECOND, f"{s.sid}-1142", "Get-InboxRule", "/ecp/RulesEditor/InboxRules.svc/GetList?msExchEcpCanary=" + s.hexes(10))
    which = i % 4
    if which == 0:
        agent = s.noise.choice((f"Ews_AM_Probe/Local (ExchangeServicesClient/{version})", f"ExchangeServicesClient/{version}"))
        s.request(t + 3 * SECOND, "Ews", "POST", "/ews/exchange.asmx", "", account, here, agent, anchor=box, host="localhost")
        s.ews(t + 3 * SECOND, account, here, agent, "GetFolder")
    elif which == 1:
        s.request(t + 3 * SECOND, "Mapi", "POST", "/mapi/emsmdb/", f"?MailboxId={s.database}@{s.domain}", account, here, "MapiHttpClient",
                  anchor=f"Database~{s.database}", host="localhost")
    elif which == 2:
        a, b, c, d = s.build_at(t)
        s.request(t + 3 * SECOND, "RpcHttp", "RPC_IN_DATA", "/rpc/rpcproxy.dll", f"?{s.fqdn.lower()}:6001", account, here, "ActiveMonitor",
                  anchor=f"ServerVersion~Version {a}.{b} (Build {c}.{d})", host="localhost")
    else:
        s.request(t + 3 * SECOND, "PowerShell", "POST", "/powershell", "?PSVersion=5.1", account, here, "Microsoft WinRM Client", anchor=box,
                  host="localhost", auth="Kerberos")
        s.rps_http(t + 3 * SECOND, account, here, client_info="Exchange BackEnd Probes")
    if i % 12 == 5:
        s.request(t + 4 * SECOND, "Autodiscover", "POST", "/autodiscover/autodiscover.xml", "", account, here, "AMProbe/Local/ClientAccess", anchor=box,
                  host="localhost")


def machine(s, t, i):
    """The server by itself: monitoring, log files, services, logons."""
    pool = lambda name: f'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "{name}" -v "v4.0"'  # noqa: E731
    s.process(t + 5 * SECOND, r"C:\Windows\System32\netsh.exe", '"netsh" interface tcp show global', HM_WORKER, HM_WORKER + " -pipe:1384", 7120)
    s.logon(t + 9 * SECOND, s.health[:20], s.netbios, f"{s.sid}-1142", "::1")
    s.logon(t + 12 * SECOND, s.host + "$", s.domain.upper(), "S-1-5-18", s.link)
    s.file_made(t + 15 * SECOND, INETSRV.lower() + r"\w3wp.exe", EX + rf"\Logging\LocalQueue\Exchange\audit{t:%Y%m%d}-{i}.LOG", 9132)
    s.event(t + 20 * SECOND, "Application", "MSExchange Mid-Tier Storage", 9000, "[Process:w3wp PID:9132 Thread:69] Successfully populated "
            "ServiceTopology. Reason to populate ServiceTopology = CacheExpired")
    if i % 3 == 0:
        s.event(t + 25 * SECOND, "System", "Service Control Manager", 7036, "The WMI Performance Adapter service entered the running state.")
        s.process(t + 25 * SECOND, r"C:\Windows\System32\wbem\WmiApSrv.exe", r"C:\Windows\system32\wbem\WmiApSrv.exe", r"C:\Windows\System32\services.exe",
                  r"C:\Windows\system32\services.exe", 804)
    if i % 7 == 3:
        s.process(t + 27 * SECOND, r"C:\Windows\System32\taskhostw.exe", "taskhostw.exe", r"C:\Windows\System32\svchost.exe",
                  r"C:\Windows\system32\svchost.exe -k netsvcs", 1208)
    if i % 40 == 11:
        recycle(s, t + 30 * SECOND, pool)


def recycle(s, t, pool):
    """An application pool begins anew, and ASP.NET compiles Exchange's own page."""
    s.event(t, "Application", "MSExchange Front End HTTP Proxy", 1002, "[Oab] Application shutting down.")
    s.event(t + 3 * SECOND, "Application", "MSExchange Front End HTTP Proxy", 1001, "[Oab] Application starting.")
    s.event(t + 3 * SECOND, "System", "Microsoft-Windows-WAS", 5074, "A worker process serving application pool 'MSExchangeOWAAppPool' has requested a recycle.")
    net = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319"
    csc = s.process(t + 5 * SECOND, net + r"\csc.exe", f'"{net}\\csc.exe" /t:library /utf8output @"C:\\Windows\\TEMP\\{s.hexes(8)}.cmdline"',
                    INETSRV + r"\w3wp.exe", pool("MSExchangeOWAAppPool"), 9132)
    s.process(t + 6 * SECOND, net + r"\cvtres.exe", f'{net}\\cvtres.exe /NOLOGO /READONLY /MACHINE:IX86 "/OUT:C:\\Windows\\TEMP\\RES{s.hexes(4)}.tmp"',
              net + r"\csc.exe", "csc.exe", csc)
    s.file_made(t + 7 * SECOND, INETSRV.lower() + r"\w3wp.exe",
                rf"{net}\Temporary ASP.NET Files\owa\{s.hexes(8)}\{s.hexes(8)}\logon.aspx.{FOLDER_HASH['/owa/auth/']}.compiled", 9132)


# ---- the internet ------------------------------------------------------------------------------------------------------

WANTED = ("/.env", "/wp-login.php", "/phpmyadmin/index.php", "/.git/config", "/robots.txt", "/favicon.ico", "/manager/html",
          "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/boaform/admin/formLogin", "/solr/admin/info/system", "/cgi-bin/luci")
GUESSED = ("/aspnet_client/system_web/log.aspx", "/aspnet_client/supp0rt.aspx", "/owa/auth/RedirSuiteServerProxy.aspx", "/owa/auth/OutlookEN.aspx",
           "/aspnet_client/discover.aspx", "/owa/auth/shell.aspx")


def background(s, guesses=False):
    """Scanners of the internet: nothing that they ask for exists, or it asks for a password."""
    agents = ("Mozilla/5.0 zgrab/0.x", "masscan/1.3 (https://github.com/robertdavidgraham/masscan)", "Go-http-client/1.1",
              "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)")
    hours = (s.end - s.start).total_seconds() / 3600
    for ip, agent in zip(s.scanners, agents):
        t = s.after(s.noise.uniform(0.1, 0.9) * hours)
        for _ in range(s.noise.randint(3, 7)):
            s.front(t, "GET", s.noise.choice(WANTED), "-", "-", ip, agent, 404, 0, 2, s.noise.randint(0, 20))
            t += s.noise.randint(80, 1500) * MS
        s.front(t, "GET", "/", "-", "-", ip, agent, 302, 0, 0, 1)
        s.front(t + SECOND, "GET", "/owa/auth/logon.aspx", "-", "-", ip, agent, 200)
        s.request(t + 2 * SECOND, "Autodiscover", "GET", "/autodiscover/autodiscover.xml", "", "", ip, agent, status=401, backend="", host=s.ip)
        if guesses:
            for stem in GUESSED:
                t += s.noise.randint(200, 900) * MS
                s.front(t, "GET", stem, "-", "-", ip, agent, 404, 0, 2, 3)


# ---- what looks like an intruder and is none -----------------------------------------------------------------------------

def admin_session(s, t):
    """An administrator logs on, at the control panel and in the management shell."""
    account, sid = f"{s.netbios}\\{s.admin}", f"{s.sid}-1120"
    s.logon(t, s.admin, s.netbios, sid, s.admin_ip, 10)
    s.request(t + 20 * SECOND, "Ecp", "GET", "/ecp/default.aspx", "?ExchClientVer=15", account, s.admin_ip, BROWSERS[0], auth="FBA", anchor=f"Sid~{sid}")
    return account, sid


def oab_url(s, t):
    """An administrator sets the address book's real address."""
    account, sid = admin_session(s, t)
    for i, (service, cmd) in enumerate((("VDirMgmt/VirtualDirectories.svc/GetList", "Get-OabVirtualDirectory.ADPropertiesOnly=$true"),
                                        ("VDirMgmt/EditOABVDir.svc/SetObject",
                                         f"Set-OabVirtualDirectory.ExternalUrl='https://{s.site}/OAB'.Identity='{s.oab_guid}'"))):
        moment = t + (40 + 9 * i) * SECOND
        s.request(moment, "Ecp", "POST", "/ecp/" + service, f"?msExchEcpCanary={s.hexes(12)}.", account, s.admin_ip, BROWSERS[0], auth="FBA",
                  anchor=f"Sid~{sid}")
        s.ecp(moment, sid, cmd, "/ecp/" + service)
    s.cmdlet(t + 50 * SECOND, f'Set-OabVirtualDirectory, parameters -ExternalUrl "https://{s.site}/OAB" -Identity "{s.host}\\OAB (Default Web Site)".')


def shell_session(s, t):
    """The management shell: a session of remote PowerShell from the administrator's own machine."""
    account, sid = admin_session(s, t)
    for i in range(3):
        s.request(t + (30 + i) * SECOND, "PowerShell", "POST", "/powershell", "?PSVersion=5.1.17763.1", account, s.admin_ip, "Microsoft WinRM Client",
                  auth="Kerberos", anchor=f"Sid~{sid}", host=s.fqdn.lower())
        s.rps_http(t + (30 + i) * SECOND, account, s.admin_ip)
    return account, sid


def pst_export(s, t):
    """The administrator exports the mailbox of somebody who has left to a share of the file server, as asked for by the personnel office."""
    account, sid = shell_session(s, t)
    leaver = s.people[-1]
    for i, (cmdlet, parameters) in enumerate((
            ("New-ManagementRoleAssignment", f'-Role "Mailbox Import Export" -User "{s.domain}/Users/{s.admin}"'),
            ("New-MailboxExportRequest", f'-Mailbox "{leaver["smtp"]}" -FilePath "\\\\fs01.{s.domain}\\pst$\\{leaver["name"]}.pst"'),
            ("Get-MailboxExportRequest", ""), ("Remove-MailboxExportRequest", f'-Identity "{leaver["name"]}\\MailboxExport" -Confirm "False"'))):
        moment = t + (60 + 400 * i) * SECOND
        s.rps_cmdlet(moment, account, sid, cmdlet, parameters)
        if not cmdlet.startswith("Get-"):
            s.cmdlet(moment, f"{cmdlet}, parameters {parameters}.")


def helpdesk(s, t):
    """Everyday administration: quotas, a colleague as delegate, a rule of somebody's own, a forward to a colleague."""
    shell_session(s, t)
    p, q = s.people[2], s.people[3]
    for i, text in enumerate((f'Set-Mailbox, parameters -Identity "{s.domain}/Users/{p["name"]}" -IssueWarningQuota "4 GB (4,294,967,296 bytes)".',
                              f'Add-MailboxPermission, parameters -Identity "{p["smtp"]}" -User "{q["smtp"]}" -AccessRights "FullAccess".',
                              f'Set-Mailbox, parameters -Identity "{p["smtp"]}" -ForwardingAddress "{s.domain}/Users/{q["name"]}" -DeliverToMailboxAndForward "True".',
                              f'New-InboxRule, parameters -Mailbox "{p["smtp"]}" -Name "Newsletters" -From "news@{s.domain}" -MoveToFolder "Read later".')):
        s.cmdlet(t + (90 + 30 * i) * SECOND, text)


def monitoring(s, t):
    """Monitoring of the house: an agent's scripts, and a robot that logs on to OWA every few minutes."""
    agent = r"C:\Program Files\Microsoft Monitoring Agent\Agent\MonitoringHost.exe"
    s.process(t, r"C:\Windows\System32\cscript.exe", r'cscript.exe /nologo "C:\Program Files\Microsoft Monitoring Agent\Agent\Health Service State\Check.vbs"',
              agent, f'"{agent}" -Embedding', 3316)
    s.process(t + SECOND, r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
              r'powershell.exe -NoProfile -File "C:\Program Files\Microsoft Monitoring Agent\Agent\Health Service State\Get-QueueLength.ps1"',
              agent, f'"{agent}" -Embedding', 3316)
    robot = {"smtp": f"svc-owacheck@{s.domain}", "sid": f"{s.sid}-1155"}
    for i in range(3):
        owa(s, t + (30 + 300 * i) * SECOND, robot, ip=s.scanner_ip, agent="Mozilla/5.0 (compatible; UptimeCheck/2.1)", actions=1)


def vulnerability_scanner(s, t):
    """The house's own scanner looks for known flaws by harmless questions (the strings are a well-known scanner's) and guesses names."""
    agent = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)"
    s.request(t, "Autodiscover", "GET", "/autodiscover/autodiscover.json", "?@test.com/owa/?&Email=autodiscover/autodiscover.json%3F@test.com", "",
              s.scanner_ip, agent, status=401, backend="", host=s.ip)
    for i, stem in enumerate(WANTED + GUESSED):
        s.front(t + (2 + i) * SECOND, "GET", stem, "-", "-", s.scanner_ip, agent, 404, 0, 2, 3)
    s.front(t + 40 * SECOND, "GET", "/ecp/", "-", "-", s.scanner_ip, agent, 302)
    s.front(t + 41 * SECOND, "TRACE", "/", "-", "-", s.scanner_ip, agent, 501)


REWRITE = """<?xml version="1.0" encoding="UTF-8"?>
<configuration><system.webServer><rewrite><rules>
<rule name="{name}"><match url=".*" /><conditions>
<add input="{{UrlDecode:{{REQUEST_URI}}}}" pattern="(?=.*autodiscover)(?=.*powershell)" /></conditions><action type="AbortRequest" /></rule>
</rules></rewrite></system.webServer></configuration>
"""


def mitigation_by_service(s, t):
    """The emergency mitigation service fetches and applies its rule."""
    s.event(t, "Application", "MSExchange Mitigation Service", 1005, "Mitigation M1 has been applied. Type: IISURLRewrite. "
            "Rule: EEMS M1.1 PowerShell - inbound. Site: Default Web Site\\Autodiscover")
    s.put("inetpub/wwwroot/web.config", REWRITE.format(name="EEMS M1.1 PowerShell - inbound"))


def mitigation_by_hand(s, t):
    """An administrator runs Microsoft's mitigation script and its scanner."""
    s.logon(t - 60 * SECOND, s.admin, s.netbios, f"{s.sid}-1120", s.admin_ip, 10)
    user = f"{s.netbios}\\{s.admin}"
    shell = s.process(t, r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", r'powershell.exe -File C:\Install\EOMT.ps1',
                      r"C:\Windows\explorer.exe", "explorer.exe", 5120, user, f"{s.sid}-1120")
    s.process(t + 9 * SECOND, r"C:\Windows\Temp\msert\msert.exe", r"C:\Windows\Temp\msert\msert.exe /Q", r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
              r"powershell.exe -File C:\Install\EOMT.ps1", shell, user, f"{s.sid}-1120")
    s.file_made(t + 8 * SECOND, r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", r"C:\EOMTSummary.txt", shell)
    s.put("EOMTSummary.txt", "EOMT mitigation summary\r\nMessage: Mitigation applied\r\nMicrosoft Safety Scanner: no threat found\r\n")
    s.put("Windows/debug/msert.log", "Microsoft Safety Scanner\r\nResults Summary:\r\nNo infection found.\r\nReturn code: 0 (0x0)\r\n")
    s.put("inetpub/wwwroot/web.config", REWRITE.format(name="PowerShell - inbound"))


def vendor_pages(s, t):
    """An add-on with a virtual directory, a pool and pages of its own: installed in the open, used by people who have logged on."""
    s.event(t, "Application", "MsiInstaller", 1033, "Windows Installer installed the product. Product Name: Signature Manager. Product Version: 6.2. "
            "Manufacturer: Vendor. Installation success or error status: 0.")
    pool = 'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "SignatureManagerPool" -v "v4.0"'
    net = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319"
    s.process(t + 60 * SECOND, net + r"\csc.exe", f'"{net}\\csc.exe" /t:library /utf8output @"C:\\Windows\\TEMP\\{s.hexes(8)}.cmdline"', INETSRV + r"\w3wp.exe",
              pool, 8844)
    s.file_made(t + 61 * SECOND, INETSRV.lower() + r"\w3wp.exe", rf"{net}\Temporary ASP.NET Files\signatures\{s.hexes(8)}\{s.hexes(8)}\App_Web_{s.hexes(8)}.dll", 8844)
    for i, p in enumerate(s.people[:5]):
        for k in range(3):
            s.front(t + (90 + 400 * i + 9 * k) * SECOND, "GET" if k == 0 else "POST", "/signatures/edit.aspx", "-", f"{s.netbios}\\{p['name']}", p["inside"],
                    p["browser"], 200)


def caches(s, t):
    """Windows' own and the antivirus's chores, and a task of an administrator."""
    s.event(t, "Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", 2000,
            "Microsoft Defender Antivirus signature version has been updated.")
    s.process(t + SECOND, r"C:\Windows\System32\schtasks.exe", r'schtasks.exe /query /fo csv', r"C:\Windows\System32\svchost.exe",
              r"C:\Windows\system32\svchost.exe -k netsvcs", 1208)
    s.process(t + 2 * SECOND, r"C:\Windows\System32\WerFault.exe", "C:\\Windows\\system32\\WerFault.exe -u -p 9132 -s 1204", INETSRV + r"\w3wp.exe",
              'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "MSExchangeServicesAppPool" -v "v4.0"', 9132)


def clean_day(s):
    """A day in which all of this happens."""
    ordinary(s)
    background(s, guesses=True)
    for i, what in enumerate((oab_url, pst_export, helpdesk, monitoring, vulnerability_scanner, mitigation_by_service, mitigation_by_hand,
                              vendor_pages, caches)):
        what(s, s.after(1.5 + 2.2 * i, 0.8))
    recycle(s, s.after(12, 2), lambda name: f'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "{name}" -v "v4.0"')


# What must be seen in the files of every clean day: the noise that facts name, then the twins of what an intruder does after the door.
NOISE = {name: re.compile(pattern) for name, pattern in {
    "health mailbox": r"HealthMailbox[0-9a-f]", "probe AMProbe": r"AMProbe/", "probe MapiHttpClient": r"MapiHttpClient",
    "probe Ews_AM_Probe": r"Ews_AM_Probe/Local \(ExchangeServicesClient/15\.", "probe ActiveMonitor": r"ActiveMonitor\b",
    "client ::1": r",::1,", "client 127.0.0.1": r",127\.0\.0\.1,", "client fe80": r",fe80::",
    "ECP.Request by the health mailbox": r"ECP\.Request.*S:CMD=Get-InboxRule", "health manager's netsh": r"MSExchangeHMWorker\.exe",
    "EWS client of a version": r"ExchangeServicesClient/15\.\d", "anchor Sid": r",Sid~S-1-5", "anchor MailboxGuid": r",MailboxGuid~",
    "anchor ServerVersion": r",ServerVersion~Version", "anchor SMTP": r",SMTP:", "anchor Database": r",Database~",
    "Apple's client": r"AppleExchangeWebServices/", "autodiscover.json of Outlook": r"autodiscover\.json/v1\.0/", "401 before a logon": r",false,,.*,401,",
    "export to a share": r"New-MailboxExportRequest.*\\\\\\\\fs01", "role assigned by an administrator": r"Mailbox Import Export",
    "address of the address book": r"Set-OabVirtualDirectory.*https://", "monitoring agent": r"MonitoringHost\.exe",
    "scanner's strings": r"Email=autodiscover/autodiscover\.json%3F@test\.com", "guessed shells": r"/aspnet_client/supp0rt\.aspx.* 404 ",
    "EOMT": r"EOMT\.ps1", "Safety Scanner": r"msert", "EEMS": r"EEMS M1", "vendor's directory": r"/signatures/edit\.aspx", "compiled pages": r"logon\.aspx\.f5dba9b9\.compiled",
    "pool begins anew": r"Application shutting down", "WerFault of a pool": r"WerFault\.exe", "delegate": r"Add-MailboxPermission", "inbox rule": r"New-InboxRule",
    "forward to a colleague": r"ForwardingAddress", "remote PowerShell": r"Microsoft WinRM Client"}.items()}
