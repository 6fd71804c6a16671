"""One file per command, called like it: it parses, calls and shows."""
