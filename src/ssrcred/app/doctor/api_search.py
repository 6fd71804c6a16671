"""Finds out how to call the state's service: tries the usual request formats with the stored credentials."""

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
    """Try the usual request formats with the stored credentials of `lea`, after asking, unless `yes` answers that.

    Writes the profile that worked beside config.toml and says which line to set. Raises UsageWrong without a person
    and without `yes`, CredentialRefused, PageNotUnderstood when no format works, Unreachable, and what the vault, the
    config and the lock raise.
    """

    def go_on() -> bool:
        if yes or session.terminal.no_input:
            return False
        session.terminal.say(
            "The service returns the same answer without credentials, so it may not have checked them."
        )
        return session.terminal.ask_yes_no(
            "If a parent can open a report now, the credentials work. Continue?", default=False
        )

    with session.open(lea, portal=False, reports=False) as work:
        toms = work.lea.toms
        if not toms.enabled:
            raise ConfigInvalid(
                "The direct check is off for this LEA, so ssrcred does not call the state's service.",
                state="Nothing was sent.",
                hint=f"To turn it on: enabled = true under [lea.{work.lea.key}.toms] in config.toml.",
            )
        _, pair = work.workflow.newest()
        ssid = optional_secret(work.vault, "test-ssid")
        search = Search(toms.api, load_profile("ets-ssr").report.words, clock=session.environment.now, go_on=go_on)
        session.terminal.say(f"This tests the usual request formats with {toms.api}, one after the other.")
        session.terminal.say(
            f"At most {search.result.most} requests, at most {search.result.most_with_credential} of them with the "
            "stored credentials, and only to an address that answers. It stops when the service rejects them, "
            "because it is not known when the service locks them."
        )
        session.terminal.say(f"If you have the state's specification, you do not need this test: {PAGE}.")
        if ssid is None:
            session.terminal.say(
                "No test SSID is stored, so only the token request is tested. To add one: ssrcred secret set "
                "test-ssid[lea]"
            )
        if not yes and not session.terminal.ask_yes_no("Start the test?", default=False, option="--yes"):
            session.terminal.say("Nothing was sent.")
            session.result.answer({"lea": work.lea.key, "profile": None, "requests": 0, "tries": []})
            return
        tries = []
        # Told one by one: whoever sees it go wrong can stop it before the next request.
        for tried in search.run(pair, ssid):
            tries.append(tried)
            words = {
                Ended.NOT_THERE: "no such address, no credentials sent",
                Ended.NOT_UNDERSTOOD: "the service does not understand this format",
                Ended.REFUSED: "rejected the credentials" if tried.sure else "may have rejected the credentials",
                Ended.TOKEN: "returned a token",
                Ended.FOUND: "works",
            }
            detail = f" ({tried.detail})" if tried.detail and tried.ended is not Ended.NOT_THERE else ""
            session.terminal.say(f"  {tried.shape}: {words[tried.ended]}{detail}.")
        _end(session, work, search.result, tries, student=ssid is not None)


def _end(session: Session, work: Work, result: SearchResult, tries: list[Tried], *, student: bool) -> None:
    sent = f"{result.requests} requests were sent, {result.with_credential} of them with the credentials."
    if result.tables is None and result.refused:
        last = tries[-1]
        why = (
            "It returns the same without credentials, so it may only need another request format."
            if last.unseen
            else "It returns something else without credentials, so it did check them."
        )
        raise CredentialRefused(
            f"The service {'rejected' if last.sure else 'may have rejected'} the credentials: {last.shape} "
            f"({last.detail}). {why}",
            state=f"The test stopped there, and nothing was written. {sent}",
            hint="As a parent, click View CAASPP/ELPAC. If a report opens, the credentials work: write the profile "
            f"from the state's specification ({PAGE}). If not: ssrcred verify[lea]",
        )
    if result.tables is None:
        used_up = "The maximum number of requests is used up. " if result.enough else ""
        raise PageNotUnderstood(
            f"{used_up}The service understood none of the request formats. This says nothing about the credentials.",
            state=f"Nothing was written. {sent}",
            hint=f"Write the profile from the state's specification: {PAGE}.",
        )
    today = session.environment.now()
    said = f"Found by ssrcred doctor --find-api on {today:%Y-%m-%d}. Every key is explained in\n{PAGE}."
    path = save_profile(session.environment.home.config.parent, f"{work.lea.key}-ssr", result.tables, said)
    session.terminal.say(f"{sent} The profile is in {path}.")
    if result.elsewhere:
        session.terminal.say(
            f"The links to reports point to {result.elsewhere}. If the state's specification names that host, add this "
            f'line to the profile, under [report]: hosts = ["{result.elsewhere}"]'
        )
    elif not result.complete:
        session.terminal.say(
            "Only the token request is known now. For the request of a student's reports, see the state's "
            f"specification: {PAGE}."
            if student
            else "The request of a student's reports was not tested."
        )
    session.terminal.say(f"To use it, add this line to config.toml, under [lea.{work.lea.key}.toms]:")
    session.terminal.say(f'  profile = "{path.name}"')
    session.terminal.say("Then: ssrcred verify[lea]")
    session.result.answer(
        {
            "lea": work.lea.key,
            "profile": str(path),
            "complete": result.complete,
            "requests": result.requests,
            "tries": [{"shape": tried.shape, "ended": tried.ended.value} for tried in tries],
        }
    )
