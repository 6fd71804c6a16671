"""Runs `ssrcred.adapters.schedule.job_log` under the name that every job ever set up calls, so it must never change."""

import sys

from ssrcred.adapters.schedule.job_log import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
