"""An API profile is checked whole before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.errors import ConfigInvalid
from ssrcred.reports import load_profile

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
        """,
        encoding="utf-8",
    )
    profile = load_profile(str(path))
    assert profile.token.extra == {"grant_type": "client_credentials"}
    assert "client_credentials" not in repr(profile)
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


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_a_profile_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("profile") / "any.toml"
    path.write_text(SMALLEST + text, encoding="utf-8")
    try:
        load_profile(str(path))
    except ConfigInvalid as error:
        assert error.problems
