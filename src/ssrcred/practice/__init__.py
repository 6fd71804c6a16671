"""A practice district (simulated) on 127.0.0.1: TOMS, SchoolWise and the SSR service, for practice and for tests.

It is written from domain.md and imports nothing of the rest of this program, so that it can't agree with the
client by accident. Where domain.md says *unknown*, what it does is made up, and the module that does it says
so.
"""

from pathlib import Path
from typing import Final

from ssrcred.practice.district import Pair
from ssrcred.practice.sample_data import Account, Accounts
from ssrcred.practice.server import Practice, running, serve

__all__ = ["CONFIRMED", "Account", "Accounts", "Pair", "Practice", "running", "serve"]

# What a person confirms on the settings page of its SchoolWise.
CONFIRMED: Final = Path(__file__).with_name("confirmed.toml")
