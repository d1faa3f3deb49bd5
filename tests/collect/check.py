#!/usr/bin/env python3
"""check.py: does collect/leadline-collect.ps1 collect what the verdict asks for, and is it read-only by its words?

  1. every path of src/assess/needs.def (what a verdict tells people to bring) is below a folder of the script's table, and in docs/collect.md;
  2. every folder of the table is in docs/collect.md;
  3. the script calls no command but those listed here, of .NET it writes through those listed here, and wevtutil only exports;
  4. it holds nothing that Windows PowerShell 4 does not know; it is ASCII, since older ones read anything else wrongly;
  5. where pwsh is installed, its own parser finds no error.
Each check is tried on a script that is wrong. Ends with "N passed, N failed"."""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "collect/leadline-collect.ps1").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/collect.md").read_text(encoding="utf-8")
NEEDS = (ROOT / "src/assess/needs.def").read_text(encoding="utf-8")

COMMANDS = {
    "New-Object", "Join-Path", "ForEach-Object", "Sort-Object", "Select-Object", "ConvertTo-Csv", "Add-Type", "Set-StrictMode",
    "Write-Verbose", "Write-Warning", "Write-Host", "Write-Output",
}
# What changes something by .NET, and what may stand before it.
WRITES = {
    r"\[IO\.File\]::(?!Exists)\w+": {"[IO.File]::Delete($Path)", "[IO.File]::WriteAllText(\"$path.sha256\""},
    r"\[IO\.Directory\]::(?!Exists|GetFileSystemEntries)\w+": {"[IO.Directory]::Delete($Path)", "[IO.Directory]::CreateDirectory($folder)",
                                                              "[IO.Directory]::CreateDirectory($draft)"},
    r"\[IO\.FileMode\]::(?!Open\b)\w+": {"[IO.FileMode]::CreateNew"},
    r"\.(?:SetValue|CreateSubKey|DeleteValue|DeleteSubKey\w*|MoveTo|CopyTo|Kill|Clear\w*|SetAttributes|Replace)\b": set(),
    r"\b(?:Remove-Draft)\s+\S+": {"Remove-Draft $copy", "Remove-Draft $draft"},
}
# `?.`, `??`, `&&`, ternaries, [Type]::new(), classes, and commands that came later.
NEWER = [r"\?\?", r"\?\.", r"&&", r"::new\(", r"^\s*class\s", r"\bCompress-Archive\b", r"-Parallel\b", r"^\s*using\s", r"\bNew-TemporaryFile\b",
         r"\bGet-ComputerInfo\b"]


def code_of(script):
    """Without comments and help."""
    script = re.sub(r"<#.*?#>", "", script, flags=re.S)
    return "\n".join(re.sub(r"(^|\s)#.*$", "", line) for line in script.split("\n"))


def needed(needs=NEEDS):
    """The paths that a verdict names, without the remark in brackets."""
    rows = re.findall(r'^NEED\(\w+, "[^"]*", \w+, "([^"]+)"', needs, re.M)
    return [re.sub(r" \(.*\)$", "", row.replace("\\\\", "\\")) for row in rows]


def table(script):
    return [(kind, path) for kind, path in re.findall(r"@\{ Kind = '(\w+)';\s+Path = '([^']+)'", code_of(script))]


def is_below(path, folder):
    path, folder = path.lower(), folder.lower().rstrip("\\")
    return path == folder or path.startswith(folder + "\\")


def lacks_needed(script, page):
    found = []
    for path in needed():
        if not any(is_below(path, folder) for _, folder in table(script)):
            found.append(f"the script does not collect {path}")
        name = path.rsplit("\\", 1)[1] if path.endswith(".evtx") else path
        if f"`{name}`" not in page:
            found.append(f"docs/collect.md does not name {name}")
    return found


def lacks_told(script, page):
    return [f"docs/collect.md does not name {path}" for _, path in table(script) if f"`{path}`" not in page]


def skips_needed(script):
    """Names of folders that are left out may be on no path that is asked for; and all channels are asked."""
    code = code_of(script)
    left_out = {name.lower() for names in re.findall(r"Skip = @\(([^)]*)\)", code) for name in re.findall(r"'([^']+)'", names)}
    found = [f"{path} is left out" for path in needed() if left_out & set(path.lower().split("\\"))]
    if "$session.GetLogNames()" not in code or not re.search(r"\$wevtutil epl \$channel \$copy", code):
        found.append("not every event log is exported")
    return found


def writes(script):
    code = code_of(script)
    own = set(re.findall(r"^function ([A-Z][a-z]+-\w+)", code, re.M))
    bare = re.sub(r"'[^'\n]*'", "''", code)
    found = [f"calls {name}" for name in set(re.findall(r"(?<![\w.$:-])([A-Z][a-z]+-[A-Z]\w+)", bare)) - own - COMMANDS]
    for pattern, allowed in WRITES.items():
        for match in re.finditer(pattern, bare):
            if not any(bare.startswith(text, match.start()) for text in allowed):
                found.append(f"does {match.group()}")
    found += [f"runs {call}" for call in re.findall(r"&\s*\$?\w+ .*", bare) if not call.startswith("& $wevtutil epl $channel $copy")]
    return found + [f"redirects {x}" for x in re.findall(r"(?<![\d-])>{1,2}\s*\S+", bare) if "&1" not in x]


def newer(script):
    found = [f"has {pattern}" for pattern in NEWER if re.search(pattern, code_of(script), re.M)]
    return found + ([] if script.isascii() else ["is not ASCII"])


def parser_errors(script):
    pwsh = shutil.which("pwsh") or shutil.which("powershell")
    if not pwsh:
        return None
    text = ("$e = $null; $t = $null; [void][Management.Automation.Language.Parser]::ParseInput([Console]::In.ReadToEnd(), [ref]$t, [ref]$e);"
            "$e | ForEach-Object { $_.ToString() }")
    return subprocess.run([pwsh, "-NoProfile", "-Command", text], input=script, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


CHECKS = {
    "what a verdict asks for is collected": (lambda script: lacks_needed(script, PAGE),
                                             SCRIPT.replace("Path = '%ExchangeInstallPath%Logging'", "Path = '%ExchangeInstallPath%Logging\\Ews'")),
    "what is collected is told": (lambda script: lacks_told(script, PAGE), SCRIPT.replace("%SystemRoot%\\System32\\Tasks", "%SystemRoot%\\Tusks")),
    "nothing of it is left out": (skips_needed, SCRIPT.replace("'Diagnostics'", "'Diagnostics', 'HttpProxy'")),
    "it only reads (commands)": (writes, SCRIPT + "\nRemove-Item C:\\x\n"),
    "it only reads (.NET)": (writes, SCRIPT + "\n[IO.File]::Move($a, $b)\n"),
    "it only reads (programs)": (writes, SCRIPT.replace("& $wevtutil epl $channel", "& $wevtutil cl $channel")),
    "it only reads (redirections)": (writes, SCRIPT + "\n$x > C:\\y\n"),
    "PowerShell 4 knows all of it": (newer, SCRIPT + "\n$x = [Text.StringBuilder]::new()\n"),
    "its parser finds no error": (parser_errors, SCRIPT + "\nfunction {"),
}


def main():
    passed = failed = skipped = 0
    for name, (check, wrong) in CHECKS.items():
        found = check(SCRIPT)
        if found is None:
            skipped += 1
            continue
        noticed = check(wrong)
        good = not found and noticed and wrong != SCRIPT and len(needed()) > 3
        passed, failed = passed + bool(good), failed + (not good)
        print(f"[       OK ] {name}" if good else f"[  FAILED  ] {name}: {found or 'a wrong script is not noticed'}")
    if lacks_needed(SCRIPT, PAGE.replace("MSExchange Management.evtx", "")):
        passed += 1
    else:
        failed += 1
        print("[  FAILED  ] a page that lacks a log is not noticed")
    if skipped:
        print(f"{skipped} skipped (no pwsh here)")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
