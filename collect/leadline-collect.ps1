<#
.SYNOPSIS
Copies what an Exchange server has recorded into one zip, and changes nothing on the server.

.DESCRIPTION
Reads the logs, settings and event logs listed below (docs/collect.md tells why each) and writes only into the folder
given as -Target: leadline-HOST-TIME.zip, its SHA-256, and while it runs a folder of exported event logs that it removes
again. A file that cannot be read is named in the manifest, and the run goes on. No module, no Exchange cmdlet and no
network is used. Windows PowerShell 4 (Server 2012 R2) and later; run it as administrator:

    powershell -NoProfile -ExecutionPolicy Bypass -File leadline-collect.ps1 -Target E:\case

.PARAMETER Target
A folder that is empty or not there yet, best on an external disk or a share: what is written to the server's own disks
overwrites deleted files that may be evidence.

.PARAMETER Days
Of the logs only files that were written to within so many days. 0, the default, takes everything: an intrusion is often
older than one thinks.

.PARAMETER Extra
More folders, such as transport logs that were moved (docs/collect.md tells how to find them).

.PARAMETER List
Say what would be copied and how large it is, and write nothing.

.PARAMETER IgnoreSpace
Go on although the target may be too small. Logs pack to about a tenth.
#>
[CmdletBinding()]
param(
    [string]$Target,
    [int]$Days = 0,
    [string[]]$Extra = @(),
    [switch]$List,
    [switch]$IgnoreSpace
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# ---- what is copied -------------------------------------------------------------------------------------------------
# Path: where it lies by default; %ExchangeInstallPath% ends in a backslash and is read from the registry, the rest are
# environment variables. Kind: logs (those that -Days may cut down), files, iis (the folders that applicationHost.config
# names take the place of the default), channels (event logs, by wevtutil). Skip: names of folders that are left out.
$Sources = @(
    @{ Kind = 'channels'; Path = '%SystemRoot%\System32\winevt\Logs' }
    @{ Kind = 'logs';     Path = '%SystemRoot%\System32\winevt\Logs'; Filter = @('Archive-*.evtx') }
    @{ Kind = 'iis';      Path = '%SystemDrive%\inetpub\logs\LogFiles' }
    @{ Kind = 'logs';     Path = '%SystemRoot%\System32\LogFiles\HTTPERR' }
    @{ Kind = 'logs';     Path = '%ExchangeInstallPath%Logging'; Skip = @('Diagnostics', 'lodctr_backups') }
    @{ Kind = 'logs';     Path = '%ExchangeInstallPath%TransportRoles\Logs' }
    @{ Kind = 'logs';     Path = '%SystemDrive%\ExchangeSetupLogs' }
    @{ Kind = 'files';    Path = '%SystemRoot%\System32\inetsrv\config'; Filter = @('*.config', '*.xml') }
    @{ Kind = 'files';    Path = '%SystemDrive%\inetpub\history'; Filter = @('*.config') }
    @{ Kind = 'files';    Path = '%ExchangeInstallPath%FrontEnd\HttpProxy'
       Filter = @('web.config', '*.aspx', '*.ashx', '*.asmx', '*.asax', '*.js', '*.htm', '*.html', '*.php', '*.log', '*.txt') }
    @{ Kind = 'files';    Path = '%ExchangeInstallPath%ClientAccess'
       Filter = @('web.config', '*.aspx', '*.ashx', '*.asmx', '*.asax') }
    @{ Kind = 'files';    Path = '%SystemDrive%\inetpub\wwwroot' }
    @{ Kind = 'files';    Path = '%SystemRoot%\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files'
       Filter = @('*.compiled') }
    @{ Kind = 'files';    Path = '%SystemRoot%\System32\Tasks' }
    @{ Kind = 'files';    Path = '%SystemRoot%\debug'; Filter = @('msert.log') }
    @{ Kind = 'files';    Path = '%SystemDrive%\EOMTSummary.txt' }
)

# ---- finding things -------------------------------------------------------------------------------------------------

# By .NET, since a 32-bit process is shown another part of the registry.
function Get-ExchangePath {
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine,
        [Microsoft.Win32.RegistryView]::Registry64)
    foreach ($version in 'v15', 'v14') {
        $key = $base.OpenSubKey("SOFTWARE\Microsoft\ExchangeServer\$version\Setup")
        if ($key) {
            $path = [string]$key.GetValue('MsiInstallPath')
            if ($path) { return $path.TrimEnd('\') + '\' }
        }
    }
    return $null
}

# In a 32-bit process System32 is another folder; Sysnative is the real one.
function Get-RealPath([string]$Path) {
    $system = Join-Path $env:SystemRoot 'System32'
    if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess -and
        $Path.StartsWith($system, [StringComparison]::OrdinalIgnoreCase)) {
        return (Join-Path $env:SystemRoot 'Sysnative') + $Path.Substring($system.Length)
    }
    return $Path
}

function Expand-Source([string]$Path, [string]$Exchange) {
    if ($Path.StartsWith('%ExchangeInstallPath%')) {
        if (-not $Exchange) { return $null }
        return $Exchange + $Path.Substring('%ExchangeInstallPath%'.Length)
    }
    return Get-RealPath ([Environment]::ExpandEnvironmentVariables($Path))
}

# Every log folder that applicationHost.config names, for all sites and for one; the default where it names none.
function Get-IisFolder([string]$Default) {
    $folders = @($Default)
    $config = Get-RealPath (Join-Path $env:SystemRoot 'System32\inetsrv\config\applicationHost.config')
    try {
        $xml = New-Object System.Xml.XmlDocument
        $xml.XmlResolver = $null
        $reader = New-Object System.IO.StreamReader((Open-Shared $config))
        try { $xml.Load($reader) } finally { $reader.Dispose() }
        foreach ($node in $xml.SelectNodes('//sites//logFile[@directory]|//log/*[@directory]')) {
            $folders += Get-RealPath ([Environment]::ExpandEnvironmentVariables($node.GetAttribute('directory')))
        }
    } catch { Add-Problem $config $_.Exception.Message }
    return @($folders | ForEach-Object { $_.TrimEnd('\') } | Sort-Object -Unique)
}

# Whoever writes the file may go on doing so.
function Open-Shared([string]$Path) {
    return New-Object System.IO.FileStream($Path, [IO.FileMode]::Open, [IO.FileAccess]::Read,
        ([IO.FileShare]::ReadWrite -bor [IO.FileShare]::Delete), 1048576)
}

# Files below a folder, folder by folder, so that one that may not be read takes no other with it. Links are not followed.
function Get-FileBelow([string]$Root, [string[]]$Filter, [string[]]$Skip) {
    if ([IO.File]::Exists($Root)) { return ,@(New-Object IO.FileInfo($Root)) }
    $found = New-Object System.Collections.ArrayList
    if (-not [IO.Directory]::Exists($Root)) { return ,$found.ToArray() }
    $open = New-Object System.Collections.Stack
    $open.Push($Root)
    while ($open.Count) {
        $folder = New-Object IO.DirectoryInfo($open.Pop())
        try {
            foreach ($file in $folder.GetFiles()) {
                $wanted = -not $Filter
                foreach ($pattern in $Filter) { if ($file.Name -like $pattern) { $wanted = $true } }
                if ($wanted) { [void]$found.Add($file) }
            }
            foreach ($sub in $folder.GetDirectories()) {
                $link = $sub.Attributes -band [IO.FileAttributes]::ReparsePoint
                if (-not $link -and -not ($Skip -contains $sub.Name)) { $open.Push($sub.FullName) }
            }
        } catch { Add-Problem $folder.FullName $_.Exception.Message }
    }
    return ,$found.ToArray()
}

# ---- the manifest ---------------------------------------------------------------------------------------------------

$Problems = New-Object System.Collections.ArrayList
$Copied = New-Object System.Collections.ArrayList

function Add-Problem([string]$Path, [string]$Why) {
    [void]$Problems.Add((New-Object PSObject -Property @{ path = $Path; why = $Why }))
    Write-Warning "${Path}: $Why"
}

function Get-Stamp([DateTime]$Time) { return $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffffffZ') }

function Get-Facts([string]$Exchange, [string[]]$Iis) {
    $zone = [TimeZoneInfo]::Local
    $facts = @("host: $env:COMPUTERNAME", "started: $(Get-Stamp ([DateTime]::UtcNow))",
        "time zone: $($zone.Id) ($($zone.BaseUtcOffset), now $($zone.GetUtcOffset([DateTime]::Now)))",
        "system: $([Environment]::OSVersion.VersionString)", "powershell: $($PSVersionTable.PSVersion)",
        "run by: $env:USERDOMAIN\$env:USERNAME", "exchange: $Exchange")
    if ($Exchange) {
        try {
            $setup = [Diagnostics.FileVersionInfo]::GetVersionInfo($Exchange + 'Bin\ExSetup.exe')
            $facts += "ExSetup.exe: $($setup.FileVersion)"
        } catch { Add-Problem ($Exchange + 'Bin\ExSetup.exe') $_.Exception.Message }
    }
    foreach ($folder in $Iis) { $facts += "iis logs: $folder" }
    return $facts
}

# ---- copying --------------------------------------------------------------------------------------------------------

# C:\a\b becomes C/a/b in the zip, \\server\share becomes UNC/server/share.
function Get-EntryName([string]$Path) {
    $name = $Path -replace '\\Sysnative\\', '\System32\'
    if ($name.StartsWith('\\')) { $name = 'UNC\' + $name.Substring(2) }
    return ($name -replace '^([A-Za-z]):', '$1') -replace '\\', '/'
}

function Add-Bytes($Zip, [string]$Name, [string]$Text) {
    $stream = $Zip.CreateEntry($Name).Open()
    $bytes = (New-Object System.Text.UTF8Encoding($false)).GetBytes($Text)
    try { $stream.Write($bytes, 0, $bytes.Length) } finally { $stream.Dispose() }
}

# One pass: into the zip and through the hash. What ends early is in the zip as far as it came, and named as a problem.
function Add-File($Zip, [IO.FileInfo]$File, [string]$Name, [string]$Origin) {
    $hash = [Security.Cryptography.SHA256]::Create()
    $size = [long]0
    $in = $null
    $out = $null
    $block = New-Object byte[] 1048576
    try {
        $in = Open-Shared $File.FullName
        $entry = $Zip.CreateEntry($Name, [IO.Compression.CompressionLevel]::Fastest)
        $written = $File.LastWriteTime
        if ($written.Year -ge 1980 -and $written.Year -le 2107) { $entry.LastWriteTime = New-Object DateTimeOffset($written) }
        $out = $entry.Open()
        while (($n = $in.Read($block, 0, $block.Length)) -gt 0) {
            $out.Write($block, 0, $n)
            [void]$hash.TransformBlock($block, 0, $n, $block, 0)
            $size += $n
        }
    } catch {
        Add-Problem $Origin $_.Exception.Message
    } finally {
        if ($out) { $out.Dispose() }
        if ($in) { $in.Dispose() }
    }
    if (-not $in) { return }
    [void]$hash.TransformFinalBlock($block, 0, 0)
    $text = ([BitConverter]::ToString($hash.Hash) -replace '-', '').ToLowerInvariant()
    [void]$Copied.Add((New-Object PSObject -Property @{
        path = $Origin; entry = $Name; size = $size; sha256 = $text
        created = (Get-Stamp $File.CreationTime); written = (Get-Stamp $File.LastWriteTime) }))
}

# What the script itself wrote; what cannot be removed is named.
function Remove-Draft([string]$Path) {
    try {
        if ([IO.File]::Exists($Path)) { [IO.File]::Delete($Path) }
        if ([IO.Directory]::Exists($Path)) { [IO.Directory]::Delete($Path) }
    } catch { Add-Problem $Path $_.Exception.Message }
}

# Event logs that hold something, each exported by the service itself, so that the copy is whole; one at a time.
function Add-Channels($Zip, [string]$Folder, [string]$Draft) {
    $session = [Diagnostics.Eventing.Reader.EventLogSession]::GlobalSession
    $wevtutil = Get-RealPath (Join-Path $env:SystemRoot 'System32\wevtutil.exe')
    foreach ($channel in @($session.GetLogNames())) {
        try {
            $about = $session.GetLogInformation($channel, [Diagnostics.Eventing.Reader.PathType]::LogName)
            if (-not $about.RecordCount) { continue }
        } catch { # analytic and debug channels that are on cannot be asked; what may not be asked is told
            if ($_.Exception.GetBaseException() -is [UnauthorizedAccessException]) { Add-Problem "event log $channel" $_.Exception.Message }
            continue
        }
        $name = ($channel -replace '/', '%4') + '.evtx'
        $copy = Join-Path $Draft $name
        try {
            $said = & $wevtutil epl $channel $copy 2>&1
            if ($LASTEXITCODE -ne 0) { throw "wevtutil: $said" }
            Add-File $Zip (New-Object IO.FileInfo($copy)) (Get-EntryName (Join-Path $Folder $name)) "event log $channel"
        } catch {
            Add-Problem "event log $channel" $_.Exception.Message
            $original = Join-Path $Folder $name
            if ([IO.File]::Exists($original)) { # the file as it lies there is better than nothing
                Add-File $Zip (New-Object IO.FileInfo($original)) (Get-EntryName $original) $original
            }
        } finally {
            Remove-Draft $copy
        }
    }
}

function Get-Plan([string]$Exchange) {
    $oldest = if ($Days -gt 0) { [DateTime]::UtcNow.AddDays(-$Days) } else { [DateTime]::MinValue }
    $seen = @{}
    foreach ($source in $Sources) {
        $path = Expand-Source $source.Path $Exchange
        if (-not $path -or $source.Kind -eq 'channels') { continue }
        $roots = @($path)
        if ($source.Kind -eq 'iis') { $roots = Get-IisFolder $path }
        $filter = @(); if ($source.ContainsKey('Filter')) { $filter = $source.Filter }
        $skip = @(); if ($source.ContainsKey('Skip')) { $skip = $source.Skip }
        $dated = $source.Kind -ne 'files'
        foreach ($root in $roots) {
            foreach ($file in (Get-FileBelow $root $filter $skip)) {
                if ($dated -and $file.LastWriteTimeUtc -lt $oldest) { continue }
                if (-not $seen.ContainsKey($file.FullName)) { $seen[$file.FullName] = $true; $file }
            }
        }
    }
    foreach ($root in $Extra) {
        if (-not [IO.Directory]::Exists($root) -and -not [IO.File]::Exists($root)) { Add-Problem $root 'is not there' }
        foreach ($file in (Get-FileBelow $root @() @())) {
            if (-not $seen.ContainsKey($file.FullName)) { $seen[$file.FullName] = $true; $file }
        }
    }
}

function Test-Target([string]$Path, [long]$Size) {
    if ([IO.Directory]::Exists($Path) -and @([IO.Directory]::GetFileSystemEntries($Path)).Count) {
        throw "$Path is not empty: name a new folder"
    }
    $root = [IO.Path]::GetPathRoot($Path)
    if ($root -ieq ($env:SystemDrive + '\')) { Write-Warning "$Path is on the system disk: an external disk or a share is better" }
    if ($root -match '^[A-Za-z]:\\$') {
        $free = (New-Object IO.DriveInfo($root)).AvailableFreeSpace
        if ($free -lt $Size -and -not $IgnoreSpace) {
            throw "$root has $free bytes free, and there are $Size to copy (logs pack to about a tenth): -IgnoreSpace goes on, -Days N takes less"
        }
    }
}

function Write-Manifest($Zip, [string[]]$Facts) {
    $columns = 'path', 'entry', 'size', 'sha256', 'created', 'written'
    Add-Bytes $Zip 'leadline-collect.txt' (($Facts + "ended: $(Get-Stamp ([DateTime]::UtcNow))" + "files: $($Copied.Count)" +
        "problems: $($Problems.Count)") -join "`r`n")
    Add-Bytes $Zip 'leadline-manifest.csv' ((@($Copied | Select-Object $columns | ConvertTo-Csv -NoTypeInformation)) -join "`r`n")
    Add-Bytes $Zip 'leadline-problems.csv' ((@($Problems | Select-Object 'path', 'why' | ConvertTo-Csv -NoTypeInformation)) -join "`r`n")
}

function Get-FileSha256([string]$Path) {
    $stream = Open-Shared $Path
    $hash = [Security.Cryptography.SHA256]::Create()
    try { return ([BitConverter]::ToString($hash.ComputeHash($stream)) -replace '-', '').ToLowerInvariant() }
    finally { $stream.Dispose() }
}

function Test-Administrator {
    $me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
    return $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Invoke-Collection {
    if (-not (Test-Administrator)) { throw 'run it as administrator: the security log and most folders cannot be read else' }
    if (-not $Target -and -not $List) { throw 'name a folder with -Target (or look first, with -List)' }
    $exchange = Get-ExchangePath
    if (-not $exchange) { Write-Warning 'Exchange is not in the registry of this server: its folders are left out' }
    $files = @(Get-Plan $exchange)
    $size = [long]0
    foreach ($file in $files) { $size += $file.Length }
    Write-Host "$($files.Count) files of $size bytes, and the event logs"
    if ($List) { $files | ForEach-Object { Write-Output $_.FullName }; return }
    $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Target)
    Test-Target $folder $size
    [void][IO.Directory]::CreateDirectory($folder)
    $draft = Join-Path $folder 'event-logs'
    [void][IO.Directory]::CreateDirectory($draft)
    $path = Join-Path $folder "leadline-$env:COMPUTERNAME-$([DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ')).zip"
    $iis = Get-IisFolder (Expand-Source '%SystemDrive%\inetpub\logs\LogFiles' $exchange)
    $facts = Get-Facts $exchange $iis
    Add-Type -AssemblyName System.IO.Compression
    $stream = New-Object IO.FileStream($path, [IO.FileMode]::CreateNew, [IO.FileAccess]::ReadWrite)
    try {
        $zip = New-Object IO.Compression.ZipArchive($stream, [IO.Compression.ZipArchiveMode]::Create)
        try {
            Add-Channels $zip (Join-Path $env:SystemRoot 'System32\winevt\Logs') $draft
            foreach ($file in $files) { Add-File $zip $file (Get-EntryName $file.FullName) $file.FullName }
            Write-Manifest $zip $facts
        } finally { $zip.Dispose() }
    } finally { $stream.Dispose() }
    Remove-Draft $draft
    $sum = Get-FileSha256 $path
    [IO.File]::WriteAllText("$path.sha256", "$sum  $([IO.Path]::GetFileName($path))`r`n")
    Write-Host "$path`nSHA-256 $sum`n$($Copied.Count) files copied, $($Problems.Count) problems (leadline-problems.csv in the zip)"
}

Invoke-Collection
