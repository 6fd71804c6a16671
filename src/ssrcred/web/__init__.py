"""HTTP, carefully: one site, verified and bounded, and nothing a request carried is ever quoted.

The only room that knows httpx.
"""

from ssrcred.web.address import host_of
from ssrcred.web.answer import Answer
from ssrcred.web.bound import MOST_LATE, Limits
from ssrcred.web.patience import Patience
from ssrcred.web.site import Site, reach
from ssrcred.web.trouble import AnswerLost, AnswerUnfit

__all__ = ["MOST_LATE", "Answer", "AnswerLost", "AnswerUnfit", "Limits", "Patience", "Site", "host_of", "reach"]
