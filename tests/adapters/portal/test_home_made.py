"""The portal door against hand-written pages: what it reads, what it refuses to write, and what it never repeats."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from adapters.portal.home_made_portal import BASE, HOME, LOG_IN, OFFICE_PASSWORD, OLD_KEY, PAIR, HomeMade
from ssrcred.adapters.portal.map import parse_map
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    LoginRefused,
    PageChanged,
    PageNotUnderstood,
    PersonNeeded,
    PortalFailed,
    SsrcredError,
    Unreachable,
)
from ssrcred.domain.event import Outcome
from ssrcred.domain.place import KeySeen, Kind, Took

NEW_PASSWORD = """<h1>Your password has expired</h1><form method=post action=/renew>
<label>New password <input type=password name=n></label><label>Again <input type=password name=m></label>
<button>Go on</button></form>"""
SECRETS = (OFFICE_PASSWORD, OLD_KEY, PAIR.secret.reveal(), "hidden-value")


@contextmanager
def refused(kind: type[SsrcredError], words: str) -> Iterator[None]:
    """The block raises `kind`, its three parts say `words`, and nothing it says or drags along quotes a secret."""
    with pytest.raises(kind) as caught:
        yield
    error = caught.value
    text = " ".join((error.message, error.state, error.hint, *traceback.format_exception(error)))
    assert words in f"{error.message} {error.state} {error.hint}"
    assert not [secret for secret in SECRETS if secret in text]


def settings(*blocks: str, form: str = "method=post action=/save") -> str:
    return f"<form {form}>{''.join(blocks)}<button>Save</button></form>"


def pair(place: str = "", user: str = "OLD", key: str = "", extra: str = "") -> str:
    return f"""<fieldset>{f"<legend>{place}</legend>" if place else ""}<label>CALPADS API Username
    <input name=user{place.replace(" ", "")} value="{user}"></label><label>CALPADS API Password
    <input type=password name=key{place.replace(" ", "")} value="{key}" {extra}></label></fieldset>"""


def at(page: str) -> HomeMade:
    return HomeMade({"/caaspp": page})


def test_reads_every_place_and_logs_in_once() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal:
        first, again = portal.places(), portal.places()

    assert [(item.place, item.kind, item.username, item.key_seen) for item in first] == [
        ("district", Kind.DISTRICT, "OLD", KeySeen.HIDDEN),
        ("North High", Kind.SCHOOL, "", KeySeen.BLANK),
    ]
    assert [item.username for item in again] == ["OLD", ""]
    assert made.asked.count(("POST", "/login")) == 1


def test_writes_one_place_once_and_leaves_the_rest_as_it_was() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal:
        saved = portal.write("North High", PAIR)

    assert (saved.took, saved.answered, saved.reading.username) == (Took.CANNOT_BE_SEEN, True, "MADEUP-NEW")
    sent = made.sent[0]
    assert list(sent) == ["place", "user", "key", "note", "act"]
    assert sent["key"] == PAIR.secret.reveal()
    assert (sent["place"], sent["note"], sent["act"]) == ("North High", " kept ", "save")
    assert made.headers[0]["origin"] == BASE
    assert made.headers[0]["referer"] == f"{BASE}/caaspp"
    assert made.pairs["District"] == ("OLD", OLD_KEY)
    assert made.asked.count(("POST", "/save")) == 1


def test_blanks_a_school_but_never_the_district() -> None:
    made = HomeMade()
    made.pairs["North High"] = ("OLD", OLD_KEY)
    with closing(made.portal()) as portal:
        assert portal.write("North High", None).took is Took.TOOK
        with refused(PageNotUnderstood, "are not blanked"):
            portal.write("district", None)
    assert made.pairs["North High"] == ("", "")
    assert len(made.sent) == 1


def test_a_new_key_under_the_same_user_name_cannot_be_seen() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal:
        saved = portal.write("district", Credential("OLD", PAIR.secret, PAIR.generated_at))

    assert saved.took is Took.CANNOT_BE_SEEN
    assert "hides the key" in saved.detail


class Swallowing(HomeMade):
    """Answers every save as if it had saved."""

    def save(self, form: dict[str, str]) -> None:
        return


@pytest.mark.parametrize("credential", [PAIR, None])
def test_a_save_that_is_answered_and_not_kept_is_found_out(credential: Credential | None) -> None:
    made = Swallowing()
    made.pairs["North High"] = ("OLD", OLD_KEY)
    with closing(made.portal()) as portal:
        saved = portal.write("North High", credential)

    assert (saved.took, saved.answered) == (Took.DID_NOT_TAKE, True)
    assert len(made.sent) == 1


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("broken", [500, 503, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_save_without_an_answer_is_decided_by_reading(kept: bool, broken: int | type[httpx.TransportError]) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if request.url.path != "/save":
            return None
        if kept:
            made.save(form)
        if isinstance(broken, int):
            return httpx.Response(broken)
        raise broken(OLD_KEY)

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        saved = portal.write("district", PAIR)

    assert saved.took is (Took.CANNOT_BE_SEEN if kept else Took.DID_NOT_TAKE)
    assert not saved.answered
    assert made.asked.count(("POST", "/save")) == 1


def test_a_save_that_leads_to_another_site_is_decided_by_reading() -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        return made.to("https://other.example/") if request.url.path == "/save" else None

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        saved = portal.write("district", PAIR)

    assert (saved.took, saved.answered) == (Took.DID_NOT_TAKE, False)
    assert "could not be read" in saved.detail


def test_a_save_that_was_never_sent_is_not_a_save() -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if request.url.path == "/save":
            raise httpx.ConnectError(OLD_KEY)
        return None

    with closing(HomeMade(answering=answering).portal()) as portal, refused(Unreachable, "cannot be connected to"):
        portal.write("district", PAIR)


@pytest.mark.parametrize("after", [httpx.Response(503), "<p>Nothing.</p>", settings(pair("District"))])
def test_a_place_that_cannot_be_read_again_stays_open(after: httpx.Response | str) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | str | None:
        return after if made.sent and request.url.path == "/caaspp" else None

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        saved = portal.write("North High", PAIR)

    assert (saved.took, saved.answered) == (Took.CANNOT_BE_SEEN, False)


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize("is_read", [True, False])
def test_a_page_that_says_it_did_not_save_is_not_called_written(status: int, is_read: bool) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if request.url.path == "/save":
            made.save(form)
            return httpx.Response(status, html="<p>It could not be saved.</p>")
        return None if is_read or not made.sent else httpx.Response(503)

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        saved = portal.write("district", PAIR)

    assert (saved.took, "did not save" in saved.detail) == (Took.DID_NOT_TAKE, True)


def test_an_error_with_a_hidden_key_behind_it_is_no_answer() -> None:
    made = HomeMade(answering=lambda request, form: httpx.Response(403) if request.url.path == "/save" else None)
    with closing(made.portal()) as portal:
        saved = portal.write("district", Credential("OLD", PAIR.secret, PAIR.generated_at))

    assert (saved.took, saved.answered) == (Took.CANNOT_BE_SEEN, False)


@pytest.mark.parametrize(
    ("notice", "words"),
    [("Your changes were saved.", "says that it saved"), ("It could not be saved.", "did not save"), ("Hello", "")],
)
def test_passes_on_what_the_portal_says_of_the_save(notice: str, words: str) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> str | None:
        if request.url.path != "/save":
            return None
        made.save(form)
        return f"<p>{notice}</p>"

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        assert words in portal.write("district", PAIR).detail


def test_tells_when_another_place_changed_with_the_save() -> None:
    class Clumsy(HomeMade):
        def save(self, form: dict[str, str]) -> None:
            self.pairs = dict.fromkeys(self.pairs, (form["user"], form["key"]))

    with closing(Clumsy().portal()) as portal:
        saved = portal.write("district", PAIR)

    assert saved.took is Took.CANNOT_BE_SEEN
    assert "something else for North High too" in saved.detail


@pytest.mark.parametrize(
    ("shown", "took", "detail"),
    [
        (PAIR.secret.reveal(), Took.TOOK, ""),
        (PAIR.secret.reveal()[:16], Took.DID_NOT_TAKE, "SchoolWise changed the key: 16 of 20 characters"),
        (PAIR.secret.reveal()[::-1], Took.DID_NOT_TAKE, "it shows another key"),
    ],
)
def test_a_portal_that_shows_the_key_is_compared_with(shown: str, took: Took, detail: str) -> None:
    page = {"user": "OLD", "key": OLD_KEY}

    def answering(request: httpx.Request, form: dict[str, str]) -> str | None:
        if request.url.path == "/save":
            page.update(user=form["userDistrict"], key=shown.replace("&", "&amp;").replace('"', "&quot;"))
            return "<p>OK</p>"
        return settings(pair("District", page["user"], page["key"])) if request.url.path == "/caaspp" else None

    made = HomeMade(answering=answering)
    with closing(made.portal(route=made.confirmed())) as portal:
        (before,) = portal.places()
        saved = portal.write("district", PAIR)

    assert before.key is not None
    assert before.key.matches(SecretKey(OLD_KEY))
    assert (saved.took, saved.detail) == (took, detail)


def test_a_key_that_is_said_to_be_missing_did_not_take() -> None:
    missing = pair("District", "MADEUP-NEW").replace("CALPADS API Password", "No password stored. CALPADS API Password")
    made = at(settings(missing))
    made.answering = lambda request, form: "<p>OK</p>" if request.url.path == "/save" else None
    with closing(made.portal(route=made.confirmed())) as portal:
        saved = portal.write("district", PAIR)

    assert (saved.took, saved.detail) == (Took.DID_NOT_TAKE, "no key is stored there")


def test_a_blanked_school_that_still_keeps_a_key_did_not_take() -> None:
    kept = pair("North High", "").replace("CALPADS API Password", "A password is stored. CALPADS API Password")
    made = at(settings(pair("District"), kept))
    made.answering = lambda request, form: "<p>OK</p>" if request.url.path == "/save" else None
    with closing(made.portal(route=made.confirmed("North High"))) as portal:
        saved = portal.write("North High", None)

    assert (saved.took, saved.detail) == (Took.DID_NOT_TAKE, "a key is still stored there")


CHANGED = [
    pytest.param("District", ("SOMEBODY", OLD_KEY), id="another user name"),
    pytest.param("District", None, id="the place is gone"),
]


@pytest.mark.parametrize(("place", "pair_now"), CHANGED)
def test_writes_nothing_if_the_place_changed_since_it_was_read(place: str, pair_now: tuple[str, str] | None) -> None:
    made = HomeMade()
    made.pairs["South High"] = ("OLD", OLD_KEY)
    with closing(made.portal()) as portal:
        portal.places()
        if pair_now is None:
            del made.pairs["South High"]
            with refused(PageChanged, "South High"):
                portal.write("South High", PAIR)
        else:
            made.pairs[place] = pair_now
            with refused(PageNotUnderstood, "has changed since it was read"):
                portal.write("district", PAIR)
    assert not made.sent


def test_writes_nothing_to_a_place_that_is_not_there() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal, refused(PageNotUnderstood, "There are: district, North High."):
        portal.write("South High", PAIR)
    assert not made.sent


WRITABLE = settings(pair("District"))
NOT_WRITABLE = {
    "takes at most 10 characters": (settings(pair("District", extra="maxlength=10")), WRITABLE),
    "does not let this account change": (settings(pair("District", extra="readonly")), WRITABLE),
    "put the key into an address": (settings(pair("District"), form="action=/save"),) * 2,
    "leads to another site": (settings(pair("District"), form="method=post action=https://other.example/save"),) * 2,
    "sent as plain text": (settings(pair("District"), form="method=post action=/save enctype=text/plain"),) * 2,
    "would save them says that it deletes": (settings(pair("District"), form="method=post action=/delete"),) * 2,
}


@pytest.mark.parametrize("words", NOT_WRITABLE)
def test_writes_nothing_where_a_person_could_not_or_should_not(words: str) -> None:
    page, as_confirmed = NOT_WRITABLE[words]
    route = at(as_confirmed).confirmed()
    made = at(page)
    with closing(made.portal(route=route)) as portal, refused(PortalFailed, words):
        portal.write("district", PAIR)
    assert {path for method, path in made.asked if method == "POST"} == {"/login"}


def test_names_what_can_be_chosen_and_no_values() -> None:
    page = "<form><label>Color <input value=hidden-value></label><button>Go</button></form><a href=/x>Link</a>"
    with closing(HomeMade({"/options": page}).portal()) as portal, refused(PageChanged, "is now Link, Go"):
        portal.places()
    with closing(HomeMade({"/": "<p>Empty.</p>"}).portal()) as portal, refused(PageChanged, "nothing to choose"):
        portal.places()


def test_two_ways_for_one_step_is_not_understood() -> None:
    made = HomeMade({"/": HOME + "<a href=/elsewhere>School Office Menu</a>"})
    with closing(made.portal()) as portal, refused(PageChanged, "School Office Menu, several times"):
        portal.places()


def test_a_menu_may_be_made_of_buttons_and_of_parts_of_one_page() -> None:
    menu = """<form method=post action=/office><button>School Office Menu</button></form>"""
    tabs = f"""<button type=button data-bs-target=#other>Other</button><a href=#caaspp>CAASPP Credentials</a>
        <div id=caaspp hidden>{settings(pair("District"))}</div>"""
    made = HomeMade(
        {"/": menu, "/options": tabs, "/office": "<form action=/options><button>Set District Options</button>"}
    )
    with closing(made.portal(route=made.confirmed())) as portal:
        assert portal.places()[0].username == "OLD"
        assert portal.places()[0].username == "OLD"
    tabs = tabs.replace(
        "<a href=#caaspp>CAASPP Credentials</a>",
        "<form><button type=button aria-controls=caaspp>CAASPP Credentials</button></form>",
    )
    made = HomeMade({"/": menu, "/options": tabs})
    route = made.confirmed()
    with closing(made.portal(route=route)) as portal:
        assert portal.places()[0].username == "OLD"
    tabs = tabs.replace("aria-controls=caaspp", "onclick=open()")
    with (
        closing(HomeMade({"/": menu, "/options": tabs}).portal(route=route)) as portal,
        refused(PageChanged, "CAASPP Credentials"),
    ):
        portal.places()


def test_an_address_in_the_map_is_used_instead_of_the_steps() -> None:
    words = parse_map(
        {
            "login": {"username": ["User Name"], "password": ["Password"]},
            "settings": {"address": "/caaspp"},
            "fields": {"username": ["CALPADS API Username"], "key": ["CALPADS API Password"], "district": ["District"]},
            "save": {"button": ["Save Changes"]},
            "proof": {"button": ["View"]},
        }
    )
    made = HomeMade()
    made.pages["/login-page"] = LOG_IN.replace("<button>Log In</button>", "").format(notice="")
    with closing(made.portal(words)) as portal, refused(PageNotUnderstood, "no sign-in form"):
        portal.places()
    made.answering = lambda request, form: (
        made.pages["/login-page"] if request.url.path == "/" and not made.session else None
    )
    with closing(made.portal(words)) as portal:
        assert portal.write("district", PAIR).took is Took.CANNOT_BE_SEEN


def test_a_refused_log_in_is_final() -> None:
    made = HomeMade()
    with closing(made.portal(password="made-up and wrong")) as portal:
        with refused(LoginRefused, "rejected the sign-in for itstaff"):
            portal.places()
        asked = len(made.asked)
        for call in (portal.places, lambda: portal.write("district", PAIR)):
            with refused(LoginRefused, "does not try again"):
                call()
    assert len(made.asked) == asked
    assert made.asked.count(("POST", "/login")) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (LOG_IN.format(notice="<p>This account has been locked.</p>"), LoginRefused, "locked"),
        (httpx.Response(401), LoginRefused, "rejected the sign-in"),
        (httpx.Response(403, html=LOG_IN.format(notice="")), LoginRefused, "rejected the sign-in"),
        (
            httpx.Response(403, html="<h1>Access denied</h1><p>Something is wrong, or too many."),
            Unreachable,
            "(403)",
        ),
        (httpx.Response(429, html="<p>Too many requests"), Unreachable, "(429)"),
        ("<p>Enter the verification code.</p><form><input></form>", PersonNeeded, "another sign-in step"),
        (NEW_PASSWORD, PersonNeeded, "asks for a new password for itstaff"),
        (httpx.Response(503), Unreachable, "is down"),
        (httpx.Response(302, headers={"Location": "https://other.example/"}), PageNotUnderstood, "another site"),
        (httpx.Response(307, headers={"Location": "/x"}), Unreachable, "same data again"),
    ],
)
def test_a_log_in_without_success_is_never_repeated(
    answer: httpx.Response | str, kind: type[SsrcredError], words: str
) -> None:
    made = HomeMade(answering=lambda request, form: answer if request.url.path == "/login" else None)
    with closing(made.portal()) as portal:
        for _ in range(2):
            with refused(kind, words):
                portal.places()
    assert made.asked.count(("POST", "/login")) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (httpx.Response(403, html="<p>The request was blocked."), Unreachable, "no sign-in form"),
        (httpx.Response(429, headers={"Retry-After": "10"}), Unreachable, "(429)"),
    ],
)
def test_a_block_instead_of_the_sign_in_page_is_no_refusal_and_nothing_is_typed(
    answer: httpx.Response, kind: type[SsrcredError], words: str
) -> None:
    made = HomeMade(answering=lambda request, form: answer)
    with closing(made.portal()) as portal:
        with refused(kind, words):
            portal.places()
        assert portal.prove("district").outcome is Outcome.UNREACHABLE
    assert {method for method, _ in made.asked} == {"GET"}


@pytest.mark.parametrize("later", ["10", ""])
def test_a_portal_that_was_asked_too_often_says_when_to_try_again_if_it_tells(later: str) -> None:
    answer = httpx.Response(429, headers={"Retry-After": later} if later else {})
    made = HomeMade(answering=lambda request, form: answer)
    with closing(made.portal()) as portal, pytest.raises(Unreachable) as caught:
        portal.places()
    assert caught.value.hint == ("Try again in 10 seconds." if later else "Try again later.")


@pytest.mark.parametrize("path", ["/office", "/options", "/caaspp"])
def test_a_page_that_is_only_looked_at_is_told_by_its_status_and_needs_no_map(path: str) -> None:
    for status, kind, words in ((429, Unreachable, "(429)"), (403, PageNotUnderstood, "a missing permission")):
        answer = httpx.Response(status, html="<p>Sorry.")
        made = HomeMade(answering=lambda request, form, answer=answer: answer if request.url.path == path else None)  # type: ignore[misc]
        with closing(made.portal()) as portal, pytest.raises(SsrcredError) as caught:
            portal.places()
        assert type(caught.value) is kind and words in caught.value.message
        assert "map" not in caught.value.hint


def test_a_parents_page_that_is_not_allowed_is_told_by_its_status() -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | str | None:
        if request.url.path == "/view":
            return httpx.Response(403, html="<p>Sorry.")
        return "<a href=/view>View CAASPP/ELPAC</a>" if request.url.path == "/" and made.session else None

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        proof = portal.prove("district")
    assert (proof.outcome, proof.detail[:8]) == (Outcome.NOT_UNDERSTOOD, "HTTP 403")


def test_a_parents_account_that_waits_for_a_person_is_told_without_its_name() -> None:
    made = HomeMade({"/": NEW_PASSWORD})
    with closing(made.portal()) as portal, pytest.raises(PersonNeeded) as caught:
        portal.prove("district")
    assert "mom" not in caught.value.message


def test_a_page_that_only_offers_a_new_password_is_passed() -> None:
    with closing(HomeMade({"/": NEW_PASSWORD + HOME}).portal()) as portal:
        assert portal.places()[0].username == "OLD"


def test_a_new_password_that_is_wanted_before_the_settings_is_told_too() -> None:
    made = HomeMade({"/options": NEW_PASSWORD})
    with closing(made.portal()) as portal:
        for _ in range(2):
            with refused(PersonNeeded, "asks for a new password"):
                portal.places()
    assert made.asked.count(("GET", "/options")) == 1


def test_a_lost_answer_to_the_log_in_is_never_repeated() -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if request.url.path == "/login":
            raise httpx.ReadTimeout(OFFICE_PASSWORD)
        return None

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal:
        for _ in range(2):
            with refused(Unreachable, "in time"):
                portal.places()
    assert made.asked.count(("POST", "/login")) == 1


@pytest.mark.parametrize(
    "one", ["<input type=checkbox>", "<td><input name=f>", "<p>Words</p><select name=s>", "<button>Go</button>"]
)
def test_a_page_with_fields_without_end_is_no_settings_page(one: str) -> None:
    made = HomeMade()

    def answering(request: httpx.Request, form: dict[str, str]) -> str | None:
        if request.url.path == "/caaspp":
            return f"<form method=post><table><tr><td>User Name <input name=u> Secret Key <input name=p>{one * 21_000}"
        return None

    made.answering = answering
    with closing(made.portal()) as portal, refused(PageNotUnderstood, "more than 10,000 fields"):
        portal.places()


def test_a_session_that_ended_is_opened_again_once() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal:
        portal.places()
        made.session = "ended"
        assert portal.write("district", PAIR).took is Took.CANNOT_BE_SEEN
        made.session = "ended"
        for _ in range(2):
            with refused(LoginRefused, "again and again"):
                portal.places()
    assert made.asked.count(("POST", "/login")) == 2


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_save_tells_that_the_log_in_was_refused_after_it(is_refused: bool) -> None:
    made = HomeMade()

    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | None:
        if request.url.path == "/caaspp" and made.sent:
            made.session, made.refuses = "ended", is_refused
            return None if is_refused else httpx.Response(503)
        return None

    made.answering = answering
    with closing(made.portal()) as portal:
        saved = portal.write("district", PAIR)
    assert (saved.took, saved.log_in_refused) == (Took.CANNOT_BE_SEEN, is_refused)


def test_a_session_that_ends_again_and_again_is_told_from_a_refused_password() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal, pytest.raises(LoginRefused) as ended:
        for _ in range(3):
            portal.places()
            made.session = "ended"
    assert ended.value.was_in
    with closing(HomeMade().portal(password="made-up and wrong")) as portal, pytest.raises(LoginRefused) as wrong:
        portal.places()
    assert not wrong.value.was_in


@pytest.mark.parametrize("answer", [LOG_IN.format(notice=""), httpx.Response(401)])
def test_a_portal_that_never_keeps_a_session_is_not_logged_into_for_ever(answer: httpx.Response | str) -> None:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | str | None:
        if request.url.path == "/":
            return HOME if made.asked[-2:-1] == [("POST", "/login")] else LOG_IN.format(notice="")
        return answer if request.url.path == "/office" else None

    made = HomeMade(answering=answering)
    with closing(made.portal()) as portal, pytest.raises(LoginRefused, match="again and again") as caught:
        portal.places()
    assert made.asked.count(("POST", "/login")) == 2
    assert not caught.value.was_in, "nobody got in, so a later run does not try again"


def test_a_start_page_may_only_link_to_the_log_in() -> None:
    made = HomeMade()
    made.answering = lambda request, form: (
        "<a href=/staff>Log In</a>" if request.url.path == "/" and not made.session else None
    )
    with closing(made.portal()) as portal:
        assert portal.places()
    made = HomeMade(answering=lambda request, form: "<a href=#x>Log In</a><p id=x>Nothing.</p>")
    with closing(made.portal()) as portal, refused(PageNotUnderstood, "no sign-in form"):
        portal.places()


NOT_A_LOG_IN = [
    LOG_IN.format(notice="") * 2,
    LOG_IN.format(notice="").replace("method=post", ""),
    LOG_IN.format(notice="").replace("User Name", "Nickname"),
    LOG_IN.format(notice="").replace("<button>", "<input type=password><button>"),
    LOG_IN.format(notice="").replace("Log In</button>", "Register</button>"),
]


@pytest.mark.parametrize("page", NOT_A_LOG_IN)
def test_gives_the_password_to_no_other_form(page: str) -> None:
    made = HomeMade(answering=lambda request, form: page)
    with closing(made.portal()) as portal, refused(PageNotUnderstood, "sign-in form"):
        portal.places()
    assert {method for method, _ in made.asked} == {"GET"}


@pytest.mark.parametrize("answer", [httpx.Response(503), "<h1>The site is under maintenance.</h1>"])
@pytest.mark.parametrize("path", ["/", "/options", "/caaspp"])
def test_maintenance_is_unreachable(answer: httpx.Response | str, path: str) -> None:
    made = HomeMade(answering=lambda request, form: answer if request.url.path == path else None)
    with closing(made.portal()) as portal, refused(Unreachable, "is down"):
        portal.places()


def test_a_word_about_maintenance_on_a_working_page_is_no_maintenance() -> None:
    made = HomeMade({"/": HOME + "<p>Scheduled maintenance on Sunday.</p>"})
    with closing(made.portal()) as portal:
        assert portal.places()


def test_shows_nothing_of_itself(made: HomeMade | None = None) -> None:
    portal: ConfirmedPortal = (made or HomeMade()).portal()
    with closing(portal):
        portal.places()
        seen = portal._seen["district"]
        shown = repr((seen, seen.filling, seen.candidate, vars(portal)))
    assert not [secret for secret in (*SECRETS, BASE + "/caaspp", "OLD") if secret in shown]
