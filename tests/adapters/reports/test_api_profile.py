"""An API profile is checked whole before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssrcred.adapters.reports import load_profile
from ssrcred.adapters.reports.profile import Rule
from ssrcred.adapters.reports.tree import nested
from ssrcred.domain.errors import ConfigInvalid

SMALLEST = "[token]\n[report]\n"


def problems(tmp_path: Path, text: str | bytes) -> tuple[str, ...]:
    """What is wrong with a profile of that text."""
    path = tmp_path / "profile.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigInvalid) as caught:
        load_profile(str(path))
    assert caught.value.state == "Nothing was sent."
    assert all(problem in caught.value.message for problem in caught.value.problems)
    return caught.value.problems


def test_the_default_profile_follows_the_known_facts() -> None:
    profile = load_profile("ets-ssr")
    assert profile.name == "ets-ssr"
    assert (profile.token.path, profile.token.method, profile.token.send) == ("/token", "POST", "basic")
    assert (profile.report.method, profile.report.path) == ("GET", "/scorereports/{ssid}")
    assert (profile.report.header, profile.report.prefix) == ("Authorization", "Bearer ")
    assert profile.report.hosts == ()
    assert "ELPAC" in profile.report.words


def test_a_profile_at_a_path_may_leave_out_what_is_usual(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(SMALLEST, encoding="utf-8")
    profile = load_profile(str(path))
    assert profile.token == load_profile("ets-ssr").token
    assert profile.report.words == ()


def test_every_key_of_the_documented_form_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        """
        [token]
        path = "/oauth/token"
        send = "form"
        username = "client_id"
        secret = "client_secret"
        answer = "data.access_token"
        [token.extra]
        grant_type = "client_credentials"
        [report]
        method = "POST"
        path = "/reports?v=1"
        body = "ssid"
        header = "X-Token"
        prefix = ""
        list = "data.0.reports"
        type = "a.b"
        year = "y"
        language = "l"
        link = "links.pdf"
        hosts = ["files.example.org", "cdn.example.org:8443"]
        words = ["ELPAC"]
        [report.extra]
        format = "pdf"
        [headers]
        X-Client = "made-up-client"
        [[refused]]
        status = 200
        field = "a.b"
        words = ["NO"]
        at = "report"
        [[no_report]]
        status = 404
        """,
        encoding="utf-8",
    )
    profile = load_profile(str(path))
    assert profile.token.extra == {"grant_type": "client_credentials"}
    assert profile.report.extra == {"format": "pdf"}
    assert profile.headers == {"X-Client": "made-up-client"}
    assert profile.refused == (Rule(200, "a.b", ("NO",), "report"),)
    assert profile.no_report == (Rule(404),)
    assert not any(secret in repr(profile) for secret in ("client_credentials", "made-up-client"))
    assert profile.report.hosts == ("files.example.org", "cdn.example.org:8443")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    text = """
    colour = 1
    [token]
    pth = "/token"
    path = "token"
    send = "bsic"
    method = 7
    username = 1
    answer = "a..b"
    [token.extra]
    scope = 3
    [report]
    path = "/reports/{ssid}/{year}#top"
    header = "two words"
    prefix = "Bearer\\n"
    hosts = ["https://files.example.org", "ok.example.org"]
    words = "ELPAC"
    """
    assert problems(tmp_path, text) == (
        "token.path: must be a path that starts with one /, without spaces; or nothing, if there is no token",
        "token.method: must be text between quotation marks, not a number",
        "token.send: is not known; did you mean basic?",
        "token.username: must be text between quotation marks, not a number",
        "token.answer: must be names with dots between them, like data.token",
        "token.extra.scope: must be text between quotation marks, not a number",
        "token.pth: is not known; did you mean path?",
        "report.path: must not have anything in braces but {ssid} and must not have # or .. in it",
        "report.header: must be the name of a header",
        "report.prefix: must be letters, digits and punctuation",
        "report.hosts: number 1 must be the bare name of a host, like files.example.org",
        "report.words: must be a list in square brackets, not text",
        "colour: is not known; possible: token, report, headers, refused, no_report",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ("token: is missing", "report: is missing")),
        ("token = 1\n[report]\n", ("token: must be a section of its own, [token]",)),
        ("[token]\nextra = 1\n[report]\n", ("token.extra: must be a section of its own, [token.extra]",)),
        (
            '[token]\nsend = "json"\n[report]\n',
            (
                "token.username: is missing: with send = 'json' it is the name of the field",
                "token.secret: is missing: with send = 'json' it is the name of the field",
            ),
        ),
        (
            '[token]\nsend = "form"\nusername = "u"\nsecret = "u"\n[token.extra]\nu = "x"\n[report]\n',
            (
                "token.extra.u: is already the name of username",
                "token.extra.u: is already the name of secret",
                "token.secret: is the same field as username",
            ),
        ),
        (
            '[token]\nmethod = "GET"\n[token.extra]\na = "b"\n[report]\n',
            ("token.method: must be POST: fields of a body cannot be sent with GET",),
        ),
        (
            '[token]\npath = "/{ssid}"\n[report]\n',
            ("token.path: has an SSID in it, which is no part of the token request",),
        ),
        ('[token]\n[report]\nbody = "ssid"\n', ("report.body: cannot be sent with GET",)),
        ('[token]\n[report]\npath = "/reports"\n', ("report.path: must have {ssid} in it, where there is no body",)),
        ('[token]\n[report]\npath = "/a/../{ssid}"\n', ("report.path: must not have # or .. in it",)),
        (
            '[token]\n[report]\npath = "//other.example.org/{ssid}"\n',
            ("report.path: must be a path that starts with one /, without spaces",),
        ),
        (b"[token]\npath = '\xff'", ("byte 17 is not UTF-8 text",)),
        (
            '[token]\nsend = "headers"\nusername = "Cookie"\nsecret = "two words"\n[report]\n',
            (
                "token.username: must be the name of a header that ssrcred does not set itself",
                "token.secret: must be the name of a header that ssrcred does not set itself",
            ),
        ),
        (
            '[token]\nsend = "headers"\nusername = "X-Pair"\nsecret = "x-pair"\n[report]\n',
            ("token.secret: is the same header as username",),
        ),
        (
            '[token]\npath = ""\nsend = "json"\nusername = "u"\nsecret = "s"\nanswer = "t"\n[token.extra]\na = "b"\n'
            '[report]\nsend = "form"\n',
            (
                "token.extra: needs a token.path; without one, use report.extra",
                "token.answer: needs a token.path",
                "report.method: must be POST: without token.path the credentials are in this request's body",
                "report.send: must be json, as token.send: the credentials are sent in the same body",
            ),
        ),
        (
            '[token]\npath = ""\nsend = "form"\nusername = "u"\nsecret = "s"\n'
            '[report]\nmethod = "POST"\nsend = "form"\nbody = "u"\n',
            ("report.body: is already the name of a field of the credentials",),
        ),
        (
            '[token]\n[report]\n[report.extra]\na = "b"\n',
            ("report.extra: cannot be sent with GET",),
        ),
        (
            '[token]\n[report]\nmethod = "POST"\nbody = "a"\n[report.extra]\na = "b"\n',
            ("report.extra.a: is already the name of body",),
        ),
        (
            '[token]\n[report]\nmethod = "POST"\nbody = "a.b"\n[report.extra]\na = "b"\n',
            ("report.extra: has two fields of which one name leads through the other, so both cannot be sent",),
        ),
        (
            '[token]\nsend = "json"\nusername = "a.0"\nsecret = "a.b"\n[report]\n',
            ("token.extra: has two fields of which one name leads through the other, so both cannot be sent",),
        ),
        (
            '[token]\n[report]\n[headers]\nHost = "x"\n"a b" = "x"\nX-One = "\\u00e9"\nX-Two = 2\n',
            (
                "headers.Host: must be the name of a header that ssrcred does not set itself",
                'headers."a b": must be the name of a header that ssrcred does not set itself',
                "headers.X-One: must be letters, digits and punctuation",
                "headers.X-Two: must be text between quotation marks, not a number",
            ),
        ),
        (
            "headers = 1\nrefused = 1\nno_report = [1]\n[token]\n[report]\n",
            (
                "headers: must be a section of its own, [headers]",
                "refused: must be sections, each under [[refused]]",
                "no_report: must be sections, each under [[no_report]]",
            ),
        ),
        (
            "[token]\n[report]\n[[refused]]\nstatus = 401\n"
            "[[refused]]\nstatus = 99\nfeild = 1\nwords = [' ']\nat = 'list'\n[[no_report]]\nat = 'token'\n",
            (
                "refused.2.status: must be from 200 to 599",
                "refused.2.words: number 1 is empty",
                "refused.2.at: is not known; possible: token, report",
                "refused.2.feild: is not known; did you mean field?",
                "no_report.1.status: is missing, where there is neither a field nor words",
            ),
        ),
        (
            "[token]\npath = ''\n[report]\n[[refused]]\n[[refused]]\nstatus = 503\n"
            "[[refused]]\nstatus = 401\nat = 'token'\n[[no_report]]\nstatus = 200\n",
            (
                "refused.1.status: is missing, where there is neither a field nor words",
                "refused.2.status: is also returned by a service that is down, so a field or words are needed",
                "no_report.1.status: is also returned with every good answer, so a field or words are needed",
            ),
        ),
        (
            "[token]\npath = ''\n[report]\n[[refused]]\nstatus = 401\nat = 'token'\n"
            "[[no_report]]\nstatus = 404\nat = 'report'\n",
            (
                "refused.1.at: must be report: without token.path there is no token request",
                "no_report.1.at: is not known here",
            ),
        ),
        ("[token]\nx = " + "[" * 5000, ("brackets are nested too deeply",)),
        ("[token]\nx = 0x" + "f" * 10 + "z", ("line 2, column 17 is not valid TOML",)),
        ("[token]\nx = " + "9" * 5000, ("a number in it is not valid TOML",)),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, text: str | bytes, said: tuple[str, ...]) -> None:
    found = problems(tmp_path, text)
    assert found[: len(said)] == said


def test_says_where_a_file_stops_being_toml(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[token\n")
    assert problem == "line 1, column 7 is not valid TOML"


def test_a_profile_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load_profile("ets-srs")
    assert caught.value.problems == ("no profile of that name comes with ssrcred; did you mean ets-ssr?",)
    with pytest.raises(ConfigInvalid, match="there is no such file"):
        load_profile(str(tmp_path / "none.toml"))
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_profile(str(tmp_path))


def test_a_profile_with_a_mark_in_front_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
    assert load_profile(str(path)).token.path == "/token"


def test_a_problem_does_not_quote_the_file(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[token.extra]\nclient_key = "made-up-client-key')
    assert "made-up" not in problem


def test_dotted_names_make_a_document() -> None:
    assert nested({"a.b": "1", "a.c.0": "2", "a.c.1": "3", "d.0.e": "4", "f": "5", "d.0.g": "6"}) == {
        "a": {"b": "1", "c": ["2", "3"]},
        "d": [{"e": "4", "g": "6"}],
        "f": "5",
    }


@pytest.mark.parametrize(
    "names", [("a", "a.b"), ("a.b", "a"), ("a.0", "a.b"), ("a.b", "a.0"), ("a.0", "a.0.b"), ("a.b.c", "a.b.0")]
)
def test_names_that_lead_through_each_other_make_none(names: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        nested(dict.fromkeys(names, "x"))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_a_profile_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("profile") / "any.toml"
    path.write_text(SMALLEST + text, encoding="utf-8")
    try:
        load_profile(str(path))
    except ConfigInvalid as error:
        assert error.problems
