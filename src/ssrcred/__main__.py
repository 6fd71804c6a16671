"""`python -m ssrcred` does what `ssrcred` does."""

import sys

from ssrcred.cli.start import program

sys.exit(program())
