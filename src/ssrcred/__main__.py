"""`python -m ssrcred` does what `ssrcred` does."""

import sys

from ssrcred.cli.main import program

sys.exit(program())
