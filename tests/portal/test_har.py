"""A recording is read whatever it holds, within bounds, and refused in three parts when it is none."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.errors import InputRefused
from ssrcred.portal import har
from ssrcred.portal.body import FORM, JSON, NOTHING, PARTS, UNREADABLE, body_of
from ssrcred.portal.learn import learn

URL = "https://portal.example/settings"


def entry(url: Any = URL, method: Any = "GET", **parts: Any) -> dict[str, Any]:
    request = {"method": method, "url": url, **parts.pop("request", {})}
    return {"request": request, "response": {"status": 200, "content": {}, **parts.pop("response", {})}, **parts}


def file(*entries: object) -> bytes:
    return json.dumps({"log": {"entries": list(entries)}}).encode()


def one(**parts: Any) -> har.Exchange:
    return har.read(file(entry(**parts)))[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[]",
        b'{"log": []}',
        b'{"log": {"entries": {}}}',
        b'{"log": {"entries": [1, null, {}, {"request": {"method": "GET", "url": "ftp://x/"}}]}}',
        b'{"log": {"entries": [' + b'1,' * 5001 + b'1]}}',
        b"1" * 5000,
        b" " * (har.MOST_BYTES + 1),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused_in_three_parts(content: bytes) -> None:
    with pytest.raises(InputRefused) as caught:
        har.read(content)
    assert all(part.endswith(".") for part in (caught.value.message, caught.value.state, caught.value.hint))
    assert caught.value.__context__ is None


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_three_parts(content: bytes) -> None:
    with pytest.raises(InputRefused):
        learn(content, "https://portal.example", "office")


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from([URL, "POST", "base64"])
WORDS = "request response method url headers name value postData text mimeType params content encoding status cookies"
KEYS = st.sampled_from([*WORDS.split(), "redirectURL", "startedDateTime"])
JSON_VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)


@given(st.lists(JSON_VALUES, max_size=4), JSON_VALUES, JSON_VALUES)
def test_any_entries_are_read_or_refused(entries: list[object], request: object, response: object) -> None:
    shaped = {"request": {"method": "POST", "url": URL, "postData": request, "headers": request}, "response": response}
    with pytest.raises(InputRefused):
        learn(file(*entries, shaped), "https://portal.example", "office")


def test_each_browsers_way_of_writing_it_down_is_read() -> None:
    chrome = one(
        request={"headers": [{"name": "Cookie", "value": "a=1; b=x=y; ; c"}], "postData": {"text": "a=1"}},
        response={"headers": [{"name": "Set-Cookie", "value": "s=1; Path=/\nt=\"2\"; Secure"}], "redirectURL": ""},
        startedDateTime="2026-01-02T09:00:00.000Z",
    )  # fmt: skip
    assert chrome.sent_cookies() == (("a", "1"), ("b", "x=y"))
    assert chrome.cookies == (("s", "1"), ("t", "2"))
    assert chrome.began is not None
    firefox = one(response={"status": 302, "redirectURL": "/next#top", "headers": [{"name": "a", "value": 1}, 2]})
    assert firefox.onward == "https://portal.example/next"
    safari = one(
        request={"postData": {"mimeType": FORM_TYPE, "params": [{"name": "a", "value": "1"}]}},
        response={"status": 304, "content": {"text": base64.b64encode(b"<p>").decode(), "encoding": "base64"}},
        startedDateTime="2026-01-02T09:00:00",
    )  # fmt: skip
    assert body_of(safari).entries[0].name == "a"
    assert (safari.answer.status, safari.answer.body) == (200, b"<p>")
    edge = one(response={"status": 303, "headers": [{"name": "Location", "value": "//[bad"}]})
    assert (edge.onward, edge.kept) == ("", False)
    assert one(response={"status": 302, "redirectURL": "mailto:x@y.example"}).onward == ""


def test_entries_are_taken_in_the_order_in_which_they_began() -> None:
    late, soon = (entry(URL + name, startedDateTime=when) for name, when in (("b", "2026-01-02"), ("a", "2026-01-01")))
    assert [item.url for item in har.read(file(late, soon))] == [URL + "a", URL + "b"]
    late["startedDateTime"] = "soon"
    assert [item.url for item in har.read(file(late, soon))] == [URL + "b", URL + "a"]


@pytest.mark.parametrize("text", ["%%%", 7, "a"])
def test_a_text_that_is_not_base_64_counts_as_none(text: object) -> None:
    assert one(response={"content": {"text": text, "encoding": "base64"}}).answer.body == b""


def test_long_answers_are_not_kept() -> None:
    long = "x" * (har.LARGEST_BODY + 1)
    assert not one(response={"content": {"text": long}}).kept
    many = [entry(response={"content": {"text": "x" * har.LARGEST_BODY}}) for _ in range(7)]
    assert [item.kept for item in har.read(file(*many))] == [True] * 6 + [False]


@pytest.mark.parametrize("url", ["https://[bad", "data:text/plain,x", "about:blank", 7])
def test_what_is_no_request_to_a_site_is_passed_over(url: object) -> None:
    assert len(har.read(file(entry(url), entry(), entry(method="G T"), entry(method=7)))) == 1


FORM_TYPE = "application/x-www-form-urlencoded"
BOUND = "multipart/form-data; boundary=XX"


def parts(*texts: str) -> str:
    return "".join(f"--XX\r\nContent-Disposition: form-data; {text}\r\n" for text in texts) + "--XX--\r\n"


@pytest.mark.parametrize(
    ("kind", "text", "expected", "named"),
    [
        (FORM_TYPE, "a=1&b=%C3%A9", FORM, [("a", "1"), ("b", "é")]),
        (FORM_TYPE, "a=%E9", FORM, [("a", "é")]),
        (FORM_TYPE, "a=%81", UNREADABLE, []),
        (FORM_TYPE, "&".join(["a=1"] * 3000), UNREADABLE, []),
        ("application/json", '{"a": [1, "x"]}', JSON, [("/a/1", "x"), ("/a/0", "1")]),
        ("text/plain", "hello", UNREADABLE, []),
        ("text/plain", "{broken", UNREADABLE, []),
        ("", "", NOTHING, []),
        (BOUND, parts('name="a"\r\n\r\n1', 'name="f"; filename=""\r\n\r\n', 'name="b%22"\r\n\r\nx\r\ny'), PARTS,
         [("a", "1"), ("f", ""), ('b"', "x\ny")]),
        (BOUND, parts('name="f"; filename="pupils.csv"\r\n\r\n1'), UNREADABLE, []),
        (BOUND, parts("name=a\r\n\r\n1"), UNREADABLE, []),
        (BOUND, "nothing", UNREADABLE, []),
        ("multipart/form-data", "x", UNREADABLE, []),
    ],
)  # fmt: skip
def test_bodies_are_read_as_forms_or_json(kind: str, text: str, expected: str, named: list[tuple[str, str]]) -> None:
    body = body_of(one(request={"postData": {"mimeType": kind, "text": text}}))
    assert (body.kind, body.named()) == (expected, named)


@pytest.mark.parametrize(("value", "kind"), [("a@b.example", FORM), ("a%40b.example", UNREADABLE)])
def test_fields_that_may_be_listed_as_they_were_sent_are_not_guessed_at(value: str, kind: str) -> None:
    posted = {"mimeType": FORM_TYPE, "params": [{"name": "mail", "value": value}]}
    assert body_of(one(request={"postData": posted})).kind == kind


def test_nothing_of_a_recording_has_a_repr() -> None:
    exchange = one(request={"postData": {"text": "password=made-up"}})
    assert "made-up" not in repr((exchange, body_of(exchange), exchange.answer))


HEAD = f"Content-Type: {FORM_TYPE}\r\nContent-Length: 19\r\n\r\n"


def test_the_headers_that_firefox_puts_before_an_upload_are_no_part_of_it() -> None:
    body = body_of(one(request={"postData": {"mimeType": FORM_TYPE, "text": HEAD + "user=a&key=b"}}))
    assert (body.kind, body.named()) == (FORM, [("user", "a"), ("key", "b")])
    body = body_of(one(request={"postData": {"text": HEAD + "user=a&key=b"}}))
    assert (body.kind, body.named()) == (FORM, [("user", "a"), ("key", "b")])
    body = body_of(one(request={"postData": {"mimeType": BOUND, "text": HEAD + parts('name="a"\r\n\r\n1')}}))
    assert (body.kind, body.named()) == (PARTS, [("a", "1")])
    assert one(request={"postData": {"text": "Note: this\r\n\r\nis mine"}}).body == "Note: this\r\n\r\nis mine"


def test_what_a_service_worker_passed_on_counts_once() -> None:
    sent = {"method": "POST", "request": {"postData": {"text": "{}"}}}
    by_worker = entry(**sent, response={"_fetchedViaServiceWorker": True})
    assert len(har.read(file(by_worker, entry(**sent)))) == 1
    assert len(har.read(file(by_worker, entry(**sent), entry(**sent)))) == 2
    assert len(har.read(file(by_worker, entry(URL + "x", **sent)))) == 2
    assert len(har.read(file(by_worker, 7))) == 1


def test_cookies_that_only_a_list_names_are_read_from_it() -> None:
    safari = one(
        request={"cookies": [{"name": "sid", "value": "1"}]},
        response={
            "headers": [{"name": "Set-Cookie", "value": "a=1; Path=/, b=2; Path=/"}],
            "cookies": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}],
        },
    )
    assert safari.sent_cookies() == (("sid", "1"),)
    assert safari.cookies == (("a", "1"), ("b", "2"))


@pytest.mark.parametrize(
    ("text", "mime", "header", "charset"),
    [
        ("Größe 😀".encode(), "text/html", "", "utf-8"),  # Chrome: decoded, and put into base 64 for the emoji
        ("Größe".encode("cp1252"), "text/html", "text/html; charset=windows-1252", "windows-1252"),
        ("Größe".encode("cp1252"), "text/html; charset=iso-8859-15", "text/html; charset=x", "iso-8859-15"),
        ("Größe".encode("utf-16"), "text/html; charset=utf-16", "", "utf-16"),
    ],
)
def test_the_bytes_of_an_answer_are_read_in_their_own_charset(
    text: bytes, mime: str, header: str, charset: str
) -> None:
    found = one(
        response={
            "headers": [{"name": "Content-Type", "value": header}] if header else [],
            "content": {"text": base64.b64encode(text).decode(), "encoding": "base64", "mimeType": mime},
        }
    )
    assert found.answer.charset == charset
    assert (found.answer.content_type, found.answer.body) == ("text/html", text)


@pytest.mark.parametrize(
    ("place", "onward"),
    [
        ("https://PORTAL.example:443", "https://portal.example/"),
        ("/a b/ü?x=y z&q=%41", "https://portal.example/a%20b/%C3%BC?x=y%20z&q=%41"),
        ("//other.example:8443/x", "https://other.example:8443/x"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("https://portal.example:port/", ""),
    ],
)
def test_where_an_answer_sends_is_told_as_the_next_entry_has_it(place: str, onward: str) -> None:
    assert one(response={"status": 302, "redirectURL": place}).onward == onward
