"""A SIS portal: found by its visible words, never by a path or field name that somebody guessed."""

from ssrcred.portal.description import describe
from ssrcred.portal.forms import FormPortal
from ssrcred.portal.hand import HandPortal
from ssrcred.portal.learn import learn
from ssrcred.portal.map import PortalMap, load
from ssrcred.portal.replay import ReplayPortal
from ssrcred.portal.visit import VisitedPortal

__all__ = ["FormPortal", "HandPortal", "PortalMap", "ReplayPortal", "VisitedPortal", "describe", "learn", "load"]
