"""A portal that is asked everything by POST and answers 200 whatever happens, as GraphQL does, by a learned map."""

from __future__ import annotations

import json
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from portal.mechanics import ACCOUNT, Mechanic
from portal.recorder import BASE, Recorder
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused, PageNotUnderstood
from ssrcred.place import DISTRICT, Took
from ssrcred.portal.learn import learn
from ssrcred.portal.map import PortalMap, parse
from ssrcred.portal.replay import ReplayPortal
from ssrcred.portal.trace import Markers

MARK = Markers()
PAIR = Credential("MADEUP-NEW", SecretKey("made-up`'\"\\<&%+#$012"), datetime(2026, 5, 6, tzinfo=UTC))
KIND = "application/vnd.pretend+json"
LOG_IN = "mutation LogIn($input: LogInInput!) { logIn(input: $input) { token user { name } } }"
SETTINGS = "query Settings { district { apiUsername mail grades zone } }"
SAVE = "mutation Save($input: DistrictInput!) { saveDistrict(input: $input) { apiUsername } }"


class GraphQl(Mechanic):
    """One address for everything; `refusal` is what it says to a wrong password."""

    def __init__(self, refusal: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.refusal = refusal or {"data": {"logIn": None}}
        self.tokens: set[str] = set()
        self.complains = False

    def answer(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        if request.url.path != "/graphql":
            return httpx.Response(200, html="<div id=app></div>")
        if request.headers.get("content-type") != KIND:
            return httpx.Response(415, json={})
        sent = json.loads(request.content)
        given = sent.get("variables", {}).get("input", {})
        if sent["query"] == LOG_IN:
            return self.door(given)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return httpx.Response(200, json={"data": {"district": None}})
        return self.save(given) if sent["query"] == SAVE else self.district()

    def door(self, given: dict[str, str]) -> httpx.Response:
        if self.log_in(given, "username", "password") is None:
            return httpx.Response(200, json=self.refusal)
        token = self.token()
        self.tokens.add(token)
        return httpx.Response(200, json={"data": {"logIn": {"token": token, "user": {"name": "Office"}}}})

    def district(self) -> httpx.Response:
        return httpx.Response(200, json={"data": {"district": {"apiUsername": self.pair[0], **self.settings}}})

    def save(self, given: dict[str, str]) -> httpx.Response:
        self.saves += 1
        if self.complains:
            return httpx.Response(200, json={"data": {"saveDistrict": None}, "errors": [{"message": "Not now."}]})
        self.pair = (given.pop("apiUsername"), given.pop("apiKey"))
        self.settings = given
        return httpx.Response(200, json={"data": {"saveDistrict": {"apiUsername": self.pair[0]}}})


def play(person: Recorder) -> None:
    """Log in, look, save the markers, look again."""

    def ask(query: str, token: str = "", **given: Any) -> Any:
        body = json.dumps({"query": query, **({"variables": {"input": given}} if given else {})})
        headers = {"Content-Type": KIND, **({"Authorization": f"Bearer {token}"} if token else {})}
        return person.ask("POST", "/graphql", content=body, headers=headers).json()["data"]

    person.ask("GET", "/")
    token = ask(LOG_IN, username=ACCOUNT[0], password=ACCOUNT[1])["logIn"]["token"]
    held = ask(SETTINGS, token)["district"]
    ask(SAVE, token, **{**held, "apiUsername": MARK.username, "apiKey": MARK.key})
    ask(SETTINGS, token)


@pytest.fixture(scope="module")
def words() -> PortalMap:
    with closing(Recorder(GraphQl())) as person:
        play(person)
        return parse(tomllib.loads(learn(person.har(), BASE, ACCOUNT[0], name="Pretend SIS").map_toml))


def replay(site: GraphQl, words: PortalMap) -> ReplayPortal:
    return ReplayPortal(
        BASE,
        ACCOUNT[0],
        SecretKey(ACCOUNT[1]),
        words,
        transport=httpx.MockTransport(site),
        clock=lambda: PAIR.generated_at,
    )


def test_another_pair_is_saved_and_the_other_settings_stay(words: PortalMap) -> None:
    site = GraphQl()
    site.settings = {"mail": "since-then@pretend.example", "grades": "K-12", "zone": "America/Denver"}
    before = dict(site.settings)
    with closing(replay(site, words)) as portal:
        saved = portal.write(DISTRICT, PAIR)
    assert saved.took is not Took.DID_NOT_TAKE
    assert site.pair[0] == PAIR.username
    assert SecretKey(site.pair[1]).matches(PAIR.secret)
    assert site.settings == before
    assert (site.log_ins, site.saves) == (1, 1)


def test_a_complaint_about_a_save_is_told(words: PortalMap) -> None:
    site = GraphQl()
    site.complains = True
    with closing(replay(site, words)) as portal:
        saved = portal.write(DISTRICT, PAIR)
    assert "says that it did not save" in saved.detail
    assert site.saves == 1


@pytest.mark.parametrize(
    "refusal",
    [
        {"data": {"logIn": None}},
        {"data": {"logIn": {"token": "x", "user": {}}}, "errors": [{"message": "Wrong password."}]},
        {"errors": [{"message": "Wrong password."}]},
    ],
)
def test_a_log_in_that_is_refused_with_200_is_known_as_refused(words: PortalMap, refusal: dict[str, Any]) -> None:
    site = GraphQl(refusal)
    site.trusts = False
    with closing(replay(site, words)) as portal:
        for _ in range(3):
            with pytest.raises(LoginRefused):
                portal.places()
    assert (site.log_ins, site.saves) == (1, 0)


def test_a_log_in_that_only_looked_accepted_is_not_sent_again(words: PortalMap) -> None:
    site = GraphQl({"data": {"logIn": {"token": "made-up, and good for nothing", "user": {"name": "Nobody"}}}})
    site.trusts = False
    with closing(replay(site, words)) as portal:
        for _ in range(3):
            with pytest.raises(PageNotUnderstood):
                portal.write(DISTRICT, PAIR)
    assert (site.log_ins, site.saves) == (1, 0)


def test_a_session_that_ended_is_opened_once_more(words: PortalMap) -> None:
    site = GraphQl()
    with closing(replay(site, words)) as portal:
        portal.write(DISTRICT, PAIR)
        site.tokens.clear()
        assert portal.write(DISTRICT, PAIR).answered
    assert (site.log_ins, site.saves) == (2, 2)
