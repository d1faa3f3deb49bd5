#!/usr/bin/env python3
"""make_hostile.py KIND MEGABYTES: evidence made to make a program grow, on standard output. Deterministic, invented and inert.

Each kind repeats without end what real evidence has little of; see KINDS. bench/hostile.py measures with them."""
import sys

WEB = r"C:\\Windows\\System32\\inetsrv\\w3wp.exe"


def when(i, step=1):
    """A time that moves on by `step` seconds an event, from 2021; years up to 2250."""
    import datetime
    return (datetime.datetime(2021, 3, 3) + datetime.timedelta(seconds=i * step % (229 * 365 * 86400))).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def security(i, channel="Security", event=4624, host="EX01", more="", step=1):
    return (f'{{"Channel":"{channel}","SourceName":"Microsoft-Windows-Security-Auditing","EventID":{event},"RecordNumber":{i},'
            f'"Hostname":"{host}","@timestamp":"{when(i, step)}"{more}}}\n')


def shell(i, host="EX01"):
    return (f'{{"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon","EventID":1,"RecordNumber":{i},'
            f'"Hostname":"{host}","@timestamp":"{when(i)}","UtcTime":"{when(i)[:10]} {when(i)[11:23]}","Image":"C:\\\\Windows\\\\System32\\\\cmd.exe",'
            f'"CommandLine":"cmd /c whoami {i} {"a" * 300}","ParentImage":"{WEB}","ParentCommandLine":"c:\\\\windows\\\\system32\\\\inetsrv\\\\w3wp.exe '
            f'-ap MSExchangeOWAAppPool","User":"NT AUTHORITY\\\\SYSTEM","ProcessId":{i % 65536}}}\n')


def fields(i):
    return security(i, more="".join(f',"f{i}_{k}":"{k}"' for k in range(20)))


HTTPPROXY = ("DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,Protocol,UrlHost,UrlStem,ProtocolAction,"
             "AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus\n"
             "#Software: Microsoft Exchange Server\n#Version: 15.01.2176.002\n#Log-type: HttpProxy Logs\n")


def proxy(i):
    return (f"{when(i)},{i:08x}-0000-4000-8000-000000000000,15,1,2176,2,c{i},Ecp,ex{i}.contoso.example,/ecp/y{i}.js,,Unknown,false,u{i},,"
            f"ServerInfo~a]@EX{i}.contoso.example:444/autodiscover/autodiscover.xml?a=~{i},agent{i},198.51.100.{i % 256},EX{i},241\n")


KINDS = {  # name: (head, one record)
    "hosts": ("", lambda i: security(i, host=f"H{i:08}")),                 # every event from a computer of its own
    "channels": ("", lambda i: security(i, channel=f"Channel {i}")),       # … in a log of its own
    "long": ("", lambda i: security(i, channel=f"Channel {i}" + "c" * 900, host=f"h{i}" + "h" * 900)),  # … and names that fill memory
    "events": ("", lambda i: security(i, event=i)),                        # … with an event id of its own
    "fields": ("", fields),                                                # … with names of fields of its own
    "cleared": ("", lambda i: security(i, event=1102)),                    # every record says that the log was cleared
    "hours": ("", lambda i: security(i, event=1102, step=3600 * 13)),      # … thirteen hours after the one before
    "hits": ("", shell),                                                   # every event is a hit
    "hosthits": ("", lambda i: shell(i, host=f"H{i:08}")),                 # … on a computer of its own
    "proxy": (HTTPPROXY, proxy),                                           # a hit a line, and nothing twice
    "damage": (security(0), lambda i: '{"broken\n'),                       # every line is damaged
    "headers": ("", lambda i: f"#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem sc-status f{i} g{i}\n"
                              f"{when(i)[:10]} {when(i)[11:19]} GET /p{i}.aspx 200 a b\n"),  # every line has columns of its own
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        sys.exit(f"usage: make_hostile.py {'|'.join(KINDS)} MEGABYTES")
    head, record = KINDS[sys.argv[1]]
    left, i = int(float(sys.argv[2]) * 1e6), 0
    sys.stdout.write(head)
    while left > 0:
        chunk = "".join(record(k) for k in range(i, i + 1000))
        sys.stdout.write(chunk)
        left -= len(chunk)
        i += 1000


if __name__ == "__main__":
    main()
