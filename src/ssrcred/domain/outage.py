"""What could not be reached, whose trouble that is, and what helps: the verdicts about services and not credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import NOT_KNOWN, Evidence, Probe, Verdict, VerdictName, Who, schools, undecided

CALTAC: Final = "CalTAC, caltac@ets.org, 800-955-2954"
NAMES: Final = {Probe.TOMS: "the state's score report service", Probe.PORTAL: "SchoolWise"}

HERE: Final = frozenset(
    (Cause.NAME, Cause.CERTIFICATE, Cause.CERTIFICATE_NAME, Cause.CERTIFICATE_DATE, Cause.UNSAFE, Cause.PROXY)
) | {Cause.BLOCKED}
"""Causes that somebody has to fix, on this computer or on the way; they do not pass by themselves."""
DOWN: Final = frozenset({Cause.DOWN, Cause.BUSY, Cause.STATE_SERVICE})
"""Causes that a service itself tells, so that the way to it works."""
NO_LOOK: Final = HERE | DOWN | {Cause.SILENT, Cause.NOT_CONNECTED}
"""Why nobody could look at the settings, where that tells that parents cannot reach the portal either."""

ORDER: Final = (
    *(Cause.NAME, Cause.CERTIFICATE_NAME, Cause.CERTIFICATE, Cause.CERTIFICATE_DATE, Cause.UNSAFE, Cause.PROXY),
    *(Cause.BLOCKED, Cause.DOWN, Cause.BUSY, Cause.STATE_SERVICE, Cause.NOT_CONNECTED, Cause.SILENT, Cause.UNKNOWN),
)
"""Which cause counts where several were met: what somebody can fix, then what was told, then silence."""

SAYS: Final[Mapping[Cause, str]] = {
    Cause.DOWN: "{Name} is down or under maintenance{status}.",
    Cause.BUSY: "{Name} rejects requests because there were too many{status}.",
    Cause.STATE_SERVICE: "{Name} is down: SchoolWise gets no answer from it.",
    Cause.SILENT: "{Name} did not answer.",
    Cause.NOT_CONNECTED: "This computer cannot connect to {name}.",
    Cause.NAME: "This computer cannot find {name}{host}: DNS does not know the name.",
    Cause.CERTIFICATE: "This computer does not trust the certificate of {name}{host}.",
    Cause.CERTIFICATE_NAME: "{Name} shows a certificate for another name than its address{host}.",
    Cause.CERTIFICATE_DATE: "The certificate of {name}{host} is not valid today.",
    Cause.UNSAFE: "This computer gets no safe connection (TLS) to {name}{host}.",
    Cause.BLOCKED: "{Name}, or a filter in front of it, blocks this program.",
    Cause.PROXY: "The network's proxy does not let this computer reach {name}{host}.",
}
"""The headline by cause; a cause that is not here is only known as *could not be reached*."""
BRIEFLY: Final[Mapping[Cause, str]] = {
    Cause.DOWN: "it is down or under maintenance",
    Cause.BUSY: "it was asked too often",
    Cause.STATE_SERVICE: "the state's service behind it did not answer",
    Cause.SILENT: "it did not answer",
    Cause.NOT_CONNECTED: "it takes no connection",
    Cause.NAME: "DNS does not know its name",
    Cause.CERTIFICATE: "its certificate is not trusted",
    Cause.CERTIFICATE_NAME: "its certificate is for another name",
    Cause.CERTIFICATE_DATE: "its certificate is not valid today",
    Cause.UNSAFE: "no safe connection (TLS)",
    Cause.BLOCKED: "it, or a filter in front of it, blocks this program",
    Cause.PROXY: "the proxy does not let it through",
}
"""The same as a clause that names nobody, for a list."""
FIXES: Final[Mapping[Cause, str]] = {
    Cause.NAME: "IT checks the address in config.toml for a typing error, and this computer's DNS.",
    Cause.CERTIFICATE: "Usually a filter or proxy of the network inspects the connection. IT adds its certificate to "
    "the system's store, or names the file in SSL_CERT_FILE.",
    Cause.CERTIFICATE_NAME: "IT checks the address in config.toml: with www. in front it often fails. If it is right, "
    "a filter or proxy of the network shows its own certificate.",
    Cause.CERTIFICATE_DATE: "IT checks this computer's date. If it is right, the site has to renew its certificate.",
    Cause.UNSAFE: "IT checks the address in config.toml, and whether a filter or proxy of the network is in between.",
    Cause.BLOCKED: "Sign in by hand in a browser on this computer. If that works, IT checks the filter in front of it.",
    Cause.PROXY: "IT checks the proxy and its settings (HTTPS_PROXY and NO_PROXY, or the system's).",
}
NO_WAITING: Final = "Waiting does not help."
STATE_DOWN: Final = (
    "The state's score report service is down at the moment, so score reports cannot be shown. Nothing is wrong with "
    "your account. Please try again tomorrow."
)
PORTAL_DOWN: Final = (
    "SchoolWise is down at the moment, so score reports cannot be shown. Nothing is wrong with your account. Please "
    "try again later."
)


def unreached(seen: Evidence) -> Verdict:
    """What could not be reached, and kept it from being known whether parents see their reports."""
    lost = _lost(seen)
    if len(lost) == 2 and not set(lost.values()) & (HERE | DOWN):
        return _verdict(
            "This computer reaches neither SchoolWise nor the state's score report service.",
            _of_the_credentials(seen),
            "Check whether this computer has a network connection, and check again later: ssrcred verify. If it lasts, "
            "IT checks the network, the firewall and the proxy.",
            "ssrcred doctor",
        )
    # What somebody can fix stands first; else the portal, which is nearer to the parents.
    first = min(reversed(lost), key=lambda way: 0 if lost[way] in HERE else 1)
    others = [_headline(seen, way, cause) for way, cause in lost.items() if way is not first]
    if Probe.TOMS in lost and Probe.PORTAL not in lost and _portal_answered(seen):
        others.append("SchoolWise works.")
    headline, details = _headline(seen, first, lost[first]), " ".join([*others, _of_the_credentials(seen)])
    down, wait = lost[first] in DOWN, "ssrcred verify"
    if lost[first] in HERE:
        return _verdict(headline, details, f"{FIXES[lost[first]]} {NO_WAITING}", "ssrcred doctor")
    if first is Probe.TOMS and down:
        next_step = f"There is nothing to do here. Wait, and check again later: ssrcred verify. If it lasts: {CALTAC}."
        return _verdict(headline, details, next_step, wait, Who.CALTAC, STATE_DOWN)
    if first is Probe.TOMS:
        next_step = (
            "Check again later: ssrcred verify. If it lasts, IT checks whether a firewall or a proxy blocks it; if "
            f"not: {CALTAC}."
        )
    elif down:
        next_step = (
            "There is nothing to do here or in TOMS. Wait until SchoolWise works again. Then check again: ssrcred "
            "verify. If it lasts, ask the help desk of SchoolWise."
        )
        return _verdict(headline, details, next_step, wait, Who.VENDOR, PORTAL_DOWN)
    else:
        next_step = (
            "Open SchoolWise in a browser. If it does not open, it is down: wait, and check again later: ssrcred "
            "verify. If it opens, IT checks whether a firewall or a proxy blocks this computer."
        )
    return _verdict(headline, details, next_step, wait)


def _verdict(
    headline: str, details: str, next_step: str, command: str, who: Who = Who.IT, caller: str = NOT_KNOWN
) -> Verdict:
    found = undecided(headline, details, next_step, command, "whether score reports open could not be checked", who)
    return replace(found, name=VerdictName.UNREACHABLE, caller=caller)


def _of_the_credentials(seen: Evidence) -> str:
    """What is known all the same."""
    if seen.working:
        lost = schools([proof.place for proof in seen.unanswered])
        return f"Score reports open at {schools(seen.working)}; at {lost} it could not be checked."
    if seen.accepted_directly:
        return "The credentials work: the state's service accepts them."
    return "So it is not known whether the credentials work."


def _lost(seen: Evidence) -> dict[Probe, Cause]:
    """Of the state's service and of the portal, those that gave no answer, with the cause that counts."""
    silent = [proof for proof in seen.tried if proof.outcome is Outcome.UNREACHABLE]
    state: list[Cause] = [proof.cause for proof in silent if proof.probe is Probe.TOMS]
    behind: list[Cause] = [proof.cause for proof in silent if proof.cause is Cause.STATE_SERVICE]
    portal = [proof.cause for proof in silent if proof.probe is Probe.PORTAL and proof.cause not in behind]
    if seen.accepted_directly and not state:
        portal += behind  # the state's service answers here, so that the portal gets no answer is a matter of its own
    elif behind:
        state = [cause for cause in state if cause in DOWN] + behind  # what is wrong between here and there weighs less
    if not portal and not seen.through and seen.known.look.cause in NO_LOOK:
        portal = [seen.known.look.cause]
    return {
        way: min(causes, key=ORDER.index) for way, causes in ((Probe.TOMS, state), (Probe.PORTAL, portal)) if causes
    }


def _portal_answered(seen: Evidence) -> bool:
    return bool(seen.known.look.sights) or any(
        proof.outcome is not Outcome.UNREACHABLE or proof.cause is Cause.STATE_SERVICE for proof in seen.through
    )


def _headline(seen: Evidence, way: Probe, cause: Cause) -> str:
    name, host = NAMES[way], seen.known.hosts.get(way, "")
    if way is Probe.PORTAL and cause is Cause.STATE_SERVICE:
        return "SchoolWise gets no answer from the state's score report service, which does answer here."
    status = next((proof.status for proof in seen.tried if proof.probe is way and proof.status), None)
    return SAYS.get(cause, "{Name} could not be reached.").format(
        name=name,
        Name=f"{name[:1].upper()}{name[1:]}",
        host=f" ({host})" if host else "",
        status=f" ({status})" if status else "",
    )
