"""Finds out how the state's service wants to be asked: the usual shapes, one after the other, with the stored pair."""

from __future__ import annotations

from typing import Final

from ssrcred.adapters.reports import load_profile
from ssrcred.adapters.reports.discovery import Ended, Search, Tried
from ssrcred.adapters.reports.discovery import Result as SearchResult
from ssrcred.adapters.reports.profile import save_profile
from ssrcred.app.session import Session, Work, optional_secret
from ssrcred.domain.errors import ConfigInvalid, CredentialRefused, PageNotUnderstood

PAGE: Final = "docs/how-to/api-profile.md"


def search_api(session: Session, lea: str | None, *, yes: bool) -> None:
    """Try the usual shapes of the service with the stored pair of `lea`, after asking, unless `yes` says so already.

    Writes the profile that worked beside config.toml and says which line to set. Raises UsageWrong where nobody is
    there to be asked and `yes` is not set, CredentialRefused, PageNotUnderstood when no shape fits, Unreachable,
    and what the vault, the config and the lock raise.
    """

    def go_on() -> bool:
        if yes or session.terminal.no_input:
            return False
        session.terminal.say("It gives the same answer to somebody without a pair, so it may not have seen ours.")
        return session.terminal.ask_yes_no("If a parent can open a report now, the pair is good. Go on?", default=False)

    with session.open(lea, portal=False, reports=False) as work:
        toms = work.lea.toms
        if not toms.enabled:
            raise ConfigInvalid(
                "The direct check is switched off for this LEA, so the state's service is not asked anything.",
                state="Nothing was sent.",
                hint=f"If the LEA wants it: enabled = true under [lea.{work.lea.key}.toms] in config.toml.",
            )
        _, pair = work.workflow.newest()
        ssid = optional_secret(work.vault, "test-ssid")
        search = Search(toms.api, load_profile("ets-ssr").report.words, clock=session.environment.now, go_on=go_on)
        session.terminal.say(f"This tries how {toms.api} wants to be asked, in the usual ways, one after the other.")
        session.terminal.say(
            f"At most {search.result.most} requests, at most {search.result.most_with_credential} of them with the "
            "stored credentials, and only where something answers. It stops at the first answer that rejects them, "
            "because it is not known when the service locks an account."
        )
        session.terminal.say(f"Whoever holds the state's specification needs none of this: {PAGE}.")
        if ssid is None:
            session.terminal.say(
                "No test SSID is stored, so only the way to a token is looked for: ssrcred secret set test-ssid[lea]."
            )
        if not yes and not session.terminal.ask_yes_no("Try it?", default=False, option="--yes"):
            session.terminal.say("Nothing was sent.")
            session.result.answer({"lea": work.lea.key, "profile": None, "requests": 0, "tries": []})
            return
        tries = []
        for tried in search.run(pair, ssid):
            tries.append(tried)
            session.terminal.say(_line(tried))
        _end(session, work, search.result, tries, student=ssid is not None)


def _line(tried: Tried) -> str:
    words = {
        Ended.NOT_THERE: "not there, so no pair was sent",
        Ended.NOT_UNDERSTOOD: "this shape is not understood",
        Ended.REFUSED: "the pair is refused" if tried.sure else "this may be a refusal of the pair",
        Ended.TOKEN: "a token was given",
        Ended.FOUND: "works",
    }
    detail = f" ({tried.detail})" if tried.detail and tried.ended is not Ended.NOT_THERE else ""
    return f"  {tried.shape}: {words[tried.ended]}{detail}."


def _end(session: Session, work: Work, result: SearchResult, tries: list[Tried], *, student: bool) -> None:
    sent = f"{result.requests} requests were made, {result.with_credential} of them with the pair."
    if result.tables is None and result.refused:
        last = tries[-1]
        why = (
            "It says the same to somebody without a pair, so it may only want to be asked in another way."
            if last.unseen
            else "It says something else to somebody without a pair, so it did look at ours."
        )
        raise CredentialRefused(
            f"The pair {'was refused' if last.sure else 'may have been refused'}: {last.shape} ({last.detail}). {why}",
            state=f"The search stopped there, and nothing was written. {sent}",
            hint="Press View CAASPP/ELPAC as a parent. If a report opens, the pair is good: write the profile from the "
            f"state's specification ({PAGE}). If not: ssrcred verify[lea].",
        )
    if result.tables is None:
        none = "The requests that were promised are used up, and no shape is"
        raise PageNotUnderstood(
            f"{none if result.enough else 'None of the usual shapes is'} understood by the service. Nothing is known "
            "about the pair.",
            state=f"Nothing was written. {sent}",
            hint=f"Write the profile from the state's specification: {PAGE}.",
        )
    today = session.environment.now()
    said = f"Found by ssrcred doctor --find-api on {today:%Y-%m-%d}. Every key is explained in\n{PAGE}."
    path = save_profile(session.environment.home.config.parent, f"{work.lea.key}-ssr", result.tables, said)
    session.terminal.say(f"{sent} The profile is in {path}.")
    if result.elsewhere:
        session.terminal.say(
            f"The reports' links lead to {result.elsewhere}. If the state's specification names that host, write into "
            f'the profile, under [report]: hosts = ["{result.elsewhere}"]'
        )
    elif not result.complete:
        session.terminal.say(
            "Only the way to a token is known now. How a student's reports are asked for has to come from the state's "
            f"specification: {PAGE}."
            if student
            else "How a student's reports are asked for was not tried."
        )
    session.terminal.say(f"To use it, write into config.toml, under [lea.{work.lea.key}.toms]:")
    session.terminal.say(f'  profile = "{path.name}"')
    session.terminal.say("Then: ssrcred verify[lea].")
    session.result.answer(
        {
            "lea": work.lea.key,
            "profile": str(path),
            "complete": result.complete,
            "requests": result.requests,
            "tries": [{"shape": tried.shape, "ended": tried.ended.value} for tried in tries],
        }
    )
