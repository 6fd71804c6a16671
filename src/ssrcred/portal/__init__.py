"""A SIS portal: found by its visible words, never by a path or field name that somebody guessed.

Only the usual driver is imported here; `browser` is for who needs it.
"""

from ssrcred.portal.forms import FormPortal
from ssrcred.portal.map import PortalMap, load

__all__ = ["FormPortal", "PortalMap", "load"]
