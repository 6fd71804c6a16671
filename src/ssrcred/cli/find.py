"""Finds how the state's service is talked to: tries the usual shapes with the stored pair, keeps the one that works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssrcred.cli.session import Session, Work
from ssrcred.errors import ConfigInvalid, CredentialMissing, PageNotUnderstood, PairRefused

if TYPE_CHECKING:
    from ssrcred.credential import SecretKey
    from ssrcred.reports.discovery import Result, Search, Tried

PAGE: Final = "docs/how-to/api-profile.md"


def find_api(session: Session, lea: str | None, *, yes: bool) -> None:
    """Try the usual shapes of the service with the stored pair of `lea`, after asking, unless `yes` says so already.

    Writes the profile that worked beside config.toml and says which line to set. Raises UsageWrong where nobody is
    there to be asked and `yes` is not set, PairRefused, PageNotUnderstood when no shape fits, Unreachable, and what the
    vault, the config and the lock raise.
    """
    with session.open(lea, portal=False, reports=False) as work:
        _direct_check_is_wanted(work)
        _, pair = work.story.newest()
        ssid = _test_ssid(work)
        search = _search(work, yes=yes)
        _explain(session, work, search, student=ssid is not None)
        if not yes and not session.asker.yes("Try it?", default=False, option="--yes"):
            session.say("Nothing was sent.")
            session.answer({"lea": work.lea.key, "profile": None, "requests": 0, "tries": []})
            return
        tries = []
        for tried in search.run(pair, ssid):
            tries.append(tried)
            session.say(_line(tried))
        _end(session, work, search.result, tries, student=ssid is not None)


def _direct_check_is_wanted(work: Work) -> None:
    if not work.lea.toms.enabled:
        raise ConfigInvalid(
            "The direct check is switched off for this LEA, so the state's service is not asked anything.",
            state="Nothing was sent.",
            hint=f"If the LEA wants it: enabled = true under [lea.{work.lea.key}.toms] in config.toml.",
        )


def _test_ssid(work: Work) -> SecretKey | None:
    try:
        return work.vault.secret("test-ssid")
    except CredentialMissing:
        return None


def _search(work: Work, *, yes: bool) -> Search:
    from ssrcred.reports import load_profile
    from ssrcred.reports.discovery import Search

    session, toms = work.session, work.lea.toms

    def go_on() -> bool:
        if yes or session.asker.no_input:
            return False
        session.say("It gives the same answer to somebody without a pair, so it may not have seen ours.")
        return session.asker.yes("If a parent can open a report now, the pair is good. Go on?", default=False)

    words = load_profile("ets-ssr").report.words
    return Search(toms.api, words, clock=session.machine.now, go_on=go_on)


def _explain(session: Session, work: Work, search: Search, *, student: bool) -> None:
    session.say(f"This tries how {work.lea.toms.api} wants to be asked, in the usual ways, one after the other.")
    session.say(
        f"At most {search.result.most} requests, at most {search.result.most_with_pair} of them with the stored pair, "
        "and only where something answers. It stops at the first answer that refuses the pair, because nobody outside "
        "knows when the service locks."
    )
    session.say(f"Whoever holds the state's specification needs none of this: {PAGE}.")
    if not student:
        session.say("No test SSID is stored, so only the way to a token is looked for: ssrcred secret set test-ssid.")


def _line(tried: Tried) -> str:
    from ssrcred.reports.discovery import Ended

    words = {
        Ended.NOT_THERE: "not there, so no pair was sent",
        Ended.NOT_UNDERSTOOD: "this shape is not understood",
        Ended.REFUSED: "the pair is refused" if tried.sure else "this may be a refusal of the pair",
        Ended.TOKEN: "a token was given",
        Ended.FOUND: "works",
    }
    detail = f" ({tried.detail})" if tried.detail and tried.ended is not Ended.NOT_THERE else ""
    return f"  {tried.shape}: {words[tried.ended]}{detail}."


def _end(session: Session, work: Work, result: Result, tries: list[Tried], *, student: bool) -> None:
    sent = f"{result.requests} requests were made, {result.with_pair} of them with the pair."
    if result.tables is None:
        raise _refused(tries[-1], sent) if result.refused else _nothing(sent, enough=result.enough)
    from ssrcred.reports.profile import save_profile

    said = f"Found by ssrcred doctor --find-api on {session.machine.now():%Y-%m-%d}. Every key is explained in\n{PAGE}."
    path = save_profile(session.home.config.parent, f"{work.lea.key}-ssr", result.tables, said)
    session.say(f"{sent} The profile is in {path}.")
    if result.elsewhere:
        session.say(
            f"The reports' links lead to {result.elsewhere}. If the state's specification names that host, write into "
            f'the profile, under [report]: hosts = ["{result.elsewhere}"]'
        )
    elif not result.complete:
        session.say(
            "Only the way to a token is known now. How a student's reports are asked for has to come from the state's "
            f"specification: {PAGE}."
            if student
            else "How a student's reports are asked for was not tried."
        )
    session.say(f"To use it, write into config.toml, under [lea.{work.lea.key}.toms]:")
    session.say(f'  profile = "{path.name}"')
    session.say("Then: ssrcred verify.")
    session.answer(
        {
            "lea": work.lea.key,
            "profile": str(path),
            "complete": result.complete,
            "requests": result.requests,
            "tries": [{"shape": tried.shape, "ended": tried.ended.value} for tried in tries],
        }
    )


def _refused(last: Tried, sent: str) -> PairRefused:
    why = (
        "It says the same to somebody without a pair, so it may only want to be asked in another way."
        if last.unseen
        else "It says something else to somebody without a pair, so it did look at ours."
    )
    what = "was refused" if last.sure else "may have been refused"
    return PairRefused(
        f"The pair {what}: {last.shape} ({last.detail}). {why}",
        state=f"The search stopped there, and nothing was written. {sent}",
        hint="Press View CAASPP/ELPAC as a parent. If a report opens, the pair is good: write the profile from the "
        f"state's specification ({PAGE}). If not: ssrcred verify.",
    )


def _nothing(sent: str, *, enough: bool) -> PageNotUnderstood:
    what = "The requests that were promised are used up, and no shape is" if enough else "None of the usual shapes is"
    return PageNotUnderstood(
        f"{what} understood by the service. Nothing is known about the pair.",
        state=f"Nothing was written. {sent}",
        hint=f"Write the profile from the state's specification: {PAGE}.",
    )
