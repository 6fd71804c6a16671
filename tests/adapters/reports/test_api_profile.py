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
        "colour: there is no such key.",
        "token.pth: there is no such key. Did you mean path?",
        "token.path: a path that starts with one / is expected, without spaces; or nothing, if there is no token.",
        "token.send: one of basic, json, form, headers is expected. Did you mean basic?",
        "token.method: one of GET, POST is expected.",
        "token.username: a text is expected.",
        "token.answer: names with dots between them are expected, like data.token.",
        "token.extra.scope: a text is expected.",
        "report.path: {ssid} is the only thing that is put in.",
        "report.path: neither # nor .. can stand in it.",
        "report.header: the name of a header is expected.",
        "report.prefix: letters, digits and punctuation are expected.",
        "report.hosts: number 1 is not the bare name of a host, like files.example.org.",
        "report.words: a list of texts is expected.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ("token: a table is expected: [token].", "report: a table is expected: [report].")),
        ("token = 1\n[report]\n", ("token: a table is expected: [token].",)),
        ("[token]\nextra = 1\n[report]\n", ("token.extra: a table is expected: [token.extra].",)),
        (
            '[token]\nsend = "json"\n[report]\n',
            (
                "token.username: with token.send = 'json' the name of the field is needed.",
                "token.secret: with token.send = 'json' the name of the field is needed.",
            ),
        ),
        (
            '[token]\nsend = "form"\nusername = "u"\nsecret = "u"\n[token.extra]\nu = "x"\n[report]\n',
            (
                "token.extra.u: the same field is named as token.username.",
                "token.extra.u: the same field is named as token.secret.",
                "token.secret: the same field is named as token.username.",
            ),
        ),
        (
            '[token]\nmethod = "GET"\n[token.extra]\na = "b"\n[report]\n',
            ("token.method: fields of a body cannot be sent with GET.",),
        ),
        ('[token]\npath = "/{ssid}"\n[report]\n', ("token.path: an SSID is not part of the token request.",)),
        ('[token]\n[report]\nbody = "ssid"\n', ("report.body: a body cannot be sent with GET.",)),
        ('[token]\n[report]\npath = "/reports"\n', ("report.path: {ssid} is needed in it, or report.body.",)),
        ('[token]\n[report]\npath = "/a/../{ssid}"\n', ("report.path: neither # nor .. can stand in it.",)),
        (
            '[token]\n[report]\npath = "//other.example.org/{ssid}"\n',
            ("report.path: a path that starts with one / is expected, without spaces.",),
        ),
        (b"[token]\npath = '\xff'", ("The file is not UTF-8 text.",)),
        (
            '[token]\nsend = "headers"\nusername = "Cookie"\nsecret = "two words"\n[report]\n',
            (
                "token.username: the name of a header is expected that ssrcred does not set itself.",
                "token.secret: the name of a header is expected that ssrcred does not set itself.",
            ),
        ),
        (
            '[token]\nsend = "headers"\nusername = "X-Pair"\nsecret = "x-pair"\n[report]\n',
            ("token.secret: the same header is named as token.username.",),
        ),
        (
            '[token]\npath = ""\nsend = "json"\nusername = "u"\nsecret = "s"\nanswer = "t"\n[token.extra]\na = "b"\n'
            '[report]\nsend = "form"\n',
            (
                "token.extra: without token.path there is no token request; report.extra goes along instead.",
                "token.answer: without token.path there is no answer with a token.",
                "report.method: without token.path the pair is in the body of the report request: POST.",
                "report.send: the pair is sent in the same body, so json is expected, as token.send.",
            ),
        ),
        (
            '[token]\npath = ""\nsend = "form"\nusername = "u"\nsecret = "s"\n'
            '[report]\nmethod = "POST"\nsend = "form"\nbody = "u"\n',
            ("report.body: the same field is named as one of the pair's.",),
        ),
        (
            '[token]\n[report]\n[report.extra]\na = "b"\n',
            ("report.extra: a body cannot be sent with GET.",),
        ),
        (
            '[token]\n[report]\nmethod = "POST"\nbody = "a"\n[report.extra]\na = "b"\n',
            ("report.extra.a: the same field is named as report.body.",),
        ),
        (
            '[token]\n[report]\nmethod = "POST"\nbody = "a.b"\n[report.extra]\na = "b"\n',
            ("report: the name of one field leads through another one, so both cannot be sent.",),
        ),
        (
            '[token]\nsend = "json"\nusername = "a.0"\nsecret = "a.b"\n[report]\n',
            ("token: the name of one field leads through another one, so both cannot be sent.",),
        ),
        (
            '[token]\n[report]\n[headers]\nHost = "x"\n"a b" = "x"\nX-One = "\\u00e9"\nX-Two = 2\n',
            (
                "headers.X-Two: a text is expected.",
                "headers.Host: the name of a header is expected that ssrcred does not set itself.",
                "headers.a b: the name of a header is expected that ssrcred does not set itself.",
                "headers.X-One: letters, digits and punctuation are expected.",
            ),
        ),
        (
            "headers = 1\nrefused = 1\nno_report = [1]\n[token]\n[report]\n",
            (
                "headers: a table is expected: [headers].",
                "refused: tables are expected, each under [[refused]].",
                "no_report: tables are expected, each under [[no_report]].",
            ),
        ),
        (
            "[token]\n[report]\n[[refused]]\nstatus = 401\n"
            "[[refused]]\nstatus = 99\nfeild = 1\nwords = [' ']\nat = 'list'\n[[no_report]]\nat = 'token'\n",
            (
                "refused.2.feild: there is no such key. Did you mean field?",
                "refused.2.status: an HTTP status is expected, like 404.",
                "refused.2.words: a list of texts is expected.",
                "refused.2.at: one of token, report is expected.",
                "no_report.1.at: there is no such key.",
            ),
        ),
        (
            "[token]\npath = ''\n[report]\n[[refused]]\n[[refused]]\nstatus = 503\n"
            "[[refused]]\nstatus = 401\nat = 'token'\n[[no_report]]\nstatus = 200\n",
            (
                "refused.1: a status, a field or words are needed.",
                "refused.2.status: a service that is out of order says this too, so a field or words are needed.",
                "refused.3.at: without token.path there is no token request.",
                "no_report.1.status: every good answer has it too, so a field or words are needed.",
            ),
        ),
        ("[token]\nx = " + "[" * 5000, ("Brackets stand within brackets beyond all measure.",)),
        ("[token]\nx = 0x" + "f" * 10 + "z", ("The file is not TOML: it stops being so at line 2, column 17.",)),
        ("[token]\nx = " + "9" * 5000, ("The file is not TOML: a number in it cannot be read.",)),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, text: str | bytes, said: tuple[str, ...]) -> None:
    found = problems(tmp_path, text)
    assert found[: len(said)] == said


def test_says_where_a_file_stops_being_toml(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[token\n")
    assert problem.startswith("The file is not TOML: ")
    assert "line 1" in problem


def test_a_profile_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load_profile("ets-srs")
    assert caught.value.problems == (
        "No profile of that name comes with ssrcred; these do: ets-ssr. Did you mean ets-ssr?",
    )
    with pytest.raises(ConfigInvalid, match="There is no file at that path that can be read"):
        load_profile(str(tmp_path / "none.toml"))
    with pytest.raises(ConfigInvalid, match="There is no file at that path that can be read"):
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
