"""The state's service for student score reports (SSR): tests credentials with it.

How it is talked to is an API profile, because nothing of it is published (domain.md, *The SSR API*).
"""

from ssrcred.adapters.reports.profile import Profile, load_profile
from ssrcred.adapters.reports.service import SsrService

__all__ = ["Profile", "SsrService", "load_profile"]
