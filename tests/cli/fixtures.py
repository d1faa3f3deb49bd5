"""fixtures.py: the small files that the rows of tests/cli talk about, made anew for each row."""
import binascii
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile

COMMAND = r"c:\windows\system32\inetsrv\w3wp.exe"


def event(record, **more):
    """One Sysmon process start, as nxlog writes it."""
    row = {"Channel": "Microsoft-Windows-Sysmon/Operational", "SourceName": "Microsoft-Windows-Sysmon", "EventID": 1,
           "RecordNumber": record, "Hostname": "EX01.contoso.example", "@timestamp": f"2021-03-03T07:00:{record % 60:02d}.000Z",
           "UtcTime": f"2021-03-03 07:00:{record % 60:02d}.000", "Image": r"C:\Windows\System32\cmd.exe",
           "CommandLine": "cmd /c whoami", "ParentImage": COMMAND,
           "ParentCommandLine": COMMAND + ' -ap "MSExchangeOWAAppPool"', "User": "NT AUTHORITY\\SYSTEM", "ProcessId": 4000 + record}
    row.update(more)
    return json.dumps(row, ensure_ascii=False) + "\n"


RULE = r"""title: A shell below the web server
id: 0f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c11
status: test
level: high
logsource: {category: process_creation, product: windows}
detection:
  shell: {ParentImage|endswith: '\w3wp.exe', Image|endswith: '\cmd.exe'}
  condition: shell
"""
def case_of(rule, log, kind="json", more=""):
    """A regression case in the form of SigmaHQ's; without a log it is switched off, as they do it."""
    sign = "" if log else "#"
    return (f"id: 9a0c4a52-0d0c-4a53-9e59-3f4c7a2a6e11\nrule_metadata:\n    - id: {rule}\n      title: A shell below the web server\n"
            f"{sign}regression_tests_info:\n{sign}    - name: Positive Detection Test\n{sign}      type: {kind}\n{more}"
            f"{sign}      path: regression_data/rules/somewhere/{log}\n").encode()


TREE_RULE = r"""title: A tree
id: 3f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c11
logsource: {category: process_creation, product: windows}
detection:
  words: [whoami, '/c']
  start:
    - Image|endswith: ['\cmd.exe', '\powershell.exe']
      OriginalFileName: Cmd.Exe
    - ParentImage|contains|all: [inetsrv, w3wp]
  filter_user: {User|startswith: 'NT AUTHORITY\'}
  filter_empty: {CurrentDirectory: null}
  condition: (words and start) and not 1 of filter_*
"""
RULE_ID = "0f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c11"
CORRELATED = """title: A failed logon
name: failed
logsource: {product: windows, service: security}
detection: {sel: {EventID: 4625}, condition: sel}
---
title: Five failed logons in five seconds
level: high
correlation:
  type: event_count
  rules: [failed]
  group-by: [TargetUserName]
  timespan: 5s
  condition: {gte: 5}
"""


def logon(seconds, user, **more):
    """A failed logon, so many seconds after midnight."""
    row = {"Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing", "EventID": 4625, "Hostname": "EX01",
           "@timestamp": time.strftime("2021-03-%dT%H:%M:%SZ", time.gmtime(86400 * 2 + seconds)), "TargetUserName": user}
    row.update(more)
    return json.dumps(row) + "\n"


def logons(name, seconds, user):
    with open(name, "w", encoding="utf-8") as log:
        log.writelines(logon(s, user(s) if callable(user) else user) for s in seconds)


AGENT_RULE = """title: An agent by its three names
id: 6f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c77
logsource: {category: webserver}
level: high
detection:
  a: {c-useragent|contains: phone12}
  b: {cs-user-agent|contains: phone12}
  c: {cs(User-Agent)|contains: 'i phone'}
  condition: a and b and c
"""
AGENT_LOG = """#Fields: date time s-ip cs-method cs-uri-stem cs(User-Agent) sc-status
2021-03-03 07:00:01 10.0.0.1 GET /owa/ my+i+phone12 200
"""
BROKEN_RULE = RULE.replace("|endswith: '\\w3wp.exe'", "|sounds: '\\w3wp.exe'").replace("0f3f1ea6", "1f3f1ea6")


def zip_of(names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in names.items():
            z.writestr(zipfile.ZipInfo(name, (2021, 3, 3, 0, 0, 0)), text)
    return out.getvalue()


def crc_row(i):
    for _ in range(8):
        i = (i >> 1) ^ (0xEDB88320 if i & 1 else 0)
    return i


TABLE = [crc_row(i) for i in range(256)]

def encrypted_zip(name, data, password):
    """One stored entry under ZIP's own old cipher, which Python reads but does not write."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(value, byte):
        return (value >> 8) ^ TABLE[(value ^ byte) & 0xFF]

    def update(byte):
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    def cipher(plain):
        out = bytearray()
        for byte in plain:
            k = (keys[2] | 2) & 0xFFFF
            out.append(byte ^ (((k * (k ^ 1)) >> 8) & 0xFF))
            update(byte)
        return bytes(out)

    for byte in password:
        update(byte)
    check = binascii.crc32(data)
    body = cipher(bytes(11) + bytes([check >> 24]) + data)
    name = name.encode()
    head = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x5263, check, len(body), len(data), len(name), 0)
    local = b"PK\3\4" + head + name
    central = b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + body + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(body), 0)


class Chunk:
    """A chunk of a Windows event log, from records without templates: names stand where they are first used."""

    def __init__(self):
        self.data, self.names = bytearray(512), {}

    def name(self, text):
        at = len(self.data) + 4
        self.data += struct.pack("<I", self.names.setdefault(text, at))
        if self.names[text] == at:
            code = 0
            for c in text:
                code = (code * 65599 + ord(c)) & 0xFFFFFFFF
            self.data += struct.pack("<IHH", 0, code & 0xFFFF, len(text)) + text.encode("utf-16le") + bytes(2)

    def text(self, text):
        self.data += b"\5\1" + struct.pack("<H", len(text)) + text.encode("utf-16le")

    def element(self, name, text="", inner=(), **attributes):
        self.data += bytes([0x41 if attributes else 1]) + bytes(4)
        self.name(name)
        if attributes:
            self.data += bytes(4)
        for i, (key, value) in enumerate(attributes.items(), 1):
            self.data += bytes([0x46 if i < len(attributes) else 6])
            self.name(key)
            self.text(value)
        self.data += b"\2"
        if text:
            self.text(text)
        for one in inner:
            one()
        self.data += b"\4"

    def record(self, record, event, **fields):
        """An event of the Security log, `record` seconds after seven o'clock."""
        at = len(self.data)
        self.data += struct.pack("<4sIQQ", b"**\0\0", 0, record, 132592284000000000 + record * 10000000) + b"\x0f\1\1\0"
        self.element("Event", inner=[
            lambda: self.element("System", inner=[
                lambda: self.element("Provider", Name="Microsoft-Windows-Security-Auditing"), lambda: self.element("EventID", str(event)),
                lambda: self.element("Channel", "Security"), lambda: self.element("Computer", "EX01.contoso.example")]),
            lambda: self.element("EventData", inner=[lambda k=k, v=v: self.element("Data", v, Name=k) for k, v in fields.items()])])
        self.data += bytes(1 + (3 - len(self.data)) % 8)
        self.data += struct.pack("<I", len(self.data) + 4 - at)
        self.data[at + 4:at + 8] = self.data[-4:]
        return bytes(self.data[at:])

    def bytes(self, free):
        """The log ends at `free`: what stands behind it is slack."""
        head = bytearray(self.data[:512])
        head[:8] = b"ElfChnk\0"
        struct.pack_into("<IIII", head, 40, 128, 512, free, binascii.crc32(self.data[512:free]))
        struct.pack_into("<I", head, 124, binascii.crc32(head[128:512], binascii.crc32(head[:120])))
        return bytes(head) + bytes(self.data[512:]) + bytes(65536 - len(self.data))


def carved():
    """A log that was cleared, what was done before in its slack; and records outside of logs."""
    chunk = Chunk()
    shell = {"NewProcessName": "C:\\Windows\\System32\\cmd.exe", "ParentProcessName": COMMAND, "CommandLine": "cmd /c whoami"}
    chunk.record(500, 1102)
    free = len(chunk.data)
    chunk.record(400, 4688, **shell)
    alone = chunk.record(401, 4688, **shell)
    file = bytearray(4096)
    file[:8] = b"ElfFile\0"
    struct.pack_into("<HHH", file, 38, 3, 4096, 1)
    struct.pack_into("<I", file, 124, binascii.crc32(file[:120]))
    all_of_it = chunk.bytes(free)
    return {"cleared.evtx": bytes(file) + all_of_it, "disk.img": b"\xeb\x52noise" * 30011 + all_of_it + b"noise" * 5 + alone,
            "lone.img": b"noise" * 99 + Chunk().record(7, 4688, **shell) + b"noise", "gone.img": b"noise" + alone}


# What a mailbox server's enemies put into logs: codes for terminals, marks that turn text round, markup, formulas, tables.
HOSTILE = ("\x1b]0;pwned\x07\x1b[2J\x1b[31m", "\u202egpj.exe\u2066", "<script>alert(1)</script><img src=x onerror=alert(1)>", "\"><svg onload=1>",
           "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "| a | [x](javascript:alert(1)) `b` **c**\n# d", "</pre></script>", "\x00nul\x00", "\ufeff\u200b\u2028\u2029\x85",
           "../../etc/passwd", "%s%n%x", "\x9b31m", "{Image}{CommandLine}", "\r\nSet-Cookie: x")


def lines_rule(name, n, detection):
    return f"title: {name}\nid: {n:08}-2f5d-4f1c-9a53-5b0f9f2b7c11\nname: {name}\nlogsource: {{category: webserver}}\ndetection: {detection}\nlevel: low\n"


LINES_RULES = "---\n".join((
    lines_rule("by_text", 1, "{a: {cs-uri-query|contains: [jndi, 'select  from']}, condition: a}"),
    lines_rule("by_column", 2, "{a: {sc-status: 500}, condition: a}"),
    lines_rule("by_nothing", 3, "{a: {cs-method: GET}, condition: not a}"),
    lines_rule("never", 4, "{a: {cs-cookie|contains: jndi}, condition: a}"),
))
LINES_LOG = "#Fields: date time cs-method cs-uri-stem cs-uri-query sc-status\r\n2026-03-01 10:00:00 GET /a x=1 200\r\n"


def hostile_lines():
    lines = b""
    for n, text in enumerate(HOSTILE):
        lines += event(n + 1, Hostname=text, CommandLine=text, User=text, **{"Image": text + "\\cmd.exe", text: text}).encode("utf-8", "surrogatepass")
    lines += event(90, CommandLine="A" * 1000000).encode()
    lines += event(91, CommandLine="bad BYTES here").encode().replace(b"BYTES", b"\xff\xfe\xc0\xaf\xed\xa0\x80")
    return lines


def make(home):
    files = {
        "one.jsonl": event(1).encode(),
        "two.jsonl": (event(1) + event(2, CommandLine="cmd /c net user")).encode(),
        "cut.jsonl": (event(1) + event(2))[:-40].encode(),
        **carved(),
        "text.txt": b"Dear incident team,\nplease find nothing attached.\n",
        "binary.bin": bytes(range(256)) * 16,
        "empty.log": b"",
        "good.zip": zip_of({"logs/one.jsonl": event(1)}),
        "webagent.yml": AGENT_RULE.encode(),
        "webagent.log": AGENT_LOG.encode(),
        "lines.yml": LINES_RULES.encode(),
        "lines.log": LINES_LOG.encode(),
        "names.zip": zip_of({"Prüfung/Ö.jsonl": event(1)}),
        "secret.zip": encrypted_zip("one.jsonl", event(1).encode(), b"infected"),
        "rules/good.yml": RULE.encode(),
        "mixed/good.yml": RULE.encode(),
        "mixed/broken.yml": BROKEN_RULE.encode(),
        "hostile.jsonl": hostile_lines(),
        "doubtful/rule.yml": (RULE.replace("Image|endswith: '\\cmd.exe'", "Imgae|endswith|all: '*\\cmd.exe'") + "date: 2999-01-01\n").encode(),
        "tree/rule.yml": TREE_RULE.encode(),
        "map.yml": b"logsources:\n  - {category: process_creation, any: [{kind: evtx, event_id: 1, fields: {Image: ParentImage}}]}\n  - {product: windows, none: not here}\n",
        "bad_map.yml": b"logsources:\n  - {category: x, any: [{kind: tea}]}\n",
        "start.json": json.dumps({"@timestamp": "2026-03-01T10:00:00Z", "EventID": 4688, "Channel": "Security", "NewProcessName": "C:\\x\\cmd.exe", "CommandLine": "cmd /c \x1b[31m"}).encode(),
        "proof/least/info.yml": case_of(RULE_ID, "least.jsonl"),
        "proof/least/least.jsonl": (event(1) + event(2)).encode(),
        "proof/exact/info.yml": case_of(RULE_ID, "exact.jsonl", more="      match_count: 2\n"),
        "proof/exact/exact.jsonl": (event(1) + event(2)).encode(),
        "proof/off/info.yml": case_of(RULE_ID, ""),
        "proof/raw/info.yml": case_of(RULE_ID, "cisco.raw", kind="raw"),
        "proof/raw/cisco.raw": b"no log\n",
        "wrong/more/info.yml": case_of(RULE_ID, "more.jsonl", more="      match_count: 1\n"),
        "wrong/more/more.jsonl": (event(1) + event(2)).encode(),
        "wrong/fewer/info.yml": case_of(RULE_ID, "fewer.jsonl"),
        "wrong/fewer/fewer.jsonl": event(1, Image="C:\\a.exe").encode(),
        "wrong/gone/info.yml": case_of(RULE_ID, "gone.evtx", kind="evtx"),
        "wrong/unknown/info.yml": case_of("2f3f1ea6-2f5d-4f1c-9a53-5b0f9f2b7c11", "unknown.jsonl"),
        "wrong/unknown/unknown.jsonl": event(1).encode(),
        "wrong/rejected/info.yml": case_of("1" + RULE_ID[1:], "rejected.jsonl"),
        "wrong/rejected/rejected.jsonl": event(1).encode(),
        "wrong/broken/info.yml": b"a: [",
        "off/info.yml": case_of(RULE_ID, ""),
        "header.evtx": b"ElfFile\0" + bytes(64),
    }
    files["cut.zip"] = files["good.zip"][: len(files["good.zip"]) // 2]
    flipped = bytearray(files["good.zip"])
    flipped[60] ^= 0xFF
    files["corrupt.zip"] = bytes(flipped)
    for name, data in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (home / "empty").mkdir()


def listens(pid, number):
    """Whether the process has a handler for that signal."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        caught = next((line.split()[1] for line in status if line.startswith("SigCgt:")), "0")
    return int(caught, 16) >> (number - 1) & 1


def interrupt(name, *args, begun=False):
    """Start the program, send it a signal once its draft is there and it listens for the signal, and say how it ended. begun: it has
    written something already."""
    done = subprocess.Popen(["leadline", *args], restore_signals=True)
    number = getattr(signal, name)
    for _ in range(1200):
        if os.path.isdir("case.incomplete") and listens(done.pid, number):
            break
        time.sleep(0.02)
    if begun:
        open("case.incomplete/case.db", "w").close()
    done.send_signal(number)
    print("ended by", signal.Signals(-done.wait()).name)
    sys.stdout.flush()
