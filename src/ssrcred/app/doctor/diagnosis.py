"""What each fact about this computer, its network and its memory means: the doctor's words, and what mends it.

Every function takes plain facts and gives findings. Exit codes: a computer that is set up wrongly counts as
configuration (3), a disk that takes nothing as the ledger (9), everything between here and a site as unreachable (8).
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

# How far a clock may be from a site's: more shifts the day on which a pair is believed to lapse.
OFF_BY: Final = timedelta(minutes=2)
MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
FAR_OFF: Final = datetime(2100, 1, 1, tzinfo=UTC)
# Free bytes below which a disk is called nearly full; the ledger and the vault need far less.
LITTLE_ROOM: Final = 100 * 1024 * 1024
# After so long without a run of the reminders a threshold may be missed: at the end they are 7, 3 and 1 days.
SILENCE: Final = timedelta(days=7)
# What a run of the reminders met, by its exit code; anything else is in config.toml or in the channels.
ENDED: Final = {5: errors.KeyringFailed, 8: errors.Unreachable, 9: errors.LedgerDamaged}
SET_THE_CLOCK: Final = "Have this computer set its clock by the network (on Linux: timedatectl set-ntp true)."
# The secret that holds the password of the office account.
OFFICE: Final = "schoolwise"
# HTTP statuses of a site that is there and does not work at the moment.
CLOSED: Final = frozenset({408, 429, 500, 501, 502, 503, 504})


def config(leas: int) -> Finding:
    """A config.toml in which nothing is wrong; whether it has an LEA."""
    if not leas:
        words, mend = "There is no LEA in config.toml yet.", "To set one up, type: ssrcred setup"
        return problem("config", errors.ConfigInvalid, words, mend, leas="0")
    count = "1 LEA" if leas == 1 else f"{leas} LEAs"
    return fine("config", f"config.toml is sound: {count}.", leas=str(leas))


def unsound(error: errors.ConfigInvalid) -> Finding:
    """A config.toml with problems: all of them, where the error's own message stops at the first few."""
    words = error.message
    if len(error.problems) > 1:
        listed = "; ".join(f"({number}) {one}" for number, one in enumerate(error.problems, 1))
        words = f"config.toml has {len(error.problems)} problems: {listed}."
    return problem("config", errors.ConfigInvalid, words, error.hint, problems=str(len(error.problems)))


def permissions(loose: Sequence[Loose], *, supported: bool) -> Finding:
    """Our files that are not their user's alone."""
    if not supported:
        return not_tried("permissions", "On Windows a file's mode does not say who may read it.")
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
    words = f"Others can get at what should be this account's alone: {shown}"
    if strangers:
        words += ". Another account, root perhaps, has made some of it, which only an administrator can give back"
    return problem("permissions", errors.ConfigInvalid, words, " && ".join(steps), files=str(len(loose)))


def _quoted(paths: Iterable[Path]) -> str:
    return shlex.join(map(str, paths))


def disk(room: Room) -> Finding:
    """The disk that holds the ledger and the vault."""
    free = f"{room.free_bytes // (1024 * 1024):,} MB"
    if room.refusal:
        words = f"No file can be written in {room.folder}: {room.refusal}."
        mend = f"Make room there and let this account write in it: {_quoted([room.folder])}"
        return problem("disk", errors.LedgerDamaged, words, mend, free=free)
    if room.free_bytes < LITTLE_ROOM:
        words = f"The disk of {room.folder} is nearly full: {free} are free."
        return problem("disk", errors.LedgerDamaged, words, "Make room on that disk.", free=free)
    return fine("disk", f"The disk takes files and has {free} free.", free=free)


def time_zone(known: Collection[str], unknown: Collection[str]) -> Finding:
    """The time zones of all LEAs, those that this computer knows and those that it does not."""
    if unknown:
        words = f"This computer does not know the time zone {', '.join(sorted(unknown))}, by which days are counted."
        mend = "Install the time zones: pip install tzdata (on Debian: apt install tzdata)."
        return problem("time_zone", errors.ConfigInvalid, words, mend)
    names = ", ".join(sorted(known))
    return fine("time_zone", f"Days are counted by the time of {names}, which this computer knows.", zones=names)


def clock(now: datetime, ahead: timedelta | None, site: str) -> Finding:
    """This computer's clock (`now`, UTC), and how far it is ahead of `site`'s; None where no site said the time."""
    if not MADE < now < FAR_OFF:
        words = f"This computer believes that it is {local_day(now, 'UTC')}, so every count of days is wrong."
        return problem("clock", errors.ConfigInvalid, words, SET_THE_CLOCK)
    if ahead is None:
        words = f"The clock says {local_day(now, 'UTC')}. No site could be asked for the time to compare it with."
        return not_tried("clock", words)
    seconds = str(round(ahead.total_seconds()))
    if abs(ahead) > OFF_BY:
        side = "ahead of" if ahead > timedelta() else "behind"
        words = f"The clock is {_span(abs(ahead))} {side} that of {site}, so the count of days can be wrong."
        return problem("clock", errors.ConfigInvalid, words, SET_THE_CLOCK, ahead_seconds=seconds)
    return fine("clock", f"The clock agrees with that of {site}.", ahead_seconds=seconds)


def _span(time: timedelta) -> str:
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if time >= length:
            count = time // length
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "less than a minute"


def vault(description: str, *, file: bool, scheduled: bool) -> Finding:
    """A keyring, or an encrypted file, that was opened without asking anybody."""
    words = ". A scheduled run can open it while this account is logged in; to see it as the scheduler does: ssrcred "
    words += "doctor --as-scheduled"
    if scheduled:
        words = ", in the schedule's own environment."
    elif file:
        words = ", so a scheduled run of this account can open it."
    return fine("vault", f"The {description} opens without asking anybody{words}")


def secrets(lea: str, missing: Sequence[str], needed: int) -> Finding:
    """The secrets that an LEA's settings need: how many, and the names of those that are `missing`."""
    held = needed - len(missing)
    if missing:
        words = f"Not in the keyring: {', '.join(missing)}."
        mend = f"ssrcred secret set {shlex.quote(missing[0])} --lea {lea}"  # the name of an account may be in it
        return problem("secrets", errors.KeyringFailed, words, mend, missing=str(len(missing)), held=str(held))
    count = "The one secret that is needed is" if held == 1 else f"All {held} secrets that are needed are"
    return fine("secrets", f"{count} in the keyring.", held=str(held))


def shared_secrets(missing: Sequence[str], needed: int) -> Finding:
    """The secrets of mail and chat, which belong to no LEA."""
    facts = {"missing": str(len(missing)), "held": str(needed - len(missing))}
    if missing:
        words = f"Not in the keyring, so reminders cannot be sent: {', '.join(missing)}."
        return problem("shared_secrets", errors.KeyringFailed, words, f"ssrcred secret set {missing[0]}", **facts)
    return fine("shared_secrets", "What reminders need to be sent is in the keyring.", **facts)


def pair(lea: str, *, slot: str | None, there: bool) -> Finding:
    """Whether the newest pair, in `slot` (None: none was ever stored), is in the keyring."""
    if slot is None:
        return not_tried("pair", "No pair was stored here yet.", f"ssrcred rotate --plan --lea {lea}")
    if not there:
        words = "The current pair is not in the keyring any more."
        mend = f"ssrcred store --lea {lea} (or, where an older copy of the ledger was put back: ssrcred resume"
        mend += f" --lea {lea}; or, if nobody has the pair: ssrcred rotate --lea {lea})"
        return problem("pair", errors.KeyringFailed, words, mend, slot=slot)
    return fine("pair", "The current pair is in the keyring.", slot=slot)


def name(check: str, host: str, addresses: Sequence[str], *, proxied: bool) -> Finding:
    """What the name of a site stands for here."""
    kinds = sorted({"IPv6" if ":" in one else "IPv4" for one in addresses})
    if addresses:
        words = f"{host} is found: {', '.join(addresses)}."
        return fine(check, words, host=host, kinds=" and ".join(kinds))
    if proxied:
        return fine(check, f"{host} is not found here, and need not be: the proxy finds it.", host=host, kinds="none")
    words = f"{host} is a name that this computer cannot find (DNS)."
    mend = "Check the address in config.toml for a typing error; IT looks at this computer's DNS."
    return problem(check, errors.Unreachable, words, mend, host=host)


def certificate(check: str, host: str, issuer: str, *, public: bool, trusted: bool) -> Finding:
    """Who has issued the certificate that a site shows here: a public authority, or a school's inspection proxy."""
    named = f"'{issuer}'" if issuer else "somebody whose name cannot be read"
    facts = {"host": host, "issuer": issuer, "public": "yes" if public else "no", "trusted": "yes" if trusted else "no"}
    if public:
        return fine(check, f"The certificate of {host} was issued by {named}, a public authority.", **facts)
    inspected = (
        f"The certificate shown for {host} was issued by {named}, which is no public authority: a filter or proxy of "
        "the school probably opens and inspects this connection."
    )
    if trusted:
        return fine(check, f"{inspected} This computer trusts it.", **facts)
    mend = "IT puts that authority's certificate into the system's store, or names its file in SSL_CERT_FILE."
    return problem(check, errors.Unreachable, f"{inspected} This computer does not trust it.", mend, **facts)


def proxy(hosts: Sequence[str], shown: str, source: str, *, login: bool) -> Finding:
    """The proxy that stands in the way to `hosts`; `shown` is its address without a log-in."""
    words = f"{', '.join(hosts)}: through the proxy {shown}, from {source}"
    facts = {"proxy": shown, "source": source, "login": "yes" if login else "no"}
    return fine("proxy", f"{words}, with a log-in." if login else f"{words}.", **facts)


def answered(check: str, host: str, status: int | None) -> Finding:
    """A site that answered with an HTTP status, None where the answer was none that is taken."""
    if status in CLOSED:
        words, mend = (
            f"{host} answers that it is closed, or out of order, at the moment.",
            "Try again later: ssrcred doctor",
        )
        return problem(check, errors.Unreachable, words, mend, host=host, status=str(status))
    return fine(check, f"{host} answers. Nobody was logged in.", host=host, status=str(status or "none"))


def portal_map(lea: str, path: str, gone: Sequence[str]) -> Finding:
    """A portal map that can be read; `gone` are the keys in it that are not used any more."""
    if not gone:
        return fine("map", "The portal map is sound. Whether it fits the portal: ssrcred portal test")
    words = f"The portal map has keys that are ignored, because ssrcred no longer uses them: {', '.join(gone)}."
    mend = f"Remove them from {path}"
    if "recording" in gone:
        words += " Recorded requests are not sent any more."
        mend += ', and write based_on = "schoolwise" there'
    return warning("map", words, f"{mend}. Then type: ssrcred portal confirm --lea {lea}")


def route(lea: str, portal: str | None, confirmed: bool) -> Finding:
    """What was confirmed of an LEA's settings in SchoolWise; `portal` is the driver, None where none is set up."""
    if portal is None:
        return not_tried("route", "No portal is set up for this LEA.")
    if confirmed:
        return fine("route", "A person has confirmed the settings in SchoolWise. Whether they fit: ssrcred portal test")
    if portal == "hand":
        return fine("route", 'With driver = "hand" a person saves, so nothing has to be confirmed.')
    words = "Nobody has confirmed yet which fields of SchoolWise hold the credentials: a rotation stops until then."
    return warning("route", words, f"ssrcred portal confirm --lea {lea}")


def log_ins(lea: str, refused: Mapping[str, datetime], waits: Mapping[str, datetime] | None = None) -> Finding:
    """The sign-ins that are not sent again by themselves: when (UTC), by the secret with their password.

    `refused` are those that a portal refused, `waits` those that asked for what only a person can give.
    """
    told = refused or waits
    if not told:
        return fine("log_ins", "No log-in is remembered as refused.")
    account, at = min(told.items(), key=lambda one: (one[0] != OFFICE, one))
    who = "the office account" if account == OFFICE else "a parent account"
    mend = f"ssrcred secret set {shlex.quote(account)} --lea {lea}"  # the name of an account may be in it
    if not refused:
        words = f"The sign-in of {who} waited for a code or a new password on {_day(at)}. Scheduled runs skip it: sign "
        words += "in by hand in a browser first. Once a password alone is enough, store it."
        return problem("log_ins", errors.PersonNeeded, words, mend, at=_moment(at))
    more = f", and of {len(refused) - 1} more" if len(refused) > 1 else ""
    words = f"The portal refused the log-in of {who} on {_day(at)}{more}. It is not sent again until its password is "
    words += "set anew, since portals lock accounts: log in by hand in a browser first, to see why."
    return problem("log_ins", errors.LoginRefused, words, mend, at=_moment(at))


def last_runs(lea: str, standing: Standing, verified: datetime | None, finished: datetime | None) -> list[Finding]:
    """What memory says of the last check and the last rotation (moments in UTC, None for never)."""
    facts = {"at": _moment(verified)} if verified else {}
    if standing.refused:
        words = f"The last check, on {_day(verified)}, ended with a refusal."
        check = problem("last_verify", errors.CredentialRefused, words, f"ssrcred verify --lea {lea}", **facts)
    elif verified is None:
        check = not_tried("last_verify", "No check is recorded yet.", f"ssrcred verify --lea {lea}")
    else:
        check = fine("last_verify", f"The last check was on {_day(verified)}.", **facts)
    name = "last_rotation"
    if (under_way := standing.rotation) is not None:
        words = f"A rotation is unfinished since {_day(under_way.started_at)}."
        since = {"since": _moment(under_way.started_at), "reached": under_way.reached.value}
        return [check, problem(name, errors.Unfinished, words, f"ssrcred resume --lea {lea}", **since)]
    if finished is not None:
        return [check, fine(name, f"The last rotation was finished on {_day(finished)}.", at=_moment(finished))]
    if standing.current is None:
        return [check, not_tried(name, "No rotation is recorded yet.", f"ssrcred rotate --plan --lea {lea}")]
    # A check an hour leaves thousands of events behind in a year.
    words = "When the last rotation was finished is further back than was looked; its pair was generated on "
    return [check, fine(name, f"{words}{_day(standing.generated_at)}.")]


def reminders(
    *, named: bool, unreached: Sequence[datetime], ran: Sequence[tuple[datetime, int]], now: datetime
) -> Finding:
    """Whether reminders are sent and reach people.

    `named` if there is anybody, `unreached` since when each hears nothing, `ran` how the last run of each LEA ended:
    when, and with which exit code. All moments are UTC.
    """
    if not named:
        words = "Nobody is named who is to be reminded before a pair lapses."
        return not_tried("reminders", words, "ssrcred remind --setup")
    if unreached:
        count = "1 recipient" if len(unreached) == 1 else f"{len(unreached)} recipients"
        words = f"Reminders have not reached {count} since {_day(min(unreached))}."
        return problem("reminders", errors.Unreachable, words, "ssrcred remind --test all", missing=str(len(unreached)))
    if not ran:
        return not_tried("reminders", "No run of the reminders is recorded yet.", "ssrcred schedule --install")
    last, code = max(ran)
    facts = {"at": _moment(last), "code": str(code)}
    if code:
        words = f"The last run of the reminders, on {_day(last)}, ended with exit code {code}."
        return problem("reminders", ENDED.get(code, errors.ConfigInvalid), words, "ssrcred remind --all", **facts)
    if now - last > SILENCE:
        words = f"No reminders have run since {_day(last)}."
        return problem("reminders", errors.ConfigInvalid, words, "ssrcred schedule", **facts)
    words = f"Reminders last ran on {_day(last)}, and none is recorded as not delivered."
    return fine("reminders", words, **facts)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(at: datetime | None) -> str:
    return "a day that is not known" if at is None else f"{local_day(at, 'UTC')} (UTC)"
