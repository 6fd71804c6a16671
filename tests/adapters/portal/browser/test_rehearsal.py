"""The test save: what it comes to on every drawn page, and that nothing leaves in it, not even after its end."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from uuid import uuid4

import pytest
from playwright.sync_api import Playwright

from adapters.portal.browser.confirmed import serving, working
from adapters.portal.browser.served import launched
from adapters.portal.pages.page_server import DISTRICT, Reply, Request, SettingsPage
from adapters.portal.pages.reach_plain import AsksFirst
from adapters.portal.pages.reach_scripted import (
    OpensSocket,
    SavesOnBlur,
    SavesOnHiding,
    SavesOnInput,
    SavesOnLeaving,
    SavesOnPageHide,
    SavesOnUnload,
    SecondPress,
    SendsTelemetry,
)
from ssrcred.adapters.portal.browser.rehearsal import Trial, rehearse
from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.route.route import Rehearsal, Rehearsed
from ssrcred.adapters.portal.visit.setting_form import Filling

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

NEW = ("typed-user-0917", "N*w&7<k\"Q'x)>m;2~Zc^")
BY_THEMSELVES = (
    SavesOnInput,
    SavesOnBlur,
    SavesOnHiding,
    SavesOnPageHide,
    SavesOnUnload,
    SavesOnLeaving,
    SendsTelemetry,
    OpensSocket,
)
SECONDS = 10


def rehearsed(page: SettingsPage, playwright: Playwright, base: str, **changed: object) -> Rehearsal:
    """A test save in a browser of its own, which is killed at its end."""
    length = changed.pop("key_length", 20)
    assert isinstance(length, int)
    with working(page, launched(playwright), base) as worked:

        def filling_on(shown: Page) -> Filling | None:
            filling = worked.filling_on(shown)
            if filling is None:
                return None
            return replace(filling, confirmed=replace(filling.confirmed, **changed))  # type: ignore[arg-type]

        return rehearse(worked.visit, [Trial(worked.arrive, filling_on)], length)[0]


def sent_by(page: SettingsPage) -> list[object]:
    """What a page sent that was not on the way to it."""
    paths = (page.action, "/autosave", "/insight", "/insight.gif")
    return [item for item in page.requests if item.path in paths and (item.method != "GET" or "insight" in item.path)]


def test_nothing_leaves_until_ten_seconds_after_the_end(playwright: Playwright) -> None:
    with ExitStack() as stack:
        pages = [drawn() for drawn in BY_THEMSELVES]
        before = [page.snapshot() for page in pages]
        for page in pages:
            base = stack.enter_context(serving(page))
            rehearsed(page, playwright, base)
            page.connections = 0
            page.requests[:] = sent_by(page)  # type: ignore[assignment]
        frames = [list(page.frames) for page in pages]
        time.sleep(SECONDS)
    assert [page.requests for page in pages] == [[] for _ in pages]
    assert [page.frames for page in pages] == frames
    assert [page.connections for page in pages] == [0 for _ in pages]
    assert [page.snapshot() for page in pages] == before


class Plain(SettingsPage):
    """A form with a script of its own; for what a test save refuses."""

    name = "A plain form with something that a test changes."
    kind = "refused: whatever a test says"
    way = ("Setup",)
    heading = "CAASPP"
    attributes = 'method="post" action="/options/caaspp/save"'
    key_more = extra = script = ""

    def settings_page(self, request: Request) -> Reply | str:
        nonce = f'<input type="hidden" name="nonce" value="{uuid4().hex}">'
        extra = self.extra.replace("NONCE", nonce)
        return self.document(
            "Setup",
            f"""<h1>Setup</h1><h2>{self.heading}</h2><form id="f" {self.attributes}>{self.hidden(request)}{extra}{self.two_fields(DISTRICT, self.key_more)}{self.setting_rows()}<button>{self.save.label}</button></form><p id="message"></p><script>
const form = document.getElementById("f"), fields = form.elements, key = fields.calpads_pass, username = fields.calpads_user;
const hash = (text) => [...text].reduce((sum, sign) => (sum * 31n + BigInt(sign.charCodeAt(0))) % 10n ** 18n, 7n).toString();
const submitted = (act) => form.addEventListener("submit", act);
const post = (body, headers) => {{ event.preventDefault(); fetch("/options/caaspp/save", {{ method: "POST", body, headers }}); }};
{self.script}
</script>""",
        )


HIDDEN = '<input type="hidden" name="more" value="">'
CASES: dict[str, tuple[dict[str, str], Rehearsed, str]] = {
    "a value that is another one each time the page comes": ({"extra": "NONCE"}, Rehearsed.SAME, ""),
    "a hash of the key": (
        {"extra": HIDDEN, "script": "submitted(() => { fields.more.value = hash(key.value); })"},
        Rehearsed.REFUSED,
        "something other than the two values changes",
    ),
    "the time of the save": (
        {"extra": HIDDEN, "script": "submitted(() => { fields.more.value = String(performance.now()); })"},
        Rehearsed.REFUSED,
        "something other than the two values changes",
    ),
    "a signature in a header": (
        {
            "script": 'submitted(() => post(new URLSearchParams(new FormData(form)), { "X-Signature": hash(key.value) }))'
        },
        Rehearsed.REFUSED,
        "x-signature",
    ),
    "JSON": (
        {"script": "submitted(() => post(JSON.stringify({ user: username.value, inner: { key: key.value } })))"},
        Rehearsed.BROWSER_ONLY,
        "script",
    ),
    "only a hash": ({"script": "submitted(() => post(hash(key.value)))"}, Rehearsed.REFUSED, "as they were typed"),
    "not the user name": (
        {"script": "submitted(() => { username.disabled = true; })"},
        Rehearsed.REFUSED,
        "as they were typed",
    ),
    "twice": (
        {
            "script": 'submitted(() => { post(new FormData(form)); fetch("/copy", { method: "POST", body: new FormData(form) }); })'
        },
        Rehearsed.REFUSED,
        "several requests",
    ),
    "in an address before that": (
        {"script": 'username.addEventListener("change", () => fetch(`/free/${username.value}`))'},
        Rehearsed.REFUSED,
        "before save is pressed",
    ),
    "in an address": ({"attributes": 'action="/options/caaspp/save"'}, Rehearsed.REFUSED, "into an address"),
    "to another site": (
        {"attributes": 'method="post" action="http://madeup.example/save"'},
        Rehearsed.REFUSED,
        "another site",
    ),
    "a deletion": ({"attributes": 'method="post" action="/options/delete"'}, Rehearsed.REFUSED, "deletes"),
    "a deletion by its method": (
        {"extra": '<input type="hidden" name="_method" value="DELETE">'},
        Rehearsed.REFUSED,
        "deletes",
    ),
    "a field that is too short": ({"key_more": ' maxlength="16"'}, Rehearsed.REFUSED, "at most 16 characters"),
    "a pattern": ({"key_more": ' pattern="[a-z]+"'}, Rehearsed.REFUSED, "does not take what was typed"),
    "a read-only field": ({"key_more": " readonly"}, Rehearsed.REFUSED, "does not let this account change"),
    "a question with what was typed": (
        {"script": "submitted((event) => { if (!confirm(`Save ${username.value}?`)) event.preventDefault(); })"},
        Rehearsed.REFUSED,
        "contains what was typed",
    ),
}


@pytest.mark.ci
@pytest.mark.parametrize("case", CASES)
def test_what_is_refused_and_what_is_not(case: str, playwright: Playwright) -> None:
    changes, outcome, why = CASES[case]
    page = Plain()
    for name, value in changes.items():
        setattr(page, name, value)
    with serving(page) as base:
        found = rehearsed(page, playwright, base)
    assert (found.outcome, why in found.why) == (outcome, True), found
    assert page.saves == [] and sent_by(page) == []


def test_where_nothing_leaves_the_new_messages_are_told_but_nothing_typed(playwright: Playwright) -> None:
    page = Plain()
    page.script = """submitted((event) => {
      event.preventDefault();
      document.getElementById("message").innerHTML = "<p>Choose a school first.</p><p></p><button type=button>Save anyway</button>";
      document.querySelector("#message p + p").textContent = `Not saved: ${username.value} and ${btoa(key.value)}`;
    })"""
    with serving(page) as base:
        found = rehearsed(page, playwright, base)
    assert found.outcome is Rehearsed.NOTHING_SENT
    assert found.offers == ("Choose a school first.", "Save anyway")


def test_a_second_press_can_be_added(playwright: Playwright) -> None:
    page = SecondPress()
    with serving(page) as base:
        found = rehearsed(page, playwright, base, then="")
    assert found.outcome is Rehearsed.NOTHING_SENT and page.save.second_press in found.offers


def test_a_question_is_shown(playwright: Playwright) -> None:
    page = AsksFirst()
    with serving(page) as base:
        found = rehearsed(page, playwright, base, asks="")
    assert (found.outcome, found.asks) == (Rehearsed.SAME, page.save.dialog)


def test_the_made_up_key_is_as_long_as_the_last_one(playwright: Playwright) -> None:
    page = Plain()
    page.key_more = ' maxlength="16"'
    with serving(page) as base:
        found = rehearsed(page, playwright, base, key_length=16)
    assert found.outcome is Rehearsed.SAME, found
