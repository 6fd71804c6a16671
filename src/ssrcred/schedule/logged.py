"""The name by which every job ever set up starts the job runner, so it must never change."""

import sys

from ssrcred.adapters.schedule.job_runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
