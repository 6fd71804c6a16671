"""The command line: parse, call, show; no decisions."""
