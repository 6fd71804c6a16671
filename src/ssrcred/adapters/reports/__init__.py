"""The state's service for student score reports (SSR): whether it takes a pair and gives a report for it.

How it is talked to is an API profile, because nothing of it is published (domain.md, *The SSR API*).
"""

from ssrcred.adapters.reports.profile import Profile, load_profile
from ssrcred.adapters.reports.service import SsrService

__all__ = ["Profile", "SsrService", "load_profile"]
