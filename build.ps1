#!/usr/bin/env pwsh
# One entry for everyday work, on Linux, Windows and macOS. Each verb prints the plain command that it runs, so that nobody
# needs this script to do the same by hand.
#   ./build.ps1 build | test | demo | publish [RID] | image [BOARD]
param(
    [Parameter(Position = 0)]
    [ValidateSet('build', 'test', 'demo', 'publish', 'image', 'help')]
    [string] $Verb = 'help',

    [Parameter(Position = 1, ValueFromRemainingArguments)]
    [string[]] $Rest = @()
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

function Invoke-Plain([string[]] $Command) {
    Write-Host "> $($Command -join ' ')"
    & $Command[0] $Command[1..($Command.Length - 1)]
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

switch ($Verb) {
    'build' { Invoke-Plain (@('dotnet', 'build', 'FpgaEdge.sln', '-c', 'Release') + $Rest) }
    'test' { Invoke-Plain (@('dotnet', 'test', '--solution', 'FpgaEdge.sln', '-c', 'Release') + $Rest) }
    'demo' { Invoke-Plain (@('dotnet', 'run', '-c', 'Release', '--project', 'src/FpgaEdge.Cli', '--', 'demo') + $Rest) }
    'publish' {
        # The board's program as one native file. NativeAOT cannot cross-compile between operating systems.
        $rid = if ($Rest.Count -gt 0) { $Rest[0] } else { 'linux-x64' }
        Invoke-Plain @('dotnet', 'publish', 'src/FpgaEdge.Board', '-c', 'Release', '-f', 'net9.0', '-r', $rid, '-o', "out/$rid")
    }
    'image' {
        $board = if ($Rest.Count -gt 0) { $Rest[0] } else { 'virtual-zynq7020' }
        Invoke-Plain @('dotnet', 'run', '-c', 'Release', '--project', 'src/FpgaEdge.Cli', '--', 'image', 'build', '--board', $board)
    }
    'help' {
        Write-Host 'Example: ./build.ps1 demo'
        Write-Host 'Verbs:   build   compile everything, warnings are errors'
        Write-Host '         test    run every test'
        Write-Host '         demo    four virtual boards, one network, two hundred frames'
        Write-Host '         publish the board''s program as one native file (default linux-x64)'
        Write-Host '         image   a card image for a board'
    }
}
