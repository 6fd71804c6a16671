"""A SIS portal: found by its visible words, never by a path or field name that somebody guessed."""

from ssrcred.portal.forms import FormPortal
from ssrcred.portal.hand import HandPortal
from ssrcred.portal.map import PortalMap, load
from ssrcred.portal.replay import ReplayPortal

__all__ = ["FormPortal", "HandPortal", "PortalMap", "ReplayPortal", "load"]
