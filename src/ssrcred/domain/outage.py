"""What could not be reached, whose trouble that is, and what helps: services, not credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Evidence, Probe

SERVICES: Final = {Probe.TOMS: "the state's score report service", Probe.PORTAL: "SchoolWise"}


@dataclass(frozen=True)
class Trouble:
    """One cause in words: a headline about {name} ({Name} begins a sentence), a clause for lists, and what fixes it.

    `fix` is "" for what passes by itself.
    """

    headline: str
    clause: str
    fix: str = ""


# Where several were met, the first one counts: what somebody can fix, then what a service told, then silence.
TROUBLES: Final[Mapping[Cause, Trouble]] = {
    Cause.NAME: Trouble(
        "This computer cannot find {name}{host}: DNS does not know the name.",
        "DNS does not know its name",
        "IT checks the address in config.toml for a typing error, and this computer's DNS.",
    ),
    Cause.CERTIFICATE_NAME: Trouble(
        "{Name} shows a certificate for another name than its address{host}.",
        "its certificate is for another name",
        "IT checks the address in config.toml: with www. in front it often fails. If it is right, a filter or proxy of "
        "the network shows its own certificate.",
    ),
    Cause.CERTIFICATE: Trouble(
        "This computer does not trust the certificate of {name}{host}.",
        "its certificate is not trusted",
        "Usually a filter or proxy of the network inspects the connection. IT adds its certificate to the system's "
        "store, or names the file in SSL_CERT_FILE.",
    ),
    Cause.CERTIFICATE_DATE: Trouble(
        "The certificate of {name}{host} is not valid today.",
        "its certificate is not valid today",
        "IT checks this computer's date. If it is right, the site has to renew its certificate.",
    ),
    Cause.UNSAFE: Trouble(
        "This computer gets no safe connection (TLS) to {name}{host}.",
        "no safe connection (TLS)",
        "IT checks the address in config.toml, and whether a filter or proxy of the network is in between.",
    ),
    Cause.PROXY: Trouble(
        "The network's proxy does not let this computer reach {name}{host}.",
        "the proxy does not let it through",
        "IT checks the proxy and its settings (HTTPS_PROXY and NO_PROXY, or the system's).",
    ),
    Cause.BLOCKED: Trouble(
        "{Name}, or a filter in front of it, blocks this program.",
        "it, or a filter in front of it, blocks this program",
        "Sign in by hand in a browser on this computer. If that works, IT checks the filter in front of it.",
    ),
    Cause.DOWN: Trouble("{Name} is down or under maintenance{status}.", "it is down or under maintenance"),
    Cause.BUSY: Trouble(
        "{Name} rejects requests because there were too many{status}.",
        "it was asked too often",
    ),
    Cause.STATE_SERVICE: Trouble(
        "{Name} is down: SchoolWise gets no answer from it.",
        "the state's service behind it did not answer",
    ),
    Cause.NOT_CONNECTED: Trouble("This computer cannot connect to {name}.", "it takes no connection"),
    Cause.SILENT: Trouble("{Name} did not answer.", "it did not answer"),
    Cause.UNKNOWN: Trouble("{Name} could not be reached.", ""),
}
# Causes that somebody has to fix, on this computer or on the way; they do not pass by themselves.
HERE: Final = frozenset(cause for cause, trouble in TROUBLES.items() if trouble.fix)
# Causes that a service itself tells, so that the way to it works.
DOWN: Final = frozenset({Cause.DOWN, Cause.BUSY, Cause.STATE_SERVICE})
# Why nobody could look at the settings, where that tells that parents cannot reach the portal either.
NO_LOOK: Final = frozenset(TROUBLES) - {Cause.UNKNOWN}


def lost(seen: Evidence) -> dict[Probe, Cause]:
    """Of the state's service and of the portal, those that gave no answer, with the cause that counts."""
    silent = [proof for proof in seen.tried if proof.outcome is Outcome.UNREACHABLE]
    state = [proof.cause for proof in silent if proof.probe is Probe.TOMS]
    behind: list[Cause] = [proof.cause for proof in silent if proof.cause is Cause.STATE_SERVICE]
    portal = [proof.cause for proof in silent if proof.probe is Probe.PORTAL and proof.cause not in behind]
    if seen.accepted_directly and not state:
        portal += behind  # the state's service answers here, so that the portal gets no answer is a matter of its own
    elif behind:
        state = [cause for cause in state if cause in DOWN] + behind  # what is wrong between here and there weighs less
    if not portal and not seen.through and seen.known.look.cause in NO_LOOK:
        portal = [seen.known.look.cause]
    order = list(TROUBLES)
    return {
        way: min(causes, key=order.index) for way, causes in ((Probe.TOMS, state), (Probe.PORTAL, portal)) if causes
    }


def headline(seen: Evidence, way: Probe, cause: Cause) -> str:
    """One sentence about a service that could not be reached."""
    if way is Probe.PORTAL and cause is Cause.STATE_SERVICE:
        return "SchoolWise gets no answer from the state's score report service, which does answer here."
    name, host = SERVICES[way], seen.known.hosts.get(way, "")
    status = next((proof.status for proof in seen.tried if proof.probe is way and proof.status), None)
    return TROUBLES[cause].headline.format(
        name=name,
        Name=f"{name[:1].upper()}{name[1:]}",
        host=f" ({host})" if host else "",
        status=f" ({status})" if status else "",
    )
