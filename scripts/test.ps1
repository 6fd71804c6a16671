# Never run: nobody who worked on this had Windows. It does what the Makefile does for these targets, where make is missing:
# powershell -ExecutionPolicy Bypass -File scripts\test.ps1 demo
param([ValidateSet('demo', 'test', 'dist')] [string] $Target = 'test')

$ErrorActionPreference = 'Stop'
Set-Location (Split-Path $PSScriptRoot)
$python = '.venv\Scripts\python.exe'
$env:PYTHONUTF8 = '1'

# Runs a program; the first one that fails ends this script with its exit code.
function Run {
    $program, $rest = $args
    & $program @rest
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

if (-not (Test-Path $python)) { Run python -m venv .venv }
switch ($Target) {
    'demo' {
        Run $python -m pip install -q -e '.[practice,browser]'
        Run $python scripts/demo.py
    }
    'test' {
        Run $python -m pip install -q -e '.[dev]'
        Run $python -m ruff check .
        Run $python -m ruff format --check .
        Run $python -m mypy src/ssrcred tests scripts benchmarks
        Run $python -m pytest -n 2 --dist loadgroup -m 'not ci and not real'
    }
    'dist' {
        Run $python -m pip install -q -e '.[dev]'
        Run $python scripts/release.py build
    }
}
