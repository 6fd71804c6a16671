"""What each fact about this computer, its network and its history means: the doctor's text, and how to fix it.

Every function takes plain facts and returns findings. Exit codes: a computer that is set up wrongly counts as
configuration (3), a disk that takes no file as the history (9), everything between here and a site as unreachable (8).
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from ssrcred.adapters.machine.disk import Loose, Room
from ssrcred.domain import errors
from ssrcred.domain.finding import Finding, fine, not_tried, problem, warning
from ssrcred.domain.local_time import local_day
from ssrcred.domain.standing import Standing

# How far a clock may be from a site's: more shifts the day on which credentials seem to expire.
OFF_BY: Final = timedelta(minutes=2)
MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
FAR_OFF: Final = datetime(2100, 1, 1, tzinfo=UTC)
# Free bytes below which a disk is called almost full; the history and the vault need far less.
LITTLE_ROOM: Final = 100 * 1024 * 1024
# After so long without a run of the reminders a threshold may be missed: at the end they are 7, 3 and 1 days.
SILENCE: Final = timedelta(days=7)
# What a run of the reminders met, by its exit code; anything else is in config.toml or in the channels.
ENDED: Final = {5: errors.KeyringFailed, 8: errors.Unreachable, 9: errors.LedgerDamaged}
SET_THE_CLOCK: Final = "Set this computer's clock from the network (on Linux: timedatectl set-ntp true)."
# The secret that holds the password of the office account.
OFFICE: Final = "schoolwise"
# HTTP statuses of a site that is there and does not work at the moment.
CLOSED: Final = frozenset({408, 429, 500, 501, 502, 503, 504})


def config(leas: int) -> Finding:
    """A config.toml without errors; whether it has an LEA."""
    if not leas:
        words, fix = "config.toml has no LEA yet.", "ssrcred setup"
        return problem("config", errors.ConfigInvalid, words, fix, leas="0")
    count = "1 LEA" if leas == 1 else f"{leas} LEAs"
    return fine("config", f"config.toml has no errors ({count}).", leas=str(leas))


def unsound(error: errors.ConfigInvalid) -> Finding:
    """A config.toml with problems: all of them, where the error's own message stops at the first few."""
    words = error.message
    if len(error.problems) > 1:
        listed = "; ".join(f"({number}) {one}" for number, one in enumerate(error.problems, 1))
        words = f"config.toml has {len(error.problems)} problems: {listed}."
    return problem("config", errors.ConfigInvalid, words, error.hint, problems=str(len(error.problems)))


def permissions(loose: Sequence[Loose], *, supported: bool, allowed: Sequence[str] = ()) -> Finding:
    """Our files that other accounts can read or change."""
    if not supported:
        words = "Windows does not show in a file's mode who can read it."
        if allowed:
            words += f" It allows on the folder of ssrcred: {', '.join(allowed)}. That should be you, the system and "
            words += "administrators."
        return not_tried("permissions", words)
    if not loose:
        return fine("permissions", "Only this account can read the files of ssrcred.")
    shown = ", ".join(str(one.path) for one in loose[:3])
    shown += f" and {len(loose) - 3} more" if len(loose) > 3 else ""
    strangers = [one.path for one in loose if not one.ours]
    # Only root may give a file to somebody; the shell says who that is before sudo begins.
    steps = [f'sudo chown "$(id -un)" {_quoted(strangers)}'] if strangers else []
    for mode in (0o600, 0o700):
        if paths := [one.path for one in loose if one.wanted == mode]:
            steps.append(f"chmod {mode:o} {_quoted(paths)}")
    words = f"Other accounts can read or change these files: {shown}"
    if strangers:
        words += ". Some belong to another account, probably root; only an administrator can change that"
    return problem("permissions", errors.ConfigInvalid, words, " && ".join(steps), files=str(len(loose)))


def _quoted(paths: Iterable[Path]) -> str:
    return shlex.join(map(str, paths))


def disk(room: Room) -> Finding:
    """The disk that holds the ledger and the vault."""
    free = f"{room.free_bytes // (1024 * 1024):,} MB"
    if room.refusal:
        words = f"Cannot write a file in {room.folder}: {room.refusal}."
        fix = f"Free some space and give this account write permission for: {_quoted([room.folder])}"
        return problem("disk", errors.LedgerDamaged, words, fix, free=free)
    if room.free_bytes < LITTLE_ROOM:
        words = f"The disk of {room.folder} is almost full ({free} free)."
        return problem("disk", errors.LedgerDamaged, words, "Free some space on that disk.", free=free)
    return fine("disk", f"The disk is writable and has {free} free.", free=free)


def time_zone(known: Collection[str], unknown: Collection[str]) -> Finding:
    """The time zones of all LEAs, those that this computer knows and those that it does not."""
    if unknown:
        words = (
            f"This computer does not know the time zone {', '.join(sorted(unknown))}, which ssrcred uses to count days."
        )
        fix = "Install time zone data: pip install tzdata (on Debian: apt install tzdata)."
        return problem("time_zone", errors.ConfigInvalid, words, fix)
    names = ", ".join(sorted(known))
    return fine("time_zone", f"Days are counted in the time zone {names}, which this computer knows.", zones=names)


def clock(now: datetime, ahead: timedelta | None, site: str) -> Finding:
    """This computer's clock (`now`, UTC), and how far it is ahead of `site`'s; None where no site said the time."""
    if not MADE < now < FAR_OFF:
        words = f"This computer's date is {local_day(now, 'UTC')}, so every count of days is wrong."
        return problem("clock", errors.ConfigInvalid, words, SET_THE_CLOCK)
    if ahead is None:
        words = f"The clock says {local_day(now, 'UTC')}. No site returned a time to compare it with."
        return not_tried("clock", words)
    seconds = str(round(ahead.total_seconds()))
    if abs(ahead) > OFF_BY:
        side = "ahead of" if ahead > timedelta() else "behind"
        words = f"The clock is {_span(abs(ahead))} {side} the clock of {site}, so the count of days can be wrong."
        return problem("clock", errors.ConfigInvalid, words, SET_THE_CLOCK, ahead_seconds=seconds)
    return fine("clock", f"The clock agrees with the clock of {site}.", ahead_seconds=seconds)


def _span(time: timedelta) -> str:
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if time >= length:
            count = time // length
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "less than a minute"


def vault(description: str, *, file: bool, scheduled: bool) -> Finding:
    """A keyring, or an encrypted file, that opened without a prompt."""
    words = ". Scheduled jobs can open it while this account is signed in; to test that: ssrcred doctor --as-scheduled"
    if scheduled:
        words = ", also in a scheduled job."
    elif file:
        words = ", so scheduled jobs of this account can open it."
    return fine("vault", f"The {description} opens without a prompt{words}")


def secrets(lea: str, missing: Sequence[str], needed: int) -> Finding:
    """The secrets that an LEA's settings need: how many, and the names of those that are `missing`."""
    held = needed - len(missing)
    if missing:
        words = f"Not stored in the keyring: {', '.join(missing)}."
        fix = f"ssrcred secret set {shlex.quote(missing[0])} --lea {lea}"  # the name of an account may be in it
        return problem("secrets", errors.KeyringFailed, words, fix, missing=str(len(missing)), held=str(held))
    count = "The one password that is needed is" if held == 1 else f"All {held} passwords that are needed are"
    return fine("secrets", f"{count} stored.", held=str(held))


def shared_secrets(missing: Sequence[str], needed: int) -> Finding:
    """The secrets of mail and chat, which belong to no LEA."""
    facts = {"missing": str(len(missing)), "held": str(needed - len(missing))}
    if missing:
        words = f"Reminders cannot be sent. Not stored in the keyring: {', '.join(missing)}."
        return problem("shared_secrets", errors.KeyringFailed, words, f"ssrcred secret set {missing[0]}", **facts)
    return fine("shared_secrets", "The passwords and addresses that reminders need are stored.", **facts)


def pair(lea: str, *, slot: str | None, there: bool) -> Finding:
    """Whether the newest credentials, in `slot` (None: none were ever stored), are in the keyring."""
    if slot is None:
        return not_tried("pair", "No credentials are stored yet.", f"ssrcred rotate --plan --lea {lea}")
    if not there:
        words = "The current credentials are no longer in the keyring."
        fix = f"ssrcred store --lea {lea} (if somebody restored an older copy of the history: ssrcred resume"
        fix += f" --lea {lea}; if nobody has the credentials: ssrcred rotate --lea {lea})"
        return problem("pair", errors.KeyringFailed, words, fix, slot=slot)
    return fine("pair", "The current credentials are stored.", slot=slot)


def name(check: str, host: str, addresses: Sequence[str], *, proxied: bool) -> Finding:
    """The addresses that this computer finds for a site's name."""
    kinds = sorted({"IPv6" if ":" in one else "IPv4" for one in addresses})
    if addresses:
        words = f"{host} has the address {', '.join(addresses)}."
        return fine(check, words, host=host, kinds=" and ".join(kinds))
    if proxied:
        return fine(
            check,
            f"This computer has no address for {host} and needs none: the proxy looks it up.",
            host=host,
            kinds="none",
        )
    words = f"This computer cannot find {host} (DNS)."
    fix = "Check the address in config.toml for a typing error. If it is right, IT checks this computer's DNS."
    return problem(check, errors.Unreachable, words, fix, host=host)


def certificate(check: str, host: str, issuer: str, *, public: bool, trusted: bool) -> Finding:
    """Who has issued the certificate that a site shows here: a public authority, or a school's inspection proxy."""
    named = f"'{issuer}'" if issuer else "an issuer whose name cannot be read"
    facts = {"host": host, "issuer": issuer, "public": "yes" if public else "no", "trusted": "yes" if trusted else "no"}
    if public:
        return fine(check, f"The certificate of {host} was issued by {named}, a public certificate authority.", **facts)
    inspected = (
        f"The certificate for {host} was issued by {named}, which is not a public certificate authority: a filter or "
        "proxy of the school probably inspects this connection."
    )
    if trusted:
        return fine(check, f"{inspected} This computer trusts it.", **facts)
    fix = "IT adds that authority's certificate to the system's store, or sets SSL_CERT_FILE to its file."
    return problem(check, errors.Unreachable, f"{inspected} This computer does not trust it.", fix, **facts)


def proxy(hosts: Sequence[str], shown: str, source: str, *, login: bool) -> Finding:
    """The proxy on the way to `hosts`; `shown` is its address without user name and password."""
    words = f"{', '.join(hosts)}: through the proxy {shown}, from {source}"
    facts = {"proxy": shown, "source": source, "login": "yes" if login else "no"}
    return fine("proxy", f"{words}, with a user name and password." if login else f"{words}.", **facts)


def proxy_script(script: str, *, reached: bool) -> Finding:
    """A script (PAC) that chooses the proxy for other programs; whether the sites were `reached` without it."""
    words = f"On this computer the proxy is set by a PAC file: {script}. ssrcred does not run it and uses no proxy"
    if reached:
        return fine("proxy", f"{words}; everything was reached without one.", proxy="script")
    fix = (
        "Ask IT which proxy that file names, and set it for every run: HTTPS_PROXY=http://HOST:PORT. If the proxy asks "
    )
    fix += "for your Windows sign-in (NTLM, Kerberos), run Px or Cntlm on this computer and name that."
    return warning("proxy", f"{words}.", fix)


def folder(path: Path) -> Finding:
    """A `path` of our files that Windows shows to nobody but the Python from its Store."""
    words = f"This Python is from the Microsoft Store, so Windows keeps the files of ssrcred apart, in {path}. Another "
    words += "Python, an editor or a backup does not find them where it looks. Windows deletes them with that Python."
    fix = "Set SSRCRED_HOME to a folder of your own and move the files there, or install ssrcred with uv (README)."
    return warning("folder", words, fix)


def answered(check: str, host: str, port: int, status: int | None) -> Finding:
    """A site that answered with an HTTP status, None where the answer is not one that ssrcred accepts."""
    if status in CLOSED:
        words = f"{host} is down or under maintenance ({status})."
        return problem(check, errors.Unreachable, words, "Later: ssrcred doctor", host=host, status=str(status))
    words = f"{host} answers on port {port}. The doctor did not sign in."
    return fine(check, words, host=host, port=str(port), status=str(status or "none"))


def portal_map(lea: str, path: str, gone: Sequence[str]) -> Finding:
    """A portal map that can be read; `gone` are the keys in it that are not used any more."""
    if not gone:
        return fine(
            "map", f"The portal map has no errors. To test it against the portal: ssrcred portal test --lea {lea}"
        )
    words = f"ssrcred no longer uses these keys of the portal map and ignores them: {', '.join(gone)}."
    fix = f"Remove them from {path}"
    if "recording" in gone:
        words += " ssrcred no longer sends recorded requests."
        fix += ', and write based_on = "schoolwise" there'
    return warning("map", words, f"{fix}. Then: ssrcred portal confirm --lea {lea}")


def route(lea: str, portal: str | None, confirmed: bool) -> Finding:
    """What was confirmed of an LEA's settings in SchoolWise; `portal` is the driver, None where none is set up."""
    if portal is None:
        return not_tried("route", "No portal is set up for this LEA.")
    if confirmed:
        return fine("route", f"The SchoolWise settings are confirmed. To test them: ssrcred portal test --lea {lea}")
    if portal == "hand":
        return fine(
            "route", 'With driver = "hand" a person saves the credentials, so no setting needs to be confirmed.'
        )
    words = "The SchoolWise settings for the credentials are not confirmed yet, so a rotation stops at the start."
    return warning("route", words, f"ssrcred portal confirm --lea {lea}")


def log_ins(lea: str, refused: Mapping[str, datetime], waits: Mapping[str, datetime] | None = None) -> Finding:
    """The sign-ins that ssrcred does not repeat by itself: when (UTC), by the secret with their password.

    `refused` are those that a portal rejected, `waits` those that asked for what only a person can give.
    """
    told = refused or waits
    if not told:
        return fine("log_ins", "No sign-in is on record as failed.")
    account, at = min(told.items(), key=lambda one: (one[0] != OFFICE, one))
    who = "the office account" if account == OFFICE else "a parent account"
    fix = f"ssrcred secret set {shlex.quote(account)} --lea {lea}"  # the name of an account may be in it
    if not refused:
        words = f"On {_day(at)} the sign-in of {who} asked for a code or a new password. Scheduled jobs skip it. "
        words += "Sign in by hand in a browser first. Once a password alone is enough, store it."
        return problem("log_ins", errors.PersonNeeded, words, fix, at=_moment(at))
    more = f", and of {len(refused) - 1} more" if len(refused) > 1 else ""
    words = f"The portal rejected the password of {who} on {_day(at)}{more}. ssrcred does not use it again, because "
    words += "portals lock accounts. Sign in by hand in a browser to see why, then store the right password."
    return problem("log_ins", errors.LoginRefused, words, fix, at=_moment(at))


def last_runs(lea: str, standing: Standing, verified: datetime | None, finished: datetime | None) -> list[Finding]:
    """What the history says of the last check and the last rotation (moments in UTC, None for never)."""
    facts = {"at": _moment(verified)} if verified else {}
    if standing.refused:
        words = f"The last check, on {_day(verified)}, found that the credentials are rejected."
        check = problem("last_verify", errors.CredentialRefused, words, f"ssrcred verify --lea {lea}", **facts)
    elif verified is None:
        check = not_tried("last_verify", "No check is recorded yet.", f"ssrcred verify --lea {lea}")
    else:
        check = fine("last_verify", f"The last check was on {_day(verified)}.", **facts)
    name = "last_rotation"
    if (under_way := standing.rotation) is not None:
        words = f"A rotation that started on {_day(under_way.started_at)} is not finished."
        since = {"since": _moment(under_way.started_at), "reached": under_way.reached.value}
        return [check, problem(name, errors.Unfinished, words, f"ssrcred resume --lea {lea}", **since)]
    if finished is not None:
        return [check, fine(name, f"The last rotation finished on {_day(finished)}.", at=_moment(finished))]
    if standing.current is None:
        return [check, not_tried(name, "No rotation is recorded yet.", f"ssrcred rotate --plan --lea {lea}")]
    # A check an hour leaves thousands of events behind in a year.
    words = "The last rotation is too far back in the history to show; its credentials were generated on "
    return [check, fine(name, f"{words}{_day(standing.generated_at)}.")]


def reminders(
    *, named: bool, unreached: Sequence[datetime], ran: Sequence[tuple[datetime, int]], now: datetime
) -> Finding:
    """Whether reminders are sent and reach people.

    `named` if there is anybody, `unreached` since when each hears nothing, `ran` how the last run of each LEA ended:
    when, and with which exit code. All moments are UTC.
    """
    if not named:
        words = "Nobody is set up to be reminded before credentials expire."
        return not_tried("reminders", words, "ssrcred remind --setup")
    # Before all else: a run that reaches nobody is no help, however lately it was.
    if unreached:
        count = "1 recipient" if len(unreached) == 1 else f"{len(unreached)} recipients"
        words = f"Reminders have not reached {count} since {_day(min(unreached))}."
        return problem("reminders", errors.Unreachable, words, "ssrcred remind --test all", missing=str(len(unreached)))
    if not ran:
        return not_tried("reminders", "Reminders have not run yet.", "ssrcred schedule --install")
    last, code = max(ran)
    facts = {"at": _moment(last), "code": str(code)}
    if code:
        words = f"The last run of the reminders, on {_day(last)}, failed (exit code {code})."
        return problem("reminders", ENDED.get(code, errors.ConfigInvalid), words, "ssrcred remind --all", **facts)
    if now - last > SILENCE:
        words = f"No reminders have run since {_day(last)}."
        return problem("reminders", errors.ConfigInvalid, words, "ssrcred schedule", **facts)
    words = f"Reminders last ran on {_day(last)}, and no delivery failed."
    return fine("reminders", words, **facts)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(at: datetime | None) -> str:
    return "an unknown day" if at is None else f"{local_day(at, 'UTC')} (UTC)"
